// miaPOS requests to pay as a PaymentRail: the order itself rings in the payer's bank app, through a terminal of its
// own. There is no link, and nothing may be asked twice: a lost answer may be a phone that rings.
package import Contracts
import Mia
import Money

/// Requests to pay at one bank.
package struct MiaRequestToPayRail: PaymentRail {
    package let profile: RailProfile
    private let calls: MiaCalls

    /// Amounts in minor units of MDL. `life` is how long a payer may answer.
    package init(minimumMinor: Int64, maximumMinor: Int64, life: Duration, wire: any BankWire) {
        profile = RailProfile(
            currencies: [.mdl], minimumMinor: max(1, minimumMinor), maximumMinor: maximumMinor,
            herald: .signedCallback, linkLife: life, offers: [], repeatsLostAsks: false, needsPayer: true)
        calls = MiaCalls(wire: wire)
    }

    package func reaches(_ payer: Payer) -> Bool { MiaPhone.nationalDigits(e164: payer.phone) != nil }

    package func register(
        _ order: LinkOrder, token: AccessToken, timeout: Duration
    ) async throws(RailFailure) -> RailLink {
        // Our own rules admit nothing that has no amount or no phone on this wire.
        guard let amount = try? MiaAmount(order.amount), let payer = order.payer,
            let phone = MiaPhone.nationalDigits(e164: payer.phone)
        else { throw .refused(status: 0) }
        let request = MiaRequestToPay(
            terminalId: order.terminalId, orderId: order.attemptId, amount: amount,
            currency: order.amount.currency.rawValue, payDescription: order.description,
            clientName: payer.name, clientPhone: phone, callbackUrl: order.callbackURL)
        let body = try await calls.done(.post, MiaPath.requestToPay, token, request.bytes, timeout)
        // A 2xx that cannot be read: it rings somewhere, under a name that we did not learn.
        guard let answer = try? MiaRequestToPayAnswer(parsing: body) else { throw .answerLost }
        return RailLink(railPaymentId: answer.paymentId, link: nil)
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
