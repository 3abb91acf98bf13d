// Work that goes on after whoever caused it has been answered, such as looking for what a lost commit wrote while the
// database is away. It is known here, so that a program that is told to stop waits for it and not for longer than it
// may.
import EventLoop
import Synchronization

/// Tasks that nobody waits for but the end of the program. Each must end by itself, and soon when it is cancelled.
final class ApartTasks: Sendable {
    private struct State {
        var nextID = 0
        var tasks: [Int: Task<Void, Never>] = [:]
        var ended: Set<Int> = []
        var isStopped = false
    }

    private let state = Mutex(State())
    private let loop: EventLoop
    /// How long a stop waits for what has begun before it is cancelled. As a worker waits for its jobs.
    private let drainTime: Duration

    init(loop: EventLoop, drainTime: Duration = .seconds(4)) {
        self.loop = loop
        self.drainTime = drainTime
    }

    /// Begins `work`. After the stop it is cancelled from the start.
    func add(_ work: @escaping @Sendable () async -> Void) {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        let task = Task(executorPreference: loop) { [self] in
            await work()
            // It may end before it is noted below, on another thread.
            state.withLock { state in if state.tasks.removeValue(forKey: id) == nil { state.ended.insert(id) }
            }
        }
        let isStopped = state.withLock { state in
            if state.ended.remove(id) == nil { state.tasks[id] = task }
            return state.isStopped
        }
        if isStopped { task.cancel() }
    }

    /// Runs until cancelled; then waits for what has begun.
    func run() async throws {
        do { while true { try await loop.sleep(for: .seconds(3_600)) } } catch {
            let begun = state.withLock { state in
                state.isStopped = true
                return Array(state.tasks.values)
            }
            let deadline = Task(executorPreference: loop) { [loop, drainTime] in
                // Cancelled when all are done in time.
                guard (try? await loop.sleep(for: drainTime)) != nil else { return }
                for task in begun { task.cancel() }
            }
            for task in begun { await task.value }
            deadline.cancel()
            throw error
        }
    }
}
