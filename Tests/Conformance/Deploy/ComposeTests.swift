// docker-compose.yml against the programs: every name in it is one that the code reads, and nothing they need
// is missing.
import FoundationEssentials
import Lifecycle
import TestSupport
import Testing

@Suite struct `docker-compose.yml` {
    private struct Service {
        let name: String
        let program: String
        let yaml: YAML
        let environment: [String: String]
    }

    private func compose() throws -> YAML {
        try #require(try DeployedPrograms.documents("docker-compose.yml").first)
    }

    /// Run once and end: no ports, no health, no variables of a service.
    private static let steps: Set = ["migrate", "provision"]

    /// The services that run one of our programs.
    private func services() throws -> [Service] {
        let all = try #require(try compose()["services"])
        return try all.keys.compactMap { name in
            guard let yaml = all[name], yaml["image"]?.text == "till" else { return nil }
            var environment: [String: String] = [:]
            for file in yaml["env_file"]?.texts ?? [] {
                environment.merge(try DeployedPrograms.environment(file: file)) { _, later in later }
            }
            for key in yaml["environment"]?.keys ?? [] { environment[key] = yaml["environment"]?[key]?.text }
            return Service(
                name: name, program: yaml["command"]?.texts.first ?? "", yaml: yaml, environment: environment)
        }
    }

    @Test func `runs every service of the system, each under its own name`() throws {
        let products = try DeployedPrograms.products()
        let services = try services().filter { !Self.steps.contains($0.name) }
        #expect(services.allSatisfy { $0.name == $0.program && products.contains($0.program) })
        #expect(Set(services.map(\.program)) == products.subtracting(["tillctl"]))
        #expect(services.first { $0.name == "sandbox" }?.yaml["profiles"]?.texts == ["sandbox"])
    }

    @Test func `gives every program the variables it reads and no others`() throws {
        for service in try services() where !Self.steps.contains(service.name) {
            #expect(DeployedPrograms.problems(service.program, service.environment) == [])
        }
        let migrate = try #require(try services().first { $0.name == "migrate" })
        #expect(migrate.program == "till-migrate")
        #expect(Set(migrate.environment.keys).isSubset(of: DeployedPrograms.migrateKeys))
    }

    /// The fake bank's links and requests live as long as sellers read, who are told what till.json says.
    @Test func `has a sandbox that keeps links and requests for as long as till.json says`() throws {
        struct Sandbox: Decodable {
            struct Terminal: Decodable {
                var terminalId: String
                var type: String
                var linkLifeSeconds: Int?
            }
            struct Merchant: Decodable {
                var bankId: String
                var terminals: [Terminal]
            }
            var merchants: [Merchant]
        }
        let text = try readText(DeployedPrograms.path("deploy/config/sandbox-merchants.json"))
        let merchants = try JSONDecoder().decode(Sandbox.self, from: Data(text.utf8)).merchants
        let banks = try TillFile.load(DeployedPrograms.path("deploy/config/till.json")).banks
        let sandbox = try #require(try services().first { $0.name == "sandbox" })
        let standard = try #require(Int(sandbox.environment["TILL_SANDBOX_LINK_LIFE_SECONDS"] ?? "300"))
        var types: Set<String> = []
        for merchant in merchants {
            let bank = try #require(banks.first { $0.bankId == merchant.bankId })
            for terminal in merchant.terminals {
                let told =
                    terminal.type == "rtp"
                    ? bank.requestLifeSeconds ?? 3_600
                    : bank.terminalLinkLifeSeconds?[terminal.terminalId] ?? bank.linkLifeSeconds
                #expect((terminal.linkLifeSeconds ?? standard) == told, "\(terminal.terminalId)")
                types.insert(terminal.type)
            }
        }
        #expect(types == ["ecomm", "rtp"])
    }

