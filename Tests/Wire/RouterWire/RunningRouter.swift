// The router's worker over a real database, as its own role, with fake peers around it.
import Contracts
import EventLoop
import HTTPClient
import JSONWire
import JobQueue
import Lifecycle
import Money
import Observe
import Postgres
import Sealing
import Synchronization
import TestSupport
import WebhookIngress
import World

@testable import CommandRouter

/// One router under test.
final class RunningRouter: Sendable {
    static let number = "800000000000009"
    /// Of the same business, for the same banks.
    static let otherNumber = "800000000000010"
    /// For one bank each.
    static let moldbanksNumber = "800000000000011"
    static let codrubanksNumber = "800000000000012"

    let peers: FakePeers
    /// As superuser, to look at rows and to play the ingress.
    let pool: PostgresPool
    let store: InboundStore
    /// The first claim of this router that finds something. What came late is found by a deeper look.
    func claimed(atMost span: Duration = .seconds(30)) async throws -> [CommandRouter.InboundEvent] {
        let found = Mutex<[CommandRouter.InboundEvent]>([])
        try await until(atMost: span) {
            let claimed = try await store.claim(8)
            found.withLock { $0 = claimed }
            return !claimed.isEmpty
        }
        return found.withLock { $0 }
    }
    /// As the process that comes after one that died has it.
    var another: InboundStore { InboundStore(database: store.database, world: store.world) }
    let desk: MessageDesk
    let keeper: HolderKeeper
    private let lines: Lines
    private let worker: JobWorker<InboundStore>

    /// What was logged.
    final class Lines: Sendable {
        let text = Mutex("")
        func write(_ line: [UInt8]) { text.withLock { $0 += String(decoding: line, as: UTF8.self) } }
    }

    var log: String { lines.text.withLock { $0 } }

    private init(_ peers: FakePeers, _ pool: PostgresPool, _ database: PostgresPool, _ http: HTTPClient) {
        let world = World.forWireTests
        let metrics = Metrics()
        let lines = Lines()
        let log = Log(service: "command-router", world: world) { lines.write($0) }
        let meters = RouterMeters(metrics)
        let token = Secret(text: String(repeating: "t", count: 40))
        func client(_ peer: String) -> ServiceClient {
            ServiceClient(
                http: http, baseURL: peers.url(peer), token: token, caller: "command-router", peer: peer)
        }
        let both = ["moldbank", "codrubank"]
        let entries = [
            (Self.number, both), (Self.otherNumber, both), (Self.moldbanksNumber, ["moldbank"]),
            (Self.codrubanksNumber, ["codrubank"]),
        ].map { number, banks in
            NumberEntry(
                phoneNumberId: number, displayPhoneNumber: "37369002773", wabaId: "9", country: "MD",
                timeZone: "Europe/Chisinau", appSecretFiles: [], verifyTokenFile: "", accessTokenFile: "",
                banks: banks)
        }
        self.peers = peers
        self.pool = pool
        self.lines = lines
        let store = InboundStore(database: database, world: world)
        let desk = MessageDesk(
            store: store, holders: HolderStore(database: database),
            brokers: Brokers(
                clients: ["moldbank": client("moldbank"), "codrubank": client("codrubank")],
                pause: { _ in }, log: log, answers: meters.brokerAnswers, world: world),
            gateway: client("gateway"),
            errands: ErrandDesk(
                book: PaymentBook(gateway: client("gateway")), notifier: client("notifier"), log: log),
            voice: Voice(notifier: client("notifier"), loop: TestLoop.shared, log: log),
            numbers: Dictionary(uniqueKeysWithValues: entries.map { ($0.phoneNumberId, $0) }),
            banks: both, checkout: (try? CheckoutLanguages([Self.codrubank])) ?? CheckoutLanguages(),
            world: world,
            log: log, meters: meters)
        (self.store, self.desk) = (store, desk)
        keeper = HolderKeeper(
            holders: desk.holders, brokers: desk.brokers, banks: both,
            numbers: entries.map(\.phoneNumberId), world: world, log: log, sleep: { _ in })
        worker = JobWorker(
            name: "inbound", source: store, concurrency: 8, pollInterval: .milliseconds(100),
            loop: TestLoop.shared,
            world: world, log: log, metrics: metrics, perform: { await desk.work(on: $0) })
        let worker = worker
        store.onNext.answer { _ in worker.wake() }
    }

    /// One of its merchants has its payers read Russian.
    private static let codrubank = BankEntry(
        bankId: "codrubank", name: "Codrubank", brokerUrl: "http://127.0.0.1:1",
        timeZone: "Europe/Chisinau", linkLifeSeconds: 300, minimumMinor: 1, maximumMinor: 1_000_000,
        checkoutLanguages: ["311": "ru"])

