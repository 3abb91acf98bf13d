// What the gateway reads from its environment. Every problem is reported at once and nothing starts
// half-configured; the same list is compared with the files under deploy/ by a test.
import Copy
import HTTPWire
package import Lifecycle
import Postgres
import Sealing

/// The gateway's configuration, files already read.
package struct EcommGatewayConfig: Sendable {
    package static let notifierURL = ConfigKey.required("TILL_NOTIFIER_URL", .url, "Base URL of notifier.")
    package static let callbackURL = ConfigKey.required(
        "TILL_CALLBACK_PUBLIC_URL", .url, "Base URL of callback-receiver as banks reach it.")
    package static let railTimeout = ConfigKey.standard(
        "TILL_RAIL_TIMEOUT_MS", .milliseconds, "12000", "How long one call to a bank's API may take.")
    package static let janitorPoll = ConfigKey.standard(
        "TILL_JANITOR_POLL_MS", .milliseconds, "1000",
        "How often payments are looked for whose time has come.")
    package static let janitorConcurrency = ConfigKey.standard(
        "TILL_JANITOR_CONCURRENCY", .integer, "16", "Payments that are looked at at the same time.")

    /// Everything this program reads.
    package static let keys =
        CommonKeys.program + CommonKeys.database + [
            required(CommonKeys.callers), required(CommonKeys.serviceToken), required(CommonKeys.tillFile),
            notifierURL, callbackURL, railTimeout, janitorPoll, janitorConcurrency,
        ]

    private static func required(_ key: ConfigKey) -> ConfigKey {
        ConfigKey.required(key.name, key.kind, key.purpose)
    }

    let notifier: HTTPURL
    /// Without a trailing slash.
    let callbackBase: String
    let railTimeout: Duration
    let janitorPoll: Duration
    let janitorConcurrency: Int
    let token: Secret
    let banks: [BankEntry]
    /// By bank.
    let limits: [String: BankLimits]
    private static let listingConnections = 2

    /// Allows a database that would lose commits in a power cut.
    let isDemo: Bool
    let database: PostgresConfiguration
    /// For lists, which are planned with their filters and may be long: apart from what sellers wait for.
    let listing: PostgresConfiguration

    /// Throws every problem of the environment and of till.json together.
    package init(_ environment: inout Environment) throws(ConfigurationProblems) {
        let notifier = environment.url(Self.notifierURL)
        let callback = environment.url(Self.callbackURL)
        var callbackBase = environment.text(Self.callbackURL)
        while callbackBase.hasSuffix("/") { callbackBase.removeLast() }
        railTimeout = environment.milliseconds(Self.railTimeout)
        janitorPoll = environment.milliseconds(Self.janitorPoll)
        janitorConcurrency = environment.integer(Self.janitorConcurrency, in: 1...256)
        isDemo = environment.text(CommonKeys.environment) == "demo"
        let token = environment.secret(Self.required(CommonKeys.serviceToken))
        _ = environment.secret(Self.required(CommonKeys.callers))
        var database = environment.database(applicationName: EcommGatewayService.name)
        database.connectionsMax = min(database.connectionsMax, Self.listingConnections)
        listing = database
        database = environment.database(applicationName: EcommGatewayService.name)
        database.plansOnce = true
        self.database = database
        let path = environment.text(Self.required(CommonKeys.tillFile))
        if railTimeout < .milliseconds(100) {
            environment.complain("TILL_RAIL_TIMEOUT_MS must be at least 100")
        }
        if janitorPoll < .milliseconds(20) {
            environment.complain("TILL_JANITOR_POLL_MS must be at least 20")
        }
        if callbackBase.contains("?") {
            environment.complain("TILL_CALLBACK_PUBLIC_URL must not have a query")
        }
        try environment.finish()
        let file = try TillFile.load(path)
        guard let notifier, callback != nil, let token else {
            // `finish` has thrown for each of them: this is the compiler's question, not the operator's.
            throw ConfigurationProblems(sentences: [
                "TILL_NOTIFIER_URL, TILL_CALLBACK_PUBLIC_URL or the token is missing"
            ])
        }
        self.notifier = notifier
        self.callbackBase = callbackBase
        self.token = token
        banks = file.banks
        limits = try Self.limits(file.banks)
    }

    /// A day begins on the bank's own wall, so a zone whose rule we do not know cannot be guessed.
    private static func limits(
        _ banks: [BankEntry]
    ) throws(ConfigurationProblems) -> [String: BankLimits] {
        var limits: [String: BankLimits] = [:]
        var sentences: [String] = []
        for bank in banks {
            guard let clock = WallClock(rawValue: bank.timeZone) else {
                let known = WallClock.allCases.map(\.rawValue).joined(separator: ", ")
                sentences.append("till.json: timeZone of \(bank.bankId) must be one of \(known)")
                continue
            }
            let standard = BankLimits(clock: clock)
            limits[bank.bankId] = BankLimits(
                clock: clock, sellerPerMinute: bank.sellerPaymentsPerMinute ?? standard.sellerPerMinute,
                merchantPerMinute: bank.merchantPaymentsPerMinute ?? standard.merchantPerMinute)
        }
        if !sentences.isEmpty { throw ConfigurationProblems(sentences: sentences) }
        return limits
    }
}
