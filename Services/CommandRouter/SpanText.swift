// The span of an export as sellers type it: a word, a month, a day, or two days with a dash.
import World

enum SpanText {
    /// Without anything, the month that is running. Throws `spanUnreadable`.
    static func span(_ text: TypedText) throws(CommandRefusal) -> ExportSpan {
        // "last" and its translations are a courtesy elsewhere and mean something here.
        let courtesies = CommandWords.courtesies.union(CommandWords.spanLinks).subtracting(
            CommandWords.lastSides)
        let words = CommandArguments.words(text, without: courtesies).map { $0.lowercased() }
        // "luna octombrie" is October, "luna asta" this month.
        let isNamed = words.contains { month(named: $0) != nil }
        let telling = isNamed ? words.filter { CommandWords.periods[$0] != .month } : words
        guard let span = span(telling) else { throw .spanUnreadable }
        return span
    }

    private static func span(_ words: [String]) -> ExportSpan? {
        if let days = daysOfMonth(words) { return days }
        switch words.count {
        case 0: return .thisMonth
        case 1:
            if let named = CommandWords.spans[words[0]] { return named }
            if let month = month(named: words[0]) { return .month(month, year: nil) }
            if let period = CommandWords.periods[words[0]] { return period.running }
            if let number = CommandArguments.number(words[0]) {
                guard ExportSpan.years.contains(number) else { return month(number) }
                return between(day(1, 1, number), day(31, 12, number))
            }
            return figures(words[0]) ?? range(words[0])
        case 2:
            if let month = month(named: words[0]), let year = year(words[1]) {
                return .month(month, year: year)
            }
            if let day = CommandArguments.number(words[0]), let month = month(named: words[1]) {
                return ExportSpan.NamedDay(day: day, month: month).map { .day($0) }
            }
            return relative(words[0], words[1]) ?? relative(words[1], words[0])
                ?? between(figures(words[0]), figures(words[1]))
        case 3:
            guard let day = CommandArguments.number(words[0]), let month = month(named: words[1]),
                let year = year(words[2])
            else { return nil }
            return ExportSpan.NamedDay(day: day, month: month, year: year).map { .day($0) }
        default: return nil
        }
    }

    /// "1-15 noiembrie", "1 15 ноября 2026": what stood between the days has gone already.
    private static func daysOfMonth(_ words: [String]) -> ExportSpan? {
        guard let at = words.firstIndex(where: { month(named: $0) != nil }),
            let month = month(named: words[at])
        else { return nil }
        let days = words[..<at].flatMap { $0.split { "-–—".contains($0) } }.map(CommandArguments.number)
        let rest = words[(at + 1)...]
        guard days.count == 2, let from = days[0], let to = days[1], rest.count < 2 else { return nil }
        let named = rest.first.flatMap { year($0) }
        guard rest.isEmpty || named != nil else { return nil }
        return between(day(from, month, of: named), day(to, month, of: named))
    }

    private static func day(_ day: Int, _ month: Int, of year: Int?) -> ExportSpan? {
        ExportSpan.NamedDay(day: day, month: month, year: year).map { .day($0) }
    }

    /// Whether a word names days, so that it is no tag.
    static func isSpan(_ word: String) -> Bool {
        CommandWords.spans[word] != nil || month(named: word) != nil || CommandWords.periods[word] != nil
            || (figures(word) != nil && word.contains { !$0.isNumber })
    }

    /// A month by its name or the beginning of it, at least three letters that no other month begins with.
    private static func month(named word: String) -> Int? {
        if let month = CommandWords.months[word] { return month }
        guard word.count >= 3 else { return nil }
        let months = Set(CommandWords.months.filter { $0.key.hasPrefix(word) }.values)
        return months.count == 1 ? months.first : nil
    }

    /// "luna trecută", "last week".
    private static func relative(_ side: String, _ period: String) -> ExportSpan? {
        guard let period = CommandWords.periods[period] else { return nil }
        if CommandWords.lastSides.contains(side) { return period.last }
        return CommandWords.thisSides.contains(side) ? period.running : nil
    }

    /// "2026-11", "11.2026", "2026-11-21", "21.11.2026", "21/11", "21.11.26".
    private static func figures(_ word: String) -> ExportSpan? {
        let pieces = word.split(omittingEmptySubsequences: false) { ".-/".contains($0) }
        let numbers = pieces.map(CommandArguments.number)
        let isYearFirst = pieces.first?.unicodeScalars.count == 4
        switch (numbers.count, isYearFirst) {
        case (2, true): return month(numbers[1], numbers[0])
        case (2, false) where !word.contains("-"):
            if pieces[1].unicodeScalars.count == 4 { return month(numbers[0], numbers[1]) }
            guard let day = numbers[0], let month = numbers[1] else { return nil }
            return ExportSpan.NamedDay(day: day, month: month).map { .day($0) }
        case (3, true): return day(numbers[2], numbers[1], numbers[0])
        case (3, false):
            let year = pieces[2].unicodeScalars.count == 2 ? numbers[2].map { $0 + 2000 } : numbers[2]
            return day(numbers[0], numbers[1], year)
        default: return nil
        }
    }

    /// "1.11-15.11", also with a longer dash or with dashes inside the days.
    private static func range(_ word: String) -> ExportSpan? {
        let scalars = word.unicodeScalars
        let dashes = scalars.indices.filter { Remark.dashes.contains(scalars[$0]) }
        guard dashes.count <= 5 else { return nil }
        return dashes.lazy.compactMap { dash in
            between(figures(String(word[..<dash])), figures(String(word[scalars.index(after: dash)...])))
        }.first
    }

    private static func between(_ first: ExportSpan?, _ last: ExportSpan?) -> ExportSpan? {
        guard case .day(let from) = first, case .day(let to) = last else { return nil }
        return .days(from, to)
    }

    private static func month(_ month: Int) -> ExportSpan? {
        (1...12).contains(month) ? .month(month, year: nil) : nil
    }

    private static func month(_ month: Int?, _ year: Int?) -> ExportSpan? {
        guard let month, let year, (1...12).contains(month), ExportSpan.years.contains(year) else {
            return nil
        }
        return .month(month, year: year)
    }

    private static func day(_ day: Int?, _ month: Int?, _ year: Int?) -> ExportSpan? {
        guard let day, let month, let year else { return nil }
        return ExportSpan.NamedDay(day: day, month: month, year: year).map { .day($0) }
    }

    private static func year(_ word: String) -> Int? {
        CommandArguments.number(word).flatMap { ExportSpan.years.contains($0) ? $0 : nil }
    }
}
