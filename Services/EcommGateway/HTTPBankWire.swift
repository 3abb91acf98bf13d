// The real way to a bank: our own client, one call, every failure sorted by whether the bank can have seen
// it.
package import HTTPClient
import HTTPWire

package struct HTTPBankWire: BankWire {
    /// A status or a link is a few hundred bytes; a page sent by mistake is not read to its end.
    private static let answerBytesMax = 64 * 1024

    private let http: HTTPClient

    package init(http: HTTPClient) { self.http = http }

    package func exchange(_ ask: BankAsk) async -> BankAnswer {
        // The broker configured it and checks it too; an address that cannot be read reaches nobody.
        guard let url = HTTPURL(ask.baseURL) else { return .notSent }
        var headers: HTTPHeaders = [
            "accept": "application/json", "authorization": "Bearer " + ask.accessToken,
        ]
        if ask.method == .post { headers.append("content-type", "application/json") }
        let request = ClientRequest(
            method: ask.method.rawValue, url: url, target: ask.path, headers: headers, body: ask.body,
            peer: "bank",
            answerBytesMax: Self.answerBytesMax)
        do {
            let answer = try await http.send(request, timeout: ask.timeout)
            return .answered(
                status: answer.status, body: answer.body,
                retryAfterSeconds: answer.headers.first("retry-after").flatMap { Int($0) })
        } catch {
            return error.mayBeRepeated ? .notSent : .lost
        }
    }
}