    /// Runs `body` beside fake peers, with the worker running when `isWorking`, and stops everything after
    /// it.
    static func with(
        isWorking: Bool = true, _ body: @escaping @Sendable (RunningRouter) async throws -> Void
    ) async throws {
        let cluster = try await TemporaryCluster.shared()
        let name = try await cluster.freshDatabase(migrating: [
            (WebhookIngressSchema.name, WebhookIngressSchema.migrations),
            (CommandRouterSchema.name, CommandRouterSchema.migrations),
        ])
        let peers = try await FakePeers.start()
        let world = World.forWireTests
        let http = HTTPClient(loop: TestLoop.shared, world: world, log: .silent(world), metrics: Metrics())
        try await cluster.withPool(name) { pool in
            try await cluster.withPool(name, role: "till_router") { database in
                let router = RunningRouter(peers, pool, database, http)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask(executorPreference: TestLoop.shared) { try await peers.run() }
                    let working = Task(executorPreference: TestLoop.shared) {
                        if isWorking { try await router.worker.run() }
                    }
                    var failure: (any Error)?
                    do { try await body(router) } catch {
                        print(router.log)
                        failure = error
                    }
                    working.cancel()
                    _ = await working.result
                    await peers.stop()
                    group.cancelAll()
                    if let failure { throw failure }
                }
            }
        }
        await http.close()
    }

    // MARK: what others do

    func seller(
        _ bankId: String, _ phone: String, _ merchant: String, _ status: SellerRecord.Status = .active,
        posUserId: String = "pos-1", merchantId: String = "128", rtp: Bool = false,
        holderConfirmedAt: Timestamp? = nil, inTheNameOf claimed: String? = nil
    ) {
        let record = SellerRecord(
            posUserId: posUserId, status: status, locale: .ro,
            merchants: [
                MerchantRecord(
                    merchantId: merchantId, name: merchant, currency: .mdl, country: "MD",
                    terminals: [
                        TerminalRecord(terminalId: "TE0001", paymentTypes: rtp ? [.qr, .rtp] : [.qr])
                    ],
                    limits: MerchantLimits())
            ], bank: BankRecord(bankId: claimed ?? bankId, name: bankId), holderConfirmedAt: holderConfirmedAt
        )
        peers.state.withLock { $0.sellers[bankId, default: [:]][phone] = record }
    }

    /// The ingress kept a text of this person.
    func says(
        _ text: String, from peer: String, wamid: String, replyingTo: String? = nil, userId: String? = nil,
        at number: String = number, keyHash: String? = nil, heardAt: Timestamp? = nil
    ) async throws {
        try await keep(peer, wamid, at: number, keyHash: keyHash, heardAt: heardAt) { message in
            message.member("type", "text")
            message.member("text", object: { $0.member("body", text) })
            message.member("from_user_id", ifAny: userId)
            if let replyingTo { message.member("context", object: { $0.member("id", replyingTo) }) }
        }
    }

    /// WhatsApp says that the holder of this phone has another one now.
    func hearsOfNewNumber(_ peer: String, wamid: String) async throws {
        try await keep(peer, wamid) { message in
            message.member("type", "system")
            message.member(
                "system",
                object: {
                    $0.member("type", "user_changed_number")
                    $0.member("wa_id", "37369000777")
                })
        }
    }

    func taps(_ rowId: String, from peer: String, wamid: String) async throws {
        try await keep(peer, wamid) { message in
            message.member("type", "interactive")
            message.member(
                "interactive",
                object: {
                    $0.member("type", "list_reply")
                    $0.member(
                        "list_reply",
                        object: {
                            $0.member("id", rowId)
                            $0.member("title", "…")
                        })
                })
        }
    }

    private func keep(
        _ peer: String, _ wamid: String, at number: String = number, keyHash: String? = nil,
        heardAt: Timestamp? = nil, _ content: (inout JSONWriter) -> Void
    ) async throws {
        var writer = JSONWriter()
        writer.object {
            $0.member("contact", object: { $0.member("identity_key_hash", ifAny: keyHash) })
            $0.member(
                "message",
                object: { message in
                    message.member("id", wamid)
                    message.member("from", peer)
                    content(&message)
                })
        }
        try await keep(raw: writer.bytes, peer, wamid, at: number, heardAt: heardAt)
    }

    func keep(
        raw payload: [UInt8], _ peer: String, _ wamid: String, at number: String = number,
        heardAt: Timestamp? = nil
    ) async throws {
        let now = heardAt ?? World.forWireTests.now()
        _ = try await pool.query(
            """
            insert into channel.inbound_event (lane, dedup_key, event_at, phone_number_id, peer, payload, request_id,
              received_at, run_at) values ('messages', $1, $2, $3, $4, $5, 'req_' || $1, $2, $2)
            """,
            [.text(wamid), .timestamp(now), .text(number), .text(peer), .bytes(payload)])
        worker.wake()
    }

    // MARK: what became of it

    func event(_ wamid: String) async throws -> (state: String, attempts: Int, error: String?) {
        let row = try await pool.query(
            "select state, attempts, last_error from channel.inbound_event where dedup_key = $1",
            [.text(wamid)]
        ).one()
        return (try row.text("state"), Int(try row.int4("attempts")), try row.textOrNil("last_error"))
    }

    /// As if whoever claimed something had died a lease ago.
    func endLeases() async throws {
        try await pool.query(
            """
            with ended as (
              update channel.inbound_event set lease_until = '2020-01-01' where state = 'claimed'
              returning phone_number_id, peer)
            update channel.conversation h set busy_until = '2020-01-01' from ended
            where h.phone_number_id = ended.phone_number_id and h.peer = ended.peer
            """)
    }

    func waitFor(_ wamid: String, _ state: String) async throws {
        try await until(atMost: .seconds(30)) { try await self.event(wamid).state == state }
    }

    func texts(to peer: String) -> [String] {
        peers.said.filter { $0.body.conversation.peer == peer }.map {
            switch $0.body.content {
            case .text(let text): text
            case .list(let body, _, _): body
            case .link(let body, _, let url): body + " " + url
            case .buttons(let body, _): body
            case .document(let caption, _, _, _): caption ?? ""
            case .outcome: ""
            }
        }
    }
}
