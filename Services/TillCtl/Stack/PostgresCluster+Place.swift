// Where a private cluster finds its programs, its folder, its socket and its port, and what it does about an
// earlier run on the same folder. Nothing is started here.
import CLinux
import FoundationEssentials
import Glibc

extension PostgresCluster {
    /// TILL_POSTGRES_BIN names the folder of another server's programs, and then no other is taken; otherwise it is
    /// the newest that is installed.
    static func findBinaries() -> String? {
        if let given = getenv("TILL_POSTGRES_BIN") {
            let folder = String(cString: given)
            return holdsServer(folder) ? folder : nil
        }
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql")) ?? []
        let candidates = versions.compactMap { Int($0) }.sorted(by: >).map { "/usr/lib/postgresql/\($0)/bin" }
        let others = ["/usr/bin", "/usr/local/bin", "/usr/local/pgsql/bin", "/usr/pgsql/bin"]
        return (candidates + others).first(where: holdsServer)
    }

    private static func holdsServer(_ folder: String) -> Bool {
        access(folder + "/initdb", X_OK) == 0 && access(folder + "/postgres", X_OK) == 0
    }

    /// Whether this installation has pg_stat_statements; Debian keeps it beside the programs.
    static func hasStatementCounter(_ binaries: String) -> Bool {
        access(binaries + "/../lib/pg_stat_statements.so", R_OK) == 0
    }

    static var isRoot: Bool { geteuid() == 0 }

    static func postgresUser() -> (uid_t, gid_t)? {
        guard let entry = getpwnam("postgres") else { return nil }
        return (entry.pointee.pw_uid, entry.pointee.pw_gid)
    }

    /// As root, a folder that the user postgres can reach; a home closed to others moves the data to
    /// /var/tmp.
    static func usableHome(_ folder: String) throws -> String {
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

    static func makeSocketFolder(_ home: String) throws -> String {
        let folder = "/tmp/till-pg-\(fingerprint(home))"
        try makeFolder(folder, owner: isRoot ? postgresUser() : nil)
        return folder
    }

    /// What services of the same machine connect to: by the socket in the file system, which costs the kernel half
    /// of what TCP does.
    func url(_ role: String, _ database: String) -> String {
        "postgresql://\(role)@\(socketFolder.split(separator: "/").map { "%2F" + $0 }.joined()):\(port)/\(database)"
    }

    /// Creates a folder that only its owner may enter, and refuses one that somebody else put there.
    static func makeFolder(_ path: String, owner: (uid_t, gid_t)?) throws {
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

    static func fingerprint(_ text: String) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return String(hash, radix: 36)
    }

    /// A server that an earlier run left behind on this folder is ours to end.
    static func endLeftover(_ data: String) throws {
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

    /// Deletes the sockets that a killed server left in its private folder.
    static func removeSockets(_ folder: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        where name.hasPrefix(".s.PGSQL.") { unlink(folder + "/" + name) }
    }
}
