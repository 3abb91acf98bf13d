// Addresses of host names, one question at a time for each name: a burst of new connections asks the resolver
// once. The question itself blocks and runs on a thread for that; the deadline is the caller's.
import EventLoop
import Synchronization

/// Resolves names for one client.
final class NameLookup: Sendable {
    private struct Key: Hashable {
        let host: String
        let port: UInt16
    }

    private let waiting = Mutex<[Key: [Waiter<[SocketAddress]>]]>([:])

    /// The addresses of `host`. Throws `SystemFailure`, `.timedOut` after the deadline, or CancellationError.
    func addresses(
        _ host: String, port: UInt16, deadlineNs: Int64, on loop: EventLoop
    ) async throws -> [SocketAddress] {
        if let numeric = SocketAddress(numeric: host, port: port) { return [numeric] }
        let key = Key(host: host, port: port)
        let waiter = Waiter<[SocketAddress]>()
        let isFirst = waiting.withLock { waiting in
            waiting[key, default: []].append(waiter)
            return waiting[key]?.count == 1
        }
        // Not a child task: it serves all who wait, and a resolver cannot be cancelled.
        if isFirst { Task(executorPreference: loop) { await self.ask(key) } }
        return try await waiter.wait(untilNs: deadlineNs, on: loop)
    }

    private func ask(_ key: Key) async {
        let result: Result<[SocketAddress], any Error>
        do { result = .success(try await SocketAddress.resolve(key.host, port: key.port)) } catch {
            result = .failure(error)
        }
        for waiter in waiting.withLock({ $0.removeValue(forKey: key) }) ?? [] { waiter.settle(result) }
    }
}
