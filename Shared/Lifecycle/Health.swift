// Liveness and readiness. Live means the process answers at all; ready means a load balancer may send it
// requests. Probes run at most once a second however often they are asked for, so that health checks cannot
// become load.
import HTTPServer
import HTTPWire
import Synchronization
import World

/// The health of one program.
package final class Health: Sendable {
    private struct State {
        var probe: (@Sendable () async -> [String: Bool])?
        var isDraining = false
        var known: (at: Int64, checks: [String: Bool])?
    }
    private static let keptNs: Int64 = 1_000_000_000

    private let state = Mutex(State())
    private let world: World

    init(world: World) { self.world = world }

    func started(_ probe: @escaping @Sendable () async -> [String: Bool]) {
        state.withLock { $0.probe = probe }
    }
    func draining() { state.withLock { $0.isDraining = true } }

    private func checks() async -> [String: Bool]? {
        let now = world.monotonic()
        let (probe, isDraining, known) = state.withLock { ($0.probe, $0.isDraining, $0.known) }
        guard let probe, !isDraining else { return nil }
        if let known, now - known.at < Self.keptNs { return known.checks }
        let checks = await probe()
        state.withLock { $0.known = (now, checks) }
        return checks
    }

    /// `/health/live` and `/health/ready`.
    func routes() -> Routes {
        var routes = Routes()
        routes.on("GET", "/health/live") { _ in .text(200, "live\n") }
        routes.on("GET", "/health/ready") { [self] _ in
            guard let checks = await checks() else { return .text(503, "starting or draining\n") }
            let lines = checks.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value ? "ok" : "failing")\n" }
            return .text(checks.values.allSatisfy { $0 } ? 200 : 503, lines.joined())
        }
        return routes
    }
}
