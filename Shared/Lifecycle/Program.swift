// A process from its first line to its exit status: configuration, one loop, the admin port, the service,
// signals, draining. The only place that reads the process's environment, catches signals or calls exit.
import CLinux
import Dispatch
import EventLoop
import Glibc
import HTTPClient
import HTTPServer
import HTTPWire
import Observe
import Sealing
import World

package enum Program {
    /// EX_CONFIG of sysexits.h: the operator has to change something; restarting will not help.
    private static let badConfiguration: Int32 = 78

    /// Runs one service until SIGTERM or SIGINT, or with the argument `migrate` applies its schema, and
    /// exits: 0 after a clean drain, 78 when the configuration is wrong, 1 when something the service cannot
    /// do without failed. `connectionsPerHostMax`: open connections of its HTTP client to one server.
    package static func run(
        name: String, schema: ServiceSchema? = nil,
        connectionsPerHostMax: Int = HTTPClient.connectionsPerHostMax,
        _ start: @escaping @Sendable (Setup) async throws -> RunningService
    ) async -> Never {
        signal(SIGPIPE, SIG_IGN)
        DescriptorLimit.raise()
        let environment = Environment(processEnvironment())
        let world = World.live
        let log = Log(service: name, minimum: level(environment), world: world, write: writeToStandardError)
        do {
            try await run(name, schema, connectionsPerHostMax, environment, world, log, start)
            exit(0)
        } catch let problems as ConfigurationProblems {
            for sentence in problems.sentences { writeToStandardError(Array("\(name): \(sentence)\n".utf8)) }
            log.error("configuration.refused", ["problems": .int(problems.sentences.count)])
            exit(badConfiguration)
        } catch {
            writeToStandardError(Array("\(name): cannot go on: \(error)\n".utf8))
            log.error("service.failed", ["error": .name("\(type(of: error))")])
            exit(1)
        }
    }

    private static func run(
        _ name: String, _ schema: ServiceSchema?, _ connectionsPerHostMax: Int, _ given: Environment,
        _ world: World, _ log: Log, _ start: @escaping @Sendable (Setup) async throws -> RunningService
    ) async throws {
        var environment = given
        let began = world.monotonic()
        let admin = (environment.text(CommonKeys.bind), environment.port(CommonKeys.adminPort))
        let drain = environment.milliseconds(CommonKeys.drain)
        let parent = environment.flag(CommonKeys.exitWithParent) ? getppid() : nil
        if !["production", "demo"].contains(environment.text(CommonKeys.environment)) {
            environment.complain("TILL_ENV takes production or demo")
        }
        _ = environment.port(CommonKeys.port)
        let inherited = InheritedSockets(processEnvironment(), process: getpid())
        if inherited == nil { environment.complain("LISTEN_FDS takes 1 socket, or 2 with the admin port's") }
        let stop = StopSignal(), hangup = HangupSignal()
        let loop = try EventLoop.start(name: name)
        let metrics = Metrics()
        let health = Health(loop: loop, world: world)
        let tls = TransportSecurity.client(&environment)
        let certificates = CertificateWatch(log: log, metrics: metrics)
        if let tls { certificates.add(tls, side: "client") }
        let setup = Setup(
            name: name, environment: environment, loop: loop, world: world, log: log, metrics: metrics,
            http: HTTPClient(
                loop: loop, world: world, log: log, metrics: metrics, tls: tls,
                connectionsPerHostMax: connectionsPerHostMax),
            health: health, certificates: certificates, inherited: inherited?.service)
        if CommandLine.arguments.dropFirst().first == "migrate" {
            guard let schema else {
                throw ConfigurationProblems(sentences: ["\(name) has no schema to migrate"])
            }
            return try await loop.run { try await migrate(schema, setup) }
        }
        // The service reads its own keys too, so that all problems come out together.
        let service = try await loop.run { try await start(setup) }
        let adminServer = try await HTTPServer.bind(
            name: "admin", host: admin.0, port: admin.1, routes: adminRoutes(health, metrics, world, began),
            settings: quiet, inherited: inherited?.admin, loop: loop, world: world, log: log,
            metrics: metrics)
        health.started(service.ready)
        log.info(
            "service.started",
            [
                "port": .int(Int(service.servers.first?.port ?? 0)),
                "ms": .ms(.nanoseconds(world.monotonic() - began)),
            ])
        var watched = service
        watched.jobs.append { try await certificates.run(hangup, on: loop) }
        if let parent { watched.jobs.append { try await stop.arrive(whenOrphanedBy: parent, on: loop) } }
        try await supervise(watched, adminServer, stop, setup, drain)
        await setup.http.close()
        log.info("service.stopped")
    }

    /// Runs servers and jobs until a signal comes or one of them ends by itself, then drains in order.
    private static func supervise(
        _ service: RunningService, _ admin: HTTPServer, _ stop: StopSignal, _ setup: Setup, _ drain: Duration
    ) async throws {
        let failure = await withThrowingTaskGroup(of: Void.self) { group -> (any Error)? in
            for server in service.servers + [admin] {
                group.addTask(executorPreference: setup.loop) { try await server.run() }
            }
            let jobs = service.jobs
            group.addTask(executorPreference: setup.loop) {
                try await withThrowingTaskGroup(of: Void.self) { inner in
                    for job in jobs { inner.addTask(executorPreference: setup.loop) { try await job() } }
                    inner.addTask(executorPreference: setup.loop) {
                        await stop.wait()
                        setup.health.draining()
                        setup.log.info("service.draining")
                        for server in service.servers { await server.drain(within: drain) }
                        throw Drained()
                    }
                    defer { inner.cancelAll() }
                    try await inner.next()
                    throw EndedEarly()
                }
            }
            var failure: (any Error)?
            do { while try await group.next() != nil {} } catch is Drained {} catch { failure = error }
            if failure != nil {
                for server in service.servers { await server.drain(within: .seconds(1)) }
            }
            await admin.drain(within: .milliseconds(50))
            group.cancelAll()
            return failure
        }
        await service.stop()
        if let failure { throw failure }
    }

    private struct Drained: Error {}

    /// A job that runs for ever returned: a mistake of ours, and a restart is better than a service without
    /// it.
    package struct EndedEarly: Error {
        package init() {}
    }

    private static func adminRoutes(_ health: Health, _ metrics: Metrics, _ world: World, _ began: Int64)
        -> Routes
    {
        var routes = health.routes()
        let resident = metrics.gauge("process_resident_memory_bytes", help: "Resident memory size in bytes.")
        let cpu = metrics.counter(
            "process_cpu_seconds_total", help: "User and system CPU time in seconds.")
        let up = metrics.gauge("till_uptime_seconds", help: "Seconds since the program started.")
        routes.on("GET", "/metrics") { _ in
            resident.set(Double(residentBytes()))
            cpu.raise(to: cpuSeconds())
            up.set(Double(world.monotonic() - began) / 1e9)
            return HTTPResponse(
                status: 200, headers: ["content-type": "text/plain; version=0.0.4; charset=utf-8"],
                body: Array(metrics.render().utf8))
        }
        return routes
    }

    private static var quiet: ServerSettings {
        var settings = ServerSettings()
        settings.logsRequests = false
        settings.connectionsMax = 64
        return settings
    }

    private static func level(_ environment: Environment) -> Log.Level {
        var environment = environment
        return Log.Level(rawValue: environment.text(CommonKeys.logLevel)) ?? .info
    }
}
