// The span of days an export covers, as a seller names it. A pure calendar value: which days those are is
// worked out from the date on the merchant's wall, never from a clock of its own.
package import World

/// Which days a document is about.
package enum ExportSpan: Sendable, Hashable {
    case today, yesterday, thisWeek, lastWeek, thisMonth, lastMonth, thisYear
    /// A month 1...12; without a year, the latest one that has begun.
    case month(Int, year: Int?)
    case day(NamedDay)
    /// From the first to the second, both included.
    case days(NamedDay, NamedDay)

    /// A day of the calendar; without a year, the latest such day that has come.
    package struct NamedDay: Sendable, Hashable {
        /// 1...31
        package var day: Int
        /// 1...12
        package var month: Int
        package var year: Int?

        /// `nil` for a day that no calendar has, such as 31 February; 29 February exists without a year.
        package init?(day: Int, month: Int, year: Int? = nil) {
            guard (1...12).contains(month), year.map(ExportSpan.years.contains) ?? true else { return nil }
            let longest = CivilDate(year: year ?? 2024, month: month, day: 1).daysInMonth
            guard (1...longest).contains(day) else { return nil }
            self.day = day
            self.month = month
            self.year = year
        }

        func date(today: CivilDate) -> CivilDate {
            if let year { return CivilDate(year: year, month: month, day: day) }
            // At most eight years lie between two 29 Februaries (1896 and 1904, 2096 and 2104).
            for year in stride(from: today.year, through: today.year - 8, by: -1) {
                let date = CivilDate(year: year, month: month, day: day)
                if date <= today, day <= date.daysInMonth { return date }
            }
            return today
        }
    }

    /// Years a seller may name.
    package static let years = 2000...2099

    /// The first day of the span and the day after its last. `today` is the date on the merchant's wall; days
    /// that have not come yet are part of the span.
    package func days(today: CivilDate) -> (first: CivilDate, end: CivilDate) {
        switch self {
        case .today: return (today, today.advanced(byDays: 1))
        case .yesterday: return (today.advanced(byDays: -1), today)
        case .thisWeek: return (today.monday, today.monday.advanced(byDays: 7))
        case .lastWeek: return (today.monday.advanced(byDays: -7), today.monday)
        case .thisMonth: return Self.month(today.month, today.year)
        case .lastMonth:
            let last = CivilDate(year: today.year, month: today.month, day: 1).advanced(byDays: -1)
            return Self.month(last.month, last.year)
        case .thisYear:
            return (
                CivilDate(year: today.year, month: 1, day: 1),
                CivilDate(year: today.year + 1, month: 1, day: 1)
            )
        case .month(let month, let year):
            return Self.month(month, year ?? (month <= today.month ? today.year : today.year - 1))
        case .day(let day):
            let date = day.date(today: today)
            return (date, date.advanced(byDays: 1))
        case .days(let first, let last):
            let end = last.date(today: today)
            // "25.12-5.01" written in January begins the year before.
            let start = first.date(today: end)
            return (min(start, end), max(start, end).advanced(byDays: 1))
        }
    }

    private static func month(_ month: Int, _ year: Int) -> (first: CivilDate, end: CivilDate) {
        let first = CivilDate(year: year, month: month, day: 1)
        return (first, first.advanced(byDays: first.daysInMonth))
    }
}

extension CivilDate {
    fileprivate func advanced(byDays days: Int) -> CivilDate {
        CivilDate(daysSince1970: daysSince1970 + Int64(days))
    }

    /// The Monday of this day's week, as weeks begin in all five languages' countries.
    fileprivate var monday: CivilDate { advanced(byDays: -((weekday + 6) % 7)) }
}
