// The running demo: one private cluster, eight programs. It starts them, waits until each says ready, starts
// again what dies, and stops all in order. Everything it started it stops; it touches no other process.
package import EventLoop
import FoundationEssentials
import Glibc
package import HTTPClient
import HTTPWire
import Observe
import Sealing
import Synchronization
import World

/// A stack on one folder and one base port.
package final class Stack: Sendable {
    private struct State {
        var children: [String: Child] = [:]
        var restarts: [String: Int] = [:]
        var isStopping = false
        /// Programs that a test keeps down on purpose.
        var held: Set<String> = []
    }

    package let plan: StackPlan
    package let secrets: SecretFolder
    package let cluster: PostgresCluster
    private let programs: [PlannedProgram]
    private let sockets: [String: HeldSocket]
    private let binaries: String
    private let loop: EventLoop
    private let http: HTTPClient
    private let say: @Sendable (String) -> Void
    private let state = Mutex(State())

    private init(
        plan: StackPlan, secrets: SecretFolder, cluster: PostgresCluster, sockets: [String: HeldSocket],
        binaries: String, loop: EventLoop, http: HTTPClient, say: @escaping @Sendable (String) -> Void
    ) {
        self.plan = plan
        self.secrets = secrets
        self.cluster = cluster
        self.binaries = binaries
        self.loop = loop
        self.http = http
        self.say = say
        self.sockets = sockets
        programs = plan.programs(secrets: secrets, cluster: cluster)
    }

    /// Prepares the folder, starts everything and returns when all programs are ready and the demo's banks
    /// are set up.
    package static func start(
        plan: StackPlan, binaries: String, loop: EventLoop, http: HTTPClient,
        say: @escaping @Sendable (String) -> Void
    ) async throws -> Stack {
        for folder in [plan.folder, plan.logs, plan.folder + "/sandbox"] {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        try await requireFreePorts(plan, loop)
        let sockets = plan.holdsSockets ? try HeldSocket.ofEach(plan) : [:]
        let secrets = try SecretFolder(folder: plan.folder + "/secrets")
        try StackFiles(plan: plan, secrets: secrets).write()
        say("starting PostgreSQL")
        let cluster = try await PostgresCluster.start(
            folder: plan.folder, secrets: secrets, loop: loop, countsStatements: plan.countsStatements)
        let stack = Stack(
            plan: plan, secrets: secrets, cluster: cluster, sockets: sockets, binaries: binaries, loop: loop,
            http: http, say: say)
        do {
            try await stack.prepareDatabases()
            // Meta and the banks are there before anybody asks them something.
            try stack.launch("sandbox")
            try await stack.awaitReady("sandbox")
            for program in stack.programs where program.key != "sandbox" { try stack.launch(program.key) }
            for program in stack.programs { try await stack.awaitReady(program.key) }
            try await Provisioning(stack: stack, http: http).run()
        } catch {
            await stack.stop()
            throw error
        }
        return stack
    }

    /// Another stack's programs would answer for ours. Those of an earlier run on the same ports get a
    /// moment to end.
    private static func requireFreePorts(_ plan: StackPlan, _ loop: EventLoop) async throws {
        let ports = StackPlan.offsets.flatMap {
            [plan.portBase + $0.offset, plan.portBase + $0.offset + StackPlan.adminOffset]
        }
        var taken = ports.filter { !PostgresCluster.isFree($0) }
        for _ in 0..<30 where !taken.isEmpty {
            try await loop.sleep(for: .milliseconds(100))
            taken = ports.filter { !PostgresCluster.isFree($0) }
        }
        guard taken.isEmpty else {
            let list = taken.sorted().map(String.init).joined(separator: ", ")
            throw PostgresCluster.Failure("ports in use: \(list); another --port-base would help")
        }
    }

    // MARK: databases

    private func prepareDatabases() async throws {
        say("migrating")
        try await cluster.execute(
            String(decoding: PackageResources.roles_sql, as: UTF8.self), database: "postgres",
            secrets: secrets,
            loop: loop)
        var sql = ""
        for role in StackFiles.roles {
            // Ours are hex digits, so quoting is plain; psql gets the script by file, not by argument.
            sql += "alter role \(role) password '\(try secrets.text("password-" + role))';\n"
        }
        for database in databases {
            sql += "select 'create database \(database) owner till_owner'"
            sql += " where not exists (select from pg_database where datname = '\(database)')\\gexec\n"
        }
        try await cluster.execute(sql, database: "postgres", secrets: secrets, loop: loop)
        for database in databases {
            try await cluster.execute(
                String(decoding: PackageResources.databases_sql, as: UTF8.self), database: database,
                secrets: secrets, loop: loop)
        }
        // The ingress first: its schema is the one that others are granted.
        for key in ["ingress", "router", "gateway", "callback", "notifier", "capSvc", "capSvc2"] {
            try await migrate(key)
        }
    }

    private var databases: [String] { ["till"] + DemoCast.banks.map(\.database) }

    private func migrate(_ key: String) async throws {
        let program = self.program(key)
        let database = program.environment["TILL_DATABASE_URL"]?.split(separator: "/").last ?? ""
        var environment = program.environment
        environment["TILL_MIGRATE_DATABASE_URL"] =
            "postgresql://till_owner@127.0.0.1:\(cluster.port)/\(database)"
        environment["TILL_MIGRATE_PASSWORD_FILE"] = secrets.path("password-till_owner")
        let log = plan.logs + "/\(key).log"
        let child = try Child.start(
            name: key, path: binaries + "/" + program.executable, arguments: ["migrate"],
            environment: environment,
            log: log)
        while true {
            if let ending = child.reap() {
                guard ending == .exited(0) else {
                    throw PostgresCluster.Failure(
                        "\(program.executable) migrate \(ending)\n\(Self.tail(log))")
                }
                return
            }
            try await loop.sleep(for: .milliseconds(2))
        }
    }

    // MARK: programs

    private func program(_ key: String) -> PlannedProgram {
        guard let program = programs.first(where: { $0.key == key }) else {
            preconditionFailure("no program \(key) in the stack")
        }
        return program
    }

    /// Starts one program; its output is appended to its log. `settings` add to its environment or replace parts.
    package func launch(_ key: String, with settings: [String: String] = [:]) throws {
        let program = program(key)
        let path = binaries + "/" + program.executable, socket = sockets[key]
        let command = socket == nil ? (path: path, arguments: []) : HeldSocket.command(path)
        let child = try Child.start(
            name: key, path: command.path, arguments: command.arguments,
            environment: program.environment.merging(settings) { _, new in new },
            log: plan.logs + "/\(key).log", socket: socket?.descriptor)
        state.withLock {
            $0.children[key] = child
            $0.held.remove(key)
        }
    }

    /// Ends one program by `signal` and keeps it down until `launch`; returns how it ended once it is gone.
    @discardableResult
    package func kill(_ key: String, signal: Int32) async throws -> Child.Ending? {
        guard
            let child = state.withLock({ state -> Child? in
                state.held.insert(key)
                return state.children[key]
            })
        else { return nil }
        child.signal(signal)
        var ending: Child.Ending?
        while ending == nil, child.signal(0) {
            ending = child.reap()
            if ending == nil { try await loop.sleep(for: .milliseconds(2)) }
        }
        state.withLock { $0.children[key] = nil }
        return ending
    }

    /// Returns when `/health/ready` of the program answers 200. Throws after 30 s or when it ends, with its
    /// last lines.
    package func awaitReady(_ key: String) async throws {
        let deadline = loop.nowNs + 30_000_000_000
        let url = plan.adminURL(key)
        while loop.nowNs < deadline {
            let answers = try await isReady(url)
            // Only a program of ours that lives is ready, whoever answered.
            if let child = state.withLock({ $0.children[key] }), let ending = child.reap() {
                throw PostgresCluster.Failure("\(key) \(ending)\n\(Self.tail(plan.logs + "/\(key).log"))")
            }
            if answers { return }
            try await loop.sleep(for: .milliseconds(5))
        }
        throw PostgresCluster.Failure(
            "\(key) was not ready within 30 s\n\(Self.tail(plan.logs + "/\(key).log"))")
    }

    private func isReady(_ base: String) async throws -> Bool {
        guard let url = HTTPURL(base) else { return false }
        let request = ClientRequest(url: url, target: "/health/ready", peer: "stack")
        do { return try await http.send(request, timeout: .seconds(2)).status == 200 } catch {
            // Not listening yet.
            return false
        }
    }

    /// Starts again what ended by itself, after a pause that grows with each time. Runs until cancelled.
    package func supervise() async throws {
        while true {
            try await loop.sleep(for: .milliseconds(100))
            try await superviseCluster()
            let running = state.withLock { state in
                state.isStopping ? [:] : state.children.filter { !state.held.contains($0.key) }
            }
            for (key, child) in running {
                guard let ending = child.reap() else { continue }
                let count = state.withLock { state in
                    state.children[key] = nil
                    state.restarts[key, default: 0] += 1
                    return state.restarts[key, default: 0]
                }
                say("\(key) \(ending); starting it again")
                try await loop.sleep(for: .milliseconds(min(5_000, 50 << min(count, 7))))
                if !state.withLock({ $0.isStopping || $0.held.contains(key) }) { try launch(key) }
            }
        }
    }

    private func superviseCluster() async throws {
        guard !state.withLock({ $0.isStopping }) else { return }
        do {
            if let ending = try cluster.startAgainIfEnded() {
                say("PostgreSQL \(ending); starting it again")
                try await loop.sleep(for: .milliseconds(500))
            }
        } catch let failure as Child.Failure {
            say("\(failure)")
        }
    }

    package func pid(_ key: String) -> Int32? { state.withLock { $0.children[key]?.pid } }

    /// The processes of the stack by key, PostgreSQL's included.
    package var pids: [String: Int] {
        var pids = state.withLock { $0.children.mapValues { Int($0.pid) } }
        pids["postgres"] = Int(cluster.pid)
        return pids
    }

    /// SIGTERM in order, each program given its drain; what does not end by then is killed. Within 5 s in
    /// all.
    package func stop() async {
        let children = state.withLock { state in
            state.isStopping = true
            return state.children
        }
        let deadline = loop.nowNs + 3_500_000_000
        do {
            for key in StackPlan.offsets.map(\.key) {
                guard let child = children[key] else { continue }
                child.signal(SIGTERM)
                // A moment for the faces to stop taking work before what they lean on goes.
                let patience = min(deadline, loop.nowNs + 1_200_000_000)
                while child.reap() == nil, child.signal(0) {
                    if loop.nowNs > patience { child.signal(SIGKILL) }
                    try await loop.sleep(for: .milliseconds(2))
                }
            }
            state.withLock { $0.children = [:] }
            try await cluster.stop(within: .milliseconds(1_000), loop: loop)
        } catch {
            for child in children.values { child.signal(SIGKILL) }
            say("stopping was interrupted: \(error)")
        }
    }

    private static func tail(_ path: String) -> String {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").suffix(8).joined(separator: "\n")
    }
}
