// The Dockerfile without a container engine: what it copies exists, what it builds is built, and its folder
// is enough.
import EventLoop
import FoundationEssentials
import HTTPServer
import HTTPWire
import Observe
import Synchronization
import TestSupport
import Testing
import World

@Suite struct `deploy Dockerfile` {
    private struct Instruction {
        let word: String
        let rest: String
    }

    /// The instructions in order, continuation lines joined.
    private func instructions() throws -> [Instruction] {
        var joined = ""
        var found: [Instruction] = []
        for line in try readText(DeployedPrograms.path("deploy/Dockerfile")).split(separator: "\n")
        where !line.hasPrefix("#") {
            joined += line.hasSuffix("\\") ? line.dropLast() : line
            if line.hasSuffix("\\") { continue }
            let parts = joined.split(separator: " ", maxSplits: 1)
            found.append(Instruction(word: String(parts[0]), rest: String(parts[1])))
            joined = ""
        }
        return found
    }

    @Test func `has two stages on one Debian and ends without root`() throws {
        let all = try instructions()
        let stages = all.filter { $0.word == "FROM" }.map(\.rest)
        #expect(stages == ["swift:6.3-bookworm AS build", "debian:bookworm-slim"])
        let user = try #require(all.last { $0.word == "USER" }?.rest)
        #expect(user.split(separator: ":").allSatisfy { Int($0).map { $0 > 0 } == true })
        let last = try #require(all.lastIndex { $0.word == "FROM" })
        #expect(all[last...].contains { $0.word == "HEALTHCHECK" && $0.rest.contains("till-health") })
        #expect(!all[last...].contains { $0.rest.contains("swift build") })
    }

    @Test func `copies only what exists, and the programs that are built`() throws {
        let products = try DeployedPrograms.products()
        for instruction in try instructions()
        where instruction.word == "COPY" && !instruction.rest.hasPrefix("--from") {
            let source = instruction.rest.split(separator: " ")[0]
            #expect(DeployedPrograms.exists(String(source)), "\(source)")
        }
        let install = try #require(try instructions().first { $0.rest.contains("for program in") }?.rest)
        let after = try #require(install.firstRange(of: "for program in "))
        let names = install[after.upperBound...].prefix { $0 != ";" }.split(separator: " ").map(String.init)
        #expect(Set(names) == products)
        let command = try #require(try instructions().last { $0.word == "CMD" }?.rest)
        #expect(products.contains(String(command.dropFirst(2).dropLast(2))))
    }

    @Test func `needs nothing to build but what it copies`() throws {
        let folder = "/tmp/till-image-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let last = try #require(try instructions().lastIndex { $0.word == "FROM" })
        for instruction in try instructions()[..<last] where instruction.word == "COPY" {
            let words = instruction.rest.split(separator: " ").map(String.init)
            let target = folder + "/" + (words[1] == "./" ? words[0] : words[1])
            let parent = target[..<(try #require(target.lastIndex(of: "/")))]
            try FileManager.default.createDirectory(
                atPath: String(parent), withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: DeployedPrograms.path(words[0]), toPath: target)
        }
        // A link is copied as a link: where what it points to stays behind, its resource is silently not compiled in.
        for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
            #expect(FileManager.default.fileExists(atPath: folder + "/" + path), "\(path) points nowhere")
        }
        // Reads the manifest and finds every target's sources; a missing folder ends in an error here.
        try ChildProcess.run(
            ["env", "-u", "TILL_ONLY", "swift", "package", "--package-path", folder, "describe"],
            log: folder + "/log")
        let described = try readText(folder + "/log")
        for product in try DeployedPrograms.products() { #expect(described.contains("Name: \(product)\n")) }
    }

    @Test func `brings scripts that can run and that know every program with a schema`() throws {
        for script in [
            "deploy/bin/health", "deploy/bin/migrate", "deploy/bin/make-secrets", "deploy/postgres/init.sh",
        ] {
            #expect(FileManager.default.isExecutableFile(atPath: DeployedPrograms.path(script)), "\(script)")
            try ChildProcess.run(["bash", "-n", DeployedPrograms.path(script)])
        }
        let migrate = try readText(DeployedPrograms.path("deploy/bin/migrate"))
        for product in try DeployedPrograms.products().subtracting(["sandbox", "tillctl"]) {
            let main = try readText(DeployedPrograms.path(try mainFile(of: product)))
            if main.contains("schema:") { #expect(migrate.contains(product), "\(product) has a schema") }
        }
    }

    @Test func `asks a program's admin port whether it is ready`() async throws {
        let isReady = Mutex(true)
        var routes = Routes()
        routes.on("GET", "/health/ready") { _ in .text(isReady.withLock { $0 } ? 200 : 503, "x") }
        let world = World.forWireTests
        let server = try await HTTPServer.bind(
            name: "admin", host: "127.0.0.1", port: 0, routes: routes, loop: TestLoop.shared, world: world,
            log: .silent(world), metrics: Metrics())
        let ask: @Sendable () throws -> Void = {
            let script = DeployedPrograms.path("deploy/bin/health")
            try ChildProcess.run(["env", "TILL_ADMIN_PORT=\(server.port)", script])
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: TestLoop.shared) { try await server.run() }
            try await BlockingThread.run { try ask() }
            isReady.withLock { $0 = false }
            await #expect(throws: ChildProcess.Failed.self) { try await BlockingThread.run { try ask() } }
            await server.drain(within: .milliseconds(50))
            try await group.waitForAll()
        }
        await #expect(throws: ChildProcess.Failed.self) { try await BlockingThread.run { try ask() } }
    }

    private func mainFile(of product: String) throws -> String {
        "Services/\(try DeployedPrograms.folder(of: product))/Run/main.swift"
    }
}
