// The banks' public keys at hand, so that a callback costs two questions to the gateway and not three. What does not
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
        let now = world.now()
        // A clock that was put back must not keep a key for longer.
        let atHand = kept.withLock { $0[bankId] }.flatMap {
            (.zero..<Self.life).contains(now.since($0.at)) ? $0 : nil
        }
        if let atHand, !refetch { return atHand.key }
        let key = try await gateway.publicKey(bankId: bankId, paymentId: paymentId, refetch: refetch)
        kept.withLock { $0[bankId] = Kept(key: key, at: now) }
        return key
    }

    func apply(_ result: PaymentResult, paymentId: String, idempotencyKey: String) async throws {
        try await gateway.apply(result, paymentId: paymentId, idempotencyKey: idempotencyKey)
    }
}
