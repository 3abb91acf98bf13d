// miaPOS QR links as a PaymentRail: which call means what, and which answer leaves us in doubt. Bodies are
// the Mia module's, tokens come from the broker, and nothing here remembers anything.
package import Contracts
import HTTPWire
package import Mia
import Money

/// miaPOS e-commerce at one bank.
package struct MiaRail: PaymentRail {
    package let profile: RailProfile
    private let wire: any BankWire

    /// Amounts in minor units of MDL, the only currency that the bank does not fail.
    package init(minimumMinor: Int64, maximumMinor: Int64, linkLife: Duration, wire: any BankWire) {
        profile = RailProfile(
            currencies: [.mdl], minimumMinor: max(1, minimumMinor), maximumMinor: maximumMinor,
            herald: .signedCallback, linkLife: linkLife, offers: [], repeatsLostAsks: true)
        self.wire = wire
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
        let body = try await done(.post, MiaPath.pay, token, request.bytes, timeout)
        // A 2xx without a readable link: something exists there that we cannot name.
        guard let answer = try? MiaPayAnswer(parsing: body), HTTPURL(answer.checkoutPage) != nil else {
            throw .answerLost
        }
        return RailLink(railPaymentId: answer.paymentId, link: answer.checkoutPage)
    }

    package func status(
        of railPaymentId: String, token: AccessToken, timeout: Duration
    ) async throws(RailFailure) -> RailReport {
        let path = MiaPath.payment + PercentEncoding.encodePathSegment(railPaymentId)
        let body = try await done(.get, path, token, [], timeout)
        guard let payment = try? MiaPayment(parsing: body), let amount = try? payment.money() else {
            throw .answerLost
        }
        return RailReport(
            railPaymentId: payment.paymentId, status: RailStatus(payment.status),
            terminalId: payment.terminalId,
            amount: amount, paymentDate: payment.paymentDate, swiftMessageId: payment.swiftMessageId,
            swiftPayerBank: payment.swiftPayerBank)
    }

    package func publicKey(token: AccessToken, timeout: Duration) async throws(RailFailure) -> String {
        let body = try await done(.get, MiaPath.publicKey, token, [], timeout)
        guard let answer = try? MiaPublicKeyAnswer(parsing: body) else { throw .answerLost }
        return answer.base64
    }

    /// The body of a 2xx. The bank's own error words stay here: they may repeat what we sent, and the status
    /// says all that can be acted upon.
    private func done(
        _ method: BankAsk.Method, _ path: String, _ token: AccessToken, _ body: [UInt8], _ timeout: Duration
    ) async throws(RailFailure) -> [UInt8] {
        let ask = BankAsk(
            method: method, baseURL: token.ecommBaseUrl, path: path, accessToken: token.accessToken,
            body: body,
            timeout: timeout)
        switch await wire.exchange(ask) {
        case .notSent: throw .notDone(retryAfterSeconds: nil)
        case .lost: throw .answerLost
        case .answered(let status, let body, let retryAfter):
            switch status {
            case 200..<300: return body
            case 401: throw .unauthorized
            case 408, 500...: throw .answerLost
            case 429: throw .notDone(retryAfterSeconds: retryAfter)
            default: throw .refused(status: status)
            }
        }
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
