// What all rails at a miaPOS bank have in common: one call and what its answer leaves us knowing, the status of a
// payment, the bank's key.
import Contracts
import HTTPWire
import Mia

struct MiaCalls: Sendable {
    let wire: any BankWire

    func status(
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

    func publicKey(token: AccessToken, timeout: Duration) async throws(RailFailure) -> String {
        let body = try await done(.get, MiaPath.publicKey, token, [], timeout)
        guard let answer = try? MiaPublicKeyAnswer(parsing: body) else { throw .answerLost }
        return answer.base64
    }

    /// The body of a 2xx. The bank's own error words stay here: they may repeat what we sent, and the status
    /// says all that can be acted upon.
    func done(
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
