// What the gateway asks of a rail: a system that turns an order into a link and knows how it ended. The rest
// of the service speaks this language and never a bank's; a new rail is one more conformance and a line in
// the wiring.
package import Contracts
package import Money

/// What never changes about a rail at one bank, for whoever has to decide before asking it.
package struct RailProfile: Sendable, Equatable {
    /// Who tells us of the money first. Polling happens on every rail as well.
    package enum Herald: String, Sendable { case signedCallback, polling }
    /// What can be asked of the rail after the link is out.
    package enum Offer: String, Sendable, CaseIterable { case cancel, refund }

    package var currencies: Set<Currency>
    /// Minor units, at least 1.
    package var minimumMinor: Int64
    package var maximumMinor: Int64
    package var herald: Herald
    /// How long a link works, or a request may be answered. The rail's own clock decides; this is what we tell
    /// people.
    package var linkLife: Duration
    /// The same for terminals where it differs.
    package var linkLives: [String: Duration] = [:]
    package var offers: Set<Offer>
    /// True where a second ask for the same order harms nobody, since a link that was never shown is never
    /// paid. A request that reaches the customer by itself is never repeated.
    package var repeatsLostAsks: Bool
    /// True where the order itself reaches a payer, who must be named.
    package var needsPayer: Bool = false

    package func linkLife(at terminalId: String) -> Duration { linkLives[terminalId] ?? linkLife }
}

/// An order for one link, as an attempt asks for it.
package struct LinkOrder: Sendable, Equatable {
    /// Our reference at the rail: unique for every attempt, without `;`.
    package var attemptId: String
    package var terminalId: String
    package var amount: Money
    /// What the customer reads.
    package var description: String
    package var language: Language
    /// Where the rail tells us the outcome. It contains a capability: never logged.
    package var callbackURL: String
    /// On a rail that needs one.
    package var payer: Payer?

    package init(
        attemptId: String, terminalId: String, amount: Money, description: String, language: Language,
        callbackURL: String, payer: Payer? = nil
    ) {
        self.attemptId = attemptId
        self.terminalId = terminalId
        self.amount = amount
        self.description = description
        self.language = language
        self.callbackURL = callbackURL
        self.payer = payer
    }
}

/// A link at the rail.
package struct RailLink: Sendable, Equatable {
    /// The rail's own id.
    package var railPaymentId: String
    /// Nil where the rail reaches the payer by itself.
    package var link: String?

    package init(railPaymentId: String, link: String?) {
        self.railPaymentId = railPaymentId
        self.link = link
    }
}

/// What a rail says about a payment of its own, in our words. The amount is not yet compared with ours.
package struct RailReport: Sendable, Equatable {
    package var railPaymentId: String
    /// Nil for a word that we do not know: nothing is concluded from it.
    package var status: RailStatus?
    package var terminalId: String
    package var amount: Money
    package var paymentDate: String?
    package var swiftMessageId: String?
    package var swiftPayerBank: String?
}

/// Why a rail did not do what it was asked.
package enum RailFailure: Error, Sendable, Equatable {
    /// The token was not accepted, so nothing was done.
    case unauthorized
    /// It said no; asking the same again would get the same answer.
    case refused(status: Int)
    /// Nothing reached it, or it said that it is too busy: nothing was done, and asking again is safe.
    case notDone(retryAfterSeconds: Int?)
    /// It was asked and we do not know what it did.
    case answerLost
    /// The rail has no such operation.
    case notOffered
}

/// A rail at one bank.
package protocol PaymentRail: Sendable {
    var profile: RailProfile { get }
    /// Whether the rail can reach this payer at all; asked before anything is written.
    func reaches(_ payer: Payer) -> Bool
    /// Asks for a link. `timeout` bounds the whole call.
    func register(
        _ order: LinkOrder, token: AccessToken, timeout: Duration
    ) async throws(RailFailure) -> RailLink
    func status(
        of railPaymentId: String, token: AccessToken, timeout: Duration
    ) async throws(RailFailure) -> RailReport
    func cancel(_ railPaymentId: String, token: AccessToken, timeout: Duration) async throws(RailFailure)
    /// The key that signs the rail's callbacks: base64 of a DER SubjectPublicKeyInfo.
    func publicKey(token: AccessToken, timeout: Duration) async throws(RailFailure) -> String
}

extension PaymentRail {
    /// A link reaches whoever opens it.
    package func reaches(_ payer: Payer) -> Bool { true }

    /// Most rails cannot take a link back.
    package func cancel(_ railPaymentId: String, token: AccessToken, timeout: Duration)
        async throws(RailFailure)
    {
        throw .notOffered
    }
}
