// Where a claim begins to read. Jobs are found by an index on the moment when they are due; a job that is done leaves
// a dead entry there, and while anybody holds a snapshot open (a backup, a report, a forgotten session) nothing may
// clear it away: a claim from the index's beginning walks past everything that was done since. So a claim begins
// where open jobs can be, and deeper looks, bounded by their share of the time, find what came late. Pure.
package import World

/// The place of one worker in one queue, kept in its memory alone: a new worker begins with the whole.
package struct ClaimFloor: Sendable {
    /// A deeper look of each kind may take one part in this many of a worker's time.
    static let deeperShare: Int64 = 40
    /// A job becomes visible with its commit, which may be as much later than the moment it is due from.
    static let overlapMin = Duration.milliseconds(20)
    /// How far a look at the recent goes back: slow commits and clocks that differ are within.
    static let recentSpan = Duration.seconds(10)
    /// Jobs that appear later than this after they were due are exceptions, such as those of a worker that died. They
    /// are left to the deeper looks; what comes less late makes every claim begin that much earlier.
    static let learnedMax = Duration.seconds(2)
    /// Before any moment that a job is due from.
    package static let beginning = Timestamp(seconds: -86_400 * 365)

    enum Depth { case floor, overlap, recent, whole }

    /// One look into the queue.
    package struct Look: Sendable {
        /// Jobs that are due from before this are not looked at.
        package let from: Timestamp
        let depth: Depth
        package let now: Timestamp
        let startNs: Int64
    }

    private var floor: Timestamp?
    /// Everything due until then was seen, unless it was not visible yet.
    private var seenUntil: Timestamp?
    private var lateness = Duration.zero
    /// The last look ended because it had enough.
    private var isBehind = false
    private var overlapAtNs: Int64 = .min
    private var overlapPauseNs: Int64 = 0
    private var recentAtNs: Int64 = .min
    /// Until a look at the recent was measured.
    private var recentPauseNs: Int64 = 50_000_000
    private var wholeAtNs: Int64 = .min
    private var wholeAt = Self.beginning

    package init() {}

    /// The next look, at `now` by the clock that jobs are due by and `startNs` by one that only runs forwards.
    package mutating func look(now: Timestamp, startNs: Int64) -> Look {
        // Leases end by the clock of `now`, so a jump of it calls for the whole as well.
        guard let floor, startNs < wholeAtNs, now < wholeAt else {
            return Look(from: Self.beginning, depth: .whole, now: now, startNs: startNs)
        }
        // A clock that was put back takes the floor along.
        let reached = min(floor, now)
        let overlapped = reached.advanced(by: .zero - overlap)
        if startNs >= recentAtNs {
            let recent = overlapped.advanced(by: .zero - Self.recentSpan)
            return Look(from: recent, depth: .recent, now: now, startNs: startNs)
        }
        // Behind a full look lies what was committed long ago: it begins at the very job that the last one ended with,
        // or each would walk past the thousands that were done in the overlap. What came late meanwhile is looked for
        // in between.
        guard isBehind else { return Look(from: overlapped, depth: .overlap, now: now, startNs: startNs) }
        return startNs < overlapAtNs
            ? Look(from: reached, depth: .floor, now: now, startNs: startNs)
            : Look(from: overlapped, depth: .overlap, now: now, startNs: startNs)
    }

    /// What the look found: the moments its jobs were due from, and whether it ended because it had enough. Not to be
    /// called for a look that failed.
    package mutating func found(_ due: [Timestamp], isFull: Bool, by look: Look, endNs: Int64) {
        if let seenUntil {
            let late = due.map { seenUntil.since($0) }.filter { $0 > .zero && $0 <= Self.learnedMax }.max()
            // Forgotten slowly, or every eighth claim would learn it anew.
            if look.depth == .recent || look.depth == .whole { lateness = lateness * 7 / 8 }
            lateness = max(lateness, late ?? .zero)
        }
        // What lies before the last one found is claimed or locked by others; this may lead back to a backlog.
        floor = isFull ? due.max() ?? look.from : look.now
        seenUntil = isFull ? nil : look.now
        isBehind = isFull
        let pause = max(0, endNs - look.startNs) * Self.deeperShare
        if look.depth == .whole {
            wholeAtNs = endNs + pause
            wholeAt = look.now.advanced(by: .nanoseconds(wholeAtNs - look.startNs))
        }
        if look.depth == .recent { recentPauseNs = pause }
        if look.depth == .overlap { overlapPauseNs = pause }
        // The deeper has seen the less deep too; what that costs by itself is what it cost the last time.
        if look.depth == .whole || look.depth == .recent { recentAtNs = endNs + recentPauseNs }
        if look.depth != .floor { overlapAtNs = endNs + overlapPauseNs }
    }

    /// A job that was passed over may be claimed now: the next look is at the whole.
    package mutating func lookBack() { wholeAtNs = .min }

    private var overlap: Duration { Self.overlapMin + lateness * 5 / 4 }
}
