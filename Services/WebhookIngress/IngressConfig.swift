// Everything that the ingress reads from its environment and till.json, checked before anything starts.
package import Lifecycle
import Postgres
import Sealing

/// The settings of `webhook-ingress`.
package struct IngressConfig: Sendable {
    package static let queueEvents = ConfigKey.standard(
        "TILL_INGRESS_QUEUE_EVENTS", .integer, "8192",
        "Events that may wait for a commit; above it Meta is answered 503 and repeats.")
    package static let batchEvents = ConfigKey.standard(
        "TILL_INGRESS_BATCH_EVENTS", .integer, "256", "Events in one transaction.")
    package static let commits = ConfigKey.standard(
        "TILL_INGRESS_COMMITS", .integer, "2",
        "Transactions sent on one connection before the first of them has ended, when enough events wait.")
    package static let connections = ConfigKey.standard(
        "TILL_INGRESS_CONNECTIONS", .integer, "1",
        "Connections that commit; conversations are divided among them.")

    /// Every variable that this program reads.
    package static let keys =
        CommonKeys.program + [CommonKeys.callers] + CommonKeys.database
        + [CommonKeys.tillFile, queueEvents, batchEvents, commits, connections]

    /// The connection for commits.
    let commits: PostgresConfiguration
    let connections: Int
    let limits: GroupCommit.Limits
    package let signers: WebhookSigners
    let verifyTokens: [Secret]

    /// Throws every problem at once.
    package init(_ environment: inout Environment) throws(ConfigurationProblems) {
        var limits = GroupCommit.Limits()
        connections = environment.integer(Self.connections, in: 1...8)
        limits.queueEventsMax = environment.integer(Self.queueEvents, in: 256...1_000_000)
        limits.batchEventsMax = environment.integer(Self.batchEvents, in: 1...10_000)
        limits.commitsMax = environment.integer(Self.commits, in: 1...16)
        self.limits = limits
        var commits = environment.database(applicationName: "webhook-ingress commits")
        commits.plansOnce = true
        commits.connectionsMax = 1
        commits.statementTimeout = .seconds(5)
        // What is sent behind a commit that takes its five seconds has not used up its own.
        commits.timesEachAlone = true
        // A sender that is told soon comes again soon; one that waits long counts us as down.
        commits.acquireTimeout = .seconds(2)
        self.commits = commits
        var signers = WebhookSigners()
        var tokens: [Secret] = []
        if let path = environment.optionalText(CommonKeys.tillFile) {
            do throws(ConfigurationProblems) {
                let file = try TillFile.load(path)
                for number in file.numbers {
                    for secretFile in number.appSecretFiles {
                        signers.add(
                            secret: try file.readSecret(secretFile), phoneNumberId: number.phoneNumberId,
                            wabaId: number.wabaId)
                    }
                    tokens.append(try file.readSecret(number.verifyTokenFile))
                }
                if file.numbers.isEmpty { environment.complain("till.json names no number") }
            } catch { for sentence in error.sentences { environment.complain(sentence) } }
        } else {
            environment.complain("TILL_CONFIG_FILE is not set: without numbers there is nothing to accept")
        }
        self.signers = signers
        verifyTokens = tokens
        try environment.finish()
    }
}
