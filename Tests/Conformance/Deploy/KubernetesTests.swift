// deploy/kubernetes against the programs and against docker-compose.yml: the same names, ports, variables and
// secrets.
import FoundationEssentials
import TestSupport
import Testing

@Suite struct `deploy kubernetes` {
    private func documents() throws -> [YAML] {
        let folder = DeployedPrograms.path("deploy/kubernetes")
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }
            .sorted()
            .flatMap { try DeployedPrograms.documents("deploy/kubernetes/" + $0) }
    }

    private func named(_ kind: String) throws -> [String: YAML] {
        var found: [String: YAML] = [:]
        for document in try documents() where document["kind"]?.text == kind {
            found[document["metadata"]?["name"]?.text ?? ""] = document
        }
        return found
    }

    /// A value that the operator chooses; the README says how the config map is made.
    private func chosen(_ item: YAML) -> String? {
        item["valueFrom"]?["configMapKeyRef"]?["key"]?.text.map { "<\($0)>" }
    }

    @Test func `deploys the six services, configured with what they read`() throws {
        let common = try #require(try named("ConfigMap")["till-common"]?["data"])
        let deployments = try named("Deployment")
        #expect(
            Set(deployments.keys) == (try DeployedPrograms.products()).subtracting(["tillctl", "sandbox"]))
        for (name, deployment) in deployments {
            let pod = try #require(deployment["spec"]?["template"]?["spec"])
            let container = try #require(pod["containers"]?.items.first)
            #expect(container["command"]?.texts == [name])
            var environment: [String: String] = [:]
            for key in common.keys { environment[key] = common[key]?.text }
            for item in container["env"]?.items ?? [] {
                environment[item["name"]?.text ?? ""] = item["value"]?.text ?? chosen(item)
            }
            #expect(DeployedPrograms.problems(name, environment) == [])
            let file = try DeployedPrograms.environment(file: "deploy/config/\(name).env")
            for (key, value) in file { #expect(environment[key] == value, "\(name) \(key)") }
            let needed = DeployedPrograms.secrets(name, environment)
                .union(DeployedPrograms.secretsOfTillFile[name] ?? [])
            let volume = pod["volumes"]?.items.first { $0["name"]?.text == "secrets" }
            let given = volume?["secret"]?["items"]?.items.compactMap { $0["key"]?.text } ?? []
            #expect(Set(given) == needed, "\(name)")
        }
    }

    @Test func `probes and addresses the ports that the programs listen on`() throws {
        let services = try named("Service")
        for (name, deployment) in try named("Deployment") {
            let file = try DeployedPrograms.environment(file: "deploy/config/\(name).env")
            let container = try #require(
                deployment["spec"]?["template"]?["spec"]?["containers"]?.items.first)
            let ports = container["ports"]?.items.compactMap { $0["containerPort"]?.text } ?? []
            #expect(ports == [file["TILL_PORT"], file["TILL_ADMIN_PORT"]].compactMap { $0 })
            for probe in ["readinessProbe", "livenessProbe"] {
                #expect(container[probe]?["httpGet"]?["port"]?.text == file["TILL_ADMIN_PORT"])
            }
            // Programs answer within 0.7 s; a probe that hears nothing cannot say why.
            #expect(container["readinessProbe"]?["timeoutSeconds"]?.text == "2")
            #expect(services[name]?["spec"]?["ports"]?.items.first?["port"]?.text == file["TILL_PORT"])
            #expect(services[name]?["spec"]?["selector"]?["app"]?.text == name)
        }
    }

    @Test func `runs nothing as root and on a root file system that can change`() throws {
        for document in try documents() {
            guard let pod = document["spec"]?["template"]?["spec"] else { continue }
            #expect(pod["securityContext"]?["runAsNonRoot"]?.text == "true")
            for container in pod["containers"]?.items ?? [] {
                #expect(container["securityContext"]?["readOnlyRootFilesystem"]?.text == "true")
                #expect(container["securityContext"]?["allowPrivilegeEscalation"]?.text == "false")
            }
        }
    }

    @Test func `takes the image that a machine has before it looks elsewhere`() throws {
        var containers = 0
        for container in try documents().flatMap({
            $0["spec"]?["template"]?["spec"]?["containers"]?.items ?? []
        }) {
            containers += 1
            // Without a tag the default is to fetch at every start, also what was loaded by hand.
            #expect(container["image"]?.text == "till")
            #expect(container["imagePullPolicy"]?.text == "IfNotPresent")
        }
        #expect(containers == 7)
    }
}
