// The sandbox's settings: what it refuses, and that it says everything at once.
import Lifecycle
import Testing

@testable import Sandbox

@Suite struct `The sandbox's settings` {
    @Test func `refuse production and name everything that is missing`() {
        do {
            _ = try SandboxConfig(Environment(["TILL_ENV": "production", "TILL_PORT": "8090"]))
            #expect(Bool(false), "accepted")
        } catch let problems as ConfigurationProblems {
            let text = problems.sentences.joined(separator: "\n")
            for word in [
                "TILL_ENV=production", "TILL_SANDBOX_INGRESS_URL", "TILL_SANDBOX_MERCHANTS_FILE",
                "TILL_CONFIG_FILE",
            ] {
                #expect(text.contains(word))
            }
        } catch { #expect(Bool(false), "another error") }
    }

    @Test func `count a missing environment as production`() {
        #expect(throws: ConfigurationProblems.self) { try SandboxConfig(Environment(["TILL_PORT": "8090"])) }
    }

    @Test func `name each variable once`() {
        let names = SandboxConfig.keys.map(\.name)
        #expect(Set(names).count == names.count)
    }
}
