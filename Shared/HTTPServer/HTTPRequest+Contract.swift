// What handlers need of a request under our contracts: a typed body, the idempotency key, the caller; and
// the error envelope on the way out. Decoding errors name the field and never quote its value.
import Contracts
package import HTTPWire
import JSONWire
package import Problem

extension HTTPRequest {
    /// Braces cannot stand in a path segment's name, so no pattern can collide with this.
    static let callerParameter = "{caller}"

    /// The service that called, on routes that name their callers.
    package var caller: String? { parameters[Self.callerParameter] }

    /// The body as `Value`. Throws 400 `INVALID_JSON`, naming the field; also for a body in which a name occurs
    /// twice, that nests deeper than 64 or is not UTF-8, whether or not `Value` would have looked there.
    package func decode<Value: Decodable>(_ type: Value.Type) throws(Problem) -> Value {
        do { return try Value(jsonBytes: body) } catch let error as JSONFailure {
            let what = error.reason == .duplicateName ? "A name occurs twice" : "The body is not JSON"
            throw Problem(.invalid, code: "INVALID_JSON", toUser: what + ", at byte \(error.offset).")
        } catch let error as DecodingError {
            throw Problem(.invalid, code: "INVALID_JSON", toUser: Self.explain(error))
        } catch {
            throw Problem(
                .invalid, code: "INVALID_JSON", toUser: "The body is not the JSON object this route takes.")
        }
    }

    private static func explain(_ error: DecodingError) -> String {
        func path(_ context: DecodingError.Context, _ last: (any CodingKey)? = nil) -> String {
            (context.codingPath + (last.map { [$0] } ?? [])).map {
                $0.intValue.map(String.init) ?? $0.stringValue
            }
            .joined(separator: ".")
        }
        switch error {
        case .keyNotFound(let key, let context): return "The field \(path(context, key)) is missing."
        case .typeMismatch(_, let context): return "The field \(path(context)) has the wrong type."
        case .valueNotFound(_, let context): return "The field \(path(context)) must not be null."
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            return "The field \(path(context)) is not valid."
        default: return "The body is not the JSON object this route takes."
        }
    }

    /// The Idempotency-Key header: 1 to 200 visible ASCII characters. Throws 400 `IDEMPOTENCY_KEY_MISSING` or
    /// `IDEMPOTENCY_KEY_INVALID`.
    package func idempotencyKey() throws(Problem) -> String {
        guard let key = headers.first(ContractHeader.idempotencyKey) else {
            throw Problem(
                .invalid, code: "IDEMPOTENCY_KEY_MISSING", toUser: "An Idempotency-Key header is needed.")
        }
        return try Self.checked(idempotencyKey: key)
    }

    /// The same of a key that came in a body. Throws 400 `IDEMPOTENCY_KEY_INVALID`.
    package static func checked(idempotencyKey key: String) throws(Problem) -> String {
        guard (1...200).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw Problem(
                .invalid, code: "IDEMPOTENCY_KEY_INVALID",
                toUser: "Idempotency-Key takes 1 to 200 visible characters.")
        }
        return key
    }

    /// A path part by its name in the pattern. A name that the pattern lacks is a mistake in the source.
    package func parameter(_ name: String) -> String {
        guard let value = parameters[name] else { preconditionFailure("the route has no part \(name)") }
        return value
    }
}

extension HTTPResponse {
    /// An answer with a JSON body, keys sorted.
    package static func encoding(_ status: Int, _ value: some Encodable) -> HTTPResponse {
        do { return .json(status, try value.jsonBytes()) } catch {
            // Our own types hold nothing that JSON cannot (no non-finite numbers).
            preconditionFailure("an answer of ours does not encode")
        }
    }

    /// The error envelope with the problem's status; Retry-After where the problem knows when.
    package init(_ problem: Problem, requestID: String?) {
        self = .encoding(problem.kind.status, ErrorEnvelope(problem, requestId: requestID))
        if let seconds = problem.retryAfterSeconds { headers.append("retry-after", String(seconds)) }
        if problem.kind == .unauthenticated { headers.append("www-authenticate", "Bearer") }
    }
}
