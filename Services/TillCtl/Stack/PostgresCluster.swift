// A PostgreSQL cluster of our own for demos and tests: its own folder, socket and port, found binaries, never another
// cluster on the machine. PostgreSQL refuses to run as root, so root runs it as the user `postgres`.
package import EventLoop
import FoundationEssentials
import Glibc

/// A private cluster below one folder.
package final class PostgresCluster: Sendable {
    package let port: UInt16
    package let superuser = "till_super"
    /// Where the server's socket lies; short, since a socket path has at most 107 bytes.
    package let socketFolder: String
    private let dataFolder: String
    private let binaries: String
    private let logPath: String
    private let passwordPath: String
    private let server: Child

    private init(
        port: UInt16, socketFolder: String, dataFolder: String, binaries: String, logPath: String,
        passwordPath: String, server: Child
    ) {
        self.port = port
        self.socketFolder = socketFolder
        self.dataFolder = dataFolder
        self.binaries = binaries
        self.logPath = logPath
        self.passwordPath = passwordPath
        self.server = server
    }

    package struct Failure: Error, Sendable, CustomStringConvertible {
        package let description: String
        package init(_ description: String) { self.description = description }
    }

    package var pid: Int32 { server.pid }

    /// Makes the cluster on first use, starts it, and returns once it answers.
    package static func start(folder: String, secrets: SecretFolder, loop: EventLoop) async throws
        -> PostgresCluster
    {
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
                    "UTF8",
                    "--no-locale", "--no-sync",
                ], log: log, loop: loop)
            try write(settings, to: data + "/postgresql.auto.conf", asPostgres: true)
        }
        let port = try freePort()
        let arguments = [
            "-D", data, "-p", String(port), "-k", socket, "-c", "listen_addresses=127.0.0.1",
        ]
        let (path, prefix) = asPostgres(binaries + "/postgres")
        let server = try Child.start(
            name: "postgres", path: path, arguments: prefix + arguments, environment: baseEnvironment,
            log: log)
        let cluster = PostgresCluster(
            port: port, socketFolder: socket, dataFolder: data, binaries: binaries, logPath: log,
            passwordPath: secrets.path("postgres-superuser"), server: server)
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

        """

    private func awaitReady(_ loop: EventLoop, _ password: String) async throws {
        for _ in 0..<600 {
            if let ending = server.reap() { throw Failure("PostgreSQL \(ending); see \(logPath)") }
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
        let script = socketFolder + "/script-\(getpid()).sql"
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

    /// Fast shutdown: open transactions are rolled back, nothing committed is lost. Kills after `limit`.
    package func stop(within limit: Duration, loop: EventLoop) async throws {
        server.signal(SIGINT)
        let deadline = loop.nowNs + limit.nanosecondsClamped
        while server.reap() == nil {
            if loop.nowNs > deadline { server.signal(SIGQUIT) }
            try await loop.sleep(for: .milliseconds(10))
        }
        rmdir(socketFolder)
    }

    // MARK: finding a place

    private static func findBinaries() -> String? {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        let candidates = versions.compactMap { Int($0) }.sorted(by: >).map { "/usr/lib/postgresql/\($0)/bin" }
        let others = ["/usr/bin", "/usr/local/bin", "/usr/local/pgsql/bin", "/usr/pgsql/bin"]
        return (candidates + others).first {
            access($0 + "/initdb", X_OK) == 0 && access($0 + "/postgres", X_OK) == 0
        }
    }

    private static var isRoot: Bool { geteuid() == 0 }

    private static func postgresUser() -> (uid_t, gid_t)? {
        guard let entry = getpwnam("postgres") else { return nil }
        return (entry.pointee.pw_uid, entry.pointee.pw_gid)
    }

    /// As root, a folder that the user postgres can reach; a home closed to others moves the data to /var/tmp.
    private static func usableHome(_ folder: String) throws -> String {
        guard isRoot else {
            try makeFolder(folder + "/postgres", owner: nil)
            return folder + "/postgres"
        }
        guard let owner = postgresUser() else {
            throw Failure("there is no user `postgres` to run PostgreSQL as")
        }
        var part = ""
        var reachable = true
        for name in folder.split(separator: "/") {
            part += "/" + name
            var status = stat()
            if stat(part, &status) == 0, status.st_mode & 0o001 == 0 { reachable = false }
        }
        let home = reachable ? folder + "/postgres" : "/var/tmp/till-\(fingerprint(folder))"
        try makeFolder(home, owner: owner)
        return home
    }

    private static func makeSocketFolder(_ home: String) throws -> String {
        let folder = "/tmp/till-pg-\(fingerprint(home))"
        try makeFolder(folder, owner: isRoot ? postgresUser() : nil)
        return folder
    }

    /// Creates a folder that only its owner may enter, and refuses one that somebody else put there.
    private static func makeFolder(_ path: String, owner: (uid_t, gid_t)?) throws {
        if mkdir(path, 0o700) == 0 {
            if let owner { chown(path, owner.0, owner.1) }
            return
        }
        var status = stat()
        let wanted = owner?.0 ?? geteuid()
        guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == wanted else {
            throw Failure("\(path) is not a folder of ours")
        }
    }

    private static func fingerprint(_ text: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return String(hash, radix: 36)
    }

    /// A server that an earlier run left behind on this folder is ours to end.
    private static func endLeftover(_ data: String) throws {
        guard let text = try? String(contentsOfFile: data + "/postmaster.pid", encoding: .utf8),
            let pid = text.split(separator: "\n").first.flatMap({ pid_t($0) }), kill(pid, 0) == 0,
            let name = try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8),
            name.hasPrefix("postgres")
        else { return }
        kill(pid, SIGINT)
        for _ in 0..<500 where kill(pid, 0) == 0 { usleep(10_000) }
    }

    /// A port that was free a moment ago.
    package static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let ok = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard ok else { throw Failure("no free port on the loopback address") }
        return UInt16(bigEndian: address.sin_port)
    }

    /// True when nothing listens on this loopback port.
    package static func isFree(_ port: Int) -> Bool {
        guard let number = UInt16(exactly: port) else { return false }
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = number.bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    /// Ends a server that was left behind on this folder and deletes its data, wherever it had to be put.
    package static func remove(folder: String) throws {
        let home = try usableHome(folder)
        try endLeftover(home + "/data")
        try FileManager.default.removeItem(atPath: home)
    }

    // MARK: running its programs

    private static let baseEnvironment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"]

    private static func asPostgres(_ path: String) -> (String, [String]) {
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

    private static func write(_ text: String, to path: String, asPostgres: Bool) throws {
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
