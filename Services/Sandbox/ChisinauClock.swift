// The bank's local time without an offset, as miaPOS prints it. The rule is tzdb's for Europe/Chisinau since
// 1997: summer time from 00:00 UTC of March's last Sunday to 00:00 UTC of October's. The host's own zone
// plays no part.

import World

enum ChisinauClock {
    /// `2026-11-21T16:32:28`.
    static func text(_ at: Timestamp) -> String {
        let local = at.advanced(by: .seconds(isSummer(at) ? 3 * 3600 : 2 * 3600))
        return String(Timestamp(seconds: local.seconds).description.dropLast())
    }

    private static func isSummer(_ at: Timestamp) -> Bool {
        let day = at.seconds >= 0 ? at.seconds / 86_400 : (at.seconds - 86_399) / 86_400
        let year = CivilDate(daysSince1970: day).year
        return lastSunday(year, 3) <= day && day < lastSunday(year, 10)
    }

    /// Both months have 31 days.
    private static func lastSunday(_ year: Int, _ month: Int) -> Int64 {
        let last = CivilDate(year: year, month: month, day: 31)
        return last.daysSince1970 - Int64(last.weekday)
    }
}
