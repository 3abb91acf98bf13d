// A listening TCP socket on its loop. Accepting is paused by its owner when limits are reached; the kernel's
// backlog is the only queue.
import CLinux
import Glibc

/// A listening socket. Use from tasks of its loop only.
// SAFETY: `isOpen` is touched on the loop's thread only, which Watch checks.
package final class Listener: @unchecked Sendable {
    /// Connections that may wait in the kernel. The kernel caps it at net.core.somaxconn, 4096 by default.
    private static let backlog: Int32 = 4096

    /// What the kernel may hold of our answers for a peer that does not read; it takes twice this with its own
    /// bookkeeping. Left alone it would grow to 4 MiB for each. Enough for 1 MB/s to a peer 100 ms away.
    private static let sendBytes: Int32 = 128 * 1024

    private let descriptor: Int32
    private let loop: EventLoop
    private let watch: Watch
    private var isOpen = true
    /// The port, the kernel's choice when 0 was asked for.
    package let port: UInt16

    /// Binds and listens. With `sharesPort`, several processes or loops listen on one port (SO_REUSEPORT)
    /// and the kernel spreads connections. Throws `SystemFailure`, for instance EADDRINUSE.
    package init(on address: SocketAddress, loop: EventLoop, sharesPort: Bool = false) throws {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.family, kind, 0)
        guard descriptor >= 0 else { throw SystemFailure.last("socket") }
        self.descriptor = descriptor
        self.loop = loop
        do {
            var yes: Int32 = 1
            let size = socklen_t(MemoryLayout<Int32>.size)
            unsafe _ = setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, size)
            if sharesPort { unsafe _ = setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &yes, size) }
            guard unsafe address.withRaw({ unsafe bind(descriptor, $0, $1) }) == 0 else {
                throw SystemFailure.last("bind \(address)")
            }
            guard listen(descriptor, Self.backlog) == 0 else { throw SystemFailure.last("listen") }
            Self.boundSendBuffer(descriptor)
            port = try Self.portOf(descriptor)
            watch = try Watch(descriptor: descriptor, loop: loop, oneShot: true)
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
    }

    /// Takes over a socket that somebody else bound and listens on, such as a supervisor that keeps it while
    /// programs come and go. Connections wait in its queue whenever nobody accepts. Throws `SystemFailure`
    /// when `descriptor` is no listening socket; it is closed then.
    package init(adopting descriptor: Int32, loop: EventLoop) throws {
        self.descriptor = descriptor
        self.loop = loop
        do {
            var listens: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) == 0 else {
                throw SystemFailure.last("getsockopt")
            }
            guard listens == 1 else { throw SystemFailure.badAddress }
            guard till_set_nonblocking(descriptor) == 0 else { throw SystemFailure.last("fcntl") }
            // Ours alone from here on: programs that we start have no business with it.
            guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 else { throw SystemFailure.last("fcntl") }
            Self.boundSendBuffer(descriptor)
            port = try Self.portOf(descriptor)
            watch = try Watch(descriptor: descriptor, loop: loop, oneShot: true)
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
    }

    /// Accepted sockets inherit it. A kernel that refuses keeps its own bound.
    private static func boundSendBuffer(_ descriptor: Int32) {
        var bytes = sendBytes
        unsafe _ = setsockopt(
            descriptor, SOL_SOCKET, SO_SNDBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func portOf(_ descriptor: Int32) throws -> UInt16 {
        var name = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let bound = unsafe withUnsafeMutablePointer(to: &name) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getsockname(descriptor, $0, &length)
            }
        }
        guard bound == 0 else { throw SystemFailure.last("getsockname") }
        return unsafe withUnsafeBytes(of: name) { unsafe UInt16($0[2]) << 8 | UInt16($0[3]) }
    }

    /// The next connection. Throws `SystemFailure.closed` after `close()`, CancellationError, or the failure
    /// of accept itself: EMFILE and its like mean "later", which is the caller's to decide.
    package func accept() async throws -> StreamSocket {
        while true {
            guard isOpen else { throw SystemFailure.closed }
            var name = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let accepted = unsafe withUnsafeMutablePointer(to: &name) { storage in
                unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe till_accept(descriptor, $0, &length)
                }
            }
            let code = errno
            if accepted >= 0 {
                let peer = unsafe withUnsafePointer(to: name) { storage in
                    unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                        unsafe SocketAddress(raw: $0)
                    }
                }
                return try StreamSocket(adopting: accepted, peer: peer, loop: loop)
            }
            switch code {
            case EAGAIN: try await watch.readable(deadlineNs: .max)
            case EINTR, ECONNABORTED: continue
            default: throw SystemFailure.call("accept", code: code)
            }
        }
    }

    /// Stops listening; an accept in progress ends with `SystemFailure.closed`. Idempotent. On the loop only.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        watch.close()
        _ = Glibc.close(descriptor)
    }
}
