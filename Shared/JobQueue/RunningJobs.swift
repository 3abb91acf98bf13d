// The books of a worker: which jobs have begun and not ended, which places are kept for jobs to come, and whether
// anybody waits for the next end. All places are given out here, under one lock, so that no more jobs run than may:
// a claim has its places before it is sent, and a writer its own before it writes.
import Synchronization

/// The jobs that have begun and not ended.
final class RunningJobs<Job: Sendable>: Sendable {
    private struct State {
        var nextID = 0
        var reserved: [Int: Job] = [:]
        var tasks: [Int: Task<Void, Never>] = [:]
        /// Kept by claims and writers that have no job yet.
        var kept = 0
        /// Somebody writes rows as claimed, if there is a place.
        var hasWriters = false
        var isStopped = false
        var isShort = false

        mutating func reserve(_ job: Job) -> Int {
            nextID += 1
            reserved[nextID] = job
            return nextID
        }
    }
    private let state = Mutex(State())

    /// Places taken, by jobs or for them.
    var count: Int { state.withLock { $0.reserved.count + $0.kept } }
    var jobs: [Job] { state.withLock { Array($0.reserved.values) } }
    var all: [Task<Void, Never>] { state.withLock { Array($0.tasks.values) } }

    /// Whether the last claim could have taken more jobs than there was place for: then each end is of interest.
    var isShort: Bool { state.withLock { $0.isShort } }

    /// The places that a claim may fill, kept until `begin` or `giveBack`; 0 where fewer than `least` are free.
    /// Behind a claim that was full there is a backlog, and it gets all; else half is left to who writes rows as
    /// claimed meanwhile. Whether ends are of interest is settled in the same moment, so that none between the two
    /// goes unheard.
    func keepForClaim(of most: Int, least: Int, isBehind: Bool) -> Int {
        state.withLock { state in
            let free = most - state.reserved.count - state.kept
            state.isShort = isBehind || free <= 0
            guard free >= max(1, least) else { return 0 }
            let mine = state.hasWriters && !isBehind ? (free + 1) / 2 : free
            state.kept += mine
            return mine
        }
    }

    /// What the claim with `kept` places gave; the rest of them is free again.
    func begin(_ jobs: [Job], kept: Int, isShort: Bool) -> [Int] {
        state.withLock { state in
            state.kept -= kept
            state.isShort = isShort
            return jobs.map { state.reserve($0) }
        }
    }

    /// From now on half of the places are left to who writes rows as claimed.
    func expectWriters() { state.withLock { $0.hasWriters = true } }

    /// Whether there was a place among `most` for one row; it counts until `giveBack` or `reserveKept`.
    func keep(of most: Int) -> Bool {
        state.withLock { state in
            guard !state.isStopped, state.reserved.count + state.kept < most else { return false }
            state.kept += 1
            return true
        }
    }

    func giveBack(_ count: Int = 1) { state.withLock { $0.kept -= count } }

    /// Nothing is kept for rows from now on.
    func stop() { state.withLock { $0.isStopped = true } }

    /// The job of a place that was kept; nil when the worker has stopped meanwhile.
    func reserveKept(_ job: Job) -> Int? {
        state.withLock { state in
            state.kept -= 1
            return state.isStopped ? nil : state.reserve(job)
        }
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
