// Questions as the chat shows them: a list to tap, in parts where it is longer than a list may be. Limits are the
// Cloud API's, counted in UTF-16 units because the unit is not documented and this one is never too generous.
import Contracts
import Copy
import Money
import Sealing
import WhatsApp
import World

/// The language list. Its row ids have no state behind them: a tap weeks later still changes the language. A number
/// means a row only while the question is open.
enum LanguageList {
    private static let prefix = "lang."

    static func content(_ language: Language) -> MessageContent {
        .list(
            body: Catalogue.text(.languageAsk, language) + "\n"
                + Catalogue.text(.chooseTapOrNumber, language),
            button: Catalogue.text(.languageButton, language),
            rows: Language.allCases.enumerated().map { index, choice in
                ListRow(id: prefix + choice.rawValue, title: String(index + 1) + ". " + choice.nativeName)
            })
    }

    /// What a number typed after `content` answers, in the order of its rows.
    static func question(_ sourceKey: String, now: Timestamp) -> Question {
        Question(
            kind: .language, sourceKey: sourceKey,
            options: Language.allCases.map { Question.Option(language: $0) }, now: now)
    }

    static func language(rowId: String) -> Language? {
        rowId.hasPrefix(prefix) ? Language(rawValue: String(rowId.dropFirst(prefix.count))) : nil
    }
}

/// The offer to charge for one merchant always. Its ids have no state behind them either; they are compared with the
/// tills that the seller has at the tap, so an old one can only mean a till that is still the seller's.
enum UsualTill {
    static let eachTimeId = "till.each"

    static func id(_ till: Till.Key) -> String {
        "till." + SHA256.hex(Array((till.bankId + "\n" + till.merchantId).utf8)).prefix(16)
    }

    static func offer(_ till: Till, _ language: Language) -> MessageContent {
        .buttons(
            body: QuestionList.fit(
                Catalogue.text(.keepOffer, language, [.merchant: till.merchant.name]),
                OutboundLimits.interactiveBodyMax),
            buttons: [
                ReplyButton(id: id(till.key), title: Catalogue.text(.keepButton, language)),
                ReplyButton(id: eachTimeId, title: Catalogue.text(.merchantEach, language)),
            ])
    }

    /// What a plain yes or no answers. The buttons have no numbers, so that a number is an amount.
    static func question(_ till: Till.Key, _ sourceKey: String, now: Timestamp) -> Question {
        Question(
            kind: .usualOffer, sourceKey: sourceKey,
            options: [Question.Option(till: till), Question.Option()], now: now)
    }
}

extension CommandWords {
    /// Goes on with the list that was shown last; a whole message in lower case.
    static let more: Set<String> = [
        "more", "next", "mai mult", "mai multe", "încă", "inca", "următoarea", "urmatoarea", "ещё", "еще",
        "дальше", "далее", "suite", "plus", "encore", "suivant", "mehr", "weiter",
    ]
}

enum QuestionList {
    /// How many parts a list of so many options is shown in: all ten rows of one that fits, nine and a "more"
    /// of one that does not.
    static func pageCount(_ options: Int) -> Int {
        options <= OutboundLimits.rowsCountMax ? 1 : (options + rowsOfPart - 1) / rowsOfPart
    }

    private static let rowsOfPart = OutboundLimits.rowsCountMax - 1

    static func content(
        _ question: Question, body: String, tills: [Till], _ language: Language
    ) -> MessageContent {
        let count = question.options.count
        let parts = pageCount(count)
        let page = min(max(question.page ?? 0, 0), parts - 1)
        let shown = parts == 1 ? 0..<count : (page * rowsOfPart)..<min((page + 1) * rowsOfPart, count)
        var rows = shown.map { index in
            let line = line(question.options[index], question.kind, tills, language)
            return ListRow(
                id: question.rowId(index),
                title: fit(String(index + 1) + ". " + line.title, OutboundLimits.rowTitleMax),
                description: line.detail.map { fit($0, OutboundLimits.rowDescriptionMax) })
        }
        if parts > 1 {
            let next = (page + 1) % parts
            rows.append(
                ListRow(
                    id: question.rowId(showing: next), title: Catalogue.text(.moreButton, language),
                    description: String(next * rowsOfPart + 1) + "–"
                        + String(min((next + 1) * rowsOfPart, count))))
        }
        let button: CopyKey = question.kind == .amount ? .amountAmbiguousButton : .chooseMerchantButton
        return .list(
            body: fit(body + "\n" + Catalogue.text(.chooseTapOrNumber, language), OutboundLimits.listBodyMax),
            button: Catalogue.text(button, language), rows: rows)
    }

    private static func line(
        _ option: Question.Option, _ kind: Question.Kind, _ tills: [Till], _ language: Language
    ) -> (title: String, detail: String?) {
        if let payment = option.payment {
            return (AmountFormat(language).text(payment.amount), payment.line)
        }
        let amount = option.order.map { AmountFormat(language).text($0.charge.amount) }
        guard kind != .amount, let till = tills.first(where: { $0.key == option.till }) else {
            return (amount ?? Catalogue.text(.merchantEach, language), nil)
        }
        return (till.merchant.name, [till.bank.name, amount].compactMap { $0 }.joined(separator: " · "))
    }

    /// Above the list of payments that one bubble tells.
    static func bodyOfPayments(_ count: Int, _ language: Language) -> String {
        Catalogue.text(.choosePayment, language, [.count: Catalogue.payments(count, language)])
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
