// A subscription that outlives its connections: LISTEN on a direct connection, again after each loss.
// Notifications are hints only; whoever listens also polls.
import EventLoop
import Synchronization
import World

struct PostgresListener: Sendable {
    let configuration: PostgresConfiguration
    let channels: [String]
    let loop: EventLoop
    let world: World
    let instruments: PostgresInstruments
    let onNotify: @Sendable (String, String) -> Void

    /// Until cancelled; throws CancellationError then.
    func run() async throws {
        guard let direct = configuration.forListening else {
            // Behind a pooler alone there is nothing to listen on: polling does the work.
            while true { try await loop.sleep(for: .seconds(3_600)) }
        }
        var pace = ReconnectPace()
        while true {
            try Task.checkCancellation()
            do {
                try await listenOnce(direct)
                pace = ReconnectPace()
            } catch is CancellationError { throw CancellationError() } catch { instruments.failed(error) }
            try await loop.sleep(for: pace.next(world.fraction()))
        }
    }

    /// Connects, subscribes, and returns when the session has ended.
    private func listenOnce(_ direct: PostgresConfiguration) async throws {
        let ended = Ending()
        let connection = try await PostgresConnection.connect(
            direct, loop: loop, onNotify: onNotify, onEnd: { ended.happen() })
        do {
            let deadlineNs = loop.nowNs + direct.statementTimeout.inNanoseconds
            let items: [(PostgresStatement, [PostgresValue])] = channels.map { channel in
                (PostgresStatement(composed: "listen \"" + Self.quoted(channel) + "\""), [])
            }
            _ = try await connection.perform(PostgresRequest(items: items), deadlineNs: deadlineNs)
            instruments.listening(channels.count)
            for channel in channels { onNotify(channel, "") }
            try await ended.wait()
        } catch {
            await connection.close()
            throw error
        }
    }

    /// A name inside double quotes.
    private static func quoted(_ name: String) -> String {
        name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
    }
}

/// Something that happens once and that one task waits for.
private final class Ending: Sendable {
    private struct State {
        var isOver = false
        var waiter: CheckedContinuation<Void, any Error>?
    }
    private let state = Mutex(State())

    func happen() { finish(.success(())) }

    func wait() async throws {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isOver = state.withLock { state in
                    if !state.isOver { state.waiter = continuation }
                    return state.isOver
                }
                if isOver { continuation.resume() }
                if Task.isCancelled { finish(.failure(CancellationError())) }
            }
        } onCancel: {
            finish(.failure(CancellationError()))
        }
    }

    private func finish(_ result: Result<Void, any Error>) {
        let waiter = state.withLock { state in
            if case .success = result { state.isOver = true }
            return state.waiter.take()
        }
        waiter?.resume(with: result)
    }
}
