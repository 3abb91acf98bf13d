// The books of a worker: which jobs have begun and not ended, which places are kept for jobs to come, and whether
// anybody waits for the next end.
import Synchronization

/// The jobs that have begun and not ended.
final class RunningJobs<Job: Sendable>: Sendable {
    private struct State {
        var nextID = 0
        var reserved: [Int: Job] = [:]
        var tasks: [Int: Task<Void, Never>] = [:]
        /// Kept by places that have no job yet.
        var kept = 0
        var isStopped = false
        var isShort = false
    }
    private let state = Mutex(State())

    /// Places taken, by jobs or for them.
    var count: Int { state.withLock { $0.reserved.count + $0.kept } }
    var jobs: [Job] { state.withLock { Array($0.reserved.values) } }
    var all: [Task<Void, Never>] { state.withLock { Array($0.tasks.values) } }

    /// Whether the last claim could have taken more jobs than there was place for: then each end is of interest.
    var isShort: Bool {
        get { state.withLock { $0.isShort } }
        set { state.withLock { $0.isShort = newValue } }
    }

    /// Whether there was a place among `most`; it counts until `giveBack` or `reserveKept`.
    func keep(of most: Int) -> Bool {
        state.withLock { state in
            guard !state.isStopped, state.reserved.count + state.kept < most else { return false }
            state.kept += 1
            return true
        }
    }

    func giveBack() { state.withLock { $0.kept -= 1 } }

    /// Nothing is kept from now on.
    func stop() { state.withLock { $0.isStopped = true } }

    func reserve(_ job: Job) -> Int { state.withLock { Self.reserve(job, &$0) } }

    /// The job of a place that was kept; nil when the worker has stopped meanwhile.
    func reserveKept(_ job: Job) -> Int? {
        state.withLock { state in
            state.kept -= 1
            return state.isStopped ? nil : Self.reserve(job, &state)
        }
    }

    private static func reserve(_ job: Job, _ state: inout State) -> Int {
        state.nextID += 1
        state.reserved[state.nextID] = job
        return state.nextID
    }

    /// A job may end before its task is noted here, on another thread; then there is nothing to note.
    func began(_ id: Int, _ task: Task<Void, Never>) -> Int {
        state.withLock { state in
            if state.reserved[id] != nil { state.tasks[id] = task }
            return state.reserved.count
        }
    }

    func finished(_ id: Int) -> Int {
        state.withLock { state in
            state.reserved[id] = nil
            state.tasks[id] = nil
            return state.reserved.count
        }
    }
}
