// miaPOS QR links as a PaymentRail: which call means what, and which answer leaves us in doubt. Bodies are
// the Mia module's, tokens come from the broker, and nothing here remembers anything.
package import Contracts
import HTTPWire
package import Mia
import Money

/// miaPOS e-commerce at one bank.
package struct MiaRail: PaymentRail {
    package let profile: RailProfile
    private let calls: MiaCalls

    /// Amounts in minor units of MDL, the only currency that the bank does not fail. `linkLives` is for
    /// terminals whose links live longer or shorter than `linkLife`.
    package init(
        minimumMinor: Int64, maximumMinor: Int64, linkLife: Duration, linkLives: [String: Duration] = [:],
        wire: any BankWire
    ) {
        profile = RailProfile(
            currencies: [.mdl], minimumMinor: max(1, minimumMinor), maximumMinor: maximumMinor,
            herald: .signedCallback, linkLife: linkLife, linkLives: linkLives, offers: [],
            repeatsLostAsks: true)
        calls = MiaCalls(wire: wire)
    }

    package func register(
        _ order: LinkOrder, token: AccessToken, timeout: Duration
    ) async throws(RailFailure) -> RailLink {
        // Our own rules admit nothing that has no amount on this wire.
        guard let amount = try? MiaAmount(order.amount) else { throw .refused(status: 0) }
        var request = MiaPayRequest(
            terminalId: order.terminalId, orderId: order.attemptId, amount: amount,
            currency: order.amount.currency.rawValue, payDescription: order.description)
        request.paymentType = PaymentType.qr.rawValue
        request.language = MiaLanguage.page(for: order.language)
        request.callbackUrl = order.callbackURL
        request.directRedirect = true
        let body = try await calls.done(.post, MiaPath.pay, token, request.bytes, timeout)
        // A 2xx without a readable link: something exists there that we cannot name.
        guard let answer = try? MiaPayAnswer(parsing: body), HTTPURL(answer.checkoutPage) != nil else {
            throw .answerLost
        }
        return RailLink(railPaymentId: answer.paymentId, link: answer.checkoutPage)
    }

    package func status(
        of railPaymentId: String, token: AccessToken, timeout: Duration
    ) async throws(RailFailure) -> RailReport {
        try await calls.status(of: railPaymentId, token: token, timeout: timeout)
    }

    package func publicKey(token: AccessToken, timeout: Duration) async throws(RailFailure) -> String {
        try await calls.publicKey(token: token, timeout: timeout)
    }
}

extension RailStatus {
    /// miaPOS's word in ours; nil for one that we do not know.
    package init?(_ status: MiaStatus) {
        switch status {
        case .created: self = .created
        case .pending: self = .pending
        case .success: self = .paid
        case .failed: self = .failed
        case .declined: self = .declined
        case .expired: self = .expired
        case .unknown: return nil
        }
    }
}
