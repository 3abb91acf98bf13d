// What the demo stack consists of: each program with its ports and its environment, as data made from a
// folder and a base port. Nothing is started here; a test compares every name with the keys that the
// services declare.
import FoundationEssentials
import Lifecycle
import Money

/// One program of the stack.
package struct PlannedProgram: Sendable {
    /// The key in the ready line: `ingress`, `router`, …
    package let key: String
    /// The executable and the word in logs.
    package let executable: String
    package let port: Int
    package let adminPort: Int
    package let environment: [String: String]
}

/// Ports and folders of one stack.
package struct StackPlan: Sendable {
    package let portBase: Int
    package let folder: String
    /// How long a payment link lives in the sandbox, seconds.
    package var linkLifeSeconds = 300
    /// Merchants that the fake bank knows beside the cast's: a measurement of one merchant would measure its day's
    /// row.
    package var extraMerchants = 0
    /// Lets PostgreSQL count statements when it is asked to.
    package var countsStatements = false
    /// How often the janitor and others poll is theirs; scenarios shorten it here.
    package var extra: [String: [String: String]] = [:]

    /// Whether the stack keeps the programs' sockets, so that one that is started again refuses nobody meanwhile.
    package var holdsSockets = false

    package init(portBase: Int, folder: String) {
        self.portBase = portBase
        self.folder = folder
    }

    /// Offsets from the base port, in the order in which the stack is stopped: faces first, then what they
    /// lean on.
    package static let offsets: [(key: String, executable: String, offset: Int)] = [
        ("ingress", "webhook-ingress", 0), ("callback", "callback-receiver", 4),
        ("router", "command-router", 1),
        ("gateway", "ecomm-gateway", 3), ("notifier", "notifier", 5), ("capSvc", "cap-svc", 2),
        ("capSvc2", "cap-svc", 6), ("sandbox", "sandbox", 10),
    ]
    package static let adminOffset = 20

    package func port(_ key: String) -> Int {
        guard let entry = Self.offsets.first(where: { $0.key == key }) else {
            preconditionFailure("no program \(key) in the stack")
        }
        return portBase + entry.offset
    }

    package var extraMerchantIds: [String] { (0..<extraMerchants).map { String(5_000 + $0) } }

    package func url(_ key: String) -> String { "http://127.0.0.1:\(port(key))" }
    package func adminURL(_ key: String) -> String { "http://127.0.0.1:\(port(key) + Self.adminOffset)" }
    package var logs: String { folder + "/logs" }

    /// The programs with their whole environment.
    package func programs(secrets: SecretFolder, cluster: PostgresCluster) -> [PlannedProgram] {
        Self.offsets.map { entry in
            var environment = common(entry.key, entry.executable, secrets)
            for (name, value) in own(entry.key, secrets, cluster) { environment[name] = value }
            for (name, value) in extra[entry.key] ?? [:] { environment[name] = value }
            return PlannedProgram(
                key: entry.key, executable: entry.executable, port: port(entry.key),
                adminPort: port(entry.key) + Self.adminOffset, environment: environment)
        }
    }

    private func common(_ key: String, _ executable: String, _ secrets: SecretFolder) -> [String: String] {
        [
            "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TILL_ENV": "demo",
            "TILL_BIND": "127.0.0.1",
            "TILL_PORT": String(port(key)), "TILL_ADMIN_PORT": String(port(key) + Self.adminOffset),
            "TILL_DRAIN_MS": "1000", "TILL_EXIT_WITH_PARENT": "true",
        ]
    }

    private func own(_ key: String, _ secrets: SecretFolder, _ cluster: PostgresCluster) -> [String: String] {
        let tillFile = ["TILL_CONFIG_FILE": folder + "/till.json"]
        func database(_ role: String, _ name: String = "till") -> [String: String] {
            [
                "TILL_DATABASE_URL": cluster.url(role, name),
                "TILL_DATABASE_PASSWORD_FILE": secrets.path("password-" + role),
            ]
        }
        func token(_ caller: String) -> [String: String] {
            ["TILL_SERVICE_TOKEN_FILE": secrets.path("token-" + caller)]
        }
        let callers = ["TILL_CALLERS_FILE": secrets.path("callers")]
        let parts: [[String: String]]
        switch key {
        case "ingress": parts = [tillFile, database("till_ingress")]
        case "router":
            parts = [
                tillFile, database("till_router"), token("command-router"),
                ["TILL_GATEWAY_URL": url("gateway"), "TILL_NOTIFIER_URL": url("notifier")],
            ]
        case "capSvc", "capSvc2":
            let bank = DemoCast.banks[key == "capSvc" ? 0 : 1]
            parts = [
                database("till_cap", bank.database), callers,
                [
                    "TILL_BANK_ID": bank.bankId, "TILL_BANK_NAME": bank.name,
                    "TILL_MASTER_KEYS_FILE": secrets.path("master-keys-" + bank.bankId),
                ],
            ]
        case "gateway":
            parts = [
                tillFile, database("till_gateway"), callers, token("ecomm-gateway"),
                ["TILL_NOTIFIER_URL": url("notifier"), "TILL_CALLBACK_PUBLIC_URL": url("callback")],
            ]
        case "callback":
            parts = [
                database("till_callback"), token("callback-receiver"), ["TILL_GATEWAY_URL": url("gateway")],
            ]
        case "notifier":
            parts = [tillFile, database("till_notifier"), callers, ["TILL_GRAPH_URL": url("sandbox")]]
        default:
            parts = [
                tillFile,
                [
                    "TILL_SANDBOX_INGRESS_URL": url("ingress"), "TILL_SANDBOX_LOG_DIR": logs,
                    "TILL_SANDBOX_STATE_DIR": folder + "/sandbox", "TILL_SANDBOX_PUBLIC_URL": url("sandbox"),
                    "TILL_SANDBOX_MERCHANTS_FILE": folder + "/secrets/sandbox-merchants.json",
                    "TILL_SANDBOX_SELLERS_FILE": folder + "/sandbox-sellers.json",
                    "TILL_SANDBOX_LINK_LIFE_SECONDS": String(linkLifeSeconds),
                ],
            ]
        }
        return parts.reduce(into: [:]) { $0.merge($1) { _, new in new } }
    }
}
