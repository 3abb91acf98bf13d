// How one of our services asks another: JSON both ways, the caller's token, the request's ids, and every
// failure as a Problem with a stable code. Nothing is retried here: the caller knows what may be repeated,
// and has a row to retry from.
import Contracts
package import HTTPWire
import JSONWire
import Observe
import Problem
package import Sealing

/// One peer service as another one sees it.
package struct ServiceClient: Sendable {
    /// Codes of the Problems that are about the way to a peer, not about what it answered.
    package enum Code {
        /// Not sent: nothing happened.
        package static let unreachable = "PEER_UNREACHABLE"
        /// Sent, and no answer came: what happened is unknown.
        package static let answerLost = "PEER_ANSWER_LOST"
        /// The deadline passed: what happened is unknown.
        package static let timedOut = "PEER_TIMED_OUT"
        /// The peer answered something that is not its contract.
        package static let unreadable = "PEER_ANSWER_UNREADABLE"
    }

    /// An answer whose body does not matter.
    package struct Nothing: Decodable, Sendable {
        /// Takes any JSON object.
        package init(from decoder: any Decoder) throws {}
    }

    /// A broker is a bank's own program. Whoever reckons with what it wrote here need not fear the end of a number;
    /// and nobody of ours waits for longer.
    private static let retryAfterSecondsMax: Int64 = 86_400

    private let http: HTTPClient
    private let baseURL: HTTPURL
    private let token: Secret
    private let caller: String
    private let peer: String

    /// - Parameters:
    ///   - token: the bearer token that the peer knows this service by.
    ///   - caller: this service's own name, sent as User-Agent.
    ///   - peer: the other service's name, for metrics and errors.
    package init(http: HTTPClient, baseURL: HTTPURL, token: Secret, caller: String, peer: String) {
        self.http = http
        self.baseURL = baseURL
        self.token = token
        self.caller = caller
        self.peer = peer
    }

    /// Calls a route and decodes its answer. `target` is path and query, escaped.
    ///
    /// Throws `Problem`: the peer's own code with the kind of its status for an answer other than 2xx, else
    /// one of `Code`. `EncodingError` only if `body` cannot be encoded, which is a bug of ours.
    package func call<Answer: Decodable & Sendable>(
        _ method: String, _ target: String, body: (any Encodable & Sendable)? = nil,
        idempotencyKey: String? = nil,
        timeout: Duration = .seconds(10), as answer: Answer.Type
    ) async throws -> Answer {
        let response = try await send(
            method, target, body: body, idempotencyKey: idempotencyKey, timeout: timeout)
        guard (200..<300).contains(response.status) else { throw problem(response) }
        let text = response.body.isEmpty ? Array("{}".utf8) : response.body
        do {
            // As strictly as the server reads: an answer may be a token or the state of a payment.
            return try Answer(jsonBytes: text)
        } catch {
            throw Problem(
                .badGateway, code: Code.unreadable,
                toUser: "A service of ours gave an answer that could not be read.",
                toOperator: "\(peer) \(response.status)")
        }
    }

    /// Calls a route and returns the answer as it is, whatever its status. Throws as `call` for a failure on
    /// the way. `answerBytesMax` is for answers longer than the client's standard.
    package func send(
        _ method: String, _ target: String, body: (any Encodable & Sendable)? = nil,
        idempotencyKey: String? = nil,
        timeout: Duration = .seconds(10), answerBytesMax: Int? = nil
    ) async throws -> HTTPResponse {
        var request = ClientRequest(
            method: method, url: baseURL, target: target, peer: peer, answerBytesMax: answerBytesMax)
        let context =
            RequestContext.current ?? RequestContext(requestID: nil, traceparent: nil, world: http.world)
        request.headers = [
            "accept": "application/json", "user-agent": caller,
            "authorization": "Bearer " + (token.revealText() ?? ""),
        ]
        request.headers.append(ContractHeader.requestID, context.requestID)
        request.headers.append(ContractHeader.traceparent, context.traceparent)
        if let idempotencyKey { request.headers.append(ContractHeader.idempotencyKey, idempotencyKey) }
        if let body {
            request.headers.append("content-type", "application/json")
            request.body = try body.jsonBytes()
        }
        do { return try await http.send(request, timeout: timeout) } catch { throw problem(error) }
    }

    /// What the peer refused, in its own code and words.
    private func problem(_ response: HTTPResponse) -> Problem {
        let kind = Problem.Kind(status: response.status)
        let retryAfter = response.headers.first("retry-after").flatMap { Int64(jsonDigits: $0.utf8) }
            .flatMap { $0 >= 0 ? Int(min($0, Self.retryAfterSecondsMax)) : nil }
        let at = "\(peer) \(response.status)"
        guard let error = try? ErrorEnvelope(jsonBytes: response.body).error else {
            return Problem(
                kind, code: Code.unreadable, toUser: "A service of ours refused without saying why.",
                toOperator: at,
                retryAfterSeconds: retryAfter)
        }
        var problem = Problem(
            kind, code: error.code, toUser: error.message, toOperator: at, retryAfterSeconds: retryAfter)
        problem.usedFor = error.usedFor
        return problem
    }

    private func problem(_ failure: HTTPClientFailure) -> any Error {
        let at = "\(peer): \(failure)"
        let toUser = "A service of ours does not answer at the moment."
        switch failure {
        case .notSent: return Problem(.unavailable, code: Code.unreachable, toUser: toUser, toOperator: at)
        case .answerLost: return Problem(.unavailable, code: Code.answerLost, toUser: toUser, toOperator: at)
        case .timedOut: return Problem(.timedOut, code: Code.timedOut, toUser: toUser, toOperator: at)
        case .malformedAnswer, .answerTooLarge:
            return Problem(.badGateway, code: Code.unreadable, toUser: toUser, toOperator: at)
        case .cancelled: return CancellationError()
        }
    }
}
