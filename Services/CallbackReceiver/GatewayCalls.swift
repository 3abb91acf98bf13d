// What the receiver asks of the gateway: whose payment a path speaks of, the bank's key, and to apply what
// was verified. A protocol, so that the verifying can be tested without a gateway.
import Contracts
import HTTPClient
import Problem

/// The gateway as the receiver needs it. All throw `Problem`.
protocol GatewayCalls: Sendable {
    /// nil when no attempt has this capability.
    func attempt(_ capability: String) async throws -> AttemptView?
    /// The bank's key; `refetch` asks the bank again, within the gateway's own limit.
    func publicKey(bankId: String, paymentId: String, refetch: Bool) async throws -> BankPublicKey
    func apply(_ result: PaymentResult, paymentId: String, idempotencyKey: String) async throws
}

/// The gateway over HTTP.
struct HTTPGateway: GatewayCalls {
    let client: ServiceClient

    private static let timeout = Duration.seconds(5)
    /// The gateway may have to ask broker and bank in turn for a key.
    private static let keyTimeout = Duration.seconds(10)

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

    func apply(_ result: PaymentResult, paymentId: String, idempotencyKey: String) async throws {
        _ = try await client.call(
            "POST", "/v1/payments/\(paymentId)/results", body: result, idempotencyKey: idempotencyKey,
            timeout: Self.timeout, as: ServiceClient.Nothing.self)
    }
}
