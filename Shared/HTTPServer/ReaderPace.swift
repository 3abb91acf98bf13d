// How far a peer is behind in taking what it is answered. A deadline for each write alone would let it read a little
// just in time, for ever: what its writes waited is added up, and what it took pays it off at a least rate. No clock
// and no socket here.
import World

/// The books of one connection's reader.
struct ReaderPace {
    /// One write's most: what is slow is seen while a large answer leaves, not after it.
    static let pieceBytes = 64 * 1024

    private let patienceNs: Int64
    private let bytesPerSecondMin: Int64
    /// Never below zero: who read fast for a day has saved up no right to dawdle for an hour.
    private var behindNs: Int64 = 0

    /// A reader may fall behind `bytesPerSecondMin` by `patience`.
    init(patience: Duration, bytesPerSecondMin: Int) {
        patienceNs = patience.nanoseconds
        self.bytesPerSecondMin = Int64(max(1, bytesPerSecondMin))
    }

    /// How long the next piece may take.
    var allowanceNs: Int64 { max(0, patienceNs - behindNs) }

    /// A piece of `bytes` left, and its write took `ns`.
    mutating func took(_ bytes: Int, _ ns: Int64) {
        behindNs = max(0, behindNs + ns - Int64(bytes) * 1_000_000_000 / bytesPerSecondMin)
    }
}
