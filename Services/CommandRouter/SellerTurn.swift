// A known seller's turn: from a text or a tapped row to a charge, a question or a sentence. Part of the
// decision core: no I/O, no clock of its own.
import Contracts
import Copy
import Money
import World

/// One seller with at least one till, one message.
struct SellerTurn {
    let message: Incoming
    /// Never empty, always in the same order.
    let tills: [Till]
    var memory: ConversationMemory
    var language: Language

    mutating func answer() -> Action {
        switch message.content {
        case .nothing: .nothing
        case .notText: say(.textOnly)
        case .tapped(let rowId): tapped(rowId)
        case .text(let text): read(text)
        }
    }

    private var openQuestion: Question? {
        memory.question.flatMap { message.heardAt <= $0.deadline ? $0 : nil }
    }

    /// The till that was chosen last, or the first: whose currency and limit a message is read with.
    private var usualIndex: Int { tills.firstIndex { $0.key == memory.lastTill } ?? 0 }
    private var usual: Till { tills[usualIndex] }

    private mutating func tapped(_ rowId: String) -> Action {
        if let language = LanguageList.language(rowId: rowId) { return change(to: language) }
        guard let question = openQuestion, let option = question.option(rowId: rowId) else {
            return say(.choiceGone)
        }
        return choose(option, of: question)
    }

    private mutating func read(_ text: String) -> Action {
        // A number that no row has is not an answer but the next charge.
        if let question = openQuestion, let number = CommandGrammar.choice(text),
            let option = question.option(number: number)
        {
            return choose(option, of: question)
        }
        let readings = tills.map {
            CommandGrammar.read(text, currency: $0.merchant.currency, limit: $0.limit)
        }
        // The usual till's reading decides what the message is; another merchant's currency or limit may
        // still fit it.
        let usual = readings[usualIndex]
        let reading =
            if case .failure(let refusal) = usual, refusal.dependsOnCurrency {
                readings.first { if case .success(.pay) = $0 { true } else { false } } ?? usual
            } else {
                usual
            }
        switch reading {
        case .success(.pay): return pay(readings)
        case .success(let command): return obey(command)
        case .failure(.amountAmbiguous(let typed, let commands)):
            return askAmount(typed, commands.compactMap(\.charge))
        case .failure(.notACommand) where !memory.isGreeted: return greet()
        case .failure(let refusal): return refuse(refusal)
        }
    }

    private mutating func obey(_ command: Command) -> Action {
        let asked = openQuestion
        if command != .thanks { memory.question = nil }
        switch command {
        case .pay(let charge):
            return settle([Question.Option(charge: charge, till: usual.key)], message.key)
        case .requestToPay(let charge, _):
            let instead = ChatCommand.pay(charge.amount, description: charge.description, tag: charge.tag)
            return say(.requestToPayUnavailable, [.merchant: usual.merchant.name, .command: instead])
        case .language(let named?): return change(to: named)
        case .language(nil): return .reply(LanguageList.content(language))
        case .help: return say(.help)
        case .hello: return greet()
        case .thanks: return say(.welcome)
        // Of a charge that still waits for an answer there is no link yet, so that can be given up.
        case .cancel: return say(asked == nil ? .cannotCancel : .choiceGone)
        case .status: return say(.statusComes)
        case .today, .list, .resend, .export, .merchant: return say(.help)
        }
    }

    private mutating func pay(_ readings: [Result<Command, CommandRefusal>]) -> Action {
        let options = zip(tills, readings).compactMap { till, reading -> Question.Option? in
            guard case .success(.pay(let charge)) = reading else { return nil }
            return Question.Option(charge: charge, till: till.key)
        }
        return settle(options, message.key)
    }

    private mutating func choose(_ option: Question.Option, of question: Question) -> Action {
        if option.till != nil { return settle([option], question.sourceKey) }
        // An amount was chosen before its merchant: the tills that can take it are those of its currency and
        // limit.
        let options = tills.filter { till in
            till.merchant.currency == option.charge.amount.currency
                && till.limit.map { option.charge.amount.minorUnits <= $0.minorUnits } ?? true
        }.map { Question.Option(charge: option.charge, till: $0.key) }
        return settle(options, question.sourceKey)
    }

