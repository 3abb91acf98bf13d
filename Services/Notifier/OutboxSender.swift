// From a marked bubble to Meta's answer, and from the answer to the rows. What may have left was marked before by
// the round that handed it over, so a crash at any line leaves either a message that was not sent or one that waits
// for its status.
import Contracts
import EventLoop
import HTTPClient
import JobQueue
import Observe
import Postgres
import WhatsApp
import World

/// Sends one marked bubble at a time; the worker runs many.
struct OutboxSender: Sendable {
    /// How long a database that is away is waited for with what only this sender knows.
    static let insistence = Duration.seconds(30)

    /// The number is over Meta's throughput: it is not this message that is refused.
    static let throughputCode = 130_429

    typealias Accepted = (departure: Departure, wamid: String)

    let store: MessageStore
    let accepts: Gathering<Accepted, Bool>
    let followed: FollowedMessages
    let graph: GraphSender
    let media: MediaDesk
    let templates: TemplateStore
    let templateReporter: TemplateReporter
    let numbers: [String: SendingNumber]
    let loop: EventLoop
    let log: Log
    let metrics: NotifierMetrics
    /// Called when a conversation's next message may be due; with a moment, when it will be.
    let wake: @Sendable (Timestamp?) -> Void

    /// Nobody waits for an acceptance but the next message of its conversation, and whoever posts that hurries them;
    /// statuses read later would only find more to do. What waits keeps its place among the requests to Meta.
    static let patience = Duration.milliseconds(25)
    static let acceptsMax = 8

    /// Writes the acceptances that come at about the same time in one commit. `wake` as above.
    static func gathering(
        _ store: MessageStore, loop: EventLoop, wake: @escaping @Sendable (Timestamp?) -> Void
    ) -> Gathering<Accepted, Bool> {
        Gathering(patience: Patience(patience, enough: acceptsMax, on: loop)) { accepted in
            let (isDone, hasMore) = try await store.markAccepted(accepted)
            if hasMore { wake(nil) }
            return isDone
        }
    }

    /// Never throws: whatever happens, the row says where the message stands, and its lease ends by itself.
    func perform(_ departure: Departure) async {
        let message = departure.message
        let context = RequestContext(
            requestID: message.requestId, traceparent: message.traceparent, world: store.world)
        await RequestContext.$current.withValue(context) {
            do { try await send(departure) } catch {
                log.warn(
                    "message.leftToLease",
                    ["messageId": .id(message.messageId), "why": .name(Self.word(error))])
            }
        }
    }

    private func send(_ departure: Departure) async throws {
        guard let number = numbers[departure.message.conversation.phoneNumberId] else {
            preconditionFailure("rounds are made for configured numbers only")
        }
        let began = store.world.monotonic()
        let message = departure.message
        let attempt = SendVerdict.Attempt(
            number: message.attempt, refusals: message.refusals, templateLeft: departure.templateLeft,
            fraction: store.world.fraction())
        guard let body = departure.body else {
            return try await handOver(departure, from: number, attempt, began: began)
        }
        let verdict = await graph.send(body, from: number, attempt)
        let span = Duration.nanoseconds(store.world.monotonic() - began)
        metrics.sendTime.observe(span)
        guard let template = departure.template else {
            return try await settle(departure, verdict, span: span)
        }
        // A refusal is known before the message is planned anew; an acceptance can wait.
        if verdict.wamid == nil { await heard(verdict, of: template, number) }
        try await settle(departure, verdict, span: span)
        if verdict.wamid != nil { await heard(verdict, of: template, number) }
    }

    /// What the answer says of the template. A failure here costs nothing but another refusal by Meta: the message's
    /// own end matters more.
    private func heard(_ verdict: SendVerdict, of template: TemplateKey, _ number: SendingNumber) async {
        do {
            if verdict.wamid != nil {
                try await templates.used(number.wabaId, template)
            } else if let event = TemplateEvent(sendCode: verdict.code) {
                let news = TemplateStore.News(number.wabaId, template, event, at: store.world.now())
                templateReporter.changed(try await templates.apply(news))
            }
        } catch {
            log.warn("template.notMarked", ["why": .name(Self.word(error))])
        }
    }

    /// Gives Meta the message's file; the message itself leaves in its conversation's next turn. What Meta says
    /// against the file counts as said against the message. An upload reaches nobody, so until then nothing is in
    /// doubt.
    private func handOver(
        _ departure: Departure, from number: SendingNumber, _ attempt: SendVerdict.Attempt, began: Int64
    ) async throws {
        let message = departure.message
        let rendering = MessageRendering(try MessageRendering.decoded(message.content), place: number.place)
        let handed: MediaDesk.Media
        do { handed = try await media.media(for: message, rendering, from: number, attempt) } catch {
            try await takeBack(departure)
            throw error
        }
        switch handed {
        case .ready: try await takeBack(departure)
        case .refused(let verdict):
            var marked = departure
            marked.message.fence = message.markedFence
            guard try await store.mark(marked) else { return }
            let span = Duration.nanoseconds(store.world.monotonic() - began)
            try await settle(marked, verdict, span: span)
        }
    }

    /// A message that did not leave in its turn.
    func stopped(_ message: OutboundMessage, _ settled: Settled) {
        metrics.count(settled)
        guard case .done(let state, _) = settled else { return }
        log.info(
            "message.stopped",
            [
                "messageId": .id(message.messageId), "state": .name(state.name.rawValue),
                "reason": .name(state.reason?.text ?? "-"), "isOvertaken": .flag(message.endedAt != nil),
            ])
    }

