// One connected TCP socket on its loop: read when there is something, write when there is room, each wait
// with a deadline. It knows no protocol and keeps no buffer; reads go through the loop's scratch space
// straight to a parser.
import CLinux
import Glibc

/// A connected stream socket. Use from tasks of its loop only: at most one reading and one writing at a time.
// SAFETY: `isOpen` is touched on the loop's thread only, which Watch and the preconditions check.
package final class StreamSocket: @unchecked Sendable {
    private let descriptor: Int32
    private let loop: EventLoop
    private let watch: Watch
    private var isOpen = true
    /// The last read took all there was: the next one waits for the event instead of asking the kernel in
    /// vain.
    private var isDrained = false
    /// The peer took too long to read: what the kernel still holds for it is dropped with the socket, or each such
    /// peer would keep megabytes for as long as it likes to trickle.
    private var isGivenUp = false
    /// The peer, when it was accepted or connected.
    package let peer: SocketAddress?

    /// Takes over a connected descriptor; closes it on any failure here.
    init(adopting descriptor: Int32, peer: SocketAddress?, loop: EventLoop) throws {
        self.descriptor = descriptor
        self.loop = loop
        self.peer = peer
        do {
            guard till_set_nonblocking(descriptor) == 0 else { throw SystemFailure.last("fcntl") }
            var yes: Int32 = 1
            // Answers are written whole, so Nagle could only delay them.
            unsafe _ = setsockopt(
                descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
            watch = try Watch(descriptor: descriptor, loop: loop, oneShot: false)
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
    }

    deinit {
        // An owner that goes away without closing, such as a pool at the end of a program: the loop closes
        // for it.
        guard isOpen else { return }
        let (watch, descriptor) = (watch, descriptor)
        loop.execute {
            watch.close()
            _ = Glibc.close(descriptor)
        }
    }

    /// Connects to the first of `addresses` that answers. Throws the last failure, `.timedOut` after the
    /// deadline. `receiveBytes` is for peers of tests that want a small window; else the kernel decides.
    package static func connect(
        to addresses: [SocketAddress], loop: EventLoop, deadlineNs: Int64, receiveBytes: Int32? = nil
    ) async throws -> StreamSocket {
        var failure: any Error = SystemFailure.badAddress
        for address in addresses {
            do {
                return try await connect(
                    to: address, loop: loop, deadlineNs: deadlineNs, receiveBytes: receiveBytes)
            } catch {
                if error is CancellationError { throw error }
                failure = error
            }
        }
        throw failure
    }

    private static func connect(
        to address: SocketAddress, loop: EventLoop, deadlineNs: Int64, receiveBytes: Int32?
    ) async throws -> StreamSocket {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.family, kind, 0)
        guard descriptor >= 0 else { throw SystemFailure.last("socket") }
        if var bytes = receiveBytes {
            let size = socklen_t(MemoryLayout<Int32>.size)
            unsafe _ = setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, size)
        }
        let result = unsafe address.withRaw { unsafe Glibc.connect(descriptor, $0, $1) }
        let code = result == 0 ? 0 : errno
        guard result == 0 || code == EINPROGRESS else {
            _ = Glibc.close(descriptor)
            throw SystemFailure.call("connect", code: code)
        }
        let socket = try StreamSocket(adopting: descriptor, peer: address, loop: loop)
        do {
            if code == EINPROGRESS { try await socket.watch.writable(deadlineNs: deadlineNs) }
            var error: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 else {
                throw SystemFailure.last("getsockopt")
            }
            if error != 0 { throw SystemFailure.call("connect", code: error) }
            return socket
        } catch {
            socket.close()
            throw error
        }
    }

    /// Waits for bytes and hands them to `consume` (at most `bytesMax` and 64 KiB, valid during the call only).
    /// False at end of stream. Throws `SystemFailure`, CancellationError, or what `consume` throws.
    /// `closesWhenCancelled`: whoever cancels the task closes this socket too, which is what ends the wait then.
    package func read(
        deadlineNs: Int64 = .max, bytesMax: Int = .max, closesWhenCancelled: Bool = false,
        _ consume: (Span<UInt8>) throws -> Void
    ) async throws -> Bool {
        while true {
            guard isOpen else { throw SystemFailure.closed }
            if isDrained {
                isDrained = false
                if closesWhenCancelled {
                    try await watch.readableUntilClosed(deadlineNs: deadlineNs)
                } else {
                    try await watch.readable(deadlineNs: deadlineNs)
                }
                continue
            }
            watch.willRead()
            let room = unsafe min(bytesMax, loop.scratch.count)
            let count = unsafe recv(descriptor, loop.scratch.baseAddress, room, 0)
            let code = errno
            if count > 0 {
                // A short read of a stream socket has emptied it (epoll(7)), and what comes later is a new
                // event. Only the end of the stream may have been announced together with the bytes.
                isDrained = count < room && !watch.sawHangup
                let bytes = unsafe UnsafeRawBufferPointer(rebasing: loop.scratch[0..<count])
                let typed = unsafe bytes.bindMemory(to: UInt8.self)
                try consume(unsafe typed.span)
                return true
            }
            if count == 0 { return false }
            switch code {
            case EAGAIN: try await watch.readable(deadlineNs: deadlineNs)
            case EINTR: continue
            default: throw SystemFailure.call("recv", code: code)
            }
        }
    }

    /// Writes all of `bytes`. Throws as `read`; part may have left before a failure.
    package func write(_ bytes: [UInt8], deadlineNs: Int64 = .max) async throws {
        var sent = 0
        while sent < bytes.count {
            guard isOpen else { throw SystemFailure.closed }
            let start = sent
            let count = unsafe bytes.withUnsafeBytes {
                unsafe send(descriptor, $0.baseAddress! + start, $0.count - start, Int32(MSG_NOSIGNAL))
            }
            let code = errno
            if count >= 0 {
                sent += count
                continue
            }
            switch code {
            case EAGAIN: try await roomToWrite(deadlineNs)
            case EINTR: continue
            default: throw SystemFailure.call("send", code: code)
            }
        }
    }

    private func roomToWrite(_ deadlineNs: Int64) async throws {
        do { try await watch.writable(deadlineNs: deadlineNs) } catch {
            if case SystemFailure.timedOut = error { isGivenUp = true }
            throw error
        }
    }

    /// Writes what fits without waiting and forgets the rest: for last words, whose loss changes nothing.
    package func writeNow(_ bytes: [UInt8]) {
        guard isOpen else { return }
        _ = unsafe bytes.withUnsafeBytes {
            unsafe send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
    }

    /// True when the peer has closed or sent something while nobody was reading: a pooled connection in this
    /// state must not be used for another request.
    package var isUnusable: Bool {
        guard isOpen else { return true }
        var byte: UInt8 = 0
        let count = unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
        return count >= 0 || errno != EAGAIN
    }

    /// True when the kernel holds bytes that nobody has read.
    package var hasUnreadBytes: Bool {
        guard isOpen else { return false }
        var byte: UInt8 = 0
        return unsafe recv(descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
    }

    /// Says that no more will be written; the peer reads end of stream after what was sent.
    package func shutdownWriting() {
        if isOpen { _ = shutdown(descriptor, Int32(SHUT_WR)) }
    }

    /// Closes; waits in progress end with `SystemFailure.closed`. Idempotent. On the loop only.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        watch.close()
        if isGivenUp {
            // The close becomes a reset (socket(7), SO_LINGER of zero).
            var now = linger(l_onoff: 1, l_linger: 0)
            unsafe _ = setsockopt(
                descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
        }
        _ = Glibc.close(descriptor)
    }
}
