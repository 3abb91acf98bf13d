// The words that name a span of days, in five languages: days, weeks, months.

extension CommandWords {
    /// A stretch of the calendar that can be running or over.
    enum Period: Equatable {
        case week, month, year

        var running: ExportSpan {
            switch self {
            case .week: .thisWeek
            case .month: .thisMonth
            case .year: .thisYear
            }
        }

        /// `nil` for last year, which no chat document covers.
        var last: ExportSpan? {
            switch self {
            case .week: .lastWeek
            case .month: .lastMonth
            case .year: nil
            }
        }
    }

    static let spans: [String: ExportSpan] = [
        "today": .today, "azi": .today, "astăzi": .today, "astazi": .today, "сегодня": .today,
        "aujourd'hui": .today, "aujourd’hui": .today, "heute": .today, "yesterday": .yesterday,
        "day": .today, "zi": .today, "ziua": .today, "день": .today, "jour": .today, "tag": .today,
        "ieri": .yesterday, "вчера": .yesterday, "hier": .yesterday, "gestern": .yesterday,
    ]

    static let periods: [String: Period] = [
        "week": .week, "săptămâna": .week, "saptamana": .week, "săptămîna": .week, "неделя": .week,
        "неделю": .week, "semaine": .week, "woche": .week, "month": .month, "luna": .month, "lună": .month,
        "месяц": .month, "mois": .month, "monat": .month, "year": .year, "an": .year, "anul": .year,
        "год": .year, "année": .year, "annee": .year, "jahr": .year,
    ]

    static let thisSides: Set<String> = [
        "this", "asta", "aceasta", "această", "acesta", "acest", "curentă", "curenta", "curent", "этот",
        "эту", "эта", "текущий", "текущую", "ce", "cette", "cet", "courant", "dieser", "diese", "dieses",
        "diesen", "aktueller",
    ]

    static let lastSides: Set<String> = [
        "previous", "trecută", "trecuta", "trecut", "прошлый", "прошлую", "прошлая", "passé", "passe",
        "précédent", "precedent", "dernier", "dernière", "derniere", "letzter", "letzte", "letzten",
        "letzter", "voriger", "vorige", "vorigen", "last", "прошлого",
    ]

    /// What links the ends of a span or leads to it.
    static let spanLinks: Set<String> = [
        "from", "to", "till", "until", "din", "de", "până", "pana", "la", "с", "со", "до", "du", "au", "vom",
        "von", "bis", "csv", "pdf", "excel", "xls", "xlsx", "g", "г", "года",
    ]

    static let months: [String: Int] = {
        let names: [[String]] = [
            ["january", "ianuarie", "январь", "января", "janvier", "januar"],
            ["february", "februarie", "февраль", "февраля", "février", "fevrier", "februar"],
            ["march", "martie", "март", "марта", "mars", "märz", "maerz"],
            ["april", "aprilie", "апрель", "апреля", "avril"],
            ["may", "mai", "май", "мая"],
            ["june", "iunie", "июнь", "июня", "juin", "juni"],
            ["july", "iulie", "июль", "июля", "juillet", "juli"],
            ["august", "август", "августа", "août", "aout"],
            ["september", "septembrie", "сентябрь", "сентября", "septembre"],
            ["october", "octombrie", "октябрь", "октября", "octobre", "oktober"],
            ["november", "noiembrie", "ноябрь", "ноября", "novembre"],
            ["december", "decembrie", "декабрь", "декабря", "décembre", "decembre", "dezember"],
        ]
        var months: [String: Int] = [:]
        for (index, month) in names.enumerated() { for name in month { months[name] = index + 1 } }
        return months
    }()
}
