// Messages whose last claim ended without a word: whoever worked on them died. One of them may be what it died of, so
// they are taken up one at a time, beside everything else: a message that kills its process costs itself attempts, and
// not those that happened to be worked on next to it.
import Synchronization
import World

final class Dropped: Sendable {
    /// How often is looked for them, unless the last look found one: each look reads conversations that are due.
    static let interval = Duration.seconds(1)
    private static let lookShare = 20
    /// One that is still worked on after this long has not killed anybody, and holds up no other.
    static let quickDeath = Duration.seconds(2)

    private struct State {
        /// By number of the event: since when.
        var begun: [Int64: Timestamp] = [:]
        var nextLook: Timestamp?
        var pause = Dropped.interval
    }
    private let state = Mutex(State())

    /// Whether to look for one now; then nobody else looks until `looked`.
    func mayLook(at now: Timestamp) -> Bool {
        state.withLock { state in
            guard state.begun.values.allSatisfy({ !(.zero..<Self.quickDeath).contains(now.since($0)) }) else {
                return false
            }
            // A clock that was put back must not make it wait for hours.
            if let next = state.nextLook, now < next, next.since(now) <= state.pause { return false }
            state.nextLook = now.advanced(by: state.pause)
            return true
        }
    }

    /// A look that a held snapshot has made dear is made the less often: it takes one part in `lookShare` of the time.
    func looked(at now: Timestamp, found: Int64?, took: Duration) {
        state.withLock { state in
            state.pause = max(Self.interval, took * Self.lookShare)
            state.nextLook = now.advanced(by: state.pause)
            guard let found else { return }
            state.begun[found] = now
            state.nextLook = nil
        }
    }

    func ended(_ seq: Int64) { state.withLock { _ = $0.begun.removeValue(forKey: seq) } }
}
