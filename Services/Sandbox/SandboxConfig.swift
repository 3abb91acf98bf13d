// What the sandbox reads from its environment. All problems come out together, and a production environment
// is one.

import FoundationEssentials
import HTTPWire
package import Lifecycle
import Sealing

/// The sandbox's settings, files already read.
package struct SandboxConfig: Sendable {
    static let ingress = ConfigKey.required(
        "TILL_SANDBOX_INGRESS_URL", .url,
        "Where webhooks are posted; without a path, /webhooks/whatsapp is meant.")
    static let publicURL = ConfigKey.optional(
        "TILL_SANDBOX_PUBLIC_URL", .url,
        "Address that payment links begin with; http://127.0.0.1:<port> if not set.")
    static let merchants = ConfigKey.required(
        "TILL_SANDBOX_MERCHANTS_FILE", .path, "Merchants, terminals and test secrets of the fake banks.")
    static let sellers = ConfigKey.optional(
        "TILL_SANDBOX_SELLERS_FILE", .path, "The demo sellers that the page offers.")
    static let templates = ConfigKey.optional(
        "TILL_SANDBOX_TEMPLATES_DIR", .path,
        "Definitions of approved message templates, one JSON file each; this system's own if not set.")
    static let logs = ConfigKey.optional(
        "TILL_SANDBOX_LOG_DIR", .path, "Folder whose *.log files feed the activity view.")
    static let state = ConfigKey.optional(
        "TILL_SANDBOX_STATE_DIR", .path,
        "Folder for chats, payments and bank keys; without it a restart forgets them.")
    static let linkLife = ConfigKey.standard(
        "TILL_SANDBOX_LINK_LIFE_SECONDS", .integer, "300", "Life of a QR code.")
    static let autoPending = ConfigKey.standard(
        "TILL_SANDBOX_AUTO_PENDING_MS", .milliseconds, "5000",
        "From opening a page to PENDING where nobody presses.")
    static let autoSuccess = ConfigKey.standard(
        "TILL_SANDBOX_AUTO_SUCCESS_MS", .milliseconds, "10000", "From that PENDING to SUCCESS.")

    static let numberRateKey = ConfigKey.standard(
        "TILL_SANDBOX_NUMBER_RATE", .integer, "80", "Messages a second that Meta takes from the number.")
    static let review = ConfigKey.standard(
        "TILL_SANDBOX_REVIEW_MS", .milliseconds, "1500",
        "From submitting a template to the verdict on it.")

    /// Everything the sandbox reads beside the variables of every program.
    package static let keys =
        CommonKeys.program + [
            CommonKeys.tillFile, ingress, publicURL, merchants, sellers, templates, logs, state, linkLife,
            autoPending,
            autoSuccess, numberRateKey, review,
        ]

    let ingressURL: HTTPURL
    let publicURL: String
    let number: BusinessNumber
    let appSecret: Secret
    let accessToken: Secret
    let merchants: [BankMerchant]
    /// The banks' public names by id.
    let bankNames: [String: String]
    let sellers: [DemoSeller]
    let templates: ApprovedTemplates
    let logFolder: String?
    let stateFolder: String?
    let pace: BankPace
    /// Messages a second.
    var numberRate = 80
    var reviewTime: Duration = .milliseconds(1_500)
}

extension SandboxConfig {
    /// Throws `ConfigurationProblems` with everything that is wrong.
    init(_ given: Environment) throws {
        var env = given
        if env.text(CommonKeys.environment) == "production" {
            env.complain("the sandbox plays Meta and the banks and never runs with TILL_ENV=production")
        }
        let port = env.port(CommonKeys.port)
        let ingress = env.url(Self.ingress)
        let address = Self.trimmed(env.optionalText(Self.publicURL) ?? "http://127.0.0.1:\(port)")
        if HTTPURL(address) == nil { env.complain("TILL_SANDBOX_PUBLIC_URL is not an http or https URL") }
        let merchants = Self.readMerchants(&env), sellers = Self.readSellers(&env)
        let templates =
            env.optionalText(Self.templates).map { ApprovedTemplates(files: Self.jsonFiles($0)) }
            ?? .ofThisSystem
        let folders = (logs: env.optionalText(Self.logs), state: env.optionalText(Self.state))
        var pace = BankPace()
        pace.linkLife = .seconds(env.integer(Self.linkLife, in: 1...86_400))
        pace.autoPending = env.milliseconds(Self.autoPending)
        pace.autoSuccess = env.milliseconds(Self.autoSuccess)
        let rate = env.integer(Self.numberRateKey, in: 1...100_000)
        let review = env.milliseconds(Self.review)
        let path = env.optionalText(CommonKeys.tillFile)
        if path == nil {
            env.complain("TILL_CONFIG_FILE is not set: the sandbox plays the first number in till.json")
        }
        try env.finish()
        guard let ingress, let path else { throw ConfigurationProblems(sentences: env.problems) }
        let file = try TillFile.load(path)
        guard let entry = file.numbers.first, let secretFile = entry.appSecretFiles.first else {
            throw ConfigurationProblems(sentences: ["till.json names no WhatsApp number"])
        }
        self.init(
            ingressURL: ingress, publicURL: address,
            number: BusinessNumber(
                wabaId: entry.wabaId, phoneNumberId: entry.phoneNumberId,
                displayPhoneNumber: entry.displayPhoneNumber, name: "Till"),
            appSecret: try file.readSecret(secretFile),
            accessToken: try file.readSecret(entry.accessTokenFile),
            merchants: merchants,
            bankNames: Dictionary(
                file.banks.map { ($0.bankId, $0.name) }, uniquingKeysWith: { first, _ in first }),
            sellers: sellers, templates: templates, logFolder: folders.logs, stateFolder: folders.state,
            pace: pace, numberRate: Int(rate), reviewTime: review)
    }

    private static func trimmed(_ url: String) -> String {
        var url = url
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }

    private static func readMerchants(_ env: inout Environment) -> [BankMerchant] {
        let path = env.text(merchants)
        guard !path.isEmpty else { return [] }
        guard let bytes = try? Data(contentsOf: URL(filePath: path)),
            let list = BankMerchant.list(parsing: Array(bytes)),
            !list.isEmpty
        else {
            env.complain("TILL_SANDBOX_MERCHANTS_FILE names a file that is not {\"merchants\":[…]}")
            return []
        }
        return list
    }

    private static func readSellers(_ env: inout Environment) -> [DemoSeller] {
        guard let path = env.optionalText(sellers) else { return [] }
        guard let bytes = try? Data(contentsOf: URL(filePath: path)),
            let list = DemoSeller.list(parsing: Array(bytes))
        else {
            env.complain("TILL_SANDBOX_SELLERS_FILE names a file that is not a list of sellers")
            return []
        }
        return list
    }

    /// The JSON files of a folder and of the folders in it, in the order of their names.
    private static func jsonFiles(_ folder: String) -> [[UInt8]] {
        guard let names = try? FileManager.default.subpathsOfDirectory(atPath: folder) else {
            return []
        }
        return names.filter { $0.hasSuffix(".json") }.sorted().compactMap { name in
            (try? Data(contentsOf: URL(filePath: folder + "/" + name))).map { Array($0) }
        }
    }
}