    /// Whether the mark was written is not known, but nothing has left: said in time, the message is sent
    /// later instead of waiting for a status that cannot come. Not a child of this task, which may have been
    /// cancelled.
    func takeBack(_ departure: Departure) async throws {
        let isEnding = Task.isCancelled
        let taking = Task(executorPreference: loop) {
            try await insist(for: isEnding ? .zero : Self.insistence) { try await store.takeBack(departure) }
        }
        try await taking.value
        wake(nil)
    }

    /// The same for one that was posted as leaving, by a commit that was not heard of: if it was made, nobody sends
    /// what it wrote. What a round has marked is that round's, and taking it back would send it twice. Ends when it
    /// is cancelled; what it has not found out by then is left to the lease.
    func giveUp(_ departure: Departure) async {
        do {
            let wasThere = try await insist(for: Self.insistence) {
                guard try await store.isUnheard(departure.message) else { return false }
                try await store.takeBack(departure)
                return true
            }
            if wasThere { wake(nil) }
        } catch {
            log.warn(
                "message.leftToLease",
                ["messageId": .id(departure.message.messageId), "why": .name(Self.word(error))])
        }
    }

    /// Repeats a write, which must be one that may be repeated, while the database is away for a moment.
    private func insist<Value: Sendable>(
        for span: Duration, _ write: () async throws -> Value
    ) async throws -> Value {
        let end = store.world.monotonic() + span.nanoseconds
        var pause = Duration.milliseconds(100)
        while true {
            do { return try await write() } catch let error as PostgresError
                where error.isRetryable && store.world.monotonic() < end
            {
                try await loop.sleep(for: pause)
                pause = min(pause * 2, .seconds(2))
            }
        }
    }

    private func settle(_ departure: Departure, _ verdict: SendVerdict, span: Duration) async throws {
        if case .accountRefused = verdict.event {
            // Before the message is held, so that nobody who sees it held sends the next one.
            let until = store.world.now().advanced(by: RetrySchedule.accountWait)
            let number = departure.message.conversation.phoneNumberId
            try await insist(for: Self.insistence) {
                try await store.pause(number, code: verdict.code, until: until)
            }
        }
        if GraphErrorReaction.reaction(to: verdict.code, httpStatus: 0).action == .blockIdentity,
            verdict.code != 0
        {
            let conversation = departure.message.conversation, raisedAt = store.world.now()
            try await insist(for: Self.insistence) { try await store.raiseAlarm(conversation, at: raisedAt) }
        }
        if verdict.code == Self.throughputCode {
            let number = departure.message.conversation.phoneNumberId
            try await insist(for: Self.insistence) { try await store.slowDown(number) }
        }
        // Meta's answer comes once: if it is not written down, nobody will ever know it.
        let settled = try await insist(for: Self.insistence) { try await write(verdict, of: departure) }
        for one in settled { metrics.count(one) }
        for (message, one) in zip(departure.everybody, settled) {
            report(message, verdict, one, isChat: departure.isChat, span: span)
        }
        if verdict.wamid == nil { wake(verdict.wait.map { store.world.now().advanced(by: $0) }) }
    }

    /// Answers for everybody of the bubble, in their order.
    private func write(_ verdict: SendVerdict, of departure: Departure) async throws -> [Settled] {
        let isAwaited = followed.take(departure.message.conversation) || departure.isFollowed
        if let wamid = verdict.wamid, try await accepts.add((departure, wamid), hurries: isAwaited) {
            return departure.everybody.map { _ in .done(.accepted, []) }
        }
        let settlements = departure.everybody.map { message in
            var settlement = Settlement(message.messageId, verdict.event, fence: message.markedFence)
            if case .windowRefused = verdict.event {
                settlement.happened = .windowRefused(code: verdict.code)
            }
            // The name is that of the bubble's first.
            if message.messageId == departure.message.messageId { settlement.wamid = verdict.wamid }
            settlement.wait = verdict.wait
            settlement.code = verdict.code
            return settlement
        }
        return try await store.settle(settlements)
    }

    private func report(
        _ message: OutboundMessage, _ verdict: SendVerdict, _ settled: Settled, isChat: Bool, span: Duration
    ) {
        let channel = isChat ? "chat" : "template"
        guard case .done(let state, let effects) = settled else {
            log.warn("message.settledElsewhere", ["messageId": .id(message.messageId)])
            return
        }
        metrics.attempts.add(1, [channel, state.name.rawValue])
        if verdict.wamid != nil {
            log.info(
                "message.sent",
                ["messageId": .id(message.messageId), "channel": .name(channel), "ms": .ms(span)])
        } else if effects.contains(.showOperator) || verdict.isOurBug {
            log.error(
                "message.refused",
                [
                    "messageId": .id(message.messageId), "channel": .name(channel),
                    "code": .int(verdict.code),
                    "state": .name(state.name.rawValue), "isOurBug": .flag(verdict.isOurBug),
                ])
        } else {
            log.warn(
                "message.notSent",
                [
                    "messageId": .id(message.messageId), "channel": .name(channel),
                    "code": .int(verdict.code),
                    "state": .name(state.name.rawValue), "ms": .ms(span),
                ])
        }
    }

    private static func word(_ error: any Error) -> String {
        switch error {
        case is CancellationError: "cancelled"
        case let error as PostgresError: error.sqlState ?? "database"
        default: "\(type(of: error))"
        }
    }
}
