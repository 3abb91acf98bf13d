// Server and client over real TLS connections, with certificates made for the run: names, authorities, both
// directions of trust, and that an end which was not announced is never taken for an answer.
import EventLoop
import Glibc
import HTTPClient
import HTTPServer
import HTTPWire
import Observe
import Synchronization
import TLSWire
import Testing
import Transport

/// PEM files in a temporary folder that goes with the process's tests.
final class TestCertificates: Sendable {
    static let shared = TestCertificates()
    let folder: String

    private init() {
        var template = Array(("/tmp/till-https-" + String(repeating: "X", count: 6)).utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary folder")
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for name in ["ca", "stranger"] {
            run(
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=\(name)", name
            )
        }
        issue("server", "IP:127.0.0.1,DNS:localhost")
        issue("ecomm-gateway", "DNS:ecomm-gateway")
        issue("intruder", "DNS:intruder")
        // Nothing of this run is needed once the files are loaded, but contexts are made per test: removed at
        // exit.
        atexit { _ = system("rm -rf -- \(TestCertificates.shared.folder)") }
    }

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    private func issue(_ name: String, _ names: String) {
        run(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=\(name) "
                + "-CA \(path("ca.pem")) -CAkey \(path("ca.key")) -addext subjectAltName=\(names) "
                + "-addext basicConstraints=critical,CA:FALSE", name)
    }

    private func run(_ command: String, _ name: String) {
        let files = "-keyout \(path(name)).key -out \(path(name)).pem"
        let status = system("openssl \(command) \(files) >/dev/null 2>&1")
        precondition(status == 0, "openssl could not make \(name)")
    }

    func server(clients: [String]? = nil) throws -> TLSContext {
        var settings = TLSServerSettings(certificateFile: path("server.pem"), keyFile: path("server.key"))
        settings.clientCAFile = clients.map { _ in path("ca.pem") }
        settings.clientNames = clients
        return try TLSContext(server: settings)
    }

    func client(trusting authority: String = "ca", as name: String? = nil) throws -> TLSContext {
        try TLSContext(
            client: TLSClientSettings(
                authoritiesFile: path("\(authority).pem"), certificateFile: name.map { path("\($0).pem") },
                keyFile: name.map { path("\($0).key") }))
    }
}

@Suite(.serialized) struct `Over TLS` {
    private let files = TestCertificates.shared

    private func outcome(
        _ context: TLSContext, _ text: String, body: [UInt8] = []
    ) async throws -> Result<HTTPResponse, HTTPClientFailure> {
        let client = HTTPClient(
            loop: loop, world: world, log: .silent(world), metrics: Metrics(), tls: context)
        let url = try #require(HTTPURL(text))
        let result: Result<HTTPResponse, HTTPClientFailure>
        do {
            let request = ClientRequest(method: "POST", url: url, body: body)
            result = .success(try await client.send(request, timeout: patience))
        } catch { result = .failure(error) }
        await client.close()
        return result
    }

    private func withSecureServer(
        clients: [String]? = nil, _ body: @escaping @Sendable (_ port: UInt16) async throws -> Void
    ) async throws {
        var routes = Routes()
        routes.on("POST", "/", bodyBytesMax: 1 << 20) { HTTPResponse(status: 200, body: $0.body) }
        try await withServer(routes, tls: try files.server(clients: clients)) { try await body($0.port) }
    }

    @Test func `a server and a client exchange what they would in the open, however long`() async throws {
        let context = try files.client()
        try await withSecureServer { port in
            for count in [0, 5, 1 << 20] {
                let body = [UInt8](repeating: 7, count: count)
                let answer = try await outcome(context, "https://127.0.0.1:\(port)/", body: body).get()
                #expect(answer.status == 200 && answer.body == body)
                let named = try await outcome(context, "https://localhost:\(port)/", body: body).get()
                #expect(named.body == body)
            }
        }
    }

    @Test func `nothing is sent to a server that cannot prove its name`() async throws {
        let context = try files.client()
        let stranger = try files.client(trusting: "stranger")
        try await withSecureServer { port in
            let unknown = try await outcome(stranger, "https://127.0.0.1:\(port)/")
            guard case .failure(.notSent(let reason)) = unknown else { throw TLSFailure.over }
            #expect(reason.hasPrefix("peer certificate refused"))
            let other = try await outcome(context, "https://127.0.0.2:\(port)/")
            guard case .failure(.notSent) = other else { throw TLSFailure.over }
        }
    }

