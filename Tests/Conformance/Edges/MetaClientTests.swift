// The ingress as a process, asking its callers for Meta's certificate: the authority is of the test's own, the common
// name is Meta's. Who has another name or another authority, or none, gets no answer at all; probes come by the admin
// port, which asks for nothing.
import EventLoop
import Glibc
import HTTPClient
import HTTPWire
import Observe
import Sealing
import TLSWire
import TestSupport
import Testing
import WebhookIngress
import World

@Suite struct `An ingress that asks for Meta's certificate` {
    private static let metaName = "client.webhooks.fbclientcerts.com"
    private static let secret = "the app secret of this test"

    /// A running `webhook-ingress`.
    private struct Running: Sendable {
        let folder: String
        let files: TemporaryCertificates
        let port: UInt16
        let admin: UInt16
    }

    @Test func `takes webhooks from it and from nobody else`() async throws {
        guard OutsideTool.path("openssl") != nil else { return }
        try await Self.withIngress { ingress in
            for presented in ["meta", "meta-with-names"] {
                #expect(try await Self.handshake(ingress, as: presented) == "200 a challenge")
                #expect(try await Self.deliver(ingress, as: presented) == "200")
            }
            for presented in ["longer", "in-names", "stranger-meta", nil] {
                #expect(try await Self.handshake(ingress, as: presented) == nil, "\(presented ?? "nothing")")
                #expect(try await Self.deliver(ingress, as: presented) == nil, "\(presented ?? "nothing")")
            }
            let ready = try #require(HTTPURL("http://127.0.0.1:\(ingress.admin)/health/ready"))
            #expect(try await Self.ask(ClientRequest(url: ready), tls: nil)?.status == 200)
            // The log says that somebody was refused, and not what they sent.
            let log = try readText(ingress.folder + "/log")
            #expect(!log.contains(Self.secret) && !log.contains("BEGIN CERTIFICATE"))
        }
    }

