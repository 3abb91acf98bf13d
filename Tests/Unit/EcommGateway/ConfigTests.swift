// The gateway's settings: everything wrong is said at once, and the README names what there is.
import EcommGateway
import FoundationEssentials
import Lifecycle
import Testing

@Suite struct `The gateway's configuration` {
    @Test func `says everything that is wrong at once and starts nothing`() {
        var environment = Environment([
            "TILL_RAIL_TIMEOUT_MS": "50", "TILL_JANITOR_CONCURRENCY": "many", "TILL_NOTIFIER_URL": "ftp://x",
        ])
        do {
            _ = try EcommGatewayConfig(&environment)
            Issue.record("accepted")
        } catch {
            for name in [
                "TILL_RAIL_TIMEOUT_MS", "TILL_JANITOR_CONCURRENCY", "TILL_NOTIFIER_URL",
                "TILL_CALLBACK_PUBLIC_URL",
                "TILL_DATABASE_URL", "TILL_CONFIG_FILE", "TILL_CALLERS_FILE", "TILL_SERVICE_TOKEN_FILE",
            ] {
                #expect(error.sentences.contains { $0.hasPrefix(name) }, "\(name) is not named")
            }
        }
    }

    @Test func `is described in the README, setting by setting`() throws {
        var url = URL(filePath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        let readme = try String(
            contentsOf: url.appending(path: "Services/EcommGateway/README.md"), encoding: .utf8)
        let common = Set((CommonKeys.program + CommonKeys.database).map(\.name))
        for key in EcommGatewayConfig.keys where !common.contains(key.name) {
            #expect(readme.contains("`\(key.name)`"), "\(key.name) is not in the README")
        }
    }
}