    @Test func `a caller needs a certificate of ours with a name on the list`() async throws {
        let nobody = try files.client()
        let intruder = try files.client(as: "intruder")
        let gateway = try files.client(as: "ecomm-gateway")
        try await withSecureServer(clients: ["ecomm-gateway", "command-router"]) { port in
            let url = "https://127.0.0.1:\(port)/"
            #expect(try await outcome(gateway, url).get().status == 200)
            for context in [nobody, intruder] {
                guard case .failure(let failure) = try await outcome(context, url) else {
                    throw TLSFailure.over
                }
                #expect(["not_sent", "answer_lost"].contains(failure.word))
            }
            #expect(try await outcome(gateway, url).get().status == 200)
        }
    }

    @Test func `a caller shows its certificate anew once those who vouch for callers are read again`()
        async throws
    {
        let context = try files.server(clients: ["ecomm-gateway"])
        let served = Atomic<Int>(0)
        var routes = Routes()
        routes.on("GET", "/") { _ in .text(200, "\(served.add(1, ordering: .relaxed).newValue)") }
        let client = try files.client(as: "ecomm-gateway")
        try await withServer(routes, tls: context) { server in
            guard let address = SocketAddress(numeric: "127.0.0.1", port: server.port) else { return }
            let socket = try await StreamSocket.connect(to: [address], loop: loop, deadlineNs: soon)
            let stream = try ByteStream(connecting: socket, to: "127.0.0.1", with: client)
            defer { stream.close() }
            func ask() async throws -> String {
                var answer: [UInt8] = []
                try await stream.write(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8), deadlineNs: soon)
                _ = try await stream.read(deadlineNs: soon) { span in
                    for index in span.indices { answer.append(span[index]) }
                }
                return String(decoding: answer, as: UTF8.self)
            }
            for _ in 0..<2 { #expect(try await !ask().contains("connection: close")) }
            try context.reload()
            let last = try await ask()
            #expect(last.hasPrefix("HTTP/1.1 200 ") && last.contains("connection: close\r\n"))
        }
    }

    @Test func `plain bytes to a TLS port, and TLS to a plain one, come to nothing`() async throws {
        let context = try files.client()
        try await withSecureServer { port in
            guard case .failure = try await outcome(context, "http://127.0.0.1:\(port)/") else {
                throw TLSFailure.over
            }
            let peer = try await RawPeer.connect(port)
            defer { peer.close() }
            try await peer.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(try await !peer.readToEnd().contains("HTTP"))
        }
        try await withServer(Routes()) { server in
            let answer = try await outcome(context, "https://127.0.0.1:\(server.port)/")
            guard case .failure(.notSent) = answer else { throw TLSFailure.over }
        }
    }

    @Test func `a connection is used again, although session tickets arrive beside answers`() async throws {
        let server = try files.server()
        let context = try files.client()
        let connections = Tally()
        try await withScript { peer, _ in
            await connections.add()
            let stream = try ByteStream(accepting: peer.socket, with: server)
            var parser = RequestParser()
            while try await stream.read(deadlineNs: soon, { parser.receive($0) }) {
                while let event = try parser.next() {
                    guard case .request = event else { continue }
                    var out: [UInt8] = []
                    HTTPResponse.text(200, "ok").serialize(into: &out, keepAlive: true)
                    try await stream.write(out, deadlineNs: soon)
                }
            }
        } _: { url in
            let secure = try #require(HTTPURL("https://127.0.0.1:\(url.port)/"))
            let client = HTTPClient(
                loop: loop, world: world, log: .silent(world), metrics: Metrics(), tls: context)
            for _ in 0..<3 {
                let answer = try await client.send(ClientRequest(url: secure), timeout: patience)
                #expect(answer.status == 200)
                try await loop.sleep(for: .milliseconds(20))
            }
            await client.close()
            #expect(await connections.value == 1)
        }
    }

    @Test func `an end that was not announced is not the end of an answer`() async throws {
        let server = try files.server()
        let context = try files.client()
        try await withScript { peer, number in
            let stream = try ByteStream(accepting: peer.socket, with: server)
            _ = try await stream.read(deadlineNs: soon) { _ in }
            try await stream.write(Array("HTTP/1.1 200 OK\r\n\r\nhalf".utf8), deadlineNs: soon)
            // The first connection is cut beneath TLS, the second one ends as TLS says.
            if number == 2 { stream.close() }
        } _: { url in
            let text = "https://127.0.0.1:\(url.port)/"
            guard case .failure(.answerLost) = try await outcome(context, text) else {
                throw TLSFailure.truncated
            }
            #expect(try await outcome(context, text).get().body == Array("half".utf8))
        }
    }
}
