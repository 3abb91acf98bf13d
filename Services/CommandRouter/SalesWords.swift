// Sums, lists and documents of payments as a seller reads them. Pure.
import Contracts
import Copy
import Money
import Sealing
import WhatsApp
import World

struct SalesWords {
    let language: Language
    let days: LocalDays

    /// What was received today: count and exact sum per currency, then by tag.
    func today(_ takings: Takings) -> MessageContent {
        let date = days.today.text(language)
        guard !takings.isEmpty else { return .text(Catalogue.text(.todayNone, language, [.date: date])) }
        guard !takings.sums.isEmpty else { return .text(Catalogue.text(.exportTooLarge, language)) }
        var lines = [Catalogue.text(.todayTotal, language, [.date: date])]
        lines += takings.sums.map { sum($0) }
        if takings.lines.contains(where: { $0.tag != nil }) {
            lines.append("")
            lines += takings.lines.map { line in
                (line.tag.map { "#" + $0 } ?? Catalogue.text(.untagged, language)) + ": " + sum(line)
            }
        }
        return .text(cut(lines, OutboundLimits.textMax))
    }

    /// One page of payments, newest first. `takings` stand above the first page: of the tag, where one was
    /// asked for.
    func list(_ page: ArraySlice<PaymentView>, _ listing: Listing, hasMore: Bool, _ takings: Takings?)
        -> MessageContent
    {
        guard !page.isEmpty else { return .text(Catalogue.text(.listNone, language)) }
        var lines: [String] = []
        if let tag = listing.tag {
            lines.append((["#" + tag] + (takings?.sums.map { sum($0) } ?? [])).joined(separator: " · "))
        } else {
            lines.append(Catalogue.text(.listLatest, language))
        }
        let words = PaymentWords(language: language, days: days)
        lines += page.map { words.line($0) }
        guard hasMore else { return .text(cut(lines, OutboundLimits.textMax)) }
        lines += ["", Catalogue.text(.listMore, language)]
        return .buttons(
            body: cut(lines, OutboundLimits.interactiveBodyMax),
            buttons: [
                ReplyButton(id: listing.next.rowId, title: Catalogue.text(.moreButton, language))
            ])
    }

    /// `first` is the span's first day, `end` the day after its last.
    func document(_ document: PaymentDocument?, first: CivilDate, end: CivilDate) -> MessageContent {
        let last = CivilDate(daysSince1970: end.daysSince1970 - 1)
        let span = first == last ? first.text(language) : first.text(language) + "–" + last.text(language)
        guard let document else { return .text(Catalogue.text(.exportTooLarge, language)) }
        guard document.count > 0 else { return .text(Catalogue.text(.exportNone, language, [.date: span])) }
        return .document(
            caption: Catalogue.payments(document.count, language) + " · " + span,
            filename: "till-" + Self.fileDate(first) + (first == last ? "" : "-" + Self.fileDate(last))
                + ".csv",
            mediaType: "text/csv", base64: Base64.encode(document.bytes))
    }

    /// "5 payments · 1,250.00 MDL".
    private func sum(_ line: PaymentTotals.Line) -> String {
        Catalogue.payments(line.count, language) + " · " + AmountFormat(language).text(line.amount)
    }

    /// Whole lines as long as they fit. The last line, which says how to go on, and a blank before it stay.
    private func cut(_ lines: [String], _ unitsMax: Int) -> String {
        var lines = lines
        while lines.count > 3, lines.joined(separator: "\n").utf16.count > unitsMax {
            lines.remove(at: lines.count - 3)
        }
        return QuestionList.fit(lines.joined(separator: "\n"), unitsMax)
    }

    /// 20261121: sorts by name.
    private static func fileDate(_ date: CivilDate) -> String {
        [
            String(date.year), date.month < 10 ? "0" : "", String(date.month), date.day < 10 ? "0" : "",
            String(date.day),
        ]
        .joined()
    }
}
