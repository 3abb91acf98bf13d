// Latencies of one measurement, all of them kept: percentiles are read from the sorted list, never estimated.

/// What one load run saw.
package struct Latencies: Sendable {
    private var nanoseconds: [Int64] = []

    package init() {}

    package var count: Int { nanoseconds.count }

    package mutating func add(_ ns: Int64) { nanoseconds.append(ns) }

    package mutating func add(_ other: Latencies) { nanoseconds += other.nanoseconds }

    /// The nearest-rank percentile in milliseconds, `share` from 0 to 1; nil when nothing was measured.
    package func milliseconds(at share: Double) -> Double? {
        guard !nanoseconds.isEmpty else { return nil }
        let sorted = nanoseconds.sorted()
        let rank = Int((share * Double(sorted.count)).rounded(.up))
        return Double(sorted[min(max(rank, 1), sorted.count) - 1]) / 1e6
    }
}
