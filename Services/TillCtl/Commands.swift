// The commands of `tillctl`, each a few lines over what does the work: the running stack, the story, the
// measurements.
package import EventLoop
import FoundationEssentials
import Glibc
package import HTTPClient
import HTTPWire
import Lifecycle
import Observe
package import TLSWire
package import World

/// What the process was asked to do.
package enum Commands {
    /// Where the stack's parts are and what is wanted.
    package struct Options: Sendable {
        package var folder: String
        package var binaries: String
        package var portBase: Int?
        package var isFresh = false

        package init(folder: String, binaries: String) {
            self.folder = folder
            self.binaries = binaries
        }
    }

    /// The parts of a process that every command needs.
    package struct Tools: Sendable {
        package let loop: EventLoop
        package let http: HTTPClient
        package let world: World

        /// `tls` is for calls to https peers; nil: the system's authorities and no certificate.
        package init(tls: TLSContext? = nil) throws {
            let world = World.live
            self.world = world
            loop = try EventLoop.start(name: "tillctl")
            http = HTTPClient(
                loop: loop, world: world, log: .silent(world), metrics: Metrics(), tls: tls,
                connectionsPerHostMax: 128)
        }
    }

    package static let defaultPortBase = 8080

    /// `up`: the stack for other programs. One JSON line on stdout when all is ready; until SIGTERM.
    package static func up(_ options: Options) async throws {
        let stop = StopSignal()
        let tools = try Tools()
        let stack = try await start(
            options, tools, portBase: options.portBase ?? Self.defaultPortBase, say: note)
        try await run(stack, tools, stop) { print(try ReadyLine(stack).text) }
    }

    /// `demo`: the stack and the page for a person.
    package static func demo(_ options: Options, story: String? = nil) async throws {
        let stop = StopSignal()
        let tools = try Tools()
        let base = try options.portBase ?? freeBase()
        let stack = try await start(options, tools, portBase: base, say: note)
        let page = story.map { "?phone=%2B" + StoryStage.phone(of: $0).dropFirst() + "&name=" + $0 } ?? ""
        try await run(stack, tools, stop, play: { if let story { try await play(story, on: stack, tools) } })
        {
            print("")
            print("  Till is running. Open \(stack.plan.url("sandbox"))/\(page) in a browser.")
            print("  Logs are in \(stack.plan.logs). Ctrl-C stops everything.")
            print("")
        }
    }

    /// `demo --headless`: one story, printed as it happens, then the end.
    package static func headless(_ options: Options) async throws {
        let tools = try Tools()
        let base = try options.portBase ?? freeBase()
        let began = tools.loop.nowNs
        let stack = try await start(options, tools, portBase: base, say: note)
        let ready = tools.loop.nowNs
        do {
            let story = StoryBook.all[0]
            _ = try await Storyteller(story, on: try StoryStage(stack: stack, tools: tools)) { print($0) }
                .tell()
        } catch {
            await stack.stop()
            throw error
        }
        let told = tools.loop.nowNs
        await stack.stop()
        print("")
        print(
            "told in \(milliseconds(told - ready)) ms, after \(milliseconds(ready - began)) ms to start everything"
        )
    }

    private static func milliseconds(_ ns: Int64) -> Int64 { ns / 1_000_000 }

    static func start(
        _ options: Options, _ tools: Tools, portBase: Int, linkLifeSeconds: Int? = nil,
        extra: [String: [String: String]] = [:], isMeasured: Bool = false,
        say: @escaping @Sendable (String) -> Void
    ) async throws -> Stack {
        var plan = StackPlan(portBase: portBase, folder: options.folder)
        plan.extra = extra
        if let linkLifeSeconds { plan.linkLifeSeconds = linkLifeSeconds }
        if isMeasured {
            plan.extraMerchants = 20
            plan.countsStatements = true
        }
        return try await start(options, tools, plan: plan, say: say)
    }

    static func start(
        _ options: Options, _ tools: Tools, plan: StackPlan, say: @escaping @Sendable (String) -> Void
    ) async throws -> Stack {
        if options.isFresh { try removeData(options.folder) }
        return try await Stack.start(
            plan: plan, binaries: options.binaries, loop: tools.loop, http: tools.http, say: say)
    }

    /// Runs until a signal comes, then stops everything in order.
    private static func run(
        _ stack: Stack, _ tools: Tools, _ stop: StopSignal,
        play: @escaping @Sendable () async throws -> Void = {}, _ ready: () throws -> Void
    ) async throws {
        try ready()
        fflush(nil)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: tools.loop) { try await stack.supervise() }
            group.addTask(executorPreference: tools.loop) { try await play() }
            await stop.wait()
            group.cancelAll()
            do { try await group.waitForAll() } catch is CancellationError {}
        }
        note("stopping")
        await stack.stop()
    }

    /// Deletes what an earlier run of ours left in the folder. Refuses a folder that does not look like one.
    static func removeData(_ folder: String) throws {
        let files = FileManager.default
        guard files.fileExists(atPath: folder) else { return }
        let isEmpty = try files.contentsOfDirectory(atPath: folder).isEmpty
        guard
            isEmpty || files.fileExists(atPath: folder + "/till.json")
                || files.fileExists(atPath: folder + "/logs")
        else {
            throw PostgresCluster.Failure("\(folder) is not a data folder of ours; it is left alone")
        }
        if !isEmpty { try PostgresCluster.remove(folder: folder) }
        try files.removeItem(atPath: folder)
    }

    /// The default base port, or the next one whose whole range is free.
    static func freeBase() throws -> Int {
        for base in stride(from: defaultPortBase, to: 20_000, by: 100) {
            let ports = StackPlan.offsets.flatMap {
                [base + $0.offset, base + $0.offset + StackPlan.adminOffset]
            }
            if ports.allSatisfy(PostgresCluster.isFree) { return base }
        }
        throw PostgresCluster.Failure("no free range of ports between \(defaultPortBase) and 20000")
    }

    @Sendable static func note(_ line: String) {
        let bytes = Array("till: \(line)\n".utf8)
        _ = write(2, bytes, bytes.count)
    }
}
