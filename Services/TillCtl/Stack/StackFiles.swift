// The files that the demo's programs read: till.json, the callers file, the sandbox's merchants. Made from
// the plan and the secrets each time, so that they always agree with both.
import FoundationEssentials
import HTTPServer
package import Lifecycle
import Sealing

/// Writes the configuration of one demo folder.
package struct StackFiles: Sendable {
    package let plan: StackPlan
    package let secrets: SecretFolder

    package init(plan: StackPlan, secrets: SecretFolder) {
        self.plan = plan
        self.secrets = secrets
    }

    package static let roles = [
        "till_owner", "till_ingress", "till_router", "till_gateway", "till_callback", "till_notifier",
        "till_cap",
    ]
    package static let callers = ["command-router", "ecomm-gateway", "callback-receiver", "tillctl"]

    /// Makes every secret and file that the programs of the plan name.
    package func write() throws {
        for role in Self.roles { try secrets.text("password-" + role) }
        for name in ["app-secret", "verify-token", "graph-token"] { try secrets.text(name) }
        let lines = try Self.callers.map { caller in
            CallerTokens.line(caller, Secret(text: try secrets.text("token-" + caller))) ?? ""
        }
        try secrets.write(lines.map { $0 + "\n" }.joined(), "callers")
        for bank in DemoCast.banks {
            try secrets.text("master-keys-" + bank.bankId) { "demo-1 " + Base64.encode(randomBytes(32)) }
        }
        try json(tillFile, to: plan.folder + "/till.json")
        try json(DemoCast.phones, to: plan.folder + "/sandbox-sellers.json")
        try secrets.write(try text(try merchants()), "sandbox-merchants.json")
    }

    /// The secret key that a merchant has at the fake bank and in the broker.
    package func secretKey(_ merchantId: String) throws -> String {
        try secrets.text("secret-key-" + merchantId)
    }

    private struct TillDocument: Encodable {
        var numbers: [NumberEntry]
        var banks: [BankEntry]
    }

    private var tillFile: TillDocument {
        TillDocument(
            numbers: [
                NumberEntry(
                    phoneNumberId: DemoCast.phoneNumberId, displayPhoneNumber: DemoCast.displayPhoneNumber,
                    wabaId: DemoCast.wabaId, country: "MD", timeZone: "Europe/Chisinau",
                    appSecretFiles: ["secrets/app-secret"], verifyTokenFile: "secrets/verify-token",
                    accessTokenFile: "secrets/graph-token", banks: DemoCast.banks.map(\.bankId))
            ],
            banks: banks)
    }

    /// The banks of till.json, as the fake bank behaves: a request to pay there lives no longer than a link.
    package var banks: [BankEntry] {
        zip(DemoCast.banks, ["capSvc", "capSvc2"]).map { bank, key in
            BankEntry(
                bankId: bank.bankId, name: bank.name, brokerUrl: plan.url(key), timeZone: "Europe/Chisinau",
                linkLifeSeconds: plan.linkLifeSeconds, minimumMinor: 1, maximumMinor: 10_000_000,
                terminalLinkLifeSeconds: Dictionary(
                    uniqueKeysWithValues: bank.merchants.compactMap { merchant in
                        merchant.linkLifeSeconds.map { (merchant.terminalId, $0) }
                    }),
                requestLifeSeconds: plan.linkLifeSeconds,
                // A bench puts thousands of payments on a cast of a few sellers.
                sellerPaymentsPerMinute: 60_000, merchantPaymentsPerMinute: 60_000)
        }
    }

    private struct SandboxMerchants: Encodable {
        struct Terminal: Encodable {
            var terminalId: String
            var type: String
            var linkLifeSeconds: Int?
        }
        struct Merchant: Encodable {
            var bankId: String
            var merchantId: String
            var secretKey: String
            var name: String
            var terminals: [Terminal]
            var autoProgress: Bool
        }
        var merchants: [Merchant]
    }

    private func merchants() throws -> SandboxMerchants {
        let extra = try plan.extraMerchantIds.map { id in
            SandboxMerchants.Merchant(
                bankId: DemoCast.banks[0].bankId, merchantId: id, secretKey: try secretKey(id),
                name: "Magazin " + id,
                terminals: [SandboxMerchants.Terminal(terminalId: "TX" + id, type: "ecomm")],
                autoProgress: false)
        }
        return SandboxMerchants(
            merchants: try DemoCast.banks.flatMap { bank in
                try bank.merchants.map { merchant in
                    SandboxMerchants.Merchant(
                        bankId: bank.bankId, merchantId: merchant.merchantId,
                        secretKey: try secretKey(merchant.merchantId), name: merchant.name,
                        terminals: [
                            SandboxMerchants.Terminal(
                                terminalId: merchant.terminalId, type: "ecomm",
                                linkLifeSeconds: merchant.linkLifeSeconds),
                            SandboxMerchants.Terminal(
                                terminalId: merchant.requestTerminalId, type: "rtp", linkLifeSeconds: nil),
                        ],
                        autoProgress: merchant.autoProgress)
                }
            } + extra)
    }

    private func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }

    private func json(_ value: some Encodable, to path: String) throws {
        try text(value).write(toFile: path, atomically: true, encoding: .utf8)
    }
}
