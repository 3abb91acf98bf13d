// The banks' public keys at hand, so that a callback costs one question to the gateway and not three. What does not
// verify is asked for anew, whatever lies here.
import Contracts
import Synchronization
import World

/// The gateway, with its answers about keys kept for a moment. Bounded by the number of banks that have payments: a
/// key is asked for only after the gateway has named the attempt's bank.
final class KeyShelf<Gateway: GatewayCalls>: GatewayCalls {
    /// How much longer than the gateway itself we may trust a key that the bank has replaced.
    static var life: Duration { .seconds(60) }

    private struct Kept {
        let key: BankPublicKey
        let at: Timestamp
    }

    private let gateway: Gateway
    private let world: World
    private let kept = Mutex<[String: Kept]>([:])

    init(_ gateway: Gateway, world: World) {
        self.gateway = gateway
        self.world = world
    }

    func attempt(_ capability: String) async throws -> AttemptView? { try await gateway.attempt(capability) }

    func publicKey(bankId: String, paymentId: String, refetch: Bool) async throws -> BankPublicKey {
        if !refetch, let key = keyAtHand(bankId: bankId) { return key }
        let now = world.now()
        let key = try await gateway.publicKey(bankId: bankId, paymentId: paymentId, refetch: refetch)
        kept.withLock { $0[bankId] = Kept(key: key, at: now) }
        return key
    }

    func keyAtHand(bankId: String) -> BankPublicKey? {
        let now = world.now()
        guard let atHand = kept.withLock({ $0[bankId] }) else { return nil }
        // A clock that was put back must not keep a key for longer.
        return (.zero..<Self.life).contains(now.since(atHand.at)) ? atHand.key : nil
    }

    func lastKey(of bankId: String) -> BankPublicKey? { kept.withLock { $0[bankId]?.key } }

    func apply(_ result: PaymentResult, paymentId: String, idempotencyKey: String) async throws {
        try await gateway.apply(result, paymentId: paymentId, idempotencyKey: idempotencyKey)
    }
    func apply(_ entry: ResultBatch.Entry) async throws -> String? { try await gateway.apply(entry) }
}
