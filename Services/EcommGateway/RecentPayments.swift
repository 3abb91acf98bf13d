// Payments that this process has just written and that are not at their end: most results come to the process that made
// the link, moments later, and need no reading. A copy here may be old, since other processes write too: whoever begins
// from one writes nothing unless its version is the latest, and reads then.
import Synchronization

final class RecentPayments: Sendable {
    /// Some 2 KB each. At 300 payments a second the last quarter of a minute.
    static let most = 4_096

    private struct State {
        var byId: [String: PaymentRecord] = [:]
        var idOfCapability: [[UInt8]: String] = [:]
        /// In the order in which they came; may name some that are gone.
        var ids: [String] = []
        var oldest = 0
    }
    private let state = Mutex(State())

    func find(_ paymentId: String) -> PaymentRecord? { state.withLock { $0.byId[paymentId] } }

    /// By the digest of a capability of any of its attempts.
    func find(capabilityDigest: [UInt8]) -> PaymentRecord? {
        state.withLock { state in state.idOfCapability[capabilityDigest].flatMap { state.byId[$0] } }
    }

    /// As it has just been committed. One that is at its end is let go of.
    func wrote(_ record: PaymentRecord) {
        state.withLock { state in
            guard !record.state.isFinal else { return Self.forget(record.paymentId, &state) }
            if state.byId[record.paymentId] == nil { state.ids.append(record.paymentId) }
            state.byId[record.paymentId] = record
            for attempt in record.attempts {
                state.idOfCapability[attempt.capabilityDigest] = record.paymentId
            }
            while state.byId.count > Self.most { Self.forgetOldest(&state) }
        }
    }

    /// Changed in the database alone.
    func forget(_ paymentId: String) { state.withLock { Self.forget(paymentId, &$0) } }

    private static func forget(_ paymentId: String, _ state: inout State) {
        guard let record = state.byId.removeValue(forKey: paymentId) else { return }
        for attempt in record.attempts { state.idOfCapability[attempt.capabilityDigest] = nil }
        // Ids of those that went before their turn are dropped when they are the most.
        if state.ids.count - state.oldest > 2 * most {
            state.ids = state.ids[state.oldest...].filter { state.byId[$0] != nil }
            state.oldest = 0
        }
    }

    private static func forgetOldest(_ state: inout State) {
        guard state.oldest < state.ids.count else { return }
        // Counted first: to forget may put the rest of the ids in the place of all.
        state.oldest += 1
        forget(state.ids[state.oldest - 1], &state)
        if state.oldest > most {
            state.ids.removeFirst(state.oldest)
            state.oldest = 0
        }
    }
}
