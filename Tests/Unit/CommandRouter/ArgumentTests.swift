// Commands that charge nothing: references, lists and spans of days, in the words of five languages.
import Money
import Testing
import World

@testable import CommandRouter

private func read(_ text: String) -> Result<Command, CommandRefusal> {
    CommandGrammar.read(text, currency: .mdl)
}

@Suite struct `A reference to a payment` {
    @Test(arguments: [
        ("status K7M2QX", "K7M2QX"), ("status k7m2qx", "K7M2QX"), ("status #K7M2QX", "K7M2QX"),
        ("статус № K7M2QX.", "K7M2QX"), ("/status \"koilqx\"", "K011QX"), ("stare №koilqx", "K011QX"),
        ("status the payment K7M2QX please", "K7M2QX"), ("status ABCDEF", "ABCDEF"),
        ("status 123456", "123456"),
    ]) func `is read however it is written`(text: String, reference: String) {
        #expect(read(text) == .success(.status(reference: reference)))
        #expect(
            read(text.replacing(/^\S+/, with: "cancel")) == .success(.cancel(reference: reference)))
        #expect(
            read(text.replacing(/^\S+/, with: "resend")) == .success(.resend(reference: reference)))
    }

    @Test(arguments: [
        "status K7M2Q", "status K7M2QXX", "cancel UUUUUU", "cancel 100", "cancel 100 lei", "cancel coffee 3",
        "resend #a", "отмена кофе", "status K7M2QX K7M2QY", "cancel K7M-2QX",
    ]) func `that cannot be read stops the command`(text: String) {
        #expect(read(text) == .failure(.referenceUnreadable))
    }

    @Test(arguments: [
        "status", "/status", "status please", "status, te rog!", "статус платежа",
        "statut du dernier paiement",
        "status ultima plată", "Status?", "stand",
    ]) func `left out means the last payment`(text: String) {
        #expect(read(text) == .success(.status(reference: nil)))
    }
}

@Suite struct `A list` {
    @Test(
        arguments: [
            ("list", nil, nil), ("/list", nil, nil), ("list #cafea", "cafea", nil),
            ("list cafea", "cafea", nil),
            ("lista 2", nil, 2), ("список #стол-5 3", "стол-5", 3), ("list page 2", nil, 2),
            ("liste #2", "2", nil), ("plăți", nil, nil), ("zahlungen seite 4", nil, 4),
        ] as [(String, String?, Int?)]) func `may have a tag and a page`(
            text: String, tag: String?, page: Int?
        )
    {
        #expect(read(text) == .success(.list(tag: tag, page: page)))
    }

    @Test func `of today is the command for today`() {
        #expect(read("list today") == .success(.today))
        #expect(read("listă azi") == .success(.today))
    }

    @Test func `is refused when it asks for more than that`() {
        for text in ["list #a #b", "list 1 2", "list 0", "list 1000", "list a/b", "list #"] {
            #expect(read(text) == .failure(.listUnreadable), "\(text)")
        }
        #expect(read("list #" + String(repeating: "a", count: 65)) == .failure(.tagTooLong))
    }
}

@Suite struct `Words in five languages` {
    @Test(arguments: [
        ("today", Command.today), ("azi", .today), ("astăzi", .today), ("сегодня", .today),
        ("aujourd’hui", .today), ("Aujourd'hui", .today), ("heute", .today), ("/today", .today),
        ("итого", .today), ("merchant", .merchant), ("comercianți", .merchant), ("магазин", .merchant),
        ("commerçant", .merchant), ("Händler", .merchant), ("/bank", .merchant), ("/bank 2", .merchant),
        ("anulează", .cancel(reference: nil)), ("отмена", .cancel(reference: nil)),
        ("annuler", .cancel(reference: nil)), ("stornieren", .cancel(reference: nil)),
        ("retrimite", .resend(reference: nil)), ("повтори", .resend(reference: nil)),
        ("renvoyer", .resend(reference: nil)), ("nochmal", .resend(reference: nil)),
    ]) func `ask for the same thing`(text: String, command: Command) {
        #expect(read(text) == .success(command))
    }

    @Test func `mean one command each`() {
        var seen: [String: CommandWords.Verb] = [:]
        for verb in CommandWords.Verb.allCases {
            for word in CommandWords.words(for: verb) {
                #expect(seen[word] == nil || seen[word] == verb, "\(word)")
                #expect(word == word.lowercased())
                seen[word] = verb
            }
        }
    }

    @Test(arguments: ["magazin de flori", "total cafea", "azi e frumos", "heute nicht"])
    func `are only words when more stands behind them`(text: String) {
        #expect(read(text) == .failure(.notACommand))
    }
}

