// The clock on a merchant's wall, computed from the rule its country follows. The host's time zone database
// is never asked, so a receipt shows the same time on every machine. Calendar arithmetic itself is in World.
package import Money
package import World

/// A time zone whose rule we know. The raw value is the IANA name.
package enum WallClock: String, CaseIterable, Codable, Sendable, Hashable {
    case chisinau = "Europe/Chisinau"
    case bucharest = "Europe/Bucharest"
    case kolkata = "Asia/Kolkata"
    case utc = "UTC"

    /// The wall clock of a merchant's country (ISO 3166-1 alpha-2); UTC for one we have no rule for.
    package init(country: String) {
        switch country.uppercased() {
        case "MD": self = .chisinau
        case "RO": self = .bucharest
        case "IN": self = .kolkata
        default: self = .utc
        }
    }

    /// Seconds to add to UTC at that moment.
    package func offsetSeconds(at moment: Timestamp) -> Int64 {
        switch self {
        case .utc: 0
        case .kolkata: 5 * 3600 + 1800
        case .chisinau, .bucharest: Self.isSummer(moment) ? 3 * 3600 : 2 * 3600
        }
    }

    /// Directive 2000/84/EC, which Moldova's dates follow: summer time from 01:00 UTC on the last Sunday of
    /// March to 01:00 UTC on the last Sunday of October.
    private static func isSummer(_ moment: Timestamp) -> Bool {
        let day = moment.seconds >= 0 ? moment.seconds / 86_400 : (moment.seconds - 86_399) / 86_400
        let year = CivilDate(daysSince1970: day).year
        func change(in month: Int) -> Int64 {
            let last = CivilDate(year: year, month: month, day: 31)
            return (last.daysSince1970 - Int64(last.weekday)) * 86_400 + 3600
        }
        return moment.seconds >= change(in: 3) && moment.seconds < change(in: 10)
    }
}

/// A moment as a person at that place reads it.
package struct CivilTime: Sendable, Hashable {
    package let date: CivilDate
    /// 0...23
    package let hour: Int
    /// 0...59
    package let minute: Int

    package init(_ moment: Timestamp, at place: WallClock) {
        let seconds = moment.seconds + place.offsetSeconds(at: moment)
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        date = CivilDate(daysSince1970: day)
        let ofDay = seconds - day * 86_400
        hour = Int(ofDay / 3600)
        minute = Int(ofDay % 3600 / 60)
    }

    /// "14:23", the same in all five languages.
    package var clock: String { Self.two(hour) + ":" + Self.two(minute) }

    /// "21.11.2026, la 14:23": day first, with the language's own word between day and clock, to stand behind
    /// its "on" in a sentence.
    package func dateAndClock(_ language: Language) -> String {
        let day = date.text(language)
        return switch language {
        case .ro: day + ", la " + clock
        case .ru: day + " в " + clock
        case .en: day + " at " + clock
        case .fr: day + " à " + clock
        case .de: day + " um " + clock + " Uhr"
        }
    }

    fileprivate static func two(_ number: Int) -> String {
        number < 10 ? "0" + String(number) : String(number)
    }
}

extension CivilDate {
    /// "21.11.2026", with the language's sign between the parts.
    package func text(_ language: Language) -> String {
        [CivilTime.two(day), CivilTime.two(month), String(year)].joined(separator: sign(language))
    }

    /// "21.11": for a list whose year is plain.
    package func shortText(_ language: Language) -> String {
        [CivilTime.two(day), CivilTime.two(month)].joined(separator: sign(language))
    }

    private func sign(_ language: Language) -> String { language == .fr ? "/" : "." }
}

extension WallClock {
    /// The moment at which a day begins on this wall. Clocks change hours after midnight, so the day's first
    /// moment is never skipped or repeated.
    package func start(of date: CivilDate) -> Timestamp {
        let midnight = Timestamp(seconds: date.daysSince1970 * 86_400)
        let guess = Timestamp(seconds: midnight.seconds - offsetSeconds(at: midnight))
        return Timestamp(seconds: midnight.seconds - offsetSeconds(at: guess))
    }
}
