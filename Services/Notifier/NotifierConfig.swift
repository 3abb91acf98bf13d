// What the notifier reads from its environment. Every problem is reported at once and nothing starts
// half-configured; the same list is compared with the files under deploy/ by a test.
import HTTPWire
package import Lifecycle
import Sealing

/// The notifier's configuration.
package struct NotifierConfig: Sendable {
    package static let graphURL = ConfigKey.standard(
        "TILL_GRAPH_URL", .url, "https://graph.facebook.com", "Base URL of Meta's Graph API.")
    package static let graphVersion = ConfigKey.standard(
        "TILL_GRAPH_VERSION", .text, "v26.0", "Version of the Graph API, as in its paths.")
    package static let sendTimeout = ConfigKey.standard(
        "TILL_SEND_TIMEOUT_MS", .milliseconds, "15000", "How long one request to Meta may take.")
    package static let unresolvedGrace = ConfigKey.standard(
        "TILL_UNRESOLVED_GRACE_MS", .milliseconds, "600000",
        "How long a message whose answer was lost waits for a status before it is parked.")
    package static let concurrency = ConfigKey.standard(
        "TILL_SEND_CONCURRENCY", .integer, "32", "Requests to Meta at the same time.")
    package static let ratePerSecond = ConfigKey.standard(
        "TILL_NUMBER_RATE", .integer, "80", "Messages per second and business number, for all processes.")
    package static let personInterval = ConfigKey.standard(
        "TILL_PERSON_INTERVAL_MS", .milliseconds, "6000", "What Meta grants one message to one person for.")

    package static let templateSync = ConfigKey.standard(
        "TILL_TEMPLATE_SYNC_MS", .milliseconds, "900000",
        "How often each business account is asked for its templates.")
    package static let templateCreate = ConfigKey.standard(
        "TILL_TEMPLATE_CREATE", .flag, "true", "Submit templates that an account lacks.")

    /// Everything this program reads.
    package static let keys =
        CommonKeys.program + CommonKeys.database + [
            required(CommonKeys.callers), required(CommonKeys.tillFile), graphURL, graphVersion, sendTimeout,
            unresolvedGrace, concurrency, ratePerSecond, personInterval,
            templateSync, templateCreate,
        ]

    private static func required(_ key: ConfigKey) -> ConfigKey {
        ConfigKey.required(key.name, key.kind, key.purpose)
    }

    let graphBase: HTTPURL
    let version: String
    let sendTimeout: Duration
    let unresolvedGrace: Duration
    let concurrency: Int
    let ratePerSecond: Int
    let personInterval: Duration
    let templateSync: Duration
    let templateCreate: Bool
    let numbers: [String: SendingNumber]

    /// Throws every problem of the environment and of till.json together.
    package init(_ environment: inout Environment) throws(ConfigurationProblems) {
        let url = environment.url(Self.graphURL)
        version = environment.text(Self.graphVersion)
        sendTimeout = environment.milliseconds(Self.sendTimeout)
        unresolvedGrace = environment.milliseconds(Self.unresolvedGrace)
        concurrency = environment.integer(Self.concurrency, in: 1...256)
        ratePerSecond = environment.integer(Self.ratePerSecond, in: 1...1_000)
        personInterval = environment.milliseconds(Self.personInterval)
        templateSync = environment.milliseconds(Self.templateSync)
        templateCreate = environment.flag(Self.templateCreate)
        let path = environment.text(Self.required(CommonKeys.tillFile))
        if !version.utf8.allSatisfy({ $0 == 0x76 || $0 == 0x2E || (0x30...0x39).contains($0) }) {
            environment.complain("TILL_GRAPH_VERSION must look like v26.0")
        }
        try environment.finish()
        let file = try TillFile.load(path)
        var numbers: [String: SendingNumber] = [:]
        for entry in file.numbers { numbers[entry.phoneNumberId] = try SendingNumber(entry, file) }
        self.numbers = numbers
        guard let url else { throw ConfigurationProblems(sentences: ["TILL_GRAPH_URL is not set"]) }
        graphBase = url
    }
}
