// A PgBouncer of the tests' own in front of a TemporaryCluster, in transaction mode with fewer server
// sessions than the tests have connections, so that whatever leans on a session falls over. Stopped and
// removed by its test.
import CLinux
import EventLoop
import Glibc
import Synchronization

package final class TemporaryPooler: Sendable {
    /// Server sessions for each database and role.
    package static let sessionsMax = 3

    private let folder: String
    private let port: UInt16
    private let child: Int32

    private init(folder: String, port: UInt16, child: Int32) {
        self.folder = folder
        self.port = port
        self.child = child
    }

    /// Listens when this returns. nil where no pgbouncer is installed.
    package static func start(before cluster: TemporaryCluster) async throws -> TemporaryPooler? {
        guard let pooler = try await BlockingThread.run({ try make(cluster) }) else { return nil }
        // It starts in the background, and its port opens a moment later.
        do { try await until(atMost: .seconds(30)) { await pooler.isListening } } catch {
            try await pooler.stop()
            throw error
        }
        return pooler
    }

    private var isListening: Bool {
        get async {
            guard let address = SocketAddress(numeric: "127.0.0.1", port: port) else { return false }
            let loop = TestLoop.shared
            let listens = try? await loop.run {
                let deadline = loop.nowNs + 1_000_000_000
                try await StreamSocket.connect(to: [address], loop: loop, deadlineNs: deadline).close()
                return true
            }
            return listens ?? false
        }
    }

    private static let sharing = Mutex<(folder: String, starting: Task<TemporaryPooler?, any Error>)?>(nil)

    /// With TILL_TESTS_BEHIND_POOLER=1 every service's statements go through one, so that its own wire tests
    /// show whether it leans on a session. nil otherwise, and for a server that is not the tests' shared one.
    static func asked(for cluster: TemporaryCluster) async throws -> TemporaryPooler? {
        guard getenv("TILL_TESTS_BEHIND_POOLER").map({ String(cString: $0) }) == "1" else { return nil }
        let (folder, starting) = sharing.withLock { sharing in
            if let known = sharing { return known }
            let starting = Task { try await start(before: cluster) }
            sharing = (cluster.folder, starting)
            return (cluster.folder, starting)
        }
        return folder == cluster.folder ? try await starting.value : nil
    }

    private static func make(_ cluster: TemporaryCluster) throws -> TemporaryPooler? {
        let places: [String] = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"]
        guard let program = places.first(where: { access($0, X_OK) == 0 }) else { return nil }
        var template = Array(("/tmp/till-pooler-" + String(repeating: "X", count: 6)).utf8CString)
        guard mkdtemp(&template) != nil else { throw ChildProcess.Failed(description: "mkdtemp: \(errno)") }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let port = try TemporaryCluster.freePort()
        try write(users, to: folder + "/users.txt")
        try write(configuration(cluster, folder, port), to: folder + "/pgbouncer.ini")
        // It refuses root, as the server does.
        var prefix: [String] = []
        if geteuid() == 0, let user = getpwnam("postgres") {
            guard chown(folder, user.pointee.pw_uid, user.pointee.pw_gid) == 0 else {
                throw ChildProcess.Failed(description: "chown: \(errno)")
            }
            prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        }
        let child = try ChildProcess.start(
            prefix + [program, "-q", folder + "/pgbouncer.ini"], log: folder + "/tools.log")
        // Tests that are killed run nothing any more: a small shell sees that they are gone.
        try ChildProcess.start([
            "sh", "-c",
            "while kill -0 \(getpid()) && test -d \(folder); do sleep 1; done; "
                + "test -d \(folder) && { kill -9 \(child); rm -rf \(folder); }",
        ])
        return TemporaryPooler(folder: folder, port: port, child: child)
    }

    private static let users = [
        "postgres", "till_ingress", "till_router", "till_gateway", "till_callback", "till_notifier",
        "till_cap",
    ].map { "\"\($0)\" \"\"\n" }.joined()

    private static func configuration(
        _ cluster: TemporaryCluster, _ folder: String, _ port: UInt16
    ) -> String {
        """
        [databases]
        * = host=\(cluster.folder) port=\(cluster.port)
        [pgbouncer]
        pool_mode = transaction
        default_pool_size = \(sessionsMax)
        max_client_conn = 500
        listen_addr = 127.0.0.1
        listen_port = \(port)
        unix_socket_dir =
        auth_type = trust
        auth_file = \(folder)/users.txt
        logfile = \(folder)/pooler.log
        server_round_robin = 1
        server_login_retry = 1

        """
    }

    private static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else {
            throw ChildProcess.Failed(description: "cannot write \(path): \(errno)")
        }
        defer { fclose(file) }
        fputs(text, file)
    }

    /// How to reach `database` through it.
    package func url(_ database: String, role: String = "postgres") -> String {
        "postgresql://\(role)@127.0.0.1:\(port)/\(database)?sslmode=disable"
    }

    package func stop() async throws {
        try await BlockingThread.run { [folder, child] in
            // At once, whoever is connected; it has nothing to keep.
            kill(child, SIGKILL)
            var status: Int32 = 0
            while waitpid(child, &status, 0) < 0, errno == EINTR {}
            try ChildProcess.run(["rm", "-rf", folder])
        }
    }
}
