// The loop with real sockets and a real clock: bytes arrive in order, waits end by deadline, cancellation
// and close.
import EventLoop
import Glibc
import Synchronization
import Testing

@Suite struct `An event loop` {
    let loop: EventLoop

    init() throws { loop = try EventLoop.start(name: "test") }

    @Test func `runs tasks on its own thread and comes back`() async throws {
        let loop = loop
        let inside = try await loop.run { loop.isCurrent }
        #expect(inside)
        #expect(!loop.isCurrent)
        loop.stop()
    }

    @Test func `sleeps at least as long as asked, in the order of deadlines`() async throws {
        let loop = loop
        let start = loop.nowNs
        let order = try await loop.run {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for (index, ms) in [600, 200, 400].enumerated() {
                    group.addTask {
                        try await loop.sleep(for: .milliseconds(ms))
                        return index
                    }
                }
                var order: [Int] = []
                for try await index in group { order.append(index) }
                return order
            }
        }
        #expect(order == [1, 2, 0])
        #expect(loop.nowNs - start >= 600_000_000)
        loop.stop()
    }

    @Test func `ends a sleep at once when the task is cancelled`() async throws {
        let loop = loop
        let start = loop.nowNs
        let task = Task(executorPreference: loop) { try await loop.sleep(for: .seconds(60)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(loop.nowNs - start < 30_000_000_000)
        loop.stop()
    }

    @Test func `carries a megabyte both ways over loopback in order`() async throws {
        let loop = loop
        let sent = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let received = try await loop.run {
            let listener = try Listener(on: SocketAddress(numeric: "127.0.0.1", port: 0)!, loop: loop)
            let echo = Task(executorPreference: loop) {
                let socket = try await listener.accept()
                defer { socket.close() }
                while true {
                    var chunk: [UInt8] = []
                    let more = try await socket.read { bytes in
                        for index in bytes.indices { chunk.append(bytes[index]) }
                    }
                    if !more { return }
                    try await socket.write(chunk)
                }
            }
            let addresses = try await SocketAddress.resolve("127.0.0.1", port: listener.port)
            let socket = try await StreamSocket.connect(
                to: addresses, loop: loop, deadlineNs: loop.nowNs + 5_000_000_000)
            async let writing: Void = socket.write(sent)
            var back: [UInt8] = []
            while back.count < sent.count {
                _ = try await socket.read { bytes in for index in bytes.indices { back.append(bytes[index]) }
                }
            }
            try await writing
            socket.close()
            try await echo.value
            listener.close()
            return back
        }
        #expect(received == sent)
        loop.stop()
    }

    @Test func `ends a read by its deadline and by close`() async throws {
        let loop = loop
        try await loop.run {
            let listener = try Listener(on: SocketAddress(numeric: "::1", port: 0)!, loop: loop)
            let addresses = try await SocketAddress.resolve("::1", port: listener.port)
            let socket = try await StreamSocket.connect(to: addresses, loop: loop, deadlineNs: .max)
            await #expect(throws: SystemFailure.timedOut) {
                _ = try await socket.read(deadlineNs: loop.nowNs + 1_000_000) { _ in }
            }
            let reading = Task(executorPreference: loop) { try await socket.read { _ in } }
            try await loop.sleep(for: .milliseconds(5))
            socket.close()
            await #expect(throws: SystemFailure.closed) { _ = try await reading.value }
            listener.close()
        }
        loop.stop()
    }

    @Test func `ends a read by close whichever of the two comes first, turn by turn`() async throws {
        let loop = loop
        try await loop.run {
            let listener = try Listener(on: SocketAddress(numeric: "::1", port: 0)!, loop: loop)
            let addresses = try await SocketAddress.resolve("::1", port: listener.port)
            for turns in 0..<8 {
                let socket = try await StreamSocket.connect(to: addresses, loop: loop, deadlineNs: .max)
                let reading = Task(executorPreference: loop) { try await socket.read { _ in } }
                for _ in 0..<turns { await Task.yield() }
                socket.close()
                // A read that missed the close would wait for ever; the cancellation shows it.
                let patience = Task(executorPreference: loop) {
                    try await loop.sleep(for: .seconds(10))
                    reading.cancel()
                }
                await #expect(throws: SystemFailure.closed, "\(turns) turns") { _ = try await reading.value }
                patience.cancel()
            }
            listener.close()
        }
        loop.stop()
    }

    @Test func `says why a connection failed`() async throws {
        let loop = loop
        try await loop.run {
            let listener = try Listener(on: SocketAddress(numeric: "127.0.0.1", port: 0)!, loop: loop)
            let port = listener.port
            listener.close()
            let addresses = try await SocketAddress.resolve("127.0.0.1", port: port)
            await #expect(throws: SystemFailure.call("connect", code: 111)) {
                _ = try await StreamSocket.connect(to: addresses, loop: loop, deadlineNs: .max)
            }
        }
        loop.stop()
    }

    @Test func `runs blocking calls elsewhere and returns their result`() async throws {
        let loop = loop
        let elsewhere = try await loop.run { try await BlockingThread.run { !loop.isCurrent } }
        #expect(elsewhere)
        loop.stop()
    }

    @Test func `attends to what others wait for before the jobs that are queued already`() async throws {
        let loop = loop
        let ranBefore = try await loop.run {
            let (watch, ends) = try Self.watchedPipe(loop)
            let ran = Seen()
            let answer = Task(executorPreference: loop) {
                try await watch.readable()
                return ran.words.withLock { $0.count }
            }
            for _ in 0..<10 { await Task.yield() }
            for index in 0..<1_000 {
                Task(executorPreference: loop) {
                    if index == 0 { _ = Glibc.write(ends.write, "x", 1) }
                    let until = loop.nowNs + 20_000
                    while loop.nowNs < until {}
                    ran.words.withLock { $0.append("ran") }
                }
            }
            defer { Self.close(watch, ends) }
            return try await answer.value
        }
        // By turns of the loop it would be all of them.
        #expect(ranBefore < 900)
        loop.stop()
    }

    @Test func `does not let what follows from an answer go before all others for ever`() async throws {
        let loop = loop
        let order = try await loop.run {
            let (watch, ends) = try Self.watchedPipe(loop)
            let order = Seen()
            let greedy = Task(executorPreference: loop) {
                try await watch.readable()
                for _ in 0..<1_000 { await Task.yield() }
                order.words.withLock { $0.append("greedy") }
            }
            for _ in 0..<10 { await Task.yield() }
            _ = Glibc.write(ends.write, "x", 1)
            let patient = Task(executorPreference: loop) { order.words.withLock { $0.append("patient") } }
            await patient.value
            try await greedy.value
            Self.close(watch, ends)
            return order.words.withLock { $0 }
        }
        #expect(order == ["patient", "greedy"])
        loop.stop()
    }

    /// What happened, in order.
    private final class Seen: Sendable { let words = Mutex<[String]>([]) }

    private static func watchedPipe(_ loop: EventLoop) throws -> (FileWatch, (read: Int32, write: Int32)) {
        var ends: [Int32] = [-1, -1]
        try #require(pipe(&ends) == 0)
        return (try FileWatch(descriptor: ends[0], loop: loop), (ends[0], ends[1]))
    }

    private static func close(_ watch: FileWatch, _ ends: (read: Int32, write: Int32)) {
        watch.close()
        _ = Glibc.close(ends.read)
        _ = Glibc.close(ends.write)
    }
}
