// The stack of docker-compose.yml without a container engine: the same scripts, variables and files, with the
// paths and addresses that a container has replaced by those of a temporary folder and a throw-away
// PostgreSQL.
import EventLoop
import FoundationEssentials
import Glibc
import Synchronization
import TestSupport
import TillCtl

/// One attempt to bring the deployed configuration up.
final class DeployedStack: Sendable {
    /// In the order of starting: nobody waits for somebody who comes later.
    static let programs = [
        "cap-svc", "notifier", "ecomm-gateway", "callback-receiver", "command-router", "webhook-ingress",
        "sandbox",
    ]

    struct Broken: Error, CustomStringConvertible { let description: String }

    let cluster: TemporaryCluster
    let folder: String
    private let ports: [String: UInt16]
    private let children = Mutex<[String: Int32]>([:])

    init(cluster: TemporaryCluster) throws {
        let firstPort = try Self.freePorts()
        self.cluster = cluster
        folder = "/tmp/till-deployed-\(UInt64.random(in: 0 ... .max))"
        var ports: [String: UInt16] = [:]
        for (index, program) in Self.programs.enumerated() { ports[program] = firstPort + UInt16(index) * 2 }
        self.ports = ports
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    func port(_ program: String) -> UInt16 { ports[program] ?? 0 }

    /// The first of two for each program. The files name everybody's ports, so nobody can be given one by the system;
    /// but below 32,768 it gives none to anybody else either, so what is free now stays so.
    private static func freePorts() throws -> UInt16 {
        for _ in 1...50 {
            let first = 20_000 + Int.random(in: 0..<500) * 16
            if (first..<first + programs.count * 2).allSatisfy(PostgresCluster.isFree) {
                return UInt16(first)
            }
        }
        throw Broken(description: "no sixteen free ports from 20000 to 28000")
    }

    /// Where the test's own build has put the programs.
    private static func binaries() throws -> String {
        try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            .split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 }
    }

    /// A value as it reads outside a container.
    private func outside(_ value: String) -> String {
        var value = value.replacing("/run/secrets/", with: folder + "/secrets/")
            .replacing("@postgres:5432/", with: "@127.0.0.1:\(cluster.port)/")
            .replacing("/etc/till/till.json", with: folder + "/till.json")
            .replacing("/etc/till/", with: DeployedPrograms.path("deploy/config/"))
        for (program, port) in ports {
            for old in 8080...8090 {
                value = value.replacing("//\(program):\(old)", with: "//127.0.0.1:\(port)")
            }
        }
        return value
    }

    private func variables(_ files: [String]) throws -> [String] {
        var values: [String: String] = [:]
        // As under the profile `sandbox`: Meta and the bank are played inside the stack.
        for file in files + ["deploy/config/sandbox-compose.env"] {
            values.merge(try DeployedPrograms.environment(file: file)) { _, later in later }
        }
        return values.map { $0.key + "=" + outside($0.value) }
    }

    private func run(_ environment: [String], _ script: String, _ arguments: [String] = []) throws {
        let path = "PATH=" + (try Self.binaries()) + ":/usr/local/bin:/usr/bin:/bin"
        let command = ["env", path] + environment + [DeployedPrograms.path(script)] + arguments
        do { try ChildProcess.run(command, log: folder + "/log") } catch {
            throw Broken(description: "\(script): " + ((try? readText(folder + "/log")) ?? ""))
        }
    }

    /// The secrets, the databases, the schemas.
    func prepare() throws {
        try run([], "deploy/bin/make-secrets", [folder + "/secrets"])
        try run(
            [
                "PGHOST=127.0.0.1", "PGPORT=\(cluster.port)", "POSTGRES_USER=postgres",
                "TILL_DEPLOY_DIR=" + DeployedPrograms.path("deploy"),
                "TILL_SECRETS_DIR=" + folder + "/secrets",
            ], "deploy/postgres/init.sh")
        // A second run finds nothing to do.
        for _ in 1...2 { try run(try variables(["deploy/config/migrate.env"]), "deploy/bin/migrate") }
        let till = try readText(DeployedPrograms.path("deploy/config/till.json"))
        try Data(outside(till).utf8).write(to: URL(filePath: folder + "/till.json"))
    }

    func start(_ program: String) throws {
        let files =
            program == "sandbox"
            ? ["deploy/config/sandbox.env"] : ["deploy/config/common.env", "deploy/config/\(program).env"]
        let own = [
            "TILL_BIND=127.0.0.1", "TILL_PORT=\(port(program))", "TILL_ADMIN_PORT=\(port(program) + 1)",
            "TILL_EXIT_WITH_PARENT=true",
        ]
        let command = ["env"] + (try variables(files)) + own + [try Self.binaries() + "/" + program]
        let id = try ChildProcess.start(command, log: folder + "/\(program).log")
        children.withLock { $0[program] = id }
    }

    /// As the one-shot service `provision`.
    func provision() throws {
        let cast = try readText(DeployedPrograms.path("deploy/config/sandbox-cast.json"))
        try Data(outside(cast).utf8).write(to: URL(filePath: folder + "/cast.json"))
        let command = [
            try Self.binaries() + "/tillctl", "provision", "--broker", "http://127.0.0.1:\(port("cap-svc"))",
            "--token-file", folder + "/secrets/token-tillctl", "--cast", folder + "/cast.json",
        ]
        do { try ChildProcess.run(command, log: folder + "/log") } catch {
            throw Broken(description: "provision: " + ((try? readText(folder + "/log")) ?? ""))
        }
    }

    /// What the container's health check says.
    func isHealthy(_ program: String) -> Bool {
        (try? run(["TILL_ADMIN_PORT=\(port(program) + 1)"], "deploy/bin/health")) != nil
    }

    func log(_ program: String) -> String { (try? readText(folder + "/\(program).log")) ?? "" }

    /// As `docker compose stop`: SIGTERM to each, and how each ended. -1: it did not end by itself.
    func stop() -> [String: Int32] {
        let children = children.withLock { children in
            defer { children = [:] }
            return children
        }
        for id in children.values { kill(id, SIGTERM) }
        var endings: [String: Int32] = [:]
        for (program, id) in children {
            var status: Int32 = 0
            waitpid(id, &status, 0)
            endings[program] = status & 0x7F == 0 ? (status >> 8) & 0xFF : -1
        }
        return endings
    }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }
}
