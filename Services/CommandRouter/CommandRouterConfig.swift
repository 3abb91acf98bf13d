// What the router reads from its environment. Every problem is reported at once and nothing starts
// half-configured; the same list is compared with the files under deploy/ by a test.
import HTTPWire
package import Lifecycle
import Sealing

/// The router's configuration, files already read.
package struct CommandRouterConfig: Sendable {
    package static let gatewayURL = ConfigKey.required("TILL_GATEWAY_URL", .url, "Base URL of ecomm-gateway.")
    package static let notifierURL = ConfigKey.required("TILL_NOTIFIER_URL", .url, "Base URL of notifier.")
    package static let concurrency = ConfigKey.standard(
        "TILL_ROUTER_CONCURRENCY", .integer, "32", "Conversations that are answered at the same time.")
    package static let poll = ConfigKey.standard(
        "TILL_ROUTER_POLL_MS", .milliseconds, "1000",
        "How often the table is looked at when nothing wakes the router.")

    /// Everything this program reads.
    package static let keys =
        CommonKeys.program + CommonKeys.database + [
            required(CommonKeys.serviceToken), required(CommonKeys.tillFile), gatewayURL, notifierURL,
            concurrency, poll,
        ]

    private static func required(_ key: ConfigKey) -> ConfigKey {
        ConfigKey.required(key.name, key.kind, key.purpose)
    }

    let gateway: HTTPURL
    let notifier: HTTPURL
    let token: Secret
    let concurrency: Int
    let poll: Duration
    /// By phoneNumberId.
    let numbers: [String: NumberEntry]
    /// Broker addresses by bankId.
    let brokers: [String: HTTPURL]
    let checkout: CheckoutLanguages

    /// Throws every problem of the environment and of till.json together.
    package init(_ environment: inout Environment) throws(ConfigurationProblems) {
        let gateway = environment.url(Self.gatewayURL)
        let notifier = environment.url(Self.notifierURL)
        let token = environment.secret(Self.required(CommonKeys.serviceToken))
        concurrency = environment.integer(Self.concurrency, in: 1...256)
        poll = environment.milliseconds(Self.poll)
        let path = environment.text(Self.required(CommonKeys.tillFile))
        if poll < .milliseconds(50) { environment.complain("TILL_ROUTER_POLL_MS must be at least 50") }
        try environment.finish()
        guard let gateway, let notifier, let token else {
            // `finish` has thrown for each of them: this is the compiler's question, not the operator's.
            throw ConfigurationProblems(sentences: [
                "TILL_GATEWAY_URL, TILL_NOTIFIER_URL or the token is missing"
            ])
        }
        let file = try TillFile.load(path)
        (self.gateway, self.notifier, self.token) = (gateway, notifier, token)
        numbers = Dictionary(file.numbers.map { ($0.phoneNumberId, $0) }) { first, _ in first }
        // TillFile has checked that every broker URL can be read.
        brokers = Dictionary(file.banks.map { ($0.bankId, $0.brokerUrl) }) { first, _ in first }
            .compactMapValues { HTTPURL($0) }
        checkout = try CheckoutLanguages(file.banks)
    }
}
