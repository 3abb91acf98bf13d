// How fast one person may be written to. Meta's limit is one bucket for everything; inside it, answers leave a
// reserve for news of money, and news that may be told together hurries less, so that it gathers into one bubble.
package import World

/// The buckets of one person at one business number, as they stand in the conversation's row.
package struct PersonPace: Hashable, Sendable {
    /// What a message is to its reader.
    package enum Weight: Hashable, Sendable {
        /// An answer to what the person wrote: it may come many at a time, and stops before the reserve.
        case answer
        /// How a payment ended.
        case news
        /// The same, and its caller lets it be told together with others.
        case newsTogether
    }

    /// The three limits, made from Meta's one.
    package struct Limits: Hashable, Sendable {
        package let person: Pace
        /// Tokens of `person` that answers never take.
        package let reserve: Int
        package let together: Pace

        /// `interval` is what Meta grants one message for: six seconds. Two at once are told one by one, since two
        /// people stand at the counter; what comes faster is told together.
        package init(interval: Duration = Pace.person.interval) {
            person = Pace(interval: interval, burst: Pace.person.burst)
            reserve = 15
            together = Pace(interval: interval, burst: 2)
        }
    }

    /// Up to when the buckets may be full again for `take` to take a turn of this weight now; nil for one that it does
    /// not ask.
    static func latest(
        _ weight: Weight, _ limits: Limits, now: Timestamp
    ) -> (fullAt: Timestamp, newsFullAt: Timestamp?) {
        (
            limits.person.latest(now: now, leaving: weight == .answer ? limits.reserve : 0),
            weight == .newsTogether ? limits.together.latest(now: now) : nil
        )
    }

    /// When each bucket is full again; nil for one never used.
    package var fullAt: Timestamp?
    package var newsFullAt: Timestamp?

    package init(fullAt: Timestamp? = nil, newsFullAt: Timestamp? = nil) {
        self.fullAt = fullAt
        self.newsFullAt = newsFullAt
    }

    /// Takes a turn: nil, and the buckets are the new ones; or the moment to ask again, and nothing was taken.
    package mutating func take(_ weight: Weight, _ limits: Limits, now: Timestamp) -> Timestamp? {
        var news = newsFullAt
        if weight == .newsTogether {
            switch limits.together.take(fullAt: newsFullAt, now: now) {
            case .wait(let until): return until
            case .go(let fullAt): news = fullAt
            }
        }
        let leaving = weight == .answer ? limits.reserve : 0
        switch limits.person.take(fullAt: fullAt, now: now, leaving: leaving) {
        case .wait(let until): return until
        case .go(let full): (fullAt, newsFullAt) = (full, news)
        }
        return nil
    }
}
