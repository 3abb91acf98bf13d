// A World for tests and simulations: time moves only when told to, randomness comes from a seed. Never in
// production, where its ids and capabilities could be guessed.
import Synchronization

/// A clock and a random source that a test owns. Two with the same seed and the same calls behave the same.
package final class SeededWorld: Sendable {
    private struct State {
        var now: Timestamp
        var generator: UInt64
    }
    private let state: Mutex<State>

    package init(seed: UInt64, now: Timestamp = Timestamp(seconds: 1_790_000_000)) {
        state = Mutex(State(now: now, generator: seed))
    }

    /// Moves both clocks forward by `span`.
    package func advance(by span: Duration) { state.withLock { $0.now = $0.now.advanced(by: span) } }

    /// The World to hand to what is tested.
    package var world: World {
        World(
            now: { self.state.withLock { $0.now } },
            monotonic: { self.state.withLock { $0.now.microseconds * 1_000 } },
            randomBytes: { count in
                self.state.withLock { state in
                    (0..<count).map { _ in UInt8(truncatingIfNeeded: splitMix(&state.generator)) }
                }
            })
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, fast, fine for tests, predictable and therefore for nothing
/// else.
private func splitMix(_ state: inout UInt64) -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
}