    /// One option is a charge, several are a question.
    private mutating func settle(_ options: [Question.Option], _ sourceKey: String) -> Action {
        memory.question = nil
        if options.count > 1 {
            return ask(Question(kind: .merchant, sourceKey: sourceKey, options: options, now: message.now))
        }
        // A till in a question may have gone while the seller thought about it.
        guard let option = options.first, let till = tills.first(where: { $0.key == option.till }) else {
            return say(.choiceGone)
        }
        guard let terminalId = till.linkTerminalId else {
            return say(.merchantDisabled, [.merchant: till.merchant.name])
        }
        memory.isGreeted = true
        memory.lastTill = till.key
        return .charge(
            ChargePlan(
                till: till, terminalId: terminalId, charge: option.charge,
                namesMerchant: tills.count > 1, sourceKey: sourceKey))
    }

    private mutating func askAmount(_ typed: String, _ charges: [Charge]) -> Action {
        let till = tills.count == 1 ? tills[0].key : nil
        let options = charges.map { Question.Option(charge: $0, till: till) }
        memory.question = Question(kind: .amount, sourceKey: message.key, options: options, now: message.now)
        let body = text(.amountAmbiguous, [.typed: typed])
        return memory.question.map { .reply(QuestionList.content($0, body: body, tills: tills, language)) }
            ?? .nothing
    }

    private mutating func ask(_ question: Question) -> Action {
        memory.question = question
        let amount = AmountFormat(language).text(question.options[0].charge.amount)
        let body = text(.chooseMerchant, [.amount: amount])
        return .reply(QuestionList.content(question, body: body, tills: tills, language))
    }

    private mutating func greet() -> Action {
        memory.isGreeted = true
        var names: [String] = []
        for till in tills where !names.contains(till.merchant.name) { names.append(till.merchant.name) }
        return say(.greeting, [.merchant: names.prefix(5).joined(separator: ", ")])
    }

    private mutating func change(to language: Language) -> Action {
        self.language = language
        memory.language = language
        return say(.languageChanged)
    }

    private mutating func refuse(_ refusal: CommandRefusal) -> Action {
        // A charge that went wrong was another command all the same: "2" after it must not answer the
        // question before it.
        if refusal != .notACommand { memory.question = nil }
        return explain(refusal)
    }

    private func explain(_ refusal: CommandRefusal) -> Action {
        switch refusal {
        case .notACommand: say(.teaching)
        case .amountMissing: say(.amountMissing)
        case .amountUnreadable, .amountAmbiguous: say(.amountUnreadable)
        case .amountInWords: say(.amountInWords)
        case .amountZero: say(.amountZero)
        case .amountNegative: say(.amountNegative)
        case .amountTooManyDecimals(let allowed):
            say(
                .amountTooManyDecimals,
                [.currency: usual.merchant.currency.rawValue, .digits: String(allowed)])
        case .amountTooLarge: say(.amountTooLarge)
        case .amountOverLimit(let limit): say(.amountOverLimit, [.limit: AmountFormat(language).text(limit)])
        case .otherCurrency: say(.currencyOther, [.currency: usual.merchant.currency.rawValue])
        case .partOfCurrency: say(.amountInParts, [.currency: usual.merchant.currency.rawValue])
        case .descriptionTooLong:
            say(.descriptionTooLong, [.limit: String(CommandGrammar.descriptionScalarsMax)])
        case .tagTooLong: say(.tagTooLong, [.limit: String(CommandGrammar.tagScalarsMax)])
        case .severalTags: say(.severalTags)
        case .requestIncomplete: say(.requestIncomplete)
        case .payerPhoneUnreadable: say(.payerPhoneUnreadable)
        case .payerPhoneForeign: say(.payerPhoneForeign)
        case .payerNameTooLong:
            say(.payerNameTooLong, [.limit: String(CommandGrammar.payerNameScalarsMax)])
        case .phoneAlone(let phone):
            say(.phoneAlone, [.command: "/rtp 100 " + phone, .currency: usual.merchant.currency.rawValue])
        case .referenceUnreadable: say(.referenceUnreadable)
        case .listUnreadable: say(.listUnreadable)
        case .spanUnreadable: say(.spanUnreadable)
        }
    }

    private func text(_ key: CopyKey, _ values: [Slot: String] = [:]) -> String {
        Catalogue.text(key, language, values)
    }

    private func say(_ key: CopyKey, _ values: [Slot: String] = [:]) -> Action {
        .reply(.text(text(key, values)))
    }
}