    @Test func `names ports that the programs listen on, each once`() throws {
        var used: Set<String> = []
        let services = try services().filter { !Self.steps.contains($0.name) }
        for service in services {
            let port = try #require(service.environment["TILL_PORT"].flatMap { Int($0) })
            #expect(service.environment["TILL_ADMIN_PORT"] == String(port + 20))
            #expect(used.insert(String(port)).inserted && used.insert(String(port + 20)).inserted)
            for published in service.yaml["ports"]?.texts ?? [] {
                #expect(
                    published.split(separator: ":").last.map(String.init) == String(port), "\(service.name)")
            }
        }
        // An address inside the stack leads to a service of it, at its port.
        for service in services {
            for (name, value) in service.environment
            where value.hasPrefix("http://") && !value.contains("127.0.0.1") {
                let parts = value.dropFirst("http://".count).split(separator: ":")
                let target = services.first { $0.name == parts[0] }
                #expect(
                    target?.environment["TILL_PORT"] == parts.last.map(String.init), "\(service.name) \(name)"
                )
            }
        }
    }

    /// Compose builds what has a `build` side by side, and images of one name then fail with "already exists".
    @Test func `builds its image once, and looks for it nowhere else`() throws {
        let services = try services()
        let building = services.filter { $0.yaml["build"] != nil }
        #expect(building.map(\.name) == ["migrate"])
        let file = try #require(building.first?.yaml["build"]?["dockerfile"]?.text)
        #expect(DeployedPrograms.exists(file))
        #expect(services.allSatisfy { $0.yaml["pull_policy"]?.text == "never" })
    }

    @Test func `opens to the outside only what faces it`() throws {
        let open = try services().filter { !($0.yaml["ports"]?.items ?? []).isEmpty }
        #expect(Set(open.map(\.name)) == ["webhook-ingress", "callback-receiver", "sandbox"])
        let sandbox = try #require(open.first { $0.name == "sandbox" })
        #expect(sandbox.yaml["ports"]?.texts.allSatisfy { $0.hasPrefix("127.0.0.1:") } == true)
    }

    @Test func `gives every service the secrets it reads and no others`() throws {
        let declared = try #require(try compose()["secrets"])
        for service in try services() where !Self.steps.contains(service.name) {
            let needed = DeployedPrograms.secrets(service.program, service.environment)
                .union(DeployedPrograms.secretsOfTillFile[service.program] ?? [])
            #expect(Set(service.yaml["secrets"]?.texts ?? []) == needed, "\(service.name)")
            #expect(needed.isSubset(of: declared.keys))
        }
    }

    @Test func `names secret files that make-secrets makes`() throws {
        let folder = "/tmp/till-secrets-\(UInt64.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try ChildProcess.run([DeployedPrograms.path("deploy/bin/make-secrets"), folder])
        let made = Set(try FileManager.default.contentsOfDirectory(atPath: folder))
        let declared = try #require(try compose()["secrets"])
        for name in declared.keys {
            #expect(declared[name]?["file"]?.text == "./deploy/secrets/\(name)")
            #expect(made.contains(name), "\(name) is made by nobody")
        }
        let before = try readText(folder + "/callers")
        try ChildProcess.run([DeployedPrograms.path("deploy/bin/make-secrets"), folder])
        #expect(try readText(folder + "/callers") == before, "a second run changes nothing")
        #expect(try readText(folder + "/master-keys").hasPrefix("key-1 "))
    }

    @Test func `mounts files that exist and waits for what it needs`() throws {
        let compose = try compose()
        let all = try #require(compose["services"])
        for name in all.keys {
            for volume in all[name]?["volumes"]?.texts ?? [] where volume.hasPrefix("./") {
                let source = volume.dropFirst(2).prefix { $0 != ":" }
                #expect(DeployedPrograms.exists(String(source)), "\(volume)")
            }
            for other in all[name]?["depends_on"]?.keys ?? [] { #expect(all.keys.contains(other)) }
        }
        for service in try services() where service.environment["TILL_DATABASE_URL"] != nil {
            #expect(
                service.yaml["depends_on"]?["migrate"]?["condition"]?.text == "service_completed_successfully"
            )
            let role = service.environment["TILL_DATABASE_URL"]?.dropFirst("postgresql://".count).prefix {
                $0 != "@"
            }
            let password = service.environment["TILL_DATABASE_PASSWORD_FILE"]
            #expect(role.map { "/run/secrets/password-" + $0 } == password, "\(service.name)")
        }
    }

    @Test func `asks for the address at which banks reach us, which nobody can guess`() throws {
        let gateway = try #require(try services().first { $0.name == "ecomm-gateway" })
        let value = try #require(gateway.environment["TILL_CALLBACK_PUBLIC_URL"])
        #expect(value.hasPrefix("${TILL_CALLBACK_PUBLIC_URL:?"))
        let sandbox = try DeployedPrograms.environment(file: "deploy/config/sandbox-compose.env")
        let text = try readText(DeployedPrograms.path("docker-compose.yml"))
        for key in sandbox.keys { #expect(text.contains("${" + key + ":"), "\(key) is asked for nowhere") }
        for address in sandbox.values {
            let parts = address.dropFirst("http://".count).split(separator: ":")
            let target = try services().first { $0.name == parts[0] }
            #expect(target?.environment["TILL_PORT"] == parts.last.map(String.init), "\(address)")
        }
    }

    @Test func `puts the sandbox's merchants and sellers into the broker`() throws {
        let step = try #require(try services().first { $0.name == "provision" })
        #expect(step.yaml["profiles"]?.texts == ["sandbox"])
        let words = step.yaml["command"]?.texts ?? []
        #expect(words.prefix(2) == ["tillctl", "provision"])
        let bank = try TillFile.load(DeployedPrograms.path("deploy/config/till.json")).banks.first?.brokerUrl
        #expect(words.contains(bank ?? "none"))
        #expect(step.yaml["secrets"]?.texts == ["token-tillctl"])
        #expect(words.contains("/run/secrets/token-tillctl"))
        let mounted = step.yaml["volumes"]?.texts.first?.split(separator: ":").dropFirst().first
        #expect(words.last == mounted.map(String.init))
    }

    @Test func `runs every program without rights it does not need`() throws {
        for service in try services() {
            #expect(service.yaml["read_only"]?.text == "true")
            #expect(service.yaml["cap_drop"]?.texts == ["ALL"])
            #expect(service.yaml["security_opt"]?.texts == ["no-new-privileges:true"])
        }
    }

    @Test func `comes with a till.json that the programs accept`() throws {
        let file = try TillFile.load(DeployedPrograms.path("deploy/config/till.json"))
        let secrets = try #require(try compose()["secrets"]).keys.map { "/run/secrets/" + $0 }
        for number in file.numbers {
            let named = number.appSecretFiles + [number.verifyTokenFile, number.accessTokenFile]
            #expect(named.allSatisfy(secrets.contains))
        }
        let names = try services().map(\.name)
        #expect(
            file.banks.allSatisfy { bank in names.contains { bank.brokerUrl.hasPrefix("http://\($0):") } })
    }
}