    private static func withIngress(_ body: @escaping @Sendable (Running) async throws -> Void) async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase(migrating: [
            (WebhookIngressSchema.name, WebhookIngressSchema.migrations)
        ])
        try await OutsideTool.withFolder { folder in
            let files = try await certificates(folder)
            try OutsideTool.write(secret, to: folder + "/app-secret")
            try OutsideTool.write("a verify token", to: folder + "/verify-token")
            try OutsideTool.write(tillFile(folder), to: folder + "/till.json")
            let running = Running(
                folder: folder, files: files, port: try TemporaryCluster.freePort(),
                admin: try TemporaryCluster.freePort())
            let variables = [
                "TILL_ENV=demo", "TILL_PORT=\(running.port)", "TILL_ADMIN_PORT=\(running.admin)",
                "TILL_DATABASE_URL=\(cluster.tcpURL(database, role: "till_ingress"))",
                "TILL_CONFIG_FILE=\(folder)/till.json", "TILL_TLS_CERT_FILE=\(files.certificate("server"))",
                "TILL_TLS_KEY_FILE=\(files.key("server"))",
                "TILL_TLS_CLIENT_CA_FILE=\(files.certificate("meta-ca"))",
                "TILL_TLS_CLIENT_NAMES=CN=\(metaName)", "TILL_EXIT_WITH_PARENT=true",
            ]
            let child = try ChildProcess.start(
                ["env"] + variables + [try program()], log: folder + "/log")
            defer { OutsideTool.end(child) }
            let ready = try #require(HTTPURL("http://127.0.0.1:\(running.admin)/health/ready"))
            do {
                try await until(atMost: .seconds(30)) {
                    try await ask(ClientRequest(url: ready), tls: nil)?.status == 200
                }
            } catch {
                Issue.record("not ready: \(try readText(folder + "/log"))")
                throw error
            }
            try await body(running)
        }
    }

    private static func program() throws -> String {
        let folder =
            getenv("TILL_BINARIES").map { String(cString: $0) } ?? Repository.root() + "/.build/debug"
        return folder + "/webhook-ingress"
    }

    private static func certificates(_ folder: String) async throws -> TemporaryCertificates {
        let files = TemporaryCertificates(in: folder)
        try await BlockingThread.run {
            for authority in ["ca", "meta-ca", "stranger"] { try files.makeAuthority(authority) }
            try files.issue("server", by: "ca", commonName: "till", names: "IP:127.0.0.1")
            try files.issue("meta", by: "meta-ca", commonName: metaName)
            try files.issue(
                "meta-with-names", by: "meta-ca", commonName: metaName, names: "DNS:elsewhere.example")
            try files.issue("longer", by: "meta-ca", commonName: metaName + ".example")
            try files.issue("in-names", by: "meta-ca", commonName: "other", names: "DNS:\(metaName)")
            try files.issue("stranger-meta", by: "stranger", commonName: metaName)
        }
        return files
    }

    private static func tillFile(_ folder: String) -> String {
        """
        {"numbers":[{"phoneNumberId":"800000000000009","displayPhoneNumber":"37369002773","wabaId":"900000000000001",
        "country":"MD","timeZone":"Europe/Chisinau","appSecretFiles":["\(folder)/app-secret"],
        "verifyTokenFile":"\(folder)/verify-token","accessTokenFile":"\(folder)/verify-token","banks":["moldbank"]}],
        "banks":[{"bankId":"moldbank","name":"Moldbank","brokerUrl":"http://127.0.0.1:1","timeZone":"Europe/Chisinau",
        "linkLifeSeconds":300,"minimumMinor":1,"maximumMinor":10000000}]}
        """
    }

    // MARK: playing Meta

    private static func handshake(_ ingress: Running, as name: String?) async throws -> String? {
        let url = try #require(HTTPURL("https://127.0.0.1:\(ingress.port)"))
        let target =
            "/webhooks/whatsapp?hub.mode=subscribe&hub.verify_token=a%20verify%20token&hub.challenge=a%20challenge"
        let answer = try await ask(ClientRequest(url: url, target: target), tls: context(ingress, name))
        return answer.map { "\($0.status) " + String(decoding: $0.body, as: UTF8.self) }
    }

    private static func deliver(_ ingress: Running, as name: String?) async throws -> String? {
        let url = try #require(HTTPURL("https://127.0.0.1:\(ingress.port)"))
        let body = Array(
            """
            {"object":"whatsapp_business_account","entry":[{"id":"900000000000001","changes":[{"value":{\
            "messaging_product":"whatsapp","metadata":{"phone_number_id":"800000000000009"},"messages":[{\
            "from":"37369000001","id":"wamid.\(name ?? "none")","timestamp":"1790000000","type":"text",\
            "text":{"body":"pay 100"}}]},"field":"messages"}]}]}
            """.utf8)
        let signature = "sha256=" + Hex.encode(HMACSHA256.authenticate(body, key: Secret(text: secret)))
        let request = ClientRequest(
            method: "POST", url: url, target: "/webhooks/whatsapp",
            headers: ["content-type": "application/json", "x-hub-signature-256": signature], body: body)
        return try await ask(request, tls: context(ingress, name)).map { "\($0.status)" }
    }

    private static func context(_ ingress: Running, _ name: String?) throws -> TLSContext {
        try TLSContext(
            client: TLSClientSettings(
                authoritiesFile: ingress.files.certificate("ca"),
                certificateFile: name.map { ingress.files.certificate($0) },
                keyFile: name.map { ingress.files.key($0) }))
    }

    /// The answer; nil where none came.
    private static func ask(_ request: ClientRequest, tls: TLSContext?) async throws -> HTTPResponse? {
        let world = World.forWireTests
        let client = HTTPClient(
            loop: TestLoop.shared, world: world, log: .silent(world), metrics: Metrics(), tls: tls)
        let answer: HTTPResponse?
        do { answer = try await client.send(request, timeout: .seconds(10)) } catch { answer = nil }
        await client.close()
        return answer
    }
}
