// How fast messages may leave: a token bucket kept as one number, the moment at which the bucket is full
// again. One number fits a row, so several processes can share a pace with a single UPDATE. No clock and no
// storage here.
package import World

/// A sustained rate with a burst.
package struct Pace: Hashable, Sendable {
    /// One token comes back after this long.
    package let interval: Duration
    /// Tokens in a full bucket.
    package let burst: Int

    package init(interval: Duration, burst: Int) {
        precondition(interval > .zero && burst > 0, "a pace without a rate would never send")
        self.interval = interval
        self.burst = burst
    }

    /// A business number's: Meta's default is 80 messages a second, counted for all of our processes together. A
    /// tenth of a second's worth may leave at once, so that our second and Meta's may be cut anywhere.
    package static func number(ratePerSecond: Int) -> Pace {
        Pace(interval: .microseconds(1_000_000 / max(1, ratePerSecond)), burst: max(1, ratePerSecond / 10))
    }
    /// To one person: one message in six seconds, with a burst of 45 that is borrowed from the future.
    package static let person = Pace(interval: .seconds(6), burst: 45)

    package enum Turn: Hashable, Sendable {
        /// Send, and store this as the new `fullAt`.
        case go(fullAt: Timestamp)
        /// Not before this moment.
        case wait(until: Timestamp)
    }

    /// Takes one token. `fullAt` is what the last `go` returned; `nil` for a bucket never used. With `leaving`, the
    /// last so many tokens are not touched: they are kept for somebody else.
    package func take(fullAt: Timestamp?, now: Timestamp, leaving: Int = 0) -> Turn {
        let base = fullAt.map { Self.isPlausible($0, interval * burst, now) ? max($0, now) : now } ?? now
        let earliest = base.advanced(by: .zero - interval * max(0, burst - 1 - leaving))
        return earliest <= now ? .go(fullAt: base.advanced(by: interval)) : .wait(until: earliest)
    }

    /// The latest moment for a bucket to be full again of which a token may be taken now, as `take` takes it; one whose
    /// moment no clock of ours can have written is not meant.
    package func latest(now: Timestamp, leaving: Int = 0) -> Timestamp {
        now.advanced(by: interval * max(0, burst - 1 - leaving))
    }

    /// How many tokens there are now.
    package func tokens(fullAt: Timestamp?, now: Timestamp) -> Int {
        guard let fullAt, fullAt > now, Self.isPlausible(fullAt, interval * burst, now) else { return burst }
        let spent = (fullAt.since(now).microseconds + interval.microseconds - 1) / interval.microseconds
        return max(0, burst - Int(spent))
    }

    /// False for a moment that a clock has written which was ahead and was put back: waiting for it would
    /// silence a person for as long as the clock was wrong. `longest` is how far ahead the moment can rightly
    /// be; clocks of two hosts differ by less than a minute.
    static func isPlausible(_ moment: Timestamp, _ longest: Duration, _ now: Timestamp) -> Bool {
        moment.since(now) <= longest + .seconds(60)
    }
}
