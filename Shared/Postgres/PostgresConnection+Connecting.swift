// From nothing to a session: names are resolved on a thread that may block, libpq then connects step by step,
// and between steps the loop waits for whatever socket libpq has at that moment.
import CPostgres
import EventLoop

extension PostgresConnection {
    /// More than any cluster has; a longer list is a mistake.
    static let serversMax = 16
    /// Below this a healthy server on a busy network would be given up.
    static let serverTimeMin: Duration = .seconds(1)

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
        let servers = try await Self.servers(try configuration.parameters())
        // One that swallows packets, as a machine that lost its power does, must not use up the time of the next.
        let share = max(Self.serverTimeMin, configuration.connectTimeout / servers.count)
        var failure = PostgresError(.connectFailed)
        for parameters in servers {
            handle = PostgresHandle(starting: parameters)
            do {
                try await negotiate(loop.nowNs + share.inNanoseconds)
                return try begin(onNotify: onNotify, onEnd: onEnd)
            } catch {
                failure = PostgresError(.connectFailed, operatorText: handle.lastMessage)
                handle.finish()
                if error is CancellationError { throw error }
            }
        }
        throw failure
    }

    private func begin(
        onNotify: (@Sendable (String, String) -> Void)?, onEnd: (@Sendable () -> Void)?
    ) throws {
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

    /// What to try, in order: each host of the URL, and each address of it. libpq would go through a list by itself,
    /// but only by waiting for each member as long as the kernel does, and it would block to resolve a name. The name
    /// stays for TLS. With `target_session_attrs` a server that is not what was asked for is passed over.
    static func servers(_ parameters: [String: String]) async throws -> [[String: String]] {
        func list(_ keyword: String) -> [String]? {
            parameters[keyword].map { text in
                text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            }
        }
        let hosts = list("host"), addresses = list("hostaddr"), ports = list("port")
        let count = max(hosts?.count ?? 1, addresses?.count ?? 1)
        guard count <= serversMax, hosts.map({ $0.count == count }) ?? true,
            addresses.map({ $0.count == count }) ?? true,
            ports.map({ $0.count == count || $0.count == 1 }) ?? true
        else {
            throw PostgresError(
                .configuration, operatorText: "as many hosts as ports or one port, at most \(serversMax)")
        }
        var servers: [[String: String]] = []
        var failure: (any Error)?
        for index in 0..<count {
            var one = parameters
            one["host"] = hosts?[index]
            one["hostaddr"] = addresses?[index]
            one["port"] = ports.map { $0.count == 1 ? $0[0] : $0[index] }
            do { servers += try await withAddresses(one) } catch { failure = error }
        }
        if servers.isEmpty, let failure { throw failure }
        return servers
    }

    /// One of them for each address of its host; itself where the host is an address or a folder of sockets.
    private static func withAddresses(_ parameters: [String: String]) async throws -> [[String: String]] {
        guard (parameters["hostaddr"] ?? "").isEmpty, let host = parameters["host"], !host.isEmpty,
            !host.hasPrefix("/"), !host.hasPrefix("@")
        else { return [parameters] }
        do {
            return try await SocketAddress.resolve(host, port: 0).prefix(serversMax).map { address in
                parameters.merging(["hostaddr": address.host]) { _, new in new }
            }
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
