// Carries what the fakes send out: Meta's webhooks, repeated until they are answered 200, and the banks'
// callbacks, sent once and never again. One phone's webhooks keep their order as long as they are accepted; a
// refused one is tried again later without holding up the rest, as Meta does.

import EventLoop
import HTTPClient
import HTTPWire
import Observe
import Sealing
import Synchronization
import World

/// Posts in the background with a bounded intake.
final class Postman: Sendable {
    /// Posts waiting or under way. Over it the newest is dropped and counted: a sandbox must not fill the
    /// memory.
    static let postsMax = 50_000
    /// Meta gives up after seven days; with a pause of a minute between tries this is about a day.
    static let attemptsMax = 1_500
    /// Of the thousands of posts that can be under way at once, a group then has some dozens.
    static let roundsCount = 64
    static let pauseMax: Duration = .seconds(60)
    static let webhookTimeout: Duration = .seconds(20)
    /// The bank waits a minute for an answer.
    static let callbackTimeout: Duration = .seconds(60)

    /// A signed callback to send this many times.
    struct Callback: Sendable {
        var paymentId: String
        var url: String
        var body: [UInt8]
        var times: Int
        var after: Duration = .zero
    }

    /// How a webhook is signed.
    enum Signature: String, Codable, Sendable { case right, wrong, missing }

    private enum Errand: Sendable {
        case webhook(MetaCloud.Post, attempt: Int)
        case callback(Callback)

        /// What keeps its order.
        var lane: String {
            switch self {
            case .webhook(let post, _): post.lane
            case .callback(let callback): callback.paymentId
            }
        }
    }

    /// One of many small groups of posts under way, each with its own lanes: while the business is behind, thousands
    /// are, and the end of one looks through those of its group.
    private struct Round: Sendable {
        let intake: AsyncStream<Errand>
        let queue: AsyncStream<Errand>.Continuation

        init() {
            (intake, queue) = AsyncStream.makeStream(
                of: Errand.self, bufferingPolicy: .bufferingOldest(Postman.postsMax))
        }
    }

    private let http: HTTPClient
    private let loop: EventLoop
    private let log: Log
    private let webhookURL: HTTPURL
    private let key: HMACKey
    private let stranger = HMACKey(Secret(text: "not the secret of this app"))
    private let rounds: [Round]
    private let waiting = Mutex(0)
    /// Lanes with a post under way, and what waits behind it.
    private let lanes = Mutex<[String: [MetaCloud.Post]]>([:])
    private let accepted: @Sendable (_ bubble: String, _ phone: String) -> Void

    init(
        http: HTTPClient, loop: EventLoop, log: Log, ingress: HTTPURL, appSecret: Secret,
        accepted: @escaping @Sendable (_ bubble: String, _ phone: String) -> Void
    ) {
        self.http = http
        self.loop = loop
        self.log = log
        webhookURL = ingress
        key = HMACKey(appSecret)
        self.accepted = accepted
        rounds = (0..<Self.roundsCount).map { _ in Round() }
    }

    func post(_ post: MetaCloud.Post) { take(.webhook(post, attempt: 0), after: post.after) }
    func send(_ callback: Callback) { take(.callback(callback), after: callback.after) }

    /// What is not due yet is nobody's task: hundreds of statuses wait at any moment.
    private func take(_ errand: Errand, after pause: Duration = .zero) {
        let fits = waiting.withLock { count in
            guard count < Self.postsMax else { return false }
            count += 1
            return true
        }
        guard fits else { return log.warn("post.dropped") }
        let round = rounds[Int(errand.lane.hashValue.magnitude % UInt(Self.roundsCount))]
        if pause > .zero {
            loop.timer(after: pause) { round.queue.yield(errand) }
        } else {
            round.queue.yield(errand)
        }
    }

    /// Until cancelled.
    func run() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for round in rounds {
                group.addTask(executorPreference: loop) { await self.run(round) }
            }
        }
        try Task.checkCancellation()
    }

    private func run(_ round: Round) async {
        await withDiscardingTaskGroup { group in
            for await errand in round.intake {
                group.addTask(executorPreference: loop) {
                    await self.perform(errand)
                    self.waiting.withLock { $0 -= 1 }
                }
            }
        }
    }

    private func perform(_ errand: Errand) async {
        switch errand {
        case .callback(let callback): await call(back: callback)
        case .webhook(let post, let attempt):
            if attempt > 0 { return await again(post, attempt) }
            await inLane(post)
        }
    }

    /// Posts in the order in which posts of this lane came; whoever finds the lane free also posts what
    /// queues up.
    private func inLane(_ post: MetaCloud.Post) async {
        let isFree = lanes.withLock { lanes in
            guard lanes[post.lane] != nil else {
                lanes[post.lane] = []
                return true
            }
            lanes[post.lane]?.append(post)
            return false
        }
        guard isFree else { return }
        var next: MetaCloud.Post? = post
        while let current = next {
            if await !deliver(current, first: true) { take(.webhook(current, attempt: 1)) }
            next = lanes.withLock { lanes in
                guard let first = lanes[current.lane]?.first else {
                    lanes[current.lane] = nil
                    return nil
                }
                lanes[current.lane]?.removeFirst()
                return first
            }
        }
    }

    /// Later tries: at once, then after 1, 2, 4 … 60 seconds.
    private func again(_ post: MetaCloud.Post, _ first: Int) async {
        for attempt in first...Self.attemptsMax {
            let pause: Duration = attempt == 1 ? .milliseconds(50) : .seconds(1 << min(attempt - 2, 6))
            guard (try? await loop.sleep(for: min(pause, Self.pauseMax))) != nil else { return }
            if await deliver(post) { return }
        }
        log.error("webhook.abandoned")
    }

    private func deliver(_ post: MetaCloud.Post, first: Bool = false) async -> Bool {
        let status = await postNow(post.body, signature: post.isForged && first ? .wrong : .right)
        if status == 200 {  // only 200 counts; 204 does not
            if let bubble = post.deliveredBubble { accepted(bubble, post.lane) }
            return true
        }
        if let status { log.warn("webhook.refused", ["status": .int(status)]) }
        return false
    }

    /// One try; nil when there was no answer.
    func postNow(_ body: [UInt8], signature: Signature) async -> Int? {
        var headers: HTTPHeaders = [
            "content-type": "application/json", "user-agent": "facebookexternalua",
        ]
        let signer = signature == .wrong ? stranger : key
        if signature != .missing {
            headers.append("x-hub-signature-256", "sha256=" + Hex.encode(signer.authenticate(body)))
        }
        let request = ClientRequest(
            method: "POST", url: webhookURL, target: webhookURL.path.isEmpty ? "/webhooks/whatsapp" : nil,
            headers: headers, body: body, peer: "ingress")
        do { return try await http.send(request, timeout: Self.webhookTimeout).status } catch {
            log.warn("webhook.unanswered")
            return nil
        }
    }

    /// Once, or as often as a test asked; whatever is answered is only logged.
    private func call(back callback: Callback) async {
        guard let url = HTTPURL(callback.url) else { return log.warn("callback.unsendable") }
        for _ in 0..<callback.times {
            let request = ClientRequest(
                method: "POST", url: url, headers: ["content-type": "application/json"], body: callback.body,
                peer: "merchant")
            do {
                let answer = try await http.send(request, timeout: Self.callbackTimeout)
                log.info("callback.sent", ["status": .int(answer.status)])
            } catch {
                log.warn("callback.unanswered")
            }
        }
    }
}
