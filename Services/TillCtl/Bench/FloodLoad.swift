// As many requests as a server takes, from one thread of its own: plain sockets, one epoll, nothing allocated for
// a request. What the load generator burns is taken from what it measures, so it may do little else than send.
import CLinux
import Glibc

/// A closed loop over prepared requests: each connection sends its next one when the last was answered.
struct FloodLoad: Sendable {
    var port: UInt16
    var connections = 64
    /// Sent in turn; begins again at the first one when `count` is larger.
    var requests: [[UInt8]]
    var count: Int
    /// Ends earlier when this many seconds have passed.
    var secondsMax = 60.0

    struct Outcome: Sendable {
        var latencies = Latencies()
        var refused = 0
        var seconds = 0.0
        /// What this thread burnt, in microseconds for each request.
        var ownMicroseconds = 0.0
        var perSecond: Double { seconds > 0 ? Double(latencies.count) / seconds : 0 }
    }

    struct Failure: Error, CustomStringConvertible { let description: String }

    private struct Lane {
        var descriptor: Int32
        var sentAt: Int64 = 0
        /// Of the answer that is under way.
        var received: [UInt8] = []
        var isWaiting = false
    }

    /// Blocks: on a thread that may.
    func run() throws -> Outcome {
        let epoll = epoll_create1(0)
        defer { close(epoll) }
        var lanes: [Lane] = []
        defer { for lane in lanes { close(lane.descriptor) } }
        for index in 0..<connections {
            lanes.append(Lane(descriptor: try Self.connect(port)))
            lanes[index].received.reserveCapacity(1_024)
            _ = till_epoll_control(
                epoll, EPOLL_CTL_ADD, lanes[index].descriptor, EPOLLIN.rawValue, UInt64(index))
        }
        var outcome = Outcome(), next = 0, open = 0
        let cpu = Self.threadMicroseconds(), start = till_monotonic_ns()
        let end = start + Int64(secondsMax * 1e9)
        for index in lanes.indices where next < count {
            try send(&next, &lanes[index])
            open += 1
        }
        var ready = [till_ready](repeating: till_ready(), count: 256)
        var buffer = [UInt8](repeating: 0, count: 16 * 1_024)
        while open > 0 {
            let found = till_epoll_wait(epoll, &ready, 256, 10_000_000_000)
            guard found > 0 else { throw Failure(description: "the server fell silent for ten seconds") }
            for event in ready[0..<Int(found)] {
                let index = Int(event.token)
                guard let status = try Self.receive(&lanes[index], &buffer) else { continue }
                let now = till_monotonic_ns()
                outcome.latencies.add(now - lanes[index].sentAt)
                if !(200..<300).contains(status) { outcome.refused += 1 }
                if next < count, now < end { try send(&next, &lanes[index]) } else { open -= 1 }
            }
        }
        outcome.seconds = Double(till_monotonic_ns() - start) / 1e9
        outcome.ownMicroseconds =
            (Self.threadMicroseconds() - cpu) / Double(max(1, outcome.latencies.count))
        return outcome
    }

    private func send(_ next: inout Int, _ lane: inout Lane) throws {
        let request = requests[next % requests.count]
        next += 1
        lane.sentAt = till_monotonic_ns()
        lane.received.removeAll(keepingCapacity: true)
        var sent = 0
        while sent < request.count {
            let taken = request.withUnsafeBytes {
                Glibc.send(
                    lane.descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard taken > 0 else { throw Failure(description: "the server closed a connection") }
            sent += taken
        }
    }

    /// The status of a complete answer, nil while more of it is to come.
    private static func receive(_ lane: inout Lane, _ buffer: inout [UInt8]) throws -> Int? {
        let count = recv(lane.descriptor, &buffer, buffer.count, 0)
        guard count > 0 else { throw Failure(description: "the server closed a connection") }
        lane.received += buffer[0..<count]
        return status(of: lane.received)
    }

    /// Reads as much of an answer as counting needs: the status, where the head ends, `content-length`.
    static func status(of bytes: [UInt8]) -> Int? {
        guard bytes.count >= 16 else { return nil }
        var end = 0
        var length = 0
        var line = 0
        let name = Array("content-length:".utf8)
        for index in 3..<bytes.count where bytes[index] == 0x0A {
            if index - line <= 1 || (bytes[index - 1] == 0x0D && index - 1 == line) {
                end = index + 1
                break
            }
            let isLength =
                index - line > name.count
                && (0..<name.count).allSatisfy { bytes[line + $0] | 0x20 == name[$0] | 0x20 }
            if isLength {
                length = bytes[(line + name.count)..<index].reduce(0) { value, byte in
                    (0x30...0x39).contains(byte) ? value * 10 + Int(byte) - 0x30 : value
                }
            }
            line = index + 1
        }
        guard end > 0, bytes.count >= end + length else { return nil }
        return bytes[9..<12].reduce(0) { $0 * 10 + Int($1) - 0x30 }
    }

    private static func connect(_ port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let done = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, size) == 0
            }
        }
        guard done else {
            close(descriptor)
            throw Failure(description: "nothing listens on port \(port)")
        }
        var yes: Int32 = 1
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }

    /// CPU time of the calling thread.
    static func threadMicroseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
    }
}
