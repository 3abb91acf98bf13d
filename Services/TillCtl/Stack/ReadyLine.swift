// The one line that `up` prints when everything is ready, for programs that drive the stack. Demo
// credentials only.
import FoundationEssentials

/// `{"ready":true,"urls":{…},"demo":{…},"pids":{…}}`
struct ReadyLine: Encodable {
    struct Demo: Encodable {
        var appSecret: String
        var verifyToken: String
        var phoneNumberId: String
        var wabaId: String
        var displayPhoneNumber: String
        var graphToken: String
        var merchantId: String
        var secretKey: String
        var terminalId: String
        var sellers: [DemoCast.Phone]
    }
    var ready = true
    var urls: [String: String]
    var adminUrls: [String: String]
    var demo: Demo
    var pids: [String: Int]

    init(_ stack: Stack) throws {
        let files = StackFiles(plan: stack.plan, secrets: stack.secrets)
        let merchant = DemoCast.banks[0].merchants[0]
        let keys = StackPlan.offsets.map(\.key)
        urls = Dictionary(uniqueKeysWithValues: keys.map { ($0, stack.plan.url($0)) })
        adminUrls = Dictionary(uniqueKeysWithValues: keys.map { ($0, stack.plan.adminURL($0)) })
        demo = Demo(
            appSecret: try stack.secrets.text("app-secret"),
            verifyToken: try stack.secrets.text("verify-token"),
            phoneNumberId: DemoCast.phoneNumberId, wabaId: DemoCast.wabaId,
            displayPhoneNumber: DemoCast.displayPhoneNumber,
            graphToken: try stack.secrets.text("graph-token"),
            merchantId: merchant.merchantId, secretKey: try files.secretKey(merchant.merchantId),
            terminalId: merchant.terminalId, sellers: DemoCast.phones)
        pids = stack.pids
    }

    var text: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}
