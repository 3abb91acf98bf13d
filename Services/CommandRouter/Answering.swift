// What a typed text answers of the question that is open: the number of a row, a name on it, a payer, a yes or a no.
// Everything else is a command like any other. Part of the decision core.
import Contracts
import Copy
import Money
import World

extension SellerTurn {
    /// What a typed text answers, if it answers the open question; everything else is a command like any other.
    mutating func answer(_ question: Question, with text: String) -> Action? {
        if let order = question.order, Self.isNo(text) { return drop(order) }
        if Self.asksForMore(text) {
            if let listing = question.listing { return .errand(.list(listing)) }
            let pages = QuestionList.pageCount(question.options.count)
            if question.kind.takesNumbers, pages > 1 {
                return show(question, ((question.page ?? 0) + 1) % pages)
            }
        }
        switch question.kind {
        case .amount, .merchant, .usualMerchant, .payment, .language:
            // A number that no row has is not an answer but the next charge.
            return
                (CommandGrammar.choice(text).flatMap { question.option(number: $0) }
                ?? named(text, of: question)).map { choose($0, of: question) }
        case .usualOffer:
            let isYes = Self.isYes(text)
            guard isYes || Self.isNo(text) else { return nil }
            return question.options.first { ($0.till != nil) == isYes }.map { choose($0, of: question) }
        case .payerPhone, .payerName: return answerPayer(question, text)
        case .page: return nil
        }
    }

    /// The row with this name: a language as people write it, a merchant's whole name, or the beginning of it where no
    /// other row begins so and the text is no command.
    private func named(_ text: String, of question: Question) -> Question.Option? {
        switch question.kind {
        case .language:
            return CommandArguments.namedLanguage(TypedText(text)).flatMap { named in
                question.options.first { $0.language == named }
            }
        case .merchant, .usualMerchant:
            let words = CommandArguments.words(TypedText(text), without: [])
            let typed = words.joined(separator: " ").lowercased()
            guard typed.unicodeScalars.count >= Self.beginningScalarsMin, !isCommand(text) else { return nil }
            let rows = question.options.compactMap { option in
                tills.first { $0.key == option.till }.map {
                    (option: option, name: $0.merchant.name.lowercased())
                }
            }
            let whole = rows.filter { $0.name == typed }
            let fitting = whole.isEmpty ? rows.filter { $0.name.hasPrefix(typed) } : whole
            return fitting.count == 1 ? fitting[0].option : nil
        case .amount, .payment, .payerPhone, .payerName, .page, .usualOffer: return nil
        }
    }

    /// What begins a name may be a slip of the finger; three letters are none.
    private static let beginningScalarsMin = 3

    /// Gives up an order that waits for an answer.
    mutating func drop(_ order: Order) -> Action {
        memory.question = nil
        return say(order.rail == .rtp ? .requestDropped : .orderDropped)
    }

    private mutating func answerPayer(_ question: Question, _ text: String) -> Action? {
        guard var option = question.options.first, var order = option.order else { return nil }
        if question.kind == .payerPhone, PhoneText.isPiece(text) {
            return .reply(.text(RefusalWords(usual: usual, language: language).text(.payerPhoneUnreadable)))
        }
        let typed: TypedPayer
        switch CommandGrammar.payer(text) {
        case .success(let payer):
            // A phone is an answer before it is an amount; words are one only when they are no command.
            if payer.phone == nil, isCommand(text) { return nil }
            typed = payer
        case .failure(let refusal):
            // An amount is another charge; digits that are neither it nor a phone are a mistyped phone.
            guard refusal != .notACommand, (try? readings(of: text)[usualIndex].get()) == nil else {
                return nil
            }
            // The question stays open: the seller tries again.
            return .reply(.text(RefusalWords(usual: usual, language: language).text(refusal)))
        }
        order.payer = TypedPayer(
            phone: typed.phone ?? order.payer?.phone, name: typed.name ?? order.payer?.name)
        option.order = order
        return settle([option], question.sourceKey, isChosen: false)
    }

    /// An answer that came after its question closed is told so once, and is not taken for a new charge.
    mutating func answerLate(_ question: Question, with text: String) -> Action? {
        switch question.kind {
        case .amount, .merchant, .usualMerchant, .payment, .language:
            guard let option = CommandGrammar.choice(text).flatMap({ question.option(number: $0) }) else {
                return nil
            }
            return tellLate(question, option)
        case .payerPhone, .payerName:
            guard case .success(let payer) = CommandGrammar.payer(text),
                payer.phone != nil || !isCommand(text),
                let option = question.options.first, var order = option.order
            else { return nil }
            order.payer = TypedPayer(
                phone: payer.phone ?? order.payer?.phone, name: payer.name ?? order.payer?.name)
            return tellLate(question, Question.Option(order: order, till: option.till))
        case .page, .usualOffer: return nil
        }
    }

    mutating func tellLate(_ question: Question, _ option: Question.Option) -> Action {
        memory.question = nil
        guard let order = option.order else { return say(.answerLate) }
        return say(.choiceLate, [.command: order.command])
    }

    private func isCommand(_ text: String) -> Bool {
        let reading = readings(of: text)[usualIndex]
        if case .failure(let refusal) = reading { return refusal.beganAsCommand }
        return true
    }

    private static func isNo(_ text: String) -> Bool { isOne(of: CommandWords.noes, text) }
    private static func isYes(_ text: String) -> Bool { isOne(of: CommandWords.yeses, text) }

    private static func isOne(of answers: Set<String>, _ text: String) -> Bool {
        let words = CommandArguments.words(TypedText(text), without: [])
        return words.count == 1 && answers.contains(words[0].lowercased())
    }

    private static func asksForMore(_ text: String) -> Bool {
        CommandWords.more.contains(
            text.lowercased().split { $0.isWhitespace || $0 == "." || $0 == "!" || $0 == "…" || $0 == "/" }
                .joined(separator: " "))
    }
}
