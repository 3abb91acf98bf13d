// From nothing to a session: names are resolved on a thread that may block, libpq then connects step by step,
// and between steps the loop waits for whatever socket libpq has at that moment.
import CPostgres
import EventLoop

extension PostgresConnection {
    /// Connects and begins to read. Throws PostgresError `.connectFailed`, `.configuration`, or
    /// CancellationError. `onEnd` is called on the loop when the session is over.
    static func connect(
        _ configuration: PostgresConfiguration, loop: EventLoop,
        onNotify: (@Sendable (String, String) -> Void)? = nil, onEnd: (@Sendable () -> Void)? = nil
    ) async throws -> PostgresConnection {
        let connection = PostgresConnection(configuration, loop: loop)
        try await connection.start(onNotify: onNotify, onEnd: onEnd)
        return connection
    }

    private func start(
        onNotify: (@Sendable (String, String) -> Void)?, onEnd: (@Sendable () -> Void)?
    ) async throws {
        let deadlineNs = loop.nowNs + configuration.connectTimeout.inNanoseconds
        let parameters = try await Self.withAddresses(try configuration.parameters())
        handle = PostgresHandle(starting: parameters)
        do { try await negotiate(deadlineNs) } catch {
            let words = handle.lastMessage
            handle.finish()
            if error is CancellationError { throw error }
            throw PostgresError(.connectFailed, operatorText: words)
        }
        canceller = handle.canceller()
        watch = try FileWatch(descriptor: handle.socket, loop: loop)
        isOpen = true
        self.onNotify = onNotify
        self.onEnd = onEnd
        Task(executorPreference: loop) { await self.read() }
    }

    /// libpq's loop: wait for what the last step wanted, take the next one. The socket may be another after
    /// each step, even under the same number, so each wait has a watch of its own that is gone before libpq
    /// goes on.
    private func negotiate(_ deadlineNs: Int64) async throws {
        // PQconnectPoll must behave as if it had wanted to write, says its manual.
        var step = ConnectStep.wantsToWrite
        while true {
            switch step {
            case .connected:
                guard handle.startPipelining() else { throw PostgresError(.connectFailed) }
                return
            case .failed: throw PostgresError(.connectFailed)
            case .wantsToRead, .wantsToWrite:
                guard handle.socket >= 0 else { throw PostgresError(.connectFailed) }
                let waiting = try FileWatch(descriptor: handle.socket, loop: loop)
                defer { waiting.close() }
                if step == .wantsToRead {
                    try await waiting.readable(deadlineNs: deadlineNs)
                } else {
                    try await waiting.writable(deadlineNs: deadlineNs)
                }
            }
            step = handle.connectStep()
        }
    }

    /// Adds `hostaddr` where the host is a name, since libpq would block to resolve it. The name stays for
    /// TLS.
    private static func withAddresses(_ parameters: [String: String]) async throws -> [String: String] {
        guard parameters["hostaddr"] == nil, let host = parameters["host"], !host.isEmpty else {
            return parameters
        }
        // Lists of hosts are libpq's own failover; ours are numeric addresses or sockets there.
        guard !host.contains(","), !host.hasPrefix("/"), !host.hasPrefix("@") else { return parameters }
        do {
            let addresses = try await SocketAddress.resolve(host, port: 0).map(\.host)
            var resolved = parameters
            resolved["host"] = addresses.map { _ in host }.joined(separator: ",")
            resolved["hostaddr"] = addresses.joined(separator: ",")
            return resolved
        } catch let error as SystemFailure {
            throw PostgresError(.connectFailed, operatorText: error.description)
        }
    }
}

extension Duration {
    var inNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        // A century is beyond every timeout and far from overflow.
        return min(max(seconds, 0), 3_155_760_000) * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
