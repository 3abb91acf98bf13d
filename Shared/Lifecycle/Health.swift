// Liveness and readiness. Live means the process answers at all, whatever becomes of its database: a restart repairs
// nothing there. Ready means a load balancer may send it requests; a probe hears yes or no, and why, within its second.
import EventLoop
import HTTPServer
import HTTPWire
import Synchronization
import World

/// The health of one program.
package final class Health: Sendable {
    private struct Check {
        let look: @Sendable () async -> Bool
        var known = ReadyCheck()
        /// At most one for each connection of the servers that it is asked through.
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private struct State {
        var checks: [String: Check]?
        var isDraining = false
    }

    private let state = Mutex(State())
    private let loop: EventLoop
    private let world: World

    init(loop: EventLoop, world: World) {
        self.loop = loop
        self.world = world
    }

    func started(_ checks: [String: @Sendable () async -> Bool]) {
        state.withLock { $0.checks = checks.mapValues { Check(look: $0) } }
    }
    func draining() { state.withLock { $0.isDraining = true } }

    /// Nil before the start and while draining.
    private func verdicts() async -> [(name: String, verdict: ReadyCheck.Verdict)]? {
        let now = world.monotonic()
        let steps = state.withLock { state -> [(name: String, step: ReadyCheck.Step)]? in
            guard let checks = state.checks, !state.isDraining else { return nil }
            return checks.keys.sorted().compactMap { name in
                (state.checks?[name]?.known.asked(now)).map { (name, $0) }
            }
        }
        guard let steps else { return nil }
        // All looks begin before the first is waited for.
        for (name, step) in steps { if case .look(let untilNs) = step { look(at: name, now, untilNs) } }
        var verdicts: [(name: String, verdict: ReadyCheck.Verdict)] = []
        for (name, step) in steps {
            if case .say(let verdict) = step {
                verdicts.append((name, verdict))
            } else {
                verdicts.append((name, await waited(for: name)))
            }
        }
        return verdicts
    }

    /// A look outlives who asked for it: the next one is told what it found, or that it still looks.
    private func look(at name: String, _ nowNs: Int64, _ untilNs: Int64) {
        guard let look = state.withLock({ $0.checks?[name]?.look }) else { return }
        Task(executorPreference: loop) { [self] in
            let isOk = await look()
            state.withLock { $0.checks?[name]?.known.ended(isOk: isOk, world.monotonic()) }
            wake(name)
        }
        Task(executorPreference: loop) { [self] in
            // The end of the process is the only thing that cuts it short.
            try? await loop.sleep(for: .nanoseconds(untilNs - nowNs))
            wake(name)
        }
    }

    private func waited(for name: String) async -> ReadyCheck.Verdict {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                guard state.checks?[name]?.known.isLooking == true else { return true }
                state.checks?[name]?.waiting.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
        return state.withLock { $0.checks?[name]?.known.verdict(world.monotonic()) } ?? .failing
    }

    private func wake(_ name: String) {
        let waiting = state.withLock { state in
            defer { state.checks?[name]?.waiting = [] }
            return state.checks?[name]?.waiting ?? []
        }
        for one in waiting { one.resume() }
    }

    /// `/health/live` and `/health/ready`.
    func routes() -> Routes {
        var routes = Routes()
        routes.on("GET", "/health/live") { _ in .text(200, "live\n") }
        routes.on("GET", "/health/ready") { [self] _ in
            guard let verdicts = await verdicts() else { return .text(503, "starting or draining\n") }
            let lines = verdicts.map { "\($0.name) \($0.verdict.line)\n" }
            return .text(verdicts.allSatisfy { $0.verdict == .ok } ? 200 : 503, lines.joined())
        }
        return routes
    }
}
