// A listening socket that this process keeps while a program that serves it comes and goes: connections wait in its
// queue instead of being refused. Handed over by the protocol of sd_listen_fds(3), as systemd's socket units do.
import CLinux
import Glibc

/// One loopback port, listening from the start and closed with the last reference.
final class HeldSocket: Sendable {
    /// Connections that may wait while nobody accepts.
    private static let backlog: Int32 = 4_096

    let descriptor: Int32

    /// Throws when the port is taken.
    init(port: Int) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0, listen(descriptor, Self.backlog) == 0 else {
            close(descriptor)
            throw PostgresCluster.Failure("port \(port) cannot be held")
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// One for each program of the plan, by its key.
    static func ofEach(_ plan: StackPlan) throws -> [String: HeldSocket] {
        var sockets: [String: HeldSocket] = [:]
        for entry in StackPlan.offsets { sockets[entry.key] = try HeldSocket(port: plan.port(entry.key)) }
        return sockets
    }

    /// Runs `program` with the socket as its first one. The shell is there to name its own process, which becomes the
    /// program's; it interprets nothing of ours.
    static func command(_ program: String) -> (path: String, arguments: [String]) {
        ("/bin/sh", ["-c", "LISTEN_FDS=1 LISTEN_PID=$$ exec \"$0\"", program])
    }
}
