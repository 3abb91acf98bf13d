// TLS to PostgreSQL as an installation should ask for it, sslmode=verify-full: the server's certificate must
// be of our authority and for the name that we call. Certificates are made for the run.
import EventLoop
import Glibc
import Postgres
import TestSupport
import Testing
import World

/// An authority, a stranger, and a server's certificate for `localhost` alone, in a folder of their own.
private struct ServerCertificates {
    let folder: String

    init() async throws {
        folder = try await BlockingThread.run {
            var template = Array(("/tmp/till-pgtls-" + String(repeating: "X", count: 6)).utf8CString)
            precondition(mkdtemp(&template) != nil, "no temporary folder")
            let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            try Self.make(folder, "ca", ["-subj", "/CN=ca"])
            try Self.make(folder, "stranger", ["-subj", "/CN=stranger"])
            try Self.make(
                folder, "server",
                [
                    "-subj", "/CN=localhost", "-CA", "\(folder)/ca.pem", "-CAkey", "\(folder)/ca.key",
                    "-addext", "subjectAltName=DNS:localhost", "-addext",
                    "basicConstraints=critical,CA:FALSE",
                ])
            try ChildProcess.run(["chmod", "0600", "\(folder)/server.key"])
            // The server reads its own key and nobody else's; as root the tests run it as another user.
            if geteuid() == 0 { try ChildProcess.run(["chown", "-R", "postgres", folder]) }
            return folder
        }
    }

    private static func make(_ folder: String, _ name: String, _ more: [String]) throws {
        try ChildProcess.run(
            [
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days",
                "2", "-keyout", "\(folder)/\(name).key", "-out", "\(folder)/\(name).pem",
            ] + more, log: folder + "/openssl.log")
    }

    func remove() async throws {
        try await BlockingThread.run { [folder] in try ChildProcess.run(["rm", "-rf", folder]) }
    }
}

@Suite(.serialized) struct `To a server with a certificate, verify-full` {
    private func withSecureServer(_ body: (TemporaryCluster, ServerCertificates) async throws -> Void)
        async throws
    {
        let files = try await ServerCertificates()
        let cluster = try await TemporaryCluster.start(settings: [
            "ssl": "on", "ssl_cert_file": "'\(files.folder)/server.pem'",
            "ssl_key_file": "'\(files.folder)/server.key'",
        ])
        let result: Result<Void, any Error>
        do { result = .success(try await body(cluster, files)) } catch { result = .failure(error) }
        try await cluster.stop()
        try await files.remove()
        try result.get()
    }

    private func url(_ cluster: TemporaryCluster, _ files: ServerCertificates, host: String, ca: String)
        -> String
    {
        "postgresql://postgres@\(host):\(cluster.port)/postgres"
            + "?sslmode=verify-full&sslrootcert=\(files.folder)/\(ca).pem"
    }

    private func withPool(
        _ url: String, patience: Duration = .seconds(10), _ body: (PostgresPool) async throws -> Void
    ) async throws {
        var configuration = PostgresConfiguration(url: url)
        configuration.acquireTimeout = patience
        let pool = PostgresPool(configuration, loop: TestLoop.shared, world: .forWireTests)
        let result: Result<Void, any Error>
        do { result = .success(try await body(pool)) } catch { result = .failure(error) }
        await pool.close()
        try result.get()
    }

    private func expectRefusal(_ url: String, saying word: String) async throws {
        // A refusal repeats until the caller's patience ends; ours is short.
        try await withPool(url, patience: .milliseconds(1_500)) { pool in
            let error = await #expect(throws: PostgresError.self) { try await pool.query("select 1") }
            #expect(error?.kind == .connectFailed)
            #expect(error?.operatorText.contains(word) == true, "\(error?.operatorText ?? "")")
        }
    }

    @Test func `the right authority and name are let in, for statements and for LISTEN`() async throws {
        try await withSecureServer { cluster, files in
            try await withPool(url(cluster, files, host: "localhost", ca: "ca")) { pool in
                let row = try await pool.query(
                    "select ssl, version from pg_stat_ssl where pid = pg_backend_pid()"
                ).one()
                let isSecret = try row.bool(0), version = try row.text(1)
                #expect(isSecret && version == "TLSv1.3")
                let big = String(repeating: "ă", count: 200_000)
                let echoed = try await pool.query("select $1::text", [.text(big)]).one().text(0)
                #expect(echoed == big)
                let isHeard = AsyncStream<String>.makeStream()
                let listening = Task {
                    try await pool.listen(["till_work"]) { _, payload in isHeard.1.yield(payload) }
                }
                var payloads = isHeard.0.makeAsyncIterator()
                #expect(await payloads.next() == "")
                try await pool.query("select pg_notify('till_work', 'over TLS')")
                #expect(await payloads.next() == "over TLS")
                listening.cancel()
                await #expect(throws: CancellationError.self) { try await listening.value }
            }
        }
    }

    @Test func `another name, another authority and a server without TLS are refused`() async throws {
        try await withSecureServer { cluster, files in
            // The same server, called by a name that its certificate does not have.
            try await expectRefusal(
                url(cluster, files, host: "127.0.0.1", ca: "ca"), saying: "does not match host name")
            try await expectRefusal(
                url(cluster, files, host: "elsewhere.test", ca: "ca") + "&hostaddr=127.0.0.1",
                saying: "does not match host name")
            try await expectRefusal(
                url(cluster, files, host: "localhost", ca: "stranger"), saying: "certificate verify failed")
            let plain = try await TemporaryCluster.shared()
            try await expectRefusal(
                url(plain, files, host: "localhost", ca: "ca"), saying: "does not support SSL")
        }
    }
}
