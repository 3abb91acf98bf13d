// The loop with real sockets and a real clock: bytes arrive in order, waits end by deadline, cancellation
// and close.
import EventLoop
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
                for (index, ms) in [30, 10, 20].enumerated() {
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
        #expect(loop.nowNs - start >= 30_000_000)
        loop.stop()
    }

    @Test func `ends a sleep at once when the task is cancelled`() async throws {
        let loop = loop
        let start = loop.nowNs
        let task = Task(executorPreference: loop) { try await loop.sleep(for: .seconds(60)) }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(loop.nowNs - start < 5_000_000_000)
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
                    try await loop.sleep(for: .seconds(1))
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
}
