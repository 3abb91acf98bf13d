// Certificates that are renewed on disk while a server runs: who connects from then on sees the new one, who
// is connected goes on, and a file that cannot be used changes nothing.
import EventLoop
import Glibc
import HTTPClient
import HTTPServer
import HTTPWire
import Lifecycle
import Observe
import Synchronization
import TLSWire
import Testing
import World

/// A server's certificate in a folder of its own, issued by one of two authorities, one after the other.
private final class RenewedCertificate: Sendable {
    let folder: String

    init() {
        var template = Array(("/tmp/till-renewed-" + String(repeating: "X", count: 6)).utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary folder")
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for name in ["old", "new"] {
            shell("\(Self.request) -days 30 -subj /CN=\(name) -keyout \(name)-ca.key -out \(name)-ca.pem")
            let days = name == "old" ? 2 : 20
            shell(
                "\(Self.request) -days \(days) -subj /CN=server -CA \(name)-ca.pem -CAkey \(name)-ca.key "
                    + "-addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE "
                    + "-keyout \(name).key -out \(name).pem")
        }
        put("old")
    }

    deinit { _ = system("rm -rf -- \(folder)") }

    private static let request =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"

    private func shell(_ command: String) {
        precondition(system("cd \(folder) && \(command) >/dev/null 2>&1") == 0, "failed: \(command)")
    }

    /// Renames, as a careful tool does: a reader sees the old file or the new one, whole.
    func put(_ name: String) {
        shell("cp \(name).pem a && cp \(name).key b && mv a server.pem && mv b server.key")
    }

    func spoil() { shell("echo nonsense > server.pem") }

    func server() throws -> TLSContext {
        try TLSContext(
            server: TLSServerSettings(
                certificateFile: folder + "/server.pem", keyFile: folder + "/server.key"))
    }

    func client(trusting name: String) throws -> HTTPClient {
        let context = try TLSContext(
            client: TLSClientSettings(authoritiesFile: "\(folder)/\(name)-ca.pem"))
        return HTTPClient(loop: loop, world: world, log: .silent(world), metrics: Metrics(), tls: context)
    }
}

@Suite(.serialized) struct `A renewed certificate` {
    private final class Lines: Sendable {
        private let all = Mutex<[String]>([])
        func add(_ line: [UInt8]) { all.withLock { $0.append(String(decoding: line, as: UTF8.self)) } }
        func count(_ what: String) -> Int { all.withLock { $0.count { $0.contains(what) } } }
    }

    private var routes: Routes {
        var routes = Routes()
        routes.on("GET", "/") { _ in .text(200, "hello") }
        return routes
    }

    private static func isServed(_ client: HTTPClient, _ port: UInt16) async throws -> Bool {
        guard let url = HTTPURL("https://127.0.0.1:\(port)/") else { return false }
        do throws(HTTPClientFailure) {
            return try await client.send(ClientRequest(url: url), timeout: patience).status == 200
        } catch {
            guard case .notSent = error else { throw error }
            return false
        }
    }

    @Test func `is what new connections see, while old ones go on`() async throws {
        let files = RenewedCertificate()
        let context = try files.server()
        let lines = Lines(), metrics = Metrics()
        let watch = CertificateWatch(
            log: Log(service: "test", world: world, write: { lines.add($0) }), metrics: metrics)
        watch.add(context, side: "server")
        let oldEnd = try #require(context.certificateExpirySeconds)
        try await withServer(routes, tls: context) { server in
            let connected = try files.client(trusting: "old")
            #expect(try await Self.isServed(connected, server.port))
            watch.look()
            #expect(lines.count("certificate.") == 0)

            files.put("new")
            watch.look()
            let newEnd = try #require(context.certificateExpirySeconds)
            #expect((17...19).contains((newEnd - oldEnd) / 86_400))
            #expect(metrics.render().contains("till_tls_certificate_expiry_seconds \(newEnd)"))
            #expect(lines.count("certificate.reloaded") == 1)
            // It trusts only the old authority: what serves it is the connection that it had.
            #expect(try await Self.isServed(connected, server.port))
            let late = try files.client(trusting: "old"), renewed = try files.client(trusting: "new")
            #expect(try await !Self.isServed(late, server.port))
            #expect(try await Self.isServed(renewed, server.port))
            for client in [connected, late, renewed] { await client.close() }
        }
    }

    @Test func `that cannot be used changes nothing, is said once, and is taken when it is mended`()
        async throws
    {
        let files = RenewedCertificate()
        let context = try files.server()
        let lines = Lines()
        let watch = CertificateWatch(
            log: Log(service: "test", world: world, write: { lines.add($0) }), metrics: Metrics())
        watch.add(context, side: "server")
        try await withServer(routes, tls: context) { server in
            files.spoil()
            for _ in 0..<3 { watch.look() }
            #expect(lines.count("certificate.refused") == 1 && lines.count("certificate.reloaded") == 0)
            let old = try files.client(trusting: "old")
            #expect(try await Self.isServed(old, server.port))
            files.put("new")
            watch.look()
            #expect(lines.count("certificate.reloaded") == 1)
            let new = try files.client(trusting: "new")
            #expect(try await Self.isServed(new, server.port))
            for client in [old, new] { await client.close() }
        }
    }

    @Test func `is taken at once when SIGHUP says so`() async throws {
        let files = RenewedCertificate()
        let context = try files.server()
        let lines = Lines()
        let watch = CertificateWatch(
            log: Log(service: "test", world: world, write: { lines.add($0) }), metrics: Metrics())
        watch.add(context, side: "server")
        let hangup = HangupSignal()
        let watching = Task(executorPreference: loop) { try await watch.run(hangup, on: loop) }
        // Even files that look as they did: whoever sends the signal knows better.
        for expected in 1...2 {
            let deadlineNs = loop.nowNs + 30_000_000_000
            while lines.count("certificate.reloaded") < expected, loop.nowNs < deadlineNs {
                // Again and again: the first may come before Dispatch has its source in place.
                kill(getpid(), SIGHUP)
                try await loop.sleep(for: .milliseconds(100))
            }
            #expect(lines.count("certificate.reloaded") >= expected)
        }
        watching.cancel()
        await #expect(throws: CancellationError.self) { try await watching.value }
    }
}
