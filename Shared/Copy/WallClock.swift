// The clock on a merchant's wall, computed from the rule its country follows. The host's time zone database
// is never asked, so a receipt shows the same time on every machine.
package import World

/// A time zone whose rule we know. The raw value is the IANA name, and the only names a configuration may use.
package enum WallClock: String, CaseIterable, Codable, Sendable, Hashable {
    case lisbon = "Europe/Lisbon"
    case london = "Europe/London"
    case dublin = "Europe/Dublin"
    case amsterdam = "Europe/Amsterdam"
    case berlin = "Europe/Berlin"
    case brussels = "Europe/Brussels"
    case budapest = "Europe/Budapest"
    case luxembourg = "Europe/Luxembourg"
    case madrid = "Europe/Madrid"
    case paris = "Europe/Paris"
    case prague = "Europe/Prague"
    case rome = "Europe/Rome"
    case vienna = "Europe/Vienna"
    case warsaw = "Europe/Warsaw"
    case zurich = "Europe/Zurich"
    case athens = "Europe/Athens"
    case bucharest = "Europe/Bucharest"
    case chisinau = "Europe/Chisinau"
    case kyiv = "Europe/Kyiv"
    case sofia = "Europe/Sofia"
    case istanbul = "Europe/Istanbul"
    case minsk = "Europe/Minsk"
    case dubai = "Asia/Dubai"
    case tbilisi = "Asia/Tbilisi"
    case yerevan = "Asia/Yerevan"
    case kolkata = "Asia/Kolkata"
    case utc = "UTC"

    /// The wall clock of a merchant's country (ISO 3166-1 alpha-2), where it has one for all its mainland;
    /// UTC for one we have no rule for.
    package init(country: String) {
        switch country.uppercased() {
        case "PT": self = .lisbon
        case "GB": self = .london
        case "IE": self = .dublin
        case "NL": self = .amsterdam
        case "DE": self = .berlin
        case "BE": self = .brussels
        case "HU": self = .budapest
        case "LU": self = .luxembourg
        case "ES": self = .madrid
        case "FR": self = .paris
        case "CZ": self = .prague
        case "IT": self = .rome
        case "AT": self = .vienna
        case "PL": self = .warsaw
        case "CH": self = .zurich
        case "GR": self = .athens
        case "RO": self = .bucharest
        case "MD": self = .chisinau
        case "UA": self = .kyiv
        case "BG": self = .sofia
        case "TR": self = .istanbul
        case "BY": self = .minsk
        case "AE": self = .dubai
        case "GE": self = .tbilisi
        case "AM": self = .yerevan
        case "IN": self = .kolkata
        default: self = .utc
        }
    }

    /// Seconds to add to UTC at that moment.
    package func offsetSeconds(at moment: Timestamp) -> Int64 {
        let summer: Int64 = Self.isSummer(moment) ? 3600 : 0
        return switch self {
        case .utc: 0
        case .lisbon, .london, .dublin: summer
        case .amsterdam, .berlin, .brussels, .budapest, .luxembourg, .madrid, .paris, .prague, .rome,
            .vienna, .warsaw, .zurich:
            3600 + summer
        case .athens, .bucharest, .chisinau, .kyiv, .sofia: 2 * 3600 + summer
        case .istanbul, .minsk: 3 * 3600
        case .dubai, .tbilisi, .yerevan: 4 * 3600
        case .kolkata: 5 * 3600 + 1800
        }
    }

    /// Directive 2000/84/EC, which these countries follow, Moldova to the hour since 2022: summer time from
    /// 01:00 UTC on the last Sunday of March to 01:00 UTC on the last Sunday of October.
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

extension WallClock {
    /// The moment at which a day begins on this wall. Clocks change hours after midnight, so the day's first
    /// moment is never skipped or repeated.
    package func start(of date: CivilDate) -> Timestamp {
        let midnight = Timestamp(seconds: date.daysSince1970 * 86_400)
        let guess = Timestamp(seconds: midnight.seconds - offsetSeconds(at: midnight))
        return Timestamp(seconds: midnight.seconds - offsetSeconds(at: guess))
    }
}
