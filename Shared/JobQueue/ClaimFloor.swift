// Where a claim begins to read. A claim that reads a queue from its beginning walks past every job that is done
// and not yet cleared away, and while any snapshot of the database is held open, nothing is cleared away: the
// queue slows down with each job. So a claim begins where open jobs can be, and looks at the whole from time to
// time, for what others left behind. Pure.

/// The place of one worker in one queue whose jobs are numbered as they come.
package struct ClaimFloor: Sendable {
    /// How much of its time a worker may spend on looking at the whole: one part in this many.
    static let wholeShare: Int64 = 20
    /// Never more often than this, however cheap it is.
    static let wholeEveryNsMin: Int64 = 250_000_000

    private var inFlight: Set<Int64> = []
    private var highest: Int64 = 0
    private var wholeAtNs: Int64 = .min

    package init() {}

    /// The first number that the next claim has to look at. 0 when it is time to look at everything.
    package func start(nowNs: Int64) -> Int64 {
        nowNs >= wholeAtNs ? 0 : inFlight.min() ?? highest
    }

    /// A claim that began at `start` took from `fromNs` to `nowNs` and found these.
    package mutating func claimed(_ numbers: [Int64], start: Int64, fromNs: Int64, nowNs: Int64) {
        inFlight.formUnion(numbers)
        highest = max(highest, numbers.max() ?? 0)
        guard start == 0 else { return }
        wholeAtNs = nowNs + max(Self.wholeEveryNsMin, (nowNs - fromNs) * Self.wholeShare)
    }

    /// These are done, given back or lost.
    package mutating func ended(_ numbers: [Int64]) { inFlight.subtract(numbers) }
}
