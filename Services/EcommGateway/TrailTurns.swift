// Which banks are told now of what waits for their trails: each by itself, one request at a time, and one that is away
// the less often the longer it is. So a bank costs the others neither places nor claims. Pure; in memory alone, since
// the rows hold what is true.
import JobQueue
import World

struct TrailTurns: Sendable {
    /// Asked again after so long at first, and at most; rows have pauses of their own.
    static let backoff = Backoff(first: .seconds(1), last: .seconds(30))
    /// What a bank that was away is asked with.
    static let probe = 1

    private struct Turn: Sendable {
        /// A request is under way, or its process would have lost it by then.
        var heldUntil: Timestamp?
        var failures = 0
        var nextAt: Timestamp?
        /// There is more than the last request could hold.
        var isFull = false
        /// Who had a turn longest ago is first.
        var round = 0
    }

    private let banks: [String]
    private var turns: [String: Turn]
    private var round = 0

    init(_ banks: [String]) {
        self.banks = banks
        turns = Dictionary(banks.map { ($0, Turn()) }) { first, _ in first }
    }

    /// Something more can be told as soon as a request ends.
    var isBehind: Bool { turns.values.contains { $0.isFull } }

    /// `limit` banks at most, and how many events of each, `most` at most.
    func next(_ limit: Int, most: Int, now: Timestamp) -> [(bankId: String, most: Int)] {
        let free = turns.filter { _, turn in
            // A moment further ahead than any of ours was written before a clock was put back.
            func isOver(_ moment: Timestamp?) -> Bool {
                moment.map { $0 <= now || $0.since(now) > .seconds(3_600) } ?? true
            }
            return isOver(turn.heldUntil) && isOver(turn.nextAt)
        }
        return free.sorted { ($0.value.round, $0.key) < ($1.value.round, $1.key) }.prefix(limit).map {
            ($0.key, $0.value.failures > 0 ? Self.probe : most)
        }
    }

    /// What a claim gave for one of those that were asked for.
    mutating func claimed(_ bankId: String, count: Int, most: Int, until: Timestamp) {
        round += 1
        turns[bankId]?.round = round
        turns[bankId]?.isFull = count >= most
        if count > 0 { turns[bankId]?.heldUntil = until }
    }

    mutating func renewed(_ bankId: String, until: Timestamp) { turns[bankId]?.heldUntil = until }

    /// `pause` is how long it rests after as many failures in a row.
    mutating func ended(_ bankId: String, isAway: Bool, now: Timestamp, pause: (_ failures: Int) -> Duration)
    {
        guard var turn = turns[bankId] else { return }
        turn.heldUntil = nil
        turn.failures = isAway ? turn.failures + 1 : 0
        turn.nextAt = isAway ? now.advanced(by: pause(turn.failures)) : nil
        turns[bankId] = turn
    }
}
