// Questions as the chat shows them: a list to tap, or numbered lines where a list would be too long. Limits
// are the Cloud API's, counted in UTF-16 units because the unit is not documented and this one is never too
// generous.
import Contracts
import Copy
import Money
import WhatsApp

/// The language list. Its row ids have no state behind them: a tap weeks later still changes the language.
enum LanguageList {
    private static let prefix = "lang."

    static func content(_ language: Language) -> MessageContent {
        .list(
            body: Catalogue.text(.languageAsk, language), button: Catalogue.text(.languageButton, language),
            rows: Language.allCases.map { ListRow(id: prefix + $0.rawValue, title: $0.nativeName) })
    }

    static func language(rowId: String) -> Language? {
        rowId.hasPrefix(prefix) ? Language(rawValue: String(rowId.dropFirst(prefix.count))) : nil
    }
}

enum QuestionList {
    static func content(
        _ question: Question, body: String, tills: [Till], _ language: Language
    ) -> MessageContent {
        let lines = question.options.map { line($0, question.kind, tills, language) }
        guard lines.count <= OutboundLimits.rowsCountMax else {
            let numbered = lines.enumerated().map { index, line in
                String(index + 1) + ". "
                    + [line.title, line.detail].compactMap { $0 }.joined(separator: " · ")
            }
            let parts = [body, "", Catalogue.text(.chooseByNumber, language)] + numbered
            return .text(fit(parts.joined(separator: "\n"), OutboundLimits.textMax))
        }
        let rows = lines.enumerated().map { index, line in
            ListRow(
                id: question.rowId(index),
                title: fit(String(index + 1) + ". " + line.title, OutboundLimits.rowTitleMax),
                description: line.detail.map { fit($0, OutboundLimits.rowDescriptionMax) })
        }
        let button: CopyKey = question.kind == .amount ? .amountAmbiguousButton : .chooseMerchantButton
        return .list(
            body: fit(body + "\n" + Catalogue.text(.chooseTapOrNumber, language), OutboundLimits.listBodyMax),
            button: Catalogue.text(button, language), rows: rows)
    }

    private static func line(
        _ option: Question.Option, _ kind: Question.Kind, _ tills: [Till], _ language: Language
    ) -> (title: String, detail: String?) {
        let amount = AmountFormat(language).text(option.charge.amount)
        switch kind {
        case .amount: return (amount, nil)
        case .merchant:
            let till = tills.first { $0.key == option.till }
            return (till?.merchant.name ?? amount, till.map { $0.bank.name + " · " + amount })
        }
    }

    /// Cuts at a whole character and says so with an ellipsis.
    static func fit(_ text: String, _ unitsMax: Int) -> String {
        guard text.utf16.count > unitsMax else { return text }
        var units = 1
        var kept = ""
        for character in text {
            units += character.utf16.count
            guard units <= unitsMax else { break }
            kept.append(character)
        }
        return kept + "…"
    }
}
