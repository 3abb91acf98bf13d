// When the janitor asks a rail about a payment that is not final. A pure function of the payment's age and of
// how many asks in a row went unanswered; the rows, the clock and the asking are elsewhere.
package import World

/// Often while the customer is likely to be paying, so that a lost callback costs seconds; then every minute
/// or two, as miaPOS wants it, until the rail says a final word or a day has passed.
package enum JanitorSchedule {
    /// Each step holds until the payment is that old. A QR link lives about five minutes, so one that nobody
    /// pays costs the bank some twenty asks.
    private static let steps: [(until: Duration, every: Duration)] = [
        (.seconds(30), .seconds(4)),
        (.seconds(3 * 60), .seconds(15)),
        (.seconds(30 * 60), .seconds(60)),
    ]
    private static let slowest = Duration.seconds(120)
    private static let slowestRetry = Duration.seconds(30)

    /// A rail that has not said a final word for a day will not: the payment lapses. Money that arrives later
    /// still counts, through its callback.
    package static let givesUpAfter = Duration.seconds(24 * 3_600)

    /// Where nothing is known of how long a link lives: after this long it is dead.
    package static let unknownLapsesAfter = Duration.seconds(30 * 60)

    /// A payment whose attempts all lost their answers cannot be polled, and nobody was shown its links: it lapses
    /// with the last of them, `life` after its beginning, and a little. Money that came all the same still counts.
    package static func unknownLapses(life: Duration?) -> Duration {
        life.map { min($0 + callbackGrace, unknownLapsesAfter) } ?? unknownLapsesAfter
    }

    /// A callback may be a little behind the deadline that it tells of.
    package static let callbackGrace = Duration.seconds(30)

    /// When a payment that only waits for `end` is looked at next. Never an hour ahead: a time that far off is read
    /// as written by a clock that has been put back.
    package static func wait(until end: Timestamp, from now: Timestamp) -> Timestamp {
        min(end, now.advanced(by: unknownLapsesAfter))
    }

    /// How long a payment may stay `registering`, recovery included, before whoever asked is told no.
    package static let registeringEndsAfter = Duration.seconds(120)

    /// How long to wait before the next ask. `unanswered` counts the asks in a row that failed: those are asked
    /// again soon, so that a rail that was away for a moment costs seconds. A rail that stays away is not asked
    /// about each payment (`RailHealth`).
    package static func delay(age: Duration, unanswered: Int) -> Duration {
        let planned = steps.first { age < $0.until }?.every ?? slowest
        guard unanswered > 0 else { return planned }
        return min(planned, max(steps[0].every, min(.seconds(1 << min(unanswered, 7)), slowestRetry)))
    }

    /// When a payment that has just opened is looked at. What was planned when it was written stays, unless that would
    /// be more than two seconds early: another moment would write the row anew into each of its ten indexes.
    package static func firstLook(planned: Timestamp?, from now: Timestamp) -> Timestamp {
        let due = now.advanced(by: delay(age: .zero, unanswered: 0))
        guard let planned, planned <= due, due.since(planned) <= .seconds(2) else { return due }
        return planned
    }

    /// When a link that was taken back need not be asked about any more, unless the rail says that money is
    /// moving: a little after its life, by when an unpaid one is dead whatever the rail's word for it is.
    package static func watchEnds(_ expiresAt: Timestamp) -> Timestamp {
        expiresAt.advanced(by: .seconds(120))
    }
}
