// The settings: every problem at once, and several numbers with several secrets.
import FoundationEssentials
import Lifecycle
import Postgres
import Sealing
import Testing

@testable import WebhookIngress

@Suite struct `The ingress's settings` {
    private func folder(_ files: [String: String]) throws -> String {
        let folder = FileManager.default.temporaryDirectory.path + "/till-ingress-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, text) in files { try Data(text.utf8).write(to: URL(filePath: folder + "/" + name)) }
        return folder
    }

    private func number(_ id: String, _ secrets: String, token: String = "verify") -> String {
        """
        {"phoneNumberId":"\(id)","displayPhoneNumber":"1","wabaId":"9\(id)","country":"MD","timeZone":"UTC",
        "appSecretFiles":[\(secrets)],"verifyTokenFile":"\(token)","accessTokenFile":"none","banks":[]}
        """
    }

    @Test func `name every problem at once`() throws {
        let till = "{\"numbers\":[\(number("800", "\"missing\""))],\"banks\":[]}"
        let folder = try folder(["till.json": till, "verify": "v"])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var environment = Environment([
            "TILL_CONFIG_FILE": folder + "/till.json", "TILL_INGRESS_QUEUE_EVENTS": "many",
            "TILL_INGRESS_COMMITS": "99",
        ])
        do {
            _ = try IngressConfig(&environment)
            Issue.record("it was accepted")
        } catch {
            for word in ["missing", "TILL_INGRESS_QUEUE_EVENTS", "TILL_INGRESS_COMMITS", "TILL_DATABASE_URL"]
            {
                #expect(error.sentences.contains { $0.contains(word) }, "\(word)")
            }
        }
    }

    @Test func `hold the secrets of every number, old ones included`() throws {
        let numbers = [number("800", "\"new\",\"old\""), number("801", "\"new\"", token: "verify2")]
        let till = "{\"numbers\":[\(numbers.joined(separator: ","))],\"banks\":[]}"
        let folder = try folder([
            "till.json": till, "verify": "v", "verify2": "w", "new": "new secret\n", "old": "old secret",
        ])
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var environment = Environment([
            "TILL_CONFIG_FILE": folder + "/till.json", "TILL_DATABASE_URL": "postgresql:///till",
        ])
        let config = try IngressConfig(&environment)
        #expect(config.signers.signers.map { $0.phoneNumberIds.sorted() } == [["800", "801"], ["800"]])
        // A commit behind a slow one is not given up for its neighbour's time.
        #expect(config.commits.timesEachAlone && config.commits.statementTimeout == .seconds(5))
        #expect(config.verifyTokens.count == 2 && config.limits.queueEventsMax == 8192)
        let body = Array("{}".utf8)
        let code = "sha256=" + Hex.encode(HMACSHA256.authenticate(body, key: Secret(text: "new secret")))
        #expect(config.signers.signer(header: Array(code.utf8)[...], body: body) != nil)
    }
}
