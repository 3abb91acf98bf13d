// How much Meta lets a business say: one message in six seconds to a person with a burst of 45, so many a
// second from a number, a thousand free replies a month. And the figures of what it was asked.

import World

/// Token buckets, each kept as the moment at which it is full again. Written apart from the notifier's own
/// pace on purpose: a mistake that both shared would not show.
struct MetaLimits: Sendable {
    static let pairInterval: Duration = .seconds(6)
    static let pairBurst = 45
    /// Delivered free-form messages a calendar month that cost nothing, by number.
    static let freeServices = 1_000
    static let pairsMax = 20_000

    private let numberInterval: Duration
    private let numberBurst: Int
    private var pairs = BoundedMap<String, Timestamp>(entriesMax: pairsMax)
    private var numberFullAt: Timestamp?
    private var month: Int32 = 0
    private(set) var servicesThisMonth = 0

    init(numberRate: Int) {
        numberInterval = .nanoseconds(1_000_000_000 / Int64(max(1, numberRate)))
        numberBurst = max(1, numberRate)
    }

    /// Throws 130429 or 131056; a refused message takes no token.
    mutating func take(_ phone: String, now: Timestamp) throws(GraphError) {
        guard let number = Self.take(numberFullAt, numberInterval, numberBurst, now) else {
            throw .rateLimited()
        }
        guard let pair = Self.take(pairs[phone], Self.pairInterval, Self.pairBurst, now) else {
            throw .pairLimited()
        }
        numberFullAt = number
        pairs.set(phone, pair)
    }

    private static func take(_ fullAt: Timestamp?, _ interval: Duration, _ burst: Int, _ now: Timestamp)
        -> Timestamp?
    {
        let base = max(fullAt ?? now, now)
        let next = base.advanced(by: interval)
        return next.since(now) <= interval * burst ? next : nil
    }

    mutating func countService(_ now: Timestamp) {
        let date = CivilDate(daysSince1970: now.seconds / 86_400)
        let current = Int32(date.year * 12 + date.month)
        if current != month { (month, servicesThisMonth) = (current, 0) }
        servicesThisMonth += 1
    }
}

/// What the fake Meta was asked, for whoever compares books.
package struct MetaLedger: Codable, Sendable, Equatable {
    /// Messages shown on phones, by kind.
    package var accepted: [String: Int] = [:]
    /// Refusals by code, those that a fault asked for among them.
    package var refused: [Int: Int] = [:]
    /// Free-form messages that came when the window was closed.
    package var outsideWindow = 0
    /// Read receipts and typing indicators.
    package var receipts = 0
}