@Suite struct `The span of an export` {
    private static func day(_ day: Int, _ month: Int, _ year: Int? = nil) -> ExportSpan {
        ExportSpan.NamedDay(day: day, month: month, year: year).map { .day($0) } ?? .thisYear
    }

    static let spans: [(text: String, span: ExportSpan)] = [
        ("export", ExportSpan.thisMonth), ("/export", .thisMonth), ("export today", .today),
        ("export azi", .today),
        ("экспорт вчера", .yesterday), ("export ieri", .yesterday), ("exporter hier", .yesterday),
        ("exportieren gestern", .yesterday), ("export aujourd’hui", .today), ("export month", .thisMonth),
        ("export this month", .thisMonth), ("export luna asta", .thisMonth),
        ("export luna trecută", .lastMonth), ("экспорт за прошлый месяц", .lastMonth),
        ("export last month", .lastMonth), ("exporter le mois dernier", .lastMonth),
        ("export letzten Monat", .lastMonth), ("export week", .thisWeek), ("export last week", .lastWeek),
        ("export 2026-11", .month(11, year: 2026)), ("export 11.2026", .month(11, year: 2026)),
        ("export 11/2026", .month(11, year: 2026)), ("export noiembrie", .month(11, year: nil)),
        ("экспорт ноябрь 2025", .month(11, year: 2025)), ("export März 2026", .month(3, year: 2026)),
        ("export 2026-11-21", day(21, 11, 2026)), ("export 21.11.2026", day(21, 11, 2026)),
        ("export 21.11.26", day(21, 11, 2026)), ("export 21.11", day(21, 11)), ("export 21/11", day(21, 11)),
        ("export 5 mai", day(5, 5)), ("export 5 мая 2026 г.", day(5, 5, 2026)), ("csv azi", .today),
        ("export year", .thisYear),
    ]

    @Test(arguments: spans) func `is what the seller names`(text: String, span: ExportSpan) {
        #expect(read(text) == .success(.export(span)))
    }

    @Test func `may be two days`() throws {
        let from = try #require(ExportSpan.NamedDay(day: 1, month: 11))
        let to = try #require(ExportSpan.NamedDay(day: 15, month: 11))
        for text in [
            "export 1.11-15.11", "export 1.11–15.11", "export 1.11 15.11", "export 1.11 - 15.11",
            "export from 1.11 to 15.11", "экспорт с 1.11 по 15.11", "экспорт с 1 по 15 ноября",
            "export 1-15 noiembrie", "exporter du 1 au 15 novembre", "export du 1/11 au 15/11",
        ] { #expect(read(text) == .success(.export(.days(from, to))), "\(text)") }
    }

    @Test(arguments: [
        "export cafea", "export 31.02", "export 32.01", "export 13.2026", "export 2026-13", "export 1999-01",
        "export last year", "export 1-2-3-4", "export 100", "export 29.02.2025", "export 1.11-15.11-16.11",
    ]) func `is refused when no calendar has it`(text: String) {
        #expect(read(text) == .failure(.spanUnreadable))
    }

    /// 21 November 2026 is a Saturday.
    @Test(arguments: [
        (ExportSpan.today, "2026-11-21", "2026-11-22"), (.yesterday, "2026-11-20", "2026-11-21"),
        (.thisWeek, "2026-11-16", "2026-11-23"), (.lastWeek, "2026-11-09", "2026-11-16"),
        (.thisMonth, "2026-11-01", "2026-12-01"), (.lastMonth, "2026-10-01", "2026-11-01"),
        (.thisYear, "2026-01-01", "2027-01-01"), (.month(11, year: nil), "2026-11-01", "2026-12-01"),
        (.month(12, year: nil), "2025-12-01", "2026-01-01"),
        (.month(2, year: 2024), "2024-02-01", "2024-03-01"),
        (day(21, 11), "2026-11-21", "2026-11-22"), (day(22, 11), "2025-11-22", "2025-11-23"),
        (day(29, 2), "2024-02-29", "2024-03-01"), (day(1, 1, 2030), "2030-01-01", "2030-01-02"),
    ]) func `is worked out from the date on the wall`(span: ExportSpan, first: String, end: String) {
        let days = span.days(today: CivilDate(year: 2026, month: 11, day: 21))
        #expect(text(days.first) == first)
        #expect(text(days.end) == end)
    }

    @Test func `of two days may begin the year before, and in any order`() throws {
        let first = try #require(ExportSpan.NamedDay(day: 25, month: 12))
        let last = try #require(ExportSpan.NamedDay(day: 5, month: 1))
        let days = ExportSpan.days(first, last).days(today: CivilDate(year: 2026, month: 1, day: 10))
        #expect(text(days.first) == "2025-12-25" && text(days.end) == "2026-01-06")
    }

    private func text(_ date: CivilDate) -> String {
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
        return String(date.year) + "-" + two(date.month) + "-" + two(date.day)
    }
}
