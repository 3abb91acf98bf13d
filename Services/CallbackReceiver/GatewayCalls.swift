// What the receiver asks of the gateway: whose payment a path speaks of, the bank's key, and to apply what
// was verified. A protocol, so that the verifying can be tested without a gateway.
import Contracts
import EventLoop
import HTTPClient
import JobQueue
import Observe
import Problem
import World

/// The gateway as the receiver needs it. All that may fail throw `Problem`.
protocol GatewayCalls: Sendable {
    /// nil when no attempt has this capability.
    func attempt(_ capability: String) async throws -> AttemptView?
    /// The bank's key; `refetch` asks the bank again, within the gateway's own limit.
    func publicKey(bankId: String, paymentId: String, refetch: Bool) async throws -> BankPublicKey
    /// The same where it is known without asking anybody.
    func keyAtHand(bankId: String) -> BankPublicKey?
    func apply(_ result: PaymentResult, paymentId: String, idempotencyKey: String) async throws
    /// The payment that the result was applied to, found by the capability; nil where it was not, for whatever reason.
    func apply(_ entry: ResultBatch.Entry) async throws -> String?
    /// The key that this bank was last known to have, however long ago; nil: nobody was asked for it yet. Asks nobody.
    func lastKey(of bankId: String) -> BankPublicKey?
}

extension GatewayCalls {
    func lastKey(of bankId: String) -> BankPublicKey? { nil }
}

/// The gateway over HTTP.
struct HTTPGateway: GatewayCalls {
    let client: ServiceClient
    /// What others report while a request is under way goes together in the next.
    private let reporting: Gathering<ResultBatch.Entry, ResultBatchAnswer.Result>

    private static let timeout = Duration.seconds(5)
    /// The gateway may have to ask broker and bank in turn for a key.
    private static let keyTimeout = Duration.seconds(10)

    /// A request that takes longer than `patience` stops nobody.
    init(client: ServiceClient, world: World, loop: EventLoop, patience: Duration = .milliseconds(250)) {
        self.client = client
        reporting = Gathering(
            itemsMax: ResultBatch.resultsMax, on: loop, beside: Beside(after: patience, on: loop),
            perform: { entries in
                // Each entry names its own request.
                let context = RequestContext(requestID: nil, traceparent: nil, world: world)
                let answer = try await RequestContext.$current.withValue(context) {
                    try await client.call(
                        "POST", "/v1/results", body: ResultBatch(results: entries), timeout: Self.timeout,
                        as: ResultBatchAnswer.self)
                }
                guard answer.results.count == entries.count else {
                    throw Problem(
                        .badGateway, code: ServiceClient.Code.unreadable,
                        toUser: "A service of ours answered for others than asked.")
                }
                return answer.results
            })
    }

    func attempt(_ capability: String) async throws -> AttemptView? {
        do {
            return try await client.call(
                "GET", "/v1/attempts/" + capability, timeout: Self.timeout, as: AttemptView.self)
        } catch let problem as Problem where problem.code == "ATTEMPT_UNKNOWN" { return nil }
    }

    func publicKey(bankId: String, paymentId: String, refetch: Bool) async throws -> BankPublicKey {
        // Both ids hold only characters that need no escaping: one was checked by our route, one is the
        // gateway's.
        let target =
            "/v1/banks/\(bankId)/public-key?paymentId=\(paymentId)" + (refetch ? "&refetch=true" : "")
        return try await client.call("GET", target, timeout: Self.keyTimeout, as: BankPublicKey.self)
    }

    func keyAtHand(bankId: String) -> BankPublicKey? { nil }

    func apply(_ result: PaymentResult, paymentId: String, idempotencyKey: String) async throws {
        _ = try await client.call(
            "POST", "/v1/payments/\(paymentId)/results", body: result, idempotencyKey: idempotencyKey,
            timeout: Self.timeout, as: ServiceClient.Nothing.self)
    }

    func apply(_ entry: ResultBatch.Entry) async throws -> String? {
        do { return try await reporting.add(entry).paymentId } catch let problem as Problem
            where !problem.isRetryable && problem.kind != .unauthenticated
        {
            // A gateway of the release before has no such route.
            return nil
        }
    }
}
