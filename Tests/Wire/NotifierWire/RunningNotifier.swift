// The notifier as a process with a database and a fake Meta of its own, and the little that tests ask of it.
import Contracts
import FoundationEssentials
import Glibc
import HTTPClient
import HTTPServer
import HTTPWire
import JSONWire
import Money
import Notifier
import Observe
import Postgres
import Sealing
import Synchronization
import TestSupport
import WebhookIngress
import World

struct Unexpected: Error { let what: String }

/// One notifier under test.
final class RunningNotifier: Sendable {
    static let number = "800000000000009"
    static let callerToken = String(repeating: "c", count: 40)

    let graph: FakeGraph
    let pool: PostgresPool
    private let folder: String
    private let environment: [String]
    private let children = Mutex<[Int32]>([])
    /// Of the process that is asked; 0 before it has started.
    private let port = Mutex<UInt16>(0)
    private let client: HTTPClient

    private init(graph: FakeGraph, pool: PostgresPool, folder: String, environment: [String]) {
        self.graph = graph
        self.pool = pool
        self.folder = folder
        self.environment = environment
        let world = World.forWireTests
        client = HTTPClient(loop: TestLoop.shared, world: world, log: .silent(world), metrics: Metrics())
    }

    /// Runs `body` against a started notifier and stops everything after it. `settings` are added to its
    /// environment. With a proxy its database is behind that.
    static func with(
        _ settings: [String: String] = [:], on cluster: TemporaryCluster? = nil,
        behind proxy: FreezingProxy? = nil,
        _ body: @escaping @Sendable (RunningNotifier) async throws -> Void
    ) async throws {
        var chosen = cluster
        if chosen == nil { chosen = try await TemporaryCluster.shared() }
        guard let cluster = chosen else { throw Unexpected(what: "no server") }
        let database = try await cluster.freshDatabase(migrating: [
            (WebhookIngressSchema.name, WebhookIngressSchema.migrations),
            (NotifierSchema.name, NotifierSchema.migrations),
        ])
        let graph = try await FakeGraph.start()
        try await cluster.withPool(database) { pool in
            let folder = try makeFolder()
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let fixed = [
                "TILL_DATABASE_URL": proxy.map { cluster.url(database, role: "till_notifier", behind: $0) }
                    ?? cluster.url(database, role: "till_notifier"),
                "TILL_CALLERS_FILE": folder + "/callers", "TILL_CONFIG_FILE": folder + "/till.json",
                "TILL_GRAPH_URL": "http://127.0.0.1:\(graph.port)", "TILL_EXIT_WITH_PARENT": "true",
            ]
            let environment = fixed.merging(settings) { _, given in given }.map { $0.key + "=" + $0.value }
            let notifier = RunningNotifier(
                graph: graph, pool: pool, folder: folder, environment: environment)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask(executorPreference: TestLoop.shared) { try await graph.run() }
                do {
                    try await notifier.startProcess()
                    try await body(notifier)
                } catch {
                    print(notifier.log)
                    notifier.kill()
                    await graph.stop()
                    throw error
                }
                notifier.kill()
                await graph.stop()
                try await group.waitForAll()
            }
            await notifier.client.close()
        }
    }

    // MARK: the process

    func startProcess() async throws {
        let before = startedPorts.count
        try start()
        try await until("the notifier has started") {
            guard startedPorts.count > before, let port = startedPorts.last else { return false }
            self.port.withLock { $0 = port }
            return true
        }
        try await until("the notifier is ready") {
            (try? await self.get("/health/ready"))?.status == 200
        }
    }

    /// A second process on the same database, beside the one that is asked.
    func startAnother() throws { try start() }

    /// The ports that processes were given by the system, by their own log.
    private var startedPorts: [UInt16] {
        log.split(separator: "\n").compactMap { line in
            guard let entry = try? JSONValue(parsing: Array(line.utf8)),
                entry["what"]?.text == "service.started"
            else { return nil }
            return entry["port"]?.int64.flatMap { UInt16(exactly: $0) }
        }
    }

    private func start() throws {
        let built =
            try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            .split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/notifier"
        // A release build beside a debug test, for figures.
        let program = ProcessInfo.processInfo.environment["TILL_NOTIFIER_PROGRAM"] ?? built
        let ports = ["TILL_PORT=0", "TILL_ADMIN_PORT=0"]
        let id = try ChildProcess.start(["env"] + environment + ports + [program], log: folder + "/log")
        children.withLock { $0.append(id) }
    }

    /// As a power cut: no drain, no goodbye.
    func kill() {
        let ids = children.withLock { ids in
            defer { ids = [] }
            return ids
        }
        for id in ids {
            Glibc.kill(id, SIGKILL)
            var status: Int32 = 0
            waitpid(id, &status, 0)
        }
    }

    var processIds: [Int32] { children.withLock { $0 } }

    var url: String { "http://127.0.0.1:\(port.withLock { $0 })" }

    var log: String { (try? readText(folder + "/log")) ?? "" }

    // MARK: asking it

    func get(_ target: String) async throws -> HTTPResponse { try await ask("GET", target, [:], []) }

    func post(_ message: SendMessage, key: String) async throws -> HTTPResponse {
        try await ask(
            "POST", "/v1/messages", ["idempotency-key": key], Array(try JSONEncoder().encode(message)))
    }

    func ask(
        _ method: String, _ target: String, _ headers: HTTPHeaders, _ body: [UInt8],
        token: String = callerToken
    ) async throws -> HTTPResponse {
        guard let url = HTTPURL(url) else { throw Unexpected(what: "url") }
        var headers = headers
        headers.append("authorization", "Bearer " + token)
        return try await client.send(
            ClientRequest(method: method, url: url, target: target, headers: headers, body: body),
            timeout: .seconds(60 * Sanitizer.slowness))
    }

    /// Queues a message and answers its id.
    func say(
        _ content: MessageContent, to peer: String, notAfter: Timestamp? = nil, coalesceKey: String? = nil,
        sellers: [SellerName]? = nil, identityKnownAt: Timestamp? = nil, subject: String? = nil,
        ends: [String]? = nil, from number: String = number
    ) async throws -> String {
        let message = SendMessage(
            conversation: Conversation(phoneNumberId: number, peer: peer), locale: .ro, content: content,
            notAfter: notAfter, subject: subject, ends: ends, coalesceKey: coalesceKey,
            sellers: sellers, identityKnownAt: identityKnownAt)
        let answer = try await post(message, key: "k" + World.forWireTests.hex(8))
        guard answer.status == 202 else { throw Unexpected(what: "status \(answer.status)") }
        return try JSONDecoder().decode(MessageAccepted.self, from: Data(answer.body)).messageId
    }

    func view(_ id: String) async throws -> MessageView {
        let answer = try await get("/v1/messages/" + id)
        guard answer.status == 200 else { throw Unexpected(what: "status \(answer.status)") }
        return try JSONDecoder().decode(MessageView.self, from: Data(answer.body))
    }

    func waitFor(_ id: String, _ status: MessageStatusName) async throws {
        try await until("\(id) is \(status.rawValue)") { try await self.view(id).status == status }
    }

    // MARK: what others do

    /// The person wrote `ago` before now: the ingress's row.
    func heard(_ peer: String, ago: Duration = .zero) async throws {
        let now = World.forWireTests.now()
        _ = try await pool.query(
            """
            insert into channel.conversation (phone_number_id, peer, wa_id, last_inbound_at, updated_at)
            values ($1, $2, $2, $3, $4)
            on conflict (phone_number_id, peer) do update set last_inbound_at = excluded.last_inbound_at
            """,
            [.text(Self.number), .text(peer), .timestamp(now.advanced(by: .zero - ago)), .timestamp(now)])
    }

    /// A status webhook arrived: the ingress's row.
    /// `also` is JSON that stands beside the rest.
    func status(
        _ word: String, wamid: String, callback: String? = nil, code: Int? = nil, also: String? = nil
    ) async throws {
        var writer = JSONWriter()
        writer.object {
            $0.member(
                "status",
                object: {
                    $0.member("id", wamid)
                    $0.member("status", word)
                    $0.member("biz_opaque_callback_data", ifAny: callback)
                    if let code {
                        $0.member("errors", array: { $0.object { $0.member("code", Int64(code)) } })
                    }
                })
        }
        var payload = writer.bytes
        if let also {
            payload.replaceSubrange((payload.count - 2)..<(payload.count - 2), with: Array(("," + also).utf8))
        }
        let now = World.forWireTests.now()
        try await pool.batch([
            (
                """
                insert into channel.inbound_event (lane, dedup_key, event_at, phone_number_id, peer, payload,
                    request_id, received_at, run_at) values ('statuses', $1, $2, $3, '', $4, 'req_status', $2, $2)
                """,
                [.text("\(wamid):\(word)"), .timestamp(now), .text(Self.number), .bytes(payload)]
            ),
            ("select pg_notify('till_inbound_statuses', '')", []),
        ])
    }

    /// How many messages of this kind there are; `condition` stands in the test.
    func count(_ condition: String) async throws -> Int {
        let sql = PostgresStatement(
            composed: "select count(*) as found from notifier.message where " + condition)
        return Int(try await pool.query(sql).one().int8("found"))
    }

    /// Status webhooks of every message that Meta took, as the ingress stores them.
    func statusesOfAll(_ words: [String]) async throws {
        try await pool.batch([
            (
                """
                insert into channel.inbound_event (lane, dedup_key, event_at, phone_number_id, peer, payload,
                    request_id, received_at, run_at)
                select 'statuses', a.wamid || ':' || w.word, now() + w.place * interval '1 microsecond', $1, '',
                    convert_to(format('{"status":{"id":"%s","status":"%s","biz_opaque_callback_data":"%s"}}',
                        a.wamid, w.word, a.message_id), 'UTF8'), 'req_status', now(), now()
                from unnest($2::text[]) with ordinality as w (word, place) cross join notifier.accepted_send a
                order by w.place
                """,
                [.text(Self.number), .textArray(words)]
            ),
            ("select pg_notify('till_inbound_statuses', '')", []),
        ])
    }

    // MARK: making

    private static func makeFolder() throws -> String {
        var template = Array("/tmp/till-notifier-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Unexpected(what: "mkdtemp") }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let till = """
            {"numbers":[{"phoneNumberId":"\(number)","displayPhoneNumber":"37369002773","wabaId":"9","country":"MD",
            "timeZone":"Europe/Chisinau","appSecretFiles":["app"],"verifyTokenFile":"v","accessTokenFile":"token",
            "banks":[]}],"banks":[]}
            """
        for (name, text) in [
            ("till.json", till), ("token", "graph-token"),
            ("callers", CallerTokens.line("tillctl", Secret(text: callerToken)) ?? ""),
        ] {
            try Data(text.utf8).write(to: URL(filePath: folder + "/" + name))
        }
        return folder
    }
}
