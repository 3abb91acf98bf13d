// What a service is given at its start and what it gives back. A service builds its stores, routes and jobs
// from a Setup; Program owns the process around it.
package import EventLoop
package import HTTPClient
package import HTTPServer
package import Observe
import Sealing
package import World

/// Everything a service may use of the process it runs in.
package struct Setup: Sendable {
    package let name: String
    package let environment: Environment
    package let loop: EventLoop
    package let world: World
    package let log: Log
    package let metrics: Metrics
    /// One client for all peers of this process.
    package let http: HTTPClient
    package let health: Health
    /// Reloads the certificates of this process; `serve` adds the port's own.
    let certificates: CertificateWatch
    /// The service's socket where the starting process holds it.
    let inherited: Int32?

    /// Binds the service's own port (TILL_BIND, TILL_PORT) with the health routes beside its own. Routes
    /// that name their callers need TILL_CALLERS_FILE.
    package func serve(_ routes: Routes, settings: ServerSettings = ServerSettings()) async throws
        -> HTTPServer
    {
        var environment = environment
        let host = environment.text(CommonKeys.bind), port = environment.port(CommonKeys.port)
        let callersText = environment.secret(CommonKeys.callers)
        let tls = TransportSecurity.server(&environment)
        var settings = settings
        settings.connectionsPerAddressMax = environment.integer(CommonKeys.perAddress, in: 1...100_000)
        settings.uncounted = environment.addressBlocks(CommonKeys.trustedProxies)
        try environment.finish()
        var all = routes
        all.merge(health.routes())
        var callers: CallerTokens?
        do throws(CallerTokens.Failure) {
            if let callersText { callers = try CallerTokens(callersText.revealText() ?? "") }
        } catch {
            throw ConfigurationProblems(sentences: [error.sentence])
        }
        if let tls { certificates.add(tls, side: "server") }
        return try await HTTPServer.bind(
            name: name, host: host, port: port, routes: all, settings: settings, callers: callers, tls: tls,
            inherited: inherited, loop: loop, world: world, log: log, metrics: metrics)
    }
}

/// A started service.
package struct RunningService: Sendable {
    package var servers: [HTTPServer]
    /// Long-lived work: each runs until cancelled. One that returns or throws before that ends the program.
    package var jobs: [@Sendable () async throws -> Void]
    /// Checks for `/health/ready`, by what is needed. Each is made at most once a second and one at a time; it may take
    /// its time, those who ask do not wait for it.
    package var ready: [String: @Sendable () async -> Bool]
    /// Closes pools, after servers and jobs have ended.
    package var stop: @Sendable () async -> Void

    package init(
        servers: [HTTPServer], jobs: [@Sendable () async throws -> Void] = [],
        ready: [String: @Sendable () async -> Bool] = [:],
        stop: @escaping @Sendable () async -> Void = {}
    ) {
        self.servers = servers
        self.jobs = jobs
        self.ready = ready
        self.stop = stop
    }
}
