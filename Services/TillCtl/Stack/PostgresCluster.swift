// A PostgreSQL cluster of our own for demos and tests: its own folder, socket and port, found binaries,
// never another cluster on the machine. PostgreSQL refuses to run as root, so root runs it as the user
// `postgres`.
package import EventLoop
import FoundationEssentials
import Glibc
import Synchronization

/// A private cluster below one folder.
package final class PostgresCluster: Sendable {
    package let port: UInt16
    package let superuser = "till_super"
    /// Where the server's socket lies; short, since a socket path has at most 107 bytes.
    package let socketFolder: String
    private let dataFolder: String
    private let binaries: String
    private let logPath: String
    /// Where scripts for psql are written: it runs as we do and would obey a changed one, so nobody else may
    /// write there.
    private let scriptFolder: String
    private let command: (path: String, arguments: [String])
    private let server: Mutex<Child>

    private init(
        port: UInt16, socketFolder: String, dataFolder: String, binaries: String, logPath: String,
        scriptFolder: String, command: (path: String, arguments: [String]), server: Child
    ) {
        self.port = port
        self.socketFolder = socketFolder
        self.dataFolder = dataFolder
        self.binaries = binaries
        self.logPath = logPath
        self.scriptFolder = scriptFolder
        self.command = command
        self.server = Mutex(server)
    }

    package struct Failure: Error, Sendable, CustomStringConvertible {
        package let description: String
        package init(_ description: String) { self.description = description }
    }

    package var pid: Int32 { server.withLock { $0.pid } }

    /// Makes the cluster on first use, starts it, and returns once it answers.
    package static func start(
        folder: String, secrets: SecretFolder, loop: EventLoop, countsStatements: Bool = false
    ) async throws -> PostgresCluster {
        guard let binaries = findBinaries() else {
            throw Failure(
                "PostgreSQL's server programs are missing; on Debian or Ubuntu: apt-get install postgresql")
        }
        let home = try usableHome(folder)
        let data = home + "/data", socket = try makeSocketFolder(home)
        let log = folder + "/logs/postgres.log"
        let password = try secrets.text("postgres-superuser")
        try endLeftover(data)
        if !FileManager.default.fileExists(atPath: data + "/PG_VERSION") {
            let passwordFile = home + "/password"
            try write(password + "\n", to: passwordFile, asPostgres: true)
            defer { unlink(passwordFile) }
            try await run(
                binaries + "/initdb",
                [
                    "-D", data, "-U", "till_super", "-A", "scram-sha-256", "--pwfile", passwordFile, "-E",
                    "UTF8", "--no-locale",
                ], log: log, loop: loop)
            try write(settings, to: data + "/postgresql.auto.conf", asPostgres: true)
        }
        let port = try freePort()
        var arguments = [
            "-D", data, "-p", String(port), "-k", socket, "-c", "listen_addresses=127.0.0.1",
        ]
        if countsStatements, hasStatementCounter(binaries) {
            arguments += ["-c", "shared_preload_libraries=pg_stat_statements"]
        }
        removeSockets(socket)
        let (path, prefix) = asPostgres(binaries + "/postgres")
        let command = (path: path, arguments: prefix + arguments)
        let server = try Child.start(
            name: "postgres", path: command.path, arguments: command.arguments, environment: baseEnvironment,
            log: log)
        let cluster = PostgresCluster(
            port: port, socketFolder: socket, dataFolder: data, binaries: binaries, logPath: log,
            scriptFolder: secrets.folder, command: command, server: server)
        try await cluster.awaitReady(loop, password)
        return cluster
    }

    /// Durable, small, and quiet: fsync and synchronous_commit stay at their safe defaults.
    private static let settings = """
        max_connections = '160'
        shared_buffers = '128MB'
        max_wal_size = '2GB'
        checkpoint_timeout = '15min'
        autovacuum_naptime = '15s'
        jit = 'off'
        log_min_messages = 'warning'
        log_parameter_max_length_on_error = '0'
        log_parameter_max_length = '0'
        log_min_error_statement = 'panic'
        log_error_verbosity = 'terse'
        pg_stat_statements.track = 'none'

        """

    private func awaitReady(_ loop: EventLoop, _ password: String) async throws {
        for _ in 0..<600 {
            if let ending = reap() { throw Failure("PostgreSQL \(ending); see \(logPath)") }
            if try await psql("select 1", database: "postgres", password: password, loop: loop, isQuiet: true)
            {
                return
            }
            try await loop.sleep(for: .milliseconds(50))
        }
        throw Failure("PostgreSQL did not answer within 30 s; see \(logPath)")
    }

    /// Runs SQL by psql as the superuser. Throws when it fails.
    package func execute(_ sql: String, database: String, secrets: SecretFolder, loop: EventLoop) async throws
    {
        let password = try secrets.text("postgres-superuser")
        guard try await psql(sql, database: database, password: password, loop: loop, isQuiet: false) else {
            throw Failure("PostgreSQL refused a set-up statement; see \(logPath)")
        }
    }

    private func psql(
        _ sql: String, database: String, password: String, loop: EventLoop, isQuiet: Bool
    ) async throws -> Bool {
        let script = scriptFolder + "/script-\(getpid()).sql"
        try Self.write(sql, to: script, asPostgres: false)
        defer { unlink(script) }
        var environment = Self.baseEnvironment
        environment["PGPASSWORD"] = password
        environment["PGCONNECT_TIMEOUT"] = "5"
        let child = try Child.start(
            name: "psql", path: binaries + "/psql",
            arguments: [
                "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", socketFolder, "-p", String(port), "-U", superuser,
                "-d",
                database, "-f", script, "-o", "/dev/null",
            ], environment: environment, log: isQuiet ? "/dev/null" : logPath)
        return try await Self.ending(child, loop) == .exited(0)
    }

    private func reap() -> Child.Ending? { server.withLock { $0.reap() } }

    /// Starts the server again when it has ended by itself. Returns how it ended, nil while it runs. After a
    /// kill its own children may still hold its memory: then the start fails and the next call tries again.
    package func startAgainIfEnded() throws -> Child.Ending? {
        guard let ending = reap() else { return nil }
        let child = try Child.start(
            name: "postgres", path: command.path, arguments: command.arguments,
            environment: Self.baseEnvironment, log: logPath)
        server.withLock { $0 = child }
        return ending
    }

    /// Fast shutdown: open transactions are rolled back, nothing committed is lost. Kills after `limit`.
    package func stop(within limit: Duration, loop: EventLoop) async throws {
        let child = server.withLock { $0 }
        child.signal(SIGINT)
        let deadline = loop.nowNs + limit.nanosecondsClamped
        while child.reap() == nil, child.signal(0) {
            if loop.nowNs > deadline { child.signal(SIGQUIT) }
            try await loop.sleep(for: .milliseconds(10))
        }
        Self.removeSockets(socketFolder)
        rmdir(socketFolder)
    }

    // MARK: running its programs

    private static let baseEnvironment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"]

    static func asPostgres(_ path: String) -> (String, [String]) {
        isRoot ? ("setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", path]) : (path, [])
    }

    private static func run(_ path: String, _ arguments: [String], log: String, loop: EventLoop) async throws
    {
        let (program, prefix) = asPostgres(path)
        let child = try Child.start(
            name: path, path: program, arguments: prefix + arguments, environment: baseEnvironment, log: log)
        let ending = try await ending(child, loop)
        if ending != .exited(0) { throw Failure("\(path) \(ending); see \(log)") }
    }

    private static func ending(_ child: Child, _ loop: EventLoop) async throws -> Child.Ending {
        while true {
            if let ending = child.reap() { return ending }
            try await loop.sleep(for: .milliseconds(5))
        }
    }

    static func write(_ text: String, to path: String, asPostgres: Bool) throws {
        unlink(path)
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Failure("cannot write \(path)") }
        defer { close(file) }
        let bytes = Array(text.utf8)
        guard Glibc.write(file, bytes, bytes.count) == bytes.count else {
            throw Failure("cannot write \(path)")
        }
        if asPostgres, isRoot, let owner = postgresUser() { fchown(file, owner.0, owner.1) }
    }
}

extension Duration {
    var nanosecondsClamped: Int64 {
        let (seconds, attoseconds) = components
        return min(max(seconds, 0), 86_400) * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
