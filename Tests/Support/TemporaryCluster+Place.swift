// Where the tests' own server finds its programs, its folder and its port. Nothing is started here.
import Glibc

extension TemporaryCluster {
    /// One that the server's user may write to; whoever asks removes it.
    static func makeFolder() throws -> String {
        var template = Array("/tmp/till-pg-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ChildProcess.Failed(description: "mkdtemp: \(errno)") }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if geteuid() == 0, let user = getpwnam("postgres") {
            guard chown(folder, user.pointee.pw_uid, user.pointee.pw_gid) == 0 else {
                throw ChildProcess.Failed(description: "chown: \(errno)")
            }
        }
        return folder
    }

    /// TILL_POSTGRES_BIN names the folder of another server's programs; otherwise the newest that is installed.
    static func findBinaries() throws -> String {
        if let given = getenv("TILL_POSTGRES_BIN").map({ String(cString: $0) }) {
            if access(given + "/initdb", X_OK) == 0 { return given }
            throw ChildProcess.Failed(description: "TILL_POSTGRES_BIN: no initdb in \(given)")
        }
        for version in stride(from: 30, through: 13, by: -1) {
            let folder = "/usr/lib/postgresql/\(version)/bin"
            if access(folder + "/initdb", X_OK) == 0 { return folder }
        }
        throw ChildProcess.Failed(
            description: "no server under /usr/lib/postgresql: apt-get install postgresql")
    }

    /// A loopback port that was free a moment ago.
    package static func freePort() throws -> UInt16 {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(socket, raw, length) == 0 ? getsockname(socket, raw, &length) : -1
            }
        }
        guard code == 0 else { throw ChildProcess.Failed(description: "no free port: \(errno)") }
        return UInt16(bigEndian: address.sin_port)
    }
}
