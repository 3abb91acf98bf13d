// One request to the Cloud API and the verdict on its end. It knows no row and no window: a body in, a
// verdict out.
import HTTPClient
import HTTPWire
import Sealing
import WhatsApp

/// Sends bodies to Meta for one or several business numbers.
struct GraphSender: Sendable {
    let http: HTTPClient
    let base: HTTPURL
    let version: String
    let timeout: Duration

    /// `POST {base}/{version}/{phone-number-id}/messages`. Never sends twice; every end is a verdict.
    func send(_ body: [UInt8], from number: SendingNumber, _ attempt: SendVerdict.Attempt) async
        -> SendVerdict
    {
        guard let request = request("messages", of: number, body) else {
            return SendVerdict(.accountRefused(0), code: 0)
        }
        do throws(HTTPClientFailure) {
            return SendVerdict.of(try await http.send(request, timeout: timeout), attempt)
        } catch {
            return SendVerdict.of(error, attempt)
        }
    }

    /// `POST {base}/{version}/{phone-number-id}/{what}` with the number's token; nil when the token is no text.
    func request(
        _ what: String, of number: SendingNumber, contentType: String = "application/json", _ body: [UInt8]
    ) -> ClientRequest? {
        guard let token = number.accessToken.revealText() else { return nil }
        return ClientRequest(
            method: "POST", url: base, target: "/\(version)/\(number.phoneNumberId)/\(what)",
            headers: [
                "authorization": "Bearer " + token, "content-type": contentType, "accept": "application/json",
            ], body: body, peer: "graph", answerBytesMax: 64 * 1024)
    }
}
