// A moment as it hangs on a merchant's wall, and days and times as each language writes them. Calendar arithmetic
// itself is in World.
package import Money
package import World

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
