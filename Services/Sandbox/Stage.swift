// Where the play happens: holds the fake Meta, the fake banks and what reached them, and performs the effects
// they ask for after the lock is released. Routes call it; it knows no HTTP.

import EventLoop
import HTTPClient
import HTTPWire
import JSONWire
import Observe
import Problem
import Synchronization
import World

/// The running sandbox.
final class Stage: Sendable {
    static let requestsMax = 20_000
    static let requestBytesMax = 32 * 1024 * 1024
    /// How often payments are looked at for what happens by itself.
    static let tick: Duration = .milliseconds(100)

    let config: SandboxConfig
    let world: World
    let keys: BankKeys
    let activity: LogTail
    let log: Log
    let diary: Diary
    let cloud: Mutex<MetaCloud>
    let bank: Mutex<FakeBank>
    private let requests = Mutex(Ring<ReceivedRequest>(entriesMax: requestsMax, bytesMax: requestBytesMax))
    let faults = Mutex(Faults())
    let loop: EventLoop
    let postman = Mutex<Postman?>(nil)

    init(
        config: SandboxConfig, keys: BankKeys, diary: Diary, loop: EventLoop, world: World, log: Log
    ) throws {
        self.config = config
        self.keys = keys
        self.diary = diary
        self.loop = loop
        self.world = world
        self.log = log
        activity = LogTail(folder: config.logFolder, loop: loop)
        var cloud = MetaCloud(
            number: config.number, templates: config.templates, numberRate: config.numberRate,
            reviewTime: config.reviewTime)
        var bank = FakeBank(merchants: config.merchants, pace: config.pace, publicURL: config.publicURL)
        for seller in config.sellers { cloud.introduce(seller.phone, name: seller.name) }
        let lines = try diary.read()
        for line in lines {
            if let said = line.said {
                cloud.restore(
                    said.bubble, on: said.phone, stamped: said.stamped.map { Timestamp(microseconds: $0) })
            }
            if let payment = line.payment { bank.restore(payment) }
            if let template = line.template { cloud.restore(template) }
        }
        let (phones, payments) = (cloud.usedPhones, bank.newest(.max))
        try diary.compact {
            phones.flatMap { phone in
                phone.bubbles.map { bubble in
                    DiaryLine(
                        said: .init(phone: phone.phone, bubble: bubble, stamped: phone.lastSaid?.microseconds)
                    )
                }
            } + payments.map { DiaryLine(payment: $0) }
                + cloud.templates.entries.map { DiaryLine(template: $0) }
        }
        self.cloud = Mutex(cloud)
        self.bank = Mutex(bank)
    }

    /// Before anything is said.
    func use(_ postman: Postman) { self.postman.withLock { $0 = postman } }

    /// Lets time pass at the banks and at Meta, until cancelled.
    func keepTime() async throws {
        while true {
            try await loop.sleep(for: Self.tick)
            let now = world.now()
            atBank { ((), $0.advance(to: now)) }
            perform(cloud.withLock { $0.advance(to: now) })
        }
    }

    func keepDiary() async throws { try await diary.run(on: loop) }
    func close() async { await diary.flush() }

    // MARK: trouble on demand

    /// Sets one more; nil clears all. Throws 409 `FAULTS_FULL`.
    func set(_ fault: Fault?, seed: UInt64? = nil) throws(Problem) -> [Fault] {
        let (fits, all) = faults.withLock { faults in
            guard let fault else {
                faults.clear()
                return (true, faults.all)
            }
            return (faults.set(fault, seed: seed), faults.all)
        }
        guard fits else {
            throw Problem(.conflict, code: "FAULTS_FULL", toUser: "\(Faults.faultsMax) faults are set.")
        }
        return all
    }

    var faultsSet: [Fault] { faults.withLock { $0.all } }

    func strike(
        _ place: Fault.Place, bankId: String? = nil, phone: String? = nil, description: String? = nil
    ) -> Fault? {
        faults.withLock { $0.strike(place, bankId: bankId, phone: phone, description: description) }
    }

    /// What a fake says in place of its answer.
    struct Refusals: Sendable {
        var unavailable: HTTPResponse
        var throttled: HTTPResponse
        var unauthorized: HTTPResponse
    }

    /// Answers a request to a fake the way the fault at that place wants it, and notes that it came.
    func answer(
        _ request: HTTPRequest, at place: Fault.Place?, service: String, bankId: String? = nil,
        phone: String? = nil, description: String? = nil, refusals: Refusals,
        _ respond: (Fault.Kind?) -> HTTPResponse
    ) async throws -> HTTPResponse {
        let fault = place.flatMap { strike($0, bankId: bankId, phone: phone, description: description) }
        if let fault, fault.kind == .slow { try await loop.sleep(for: fault.delay) }
        var answer =
            switch fault?.kind {
            case .unavailable: refusals.unavailable
            case .throttled: refusals.throttled
            case .unauthorized: refusals.unauthorized
            default: respond(fault?.kind)
            }
        if fault?.kind == .broken {
            answer = HTTPResponse(
                status: 502, headers: ["content-type": "text/html"], body: Array("<h1>Bad gateway</h1>".utf8))
        }
        note(
            ReceivedRequest(
                service: service, at: world.now(), method: request.method, path: request.path, bankId: bankId,
                status: answer.status, body: request.body, answer: answer.body),
            bytes: request.body.count + answer.body.count)
        if let fault, fault.kind == .lost || fault.kind == .statusFirst {
            try await loop.sleep(for: fault.delay)
        }
        return answer
    }

    // MARK: what reached the fakes

    private func note(_ request: ReceivedRequest, bytes: Int) {
        requests.withLock { _ = $0.append(request, weighing: bytes + 256) }
    }

    /// `{"requests":[…],"last":n}`, newest last.
    func requestList(service: String?, after: Int64, limit: Int) -> [UInt8] {
        let (all, last) = requests.withLock { ($0.after(after, limit: Int.max), $0.lastNumber) }
        let chosen = all.filter { service == nil || $0.element.service == service }.suffix(limit)
        var json = JSONWriter(capacity: 4_096)
        json.object { root in
            root.member(
                "requests",
                array: { list in
                    for (number, request) in chosen { request.write(to: &list, number: number) }
                })
            root.member("last", last)
        }
        return json.bytes
    }
}
