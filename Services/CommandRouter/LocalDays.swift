// Days as the merchant's wall clock counts them, against the moments that the gateway is asked for. Pure.
import Copy
import Money
import World

/// The calendar at one place, from one moment.
struct LocalDays: Sendable, Equatable {
    let place: WallClock
    let today: CivilDate

    init(_ now: Timestamp, at place: WallClock) {
        self.place = place
        today = CivilTime(now, at: place).date
    }

    /// From the first moment of the first day to the first moment after the last.
    func moments(first: CivilDate, end: CivilDate) -> (from: Timestamp, to: Timestamp) {
        (place.start(of: first), place.start(of: end))
    }

    var todaysMoments: (from: Timestamp, to: Timestamp) {
        moments(first: today, end: CivilDate(daysSince1970: today.daysSince1970 + 1))
    }

    /// "14:23" of today, "20.11 14:23" of this year, "20.11.2025 14:23" of another.
    func text(_ moment: Timestamp, _ language: Language) -> String {
        let time = CivilTime(moment, at: place)
        if time.date == today { return time.clock }
        let day = time.date.year == today.year ? time.date.shortText(language) : time.date.text(language)
        return day + " " + time.clock
    }
}
