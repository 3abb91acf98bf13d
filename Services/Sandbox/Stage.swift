// Where the play happens: holds the fake Meta, the fake banks and what reached them, and performs the effects
// they ask for after the lock is released. Routes call it; it knows no HTTP.

import EventLoop
import HTTPClient
import HTTPWire
import JSONWire
import Observe
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
    private let log: Log
    private let diary: Diary
    private let cloud: Mutex<MetaCloud>
    private let bank: Mutex<FakeBank>
    private let requests = Mutex(Ring<ReceivedRequest>(entriesMax: requestsMax, bytesMax: requestBytesMax))
    private let faults = Mutex(Faults())
    private let loop: EventLoop
    private let postman = Mutex<Postman?>(nil)

    init(
        config: SandboxConfig, keys: BankKeys, diary: Diary, loop: EventLoop, world: World, log: Log
    ) throws {
        self.config = config
        self.keys = keys
        self.diary = diary
        self.loop = loop
        self.world = world
        self.log = log
        activity = LogTail(folder: config.logFolder)
        var cloud = MetaCloud(number: config.number, templates: config.templates)
        var bank = FakeBank(merchants: config.merchants, pace: config.pace, publicURL: config.publicURL)
        for seller in config.sellers { cloud.introduce(seller.phone, name: seller.name) }
        let lines = try diary.read()
        for line in lines {
            if let said = line.said {
                cloud.restore(
                    said.bubble, on: said.phone, stamped: said.stamped.map { Timestamp(microseconds: $0) })
            }
            if let payment = line.payment { bank.restore(payment) }
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
        }
        self.cloud = Mutex(cloud)
        self.bank = Mutex(bank)
    }

    /// Before anything is said.
    func use(_ postman: Postman) { self.postman.withLock { $0 = postman } }

    // MARK: the fake Meta

    func say(_ text: String, on phone: String, stamped: Timestamp?, shown: IdentityShown?) -> String {
        let (id, effects) = cloud.withLock {
            $0.say(text, on: phone, stamped: stamped, shown: shown, world: world)
        }
        perform(effects)
        return id
    }

    func tap(_ rowId: String, of messageId: String, on phone: String, stamped: Timestamp?) -> String? {
        let result = cloud.withLock {
            $0.tap(rowId, of: messageId, on: phone, stamped: stamped, world: world)
        }
        guard let (id, effects) = result else { return nil }
        perform(effects)
        return id
    }

    func send(_ body: [UInt8]) throws(GraphError) -> MetaCloud.Answer {
        let (answer, effects) = try cloud.withLock { cloud throws(GraphError) in
            try cloud.send(body, world: world)
        }
        perform(effects)
        return answer
    }

    func phone(_ number: String) -> FakePhone? { cloud.withLock { $0.phone(number) } }

    func webhookAccepted(_ bubble: String, _ phone: String) {
        perform(cloud.withLock { $0.delivered(bubble, on: phone) })
    }

    private func perform(_ effects: [MetaCloud.Effect]) {
        let postman = postman.withLock { $0 }
        for effect in effects {
            switch effect {
            case .post(let post): postman?.post(post)
            case .keep(let phone, let bubble, let stamped):
                diary.keep(
                    DiaryLine(said: .init(phone: phone, bubble: bubble, stamped: stamped?.microseconds)))
            }
        }
    }

    // MARK: the fake banks

    /// Reads or changes the banks; effects are performed afterwards.
    func atBank<Value>(_ body: (inout FakeBank) -> (Value, [FakeBank.Effect])) -> Value {
        let (value, effects) = bank.withLock { bank in body(&bank) }
        perform(effects)
        return value
    }

    /// Looks at the banks without changing them.
    func askBank<Value>(_ body: (inout FakeBank) -> Value) -> Value { bank.withLock { bank in body(&bank) } }

    private func perform(_ effects: [FakeBank.Effect]) {
        let postman = postman.withLock { $0 }
        for effect in effects {
            switch effect {
            case .keep(let payment): diary.keep(DiaryLine(payment: payment))
            case .callBack(let payment):
                log.info("payment.ended", ["status": .name(payment.status.rawValue)])
                guard let url = payment.callbackUrl,
                    let signature = keys.sign(payment.canonicalText, as: payment.bankId)
                else { continue }
                postman?.send(
                    Postman.Callback(
                        paymentId: payment.paymentId, url: url,
                        body: payment.callbackBody(signature: signature),
                        times: payment.callbacksLeft))
            }
        }
    }

    /// Lets time pass at the banks, until cancelled.
    func keepTime() async throws {
        while true {
            try await loop.sleep(for: Self.tick)
            let now = world.now()
            atBank { ((), $0.advance(to: now)) }
        }
    }

    func keepDiary() async throws { try await diary.run(on: loop) }
    func close() async { await diary.flush() }

    // MARK: trouble on demand

    func set(_ fault: Fault?) -> [Fault] {
        faults.withLock { faults in
            if let fault { faults.set(fault) } else { faults.clear() }
            return faults.all
        }
    }

    var faultsSet: [Fault] { faults.withLock { $0.all } }

    /// Answers a request to a fake the way the fault at that place wants it, and notes that it came.
    func answer(
        _ request: HTTPRequest, at place: Fault.Place?, service: String, bankId: String? = nil,
        unavailable: HTTPResponse, _ respond: () -> HTTPResponse
    ) async throws -> HTTPResponse {
        let fault = place.flatMap { place in faults.withLock { $0.strike(place) } }
        if let fault, fault.kind == .slow { try await loop.sleep(for: fault.delay) }
        let answer = fault?.kind == .unavailable ? unavailable : respond()
        note(
            ReceivedRequest(
                service: service, at: world.now(), method: request.method, path: request.path, bankId: bankId,
                status: answer.status, body: request.body, answer: answer.body),
            bytes: request.body.count + answer.body.count)
        if let fault, fault.kind == .lost { try await loop.sleep(for: fault.delay) }
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
