// Our TLS beside programs by others: openssl's client and curl against our server, our client against openssl's
// server. What they print of versions, protocols, chains and resumed sessions is what counts.
import EventLoop
import Glibc
import HTTPClient
import HTTPServer
import HTTPWire
import Observe
import TLSWire
import TestSupport
import Testing
import World

@Suite(.serialized) struct `TLS with programs by others` {
    private static let loop = TestLoop.shared
    private static let world = World.forWireTests

    /// Certificates in a folder of the test's own: `ca`, `stranger`, and `server` for localhost.
    private static func withCertificates(
        _ body: @escaping @Sendable (_ folder: String, _ files: TemporaryCertificates) async throws -> Void
    ) async throws {
        guard OutsideTool.path("openssl") != nil else { return }
        try await OutsideTool.withFolder { folder in
            let files = TemporaryCertificates(in: folder)
            try await BlockingThread.run {
                try files.makeAuthority("ca")
                try files.makeAuthority("stranger")
                try files.issue("server", by: "ca", commonName: "till", names: "DNS:localhost,IP:127.0.0.1")
                try files.issue("caller", by: "ca", commonName: "caller", names: "DNS:ecomm-gateway")
            }
            try await body(folder, files)
        }
    }

    private static func withServer(
        _ files: TemporaryCertificates, callers: [String]? = nil,
        _ body: @escaping @Sendable (_ port: UInt16) async throws -> Void
    ) async throws {
        var settings = TLSServerSettings(
            certificateFile: files.certificate("server"), keyFile: files.key("server"))
        settings.clientCAFile = callers.map { _ in files.certificate("ca") }
        settings.clientNames = callers
        var routes = Routes()
        routes.on("GET", "/hello") { _ in .text(200, "hello\n") }
        let server = try await HTTPServer.bind(
            name: "tls", host: "127.0.0.1", port: 0, routes: routes, tls: try TLSContext(server: settings),
            loop: loop, world: world, log: .silent(world), metrics: Metrics())
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: loop) { try await server.run() }
            do { try await body(server.port) } catch {
                await server.drain(within: .zero)
                throw error
            }
            await server.drain(within: .seconds(1))
        }
    }

    /// What openssl's client prints of one request, whether it succeeds or not.
    private static func sClient(_ port: UInt16, _ folder: String, _ arguments: String) async throws -> String
    {
        let request = "GET /hello HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n"
        return try await shell(
            "printf '\(request)' | timeout 20 openssl s_client -connect 127.0.0.1:\(port) -CAfile \(folder)/ca.pem "
                + "-verify_return_error -ign_eof \(arguments)", folder)
    }

    private static func shell(_ command: String, _ folder: String) async throws -> String {
        let log = folder + "/output-\(UInt32.random(in: 0 ... .max))"
        try await BlockingThread.run {
            try ChildProcess.run(["sh", "-c", "\(command); echo \"exit $?\""], log: log)
        }
        return try readText(log)
    }

    @Test(arguments: [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
    func `answers openssl's client in each version, with a chain and a protocol`(
        _ option: String, _ version: String
    ) async throws {
        try await Self.withCertificates { folder, files in
            try await Self.withServer(files) { port in
                let text = try await Self.sClient(
                    port, folder,
                    "\(option) -servername localhost -verify_hostname localhost -alpn h2,http/1.1")
                #expect(
                    text.contains("Verification: OK") && text.contains("ALPN protocol: http/1.1"), "\(text)")
                #expect(
                    text.contains("New, \(version)") || text.contains("Protocol  : \(version)"), "\(text)")
                #expect(text.contains("HTTP/1.1 200 OK") && text.contains("hello\n"), "\(text)")
                // The end was announced: openssl says so of a connection that was closed in order.
                #expect(!text.contains("unexpected eof"), "\(text)")
            }
        }
    }

    @Test func `refuses older versions and clients that only speak something else`() async throws {
        try await Self.withCertificates { folder, files in
            try await Self.withServer(files) { port in
                for option in [
                    "-tls1_1 -cipher DEFAULT@SECLEVEL=0", "-alpn h2", "-tls1_2 -cipher AES128-SHA",
                ] {
                    let text = try await Self.sClient(port, folder, option)
                    #expect(!text.contains("HTTP/1.1 200"), "\(option): \(text)")
                    #expect(!text.contains("exit 0"), "\(option): \(text)")
                }
            }
        }
    }

    @Test func `refuses to begin a second handshake inside a connection`() async throws {
        try await Self.withCertificates { folder, files in
            try await Self.withServer(files) { port in
                let text = try await Self.shell(
                    "(echo R; sleep 3) | timeout 20 openssl s_client -connect 127.0.0.1:\(port) "
                        + "-CAfile \(folder)/ca.pem -tls1_2", folder)
                #expect(text.contains("RENEGOTIATING"), "\(text)")
                #expect(text.contains("no renegotiation") && text.contains("exit 1"), "\(text)")
                #expect(try await Self.sClient(port, folder, "-tls1_2").contains("HTTP/1.1 200"))
            }
        }
    }

    @Test(arguments: ["-tls1_2", "-tls1_3"])
    func `lets openssl's client take up its session again`(_ option: String) async throws {
        try await Self.withCertificates { folder, files in
            try await Self.withServer(files) { port in
                let first = try await Self.sClient(port, folder, "\(option) -sess_out \(folder)/session")
                #expect(first.contains("New, ") && first.contains("hello\n"), "\(first)")
                let second = try await Self.sClient(port, folder, "\(option) -sess_in \(folder)/session")
                #expect(second.contains("Reused, ") && second.contains("hello\n"), "\(second)")
            }
        }
    }

    @Test func `asks openssl's client for a certificate, and takes up sessions with one`() async throws {
        try await Self.withCertificates { folder, files in
            try await Self.withServer(files, callers: ["ecomm-gateway"]) { port in
                let without = try await Self.sClient(port, folder, "-tls1_2")
                #expect(!without.contains("HTTP/1.1 200"), "\(without)")
                let mine = "-cert \(folder)/caller.pem -key \(folder)/caller.key"
                let first = try await Self.sClient(port, folder, "\(mine) -sess_out \(folder)/session")
                #expect(first.contains("HTTP/1.1 200"), "\(first)")
                let second = try await Self.sClient(port, folder, "\(mine) -sess_in \(folder)/session")
                #expect(second.contains("Reused, ") && second.contains("HTTP/1.1 200"), "\(second)")
            }
        }
    }

    @Test func `answers curl, which checks the name and the chain`() async throws {
        guard let curl = OutsideTool.path("curl") else { return }
        try await Self.withCertificates { folder, files in
            try await Self.withServer(files) { port in
                let url = "https://localhost:\(port)/hello"
                let plain = "\(curl) -sS --max-time 20 --resolve localhost:\(port):127.0.0.1"
                for option in ["--tls-max 1.2", "--tlsv1.3", "--http1.1", ""] {
                    let text = try await Self.shell(
                        "\(plain) --cacert \(folder)/ca.pem \(option) \(url)", folder)
                    #expect(text == "hello\nexit 0\n", "\(option): \(text)")
                }
                // 60: the peer's certificate cannot be verified.
                let stranger = try await Self.shell("\(plain) --cacert \(folder)/stranger.pem \(url)", folder)
                #expect(stranger.hasSuffix("exit 60\n"), "\(stranger)")
                let other = try await Self.shell(
                    "\(curl) -sS --max-time 20 --resolve other:\(port):127.0.0.1 --cacert \(folder)/ca.pem "
                        + "https://other:\(port)/hello", folder)
                #expect(other.hasSuffix("exit 60\n"), "\(other)")
            }
        }
    }

    @Test(arguments: [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")])
    func `asks openssl's server, by name and protocol, and takes up its sessions`(
        _ option: String, _ version: String
    ) async throws {
        try await Self.withCertificates { folder, files in
            let port = try TemporaryCluster.freePort()
            let child = try ChildProcess.start(
                [
                    "openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-cert",
                    files.certificate("server"), "-key",
                    files.key("server"), "-alpn", "http/1.1", "-www", option,
                ], log: folder + "/s_server")
            defer { OutsideTool.end(child, by: SIGKILL) }
            let trusting = try Self.client(files, "ca")
            try await until(atMost: .seconds(20)) { await Self.page(trusting, "localhost", port) != nil }
            var wasReused = false
            for _ in 0..<5 {
                let page = try #require(await Self.page(trusting, "localhost", port))
                #expect(page.contains("\(version)") && page.contains("HTTP/1.1") == false, "\(page)")
                wasReused = wasReused || page.contains("Reused, ")
            }
            #expect(wasReused)
            await trusting.close()
            let suspicious = try Self.client(files, "stranger")
            #expect(await Self.page(suspicious, "localhost", port) == nil)
            await suspicious.close()
            let elsewhere = try Self.client(files, "ca")
            #expect(await Self.page(elsewhere, "127.0.0.2", port) == nil)
            await elsewhere.close()
        }
    }

    private static func client(_ files: TemporaryCertificates, _ authority: String) throws -> HTTPClient {
        let context = try TLSContext(
            client: TLSClientSettings(authoritiesFile: files.certificate(authority)))
        return HTTPClient(loop: loop, world: world, log: .silent(world), metrics: Metrics(), tls: context)
    }

    /// The page of openssl's server; nil when it is not to be had.
    private static func page(_ client: HTTPClient, _ host: String, _ port: UInt16) async -> String? {
        guard let url = HTTPURL("https://\(host):\(port)/") else { return nil }
        do {
            let answer = try await client.send(ClientRequest(url: url), timeout: .seconds(10))
            return String(decoding: answer.body, as: UTF8.self)
        } catch { return nil }
    }

    @Test(arguments: [TLSVersions.only12, .only13])
    func `costs less when a session is taken up again`(_ versions: TLSVersions) async throws {
        guard OutsideTool.path("openssl") != nil else { return }
        try await OutsideTool.withFolder { folder in
            let files = TemporaryCertificates(in: folder)
            // RSA, as most servers of the world have: the signature is what resuming saves.
            try await BlockingThread.run {
                try files.makeAuthority("ca")
                try files.issue(
                    "server", by: "ca", commonName: "till", names: "DNS:localhost", isRSA: true)
            }
            var settings = TLSServerSettings(
                certificateFile: files.certificate("server"), keyFile: files.key("server"))
            settings.versions = versions
            let server = try TLSContext(server: settings)
            let client = try TLSContext(client: TLSClientSettings(authoritiesFile: files.certificate("ca")))
            let count = 300
            let whole = try Self.cpuSeconds {
                // Another address each time is another server to a client: nothing to take up.
                for index in 0..<count { try Self.handshake(server, client, "\(index)", isResumed: false) }
            }
            try Self.handshake(server, client, "same", isResumed: false)
            let again = try Self.cpuSeconds {
                for _ in 0..<count { try Self.handshake(server, client, "same", isResumed: true) }
            }
            let rates = [whole, again].map { Int(Double(count) / $0) }
            print("\(versions): \(rates[0]) whole handshakes a CPU second of both sides, \(rates[1]) resumed")
            #expect(again < whole)
        }
    }

    private static func handshake(
        _ server: TLSContext, _ client: TLSContext, _ address: String, isResumed: Bool
    ) throws {
        let accepting = try server.acceptSession()
        let connecting = try client.connectSession(to: "localhost", at: address)
        func carry() throws {
            while connecting.hasOutgoing || accepting.hasOutgoing {
                try accepting.receive(connecting.takeOutgoing())
                try connecting.receive(accepting.takeOutgoing())
            }
        }
        try carry()
        try accepting.write([1])
        try carry()
        let heard = try connecting.read()
        #expect(heard == [1] && connecting.wasResumed == isResumed)
    }

    /// CPU time of this thread: other programs on the machine do not count.
    private static func cpuSeconds(_ body: () throws -> Void) rethrows -> Double {
        func now() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let start = now()
        try body()
        return now() - start
    }
}
