// A PostgreSQL server of the tests' own: made in a temporary folder, reached by a socket in it or by a free
// loopback port, stopped and removed when the process ends, however it ends. It never touches a server that
// was there before. As root it runs as the user `postgres`, since the server refuses root; otherwise as
// whoever runs the tests.
import CLinux
import EventLoop
import Glibc
package import Postgres
import Synchronization
import World

/// A running throw-away server with the roles of deploy/postgres/roles.sql. All connections are trusted.
///
/// Tests share `shared()` and take a database each from `freshDatabase()`; a test that restarts or breaks its
/// server starts one of its own and stops it.
package final class TemporaryCluster: Sendable {
    /// Holds the data and the socket; removed by `stop()`.
    package let folder: String
    package let port: UInt16
    private let binaries: String
    private let databases = Atomic<Int>(0)
    private let isStopped = Atomic<Bool>(false)

    private init(folder: String, port: UInt16, binaries: String) {
        self.folder = folder
        self.port = port
        self.binaries = binaries
    }

    // MARK: starting

    private static let sharing = Mutex<Task<TemporaryCluster, any Error>?>(nil)

    /// The one server of this test process, started on first use and removed at exit.
    package static func shared() async throws -> TemporaryCluster {
        let starting = sharing.withLock { sharing in
            if let known = sharing { return known }
            let starting = Task { try await start() }
            sharing = starting
            return starting
        }
        return try await starting.value
    }

    /// A server of its own, with `settings` added to postgresql.conf. `stop()` it; process exit does it too.
    package static func start(settings: [String: String] = [:]) async throws -> TemporaryCluster {
        let cluster = try await BlockingThread.run { try make(settings) }
        try await cluster.prepareTemplate()
        return cluster
    }

    private static func make(_ settings: [String: String]) throws -> TemporaryCluster {
        let binaries = try findBinaries()
        let folder = try makeFolder()
        let cluster = TemporaryCluster(folder: folder, port: try freePort(), binaries: binaries)
        try cluster.asServerUser([
            binaries + "/initdb", "-D", cluster.data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
            "--locale=C",
            "--no-sync",
        ])
        try cluster.asServerUser([
            "sh", "-c", "cat >> \(cluster.data)/postgresql.conf <<'END'\n\(cluster.text(settings))END",
        ])
        try cluster.startServer()
        cluster.removeAtExit()
        return cluster
    }

    /// A server that follows this one and takes no writes until `promote()`.
    package func startStandby() async throws -> TemporaryCluster {
        try await BlockingThread.run { [self] in
            let standby = TemporaryCluster(
                folder: try Self.makeFolder(), port: try Self.freePort(), binaries: binaries)
            try asServerUser([
                binaries + "/pg_basebackup", "-h", folder, "-p", "\(port)", "-U", "postgres", "-D",
                standby.data, "-R", "-c", "fast", "--no-sync",
            ])
            let own = standby.text([:])
            try standby.asServerUser([
                "sh", "-c", "cat >> \(standby.data)/postgresql.conf <<'END'\n\(own)END",
            ])
            try standby.startServer()
            standby.removeAtExit()
            return standby
        }
    }

    /// Makes a standby the one that takes writes.
    package func promote() async throws {
        try await BlockingThread.run { try self.asServerUser(self.control(["promote"])) }
    }

    /// Small memory, no files beyond need; durable as a real one, since that is what the services ask for.
    private func text(_ settings: [String: String]) -> String {
        let own = [
            "listen_addresses": "'127.0.0.1'", "port": "\(port)", "unix_socket_directories": "'\(folder)'",
            "max_connections": "200", "shared_buffers": "'32MB'", "max_wal_size": "'256MB'",
            "log_statement": "'none'",
            "lc_messages": "'C'",
        ]
        let all = own.merging(settings) { _, given in given }
        return all.sorted { $0.key < $1.key }.map { "\($0.key) = \($0.value)\n" }.joined()
    }

    /// Roles as in an installation, and a template database as deploy/postgres/databases.sql leaves one.
    private func prepareTemplate() async throws {
        let sql = Repository.root() + "/deploy/postgres/"
        try await script(try readText(sql + "roles.sql"), in: "postgres")
        try await execute("create database till_template owner till_owner", in: "postgres")
        try await script(try readText(sql + "databases.sql"), in: "till_template")
    }

    // MARK: databases

    /// How to reach `database` as `role`, through the socket.
    package func url(_ database: String, role: String = "postgres") -> String {
        "postgresql:///\(database)?host=\(folder)&port=\(port)&user=\(role)"
    }

    /// The same through TCP on loopback.
    package func tcpURL(_ database: String, role: String = "postgres") -> String {
        "postgresql://\(role)@127.0.0.1:\(port)/\(database)"
    }

    /// A new database for one test, owned by `till_owner`, with these services' migrations applied by that
    /// owner.
    package func freshDatabase(migrating: [(service: String, files: [Migration])] = []) async throws -> String
    {
        let name = "test_\(databases.add(1, ordering: .relaxed).newValue)"
        try await execute("create database \(name) owner till_owner template till_template", in: "postgres")
        if migrating.isEmpty { return name }
        try await withPool(name, role: "till_owner") { pool in
            for (service, files) in migrating {
                try await Migrations.apply(files, service: service, on: pool)
            }
        }
        return name
    }

    /// A pool on `database` for as long as `body` runs.
    @discardableResult
    package func withPool<Value: Sendable>(
        _ database: String, role: String = "postgres",
        configure: (inout PostgresConfiguration) -> Void = { _ in },
        _ body: (PostgresPool) async throws -> Value
    ) async throws -> Value {
        var configuration = PostgresConfiguration(url: url(database, role: role), applicationName: "tests")
        configuration.statementTimeout = configuration.statementTimeout * Sanitizer.slowness
        configuration.connectTimeout = configuration.connectTimeout * Sanitizer.slowness
        if role != "postgres", role != "till_owner", let pooler = try await TemporaryPooler.asked(for: self) {
            configuration.listenURL = configuration.url
            configuration.url = pooler.url(database, role: role)
            configuration.preparesStatements = false
        }
        configure(&configuration)
        let pool = PostgresPool(configuration, loop: TestLoop.shared, world: .forWireTests)
        do {
            let value = try await body(pool)
            await pool.close()
            return value
        } catch {
            await pool.close()
            throw error
        }
    }

    /// One statement outside any pool of the test.
    package func execute(_ sql: String, in database: String) async throws {
        try await withPool(database) { pool in _ = try await pool.query(PostgresStatement(composed: sql)) }
    }

    /// Several statements as superuser.
    package func script(_ sql: String, in database: String) async throws {
        try await withPool(database) { pool in
            try await pool.transaction { try await $0.script(sql, timeout: .seconds(60)) }
        }
    }

    // MARK: stopping

    /// Stops the server as an operator would (`fast`) or as a power cut would (`immediate`).
    package func stopServer(mode: String = "fast") async throws {
        try await BlockingThread.run { try self.asServerUser(self.control(["stop", "-m", mode])) }
    }

    package func restartServer(mode: String = "fast") async throws {
        try await stopServer(mode: mode)
        try await startAgain()
    }

    /// After `stopServer`.
    package func startAgain() async throws { try await BlockingThread.run { try self.startServer() } }

    /// Stops the server and removes its folder. Idempotent.
    package func stop() async throws { try await BlockingThread.run { self.remove() } }

    private var data: String { folder + "/data" }

    private func startServer() throws {
        try asServerUser(control(["start", "-t", "30", "-l", folder + "/server.log"]))
    }

    private func control(_ command: [String]) -> [String] {
        [binaries + "/pg_ctl", command[0], "-w", "-s", "-D", data] + command.dropFirst()
    }

    private func asServerUser(_ command: [String]) throws {
        let prefix = geteuid() == 0 ? ["runuser", "-u", "postgres", "--"] : []
        try ChildProcess.run(prefix + command, log: folder + "/tools.log")
    }

    private func remove() {
        guard !isStopped.exchange(true, ordering: .acquiringAndReleasing) else { return }
        // A server that was stopped by its test already is no failure of the test.
        try? asServerUser(control(["stop", "-m", "immediate"]))
        try? ChildProcess.run(["rm", "-rf", folder])
    }

    /// At a normal exit the handler removes it. A test process that is killed runs no handler: a small shell,
    /// started now in a process group of its own, waits for this process to be gone and removes what is left.
    private func removeAtExit() {
        Exit.onExit { self.remove() }
        let stop = control(["stop", "-m", "immediate"]).joined(separator: " ")
        let asUser = geteuid() == 0 ? "runuser -u postgres -- \(stop)" : stop
        let watch =
            "while kill -0 \(getpid()) && test -d \(folder); do sleep 1; done; "
            + "test -d \(folder) && { \(asUser); rm -rf \(folder); }"
        _ = try? ChildProcess.start(["sh", "-c", watch])
    }
}

/// What runs when the process exits, in reverse order.
private enum Exit {
    private static let bodies = Mutex<[@Sendable () -> Void]>([])
    private static let isRegistered: Bool =
        atexit { for body in Exit.bodies.withLock({ $0 }).reversed() { body() } } == 0

    static func onExit(_ body: @escaping @Sendable () -> Void) {
        _ = isRegistered
        bodies.withLock { $0.append(body) }
    }
}
