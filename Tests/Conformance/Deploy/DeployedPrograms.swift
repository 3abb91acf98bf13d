// What the programs say of themselves, for comparison with every file that configures one.
import CallbackReceiver
import CapService
import CommandRouter
import EcommGateway
import FoundationEssentials
import Lifecycle
import Notifier
import Sandbox
import TestSupport
import WebhookIngress

enum DeployedPrograms {
    /// The variables each program reads.
    static let keys: [String: [ConfigKey]] = [
        "webhook-ingress": IngressConfig.keys, "command-router": CommandRouterConfig.keys,
        "cap-svc": CapConfig.keys, "ecomm-gateway": EcommGatewayConfig.keys,
        "callback-receiver": CallbackConfig.keys, "notifier": NotifierConfig.keys,
        "sandbox": SandboxConfig.keys,
    ]
    /// What the step `till-migrate` reads: the keys of `migrate`, and two addresses of its own script.
    static let migrateKeys: Set<String> = Set(
        (CommonKeys.program + MigrationKeys.keys).map(\.name) + ["TILL_URL", "CAP_URL"])

    /// The secrets that a program reads because till.json names them.
    static let secretsOfTillFile: [String: Set<String>] = [
        "webhook-ingress": ["app-secret", "verify-token"], "notifier": ["graph-token"],
        "sandbox": ["app-secret", "verify-token", "graph-token"],
    ]

    /// The programs that Package.swift builds.
    static func products() throws -> Set<String> {
        let manifest = try readText(path("Package.swift"))
        var found: Set<String> = []
        for piece in manifest.split(separator: "program: \"", omittingEmptySubsequences: false).dropFirst() {
            found.insert(String(piece.prefix { $0 != "\"" }))
        }
        return found
    }

    /// The folder under Services/ of a program.
    static func folder(of product: String) throws -> String {
        let manifest = try readText(path("Package.swift"))
        guard let piece = manifest.firstRange(of: "\", program: \"\(product)\"") else { return "" }
        return manifest[..<piece.lowerBound].split(separator: "\"").last.map(String.init) ?? ""
    }

    static func path(_ relative: String) -> String { Repository.root() + "/" + relative }
    static func exists(_ relative: String) -> Bool { FileManager.default.fileExists(atPath: path(relative)) }

    static func documents(_ relative: String) throws -> [YAML] {
        try YAML.documents(try readText(path(relative)))
    }

    /// Variables of an environment file.
    static func environment(file: String) throws -> [String: String] {
        var values: [String: String] = [:]
        for line in try readText(path(file)).split(separator: "\n") where !line.hasPrefix("#") {
            guard let mark = line.firstIndex(of: "=") else {
                throw YAML.Refusal(line: 0, why: "\(file): \(line)")
            }
            values[String(line[..<mark])] = String(line[line.index(after: mark)...])
        }
        return values
    }

    /// What is wrong with the environment a program is given: names it does not read, required ones it lacks.
    static func problems(_ program: String, _ environment: [String: String]) -> [String] {
        guard let keys = keys[program] else { return ["\(program) declares no keys"] }
        let known = Set(keys.map(\.name))
        var found = environment.keys.filter { !known.contains($0) }.sorted().map {
            "\(program) does not read \($0)"
        }
        for key in keys where key.isRequired && (environment[key.name] ?? "").isEmpty {
            found.append("\(program) is not given \(key.name)")
        }
        return found
    }

    /// The names of the secret files that an environment points at.
    static func secrets(_ program: String, _ environment: [String: String]) -> Set<String> {
        var found: Set<String> = []
        for key in keys[program] ?? [] where key.kind == .secretFile {
            guard let file = environment[key.name], file.hasPrefix("/run/secrets/") else { continue }
            found.insert(String(file.dropFirst("/run/secrets/".count)))
        }
        return found
    }
}
