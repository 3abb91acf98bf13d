// A known seller's turn: from a text or a tapped row to a charge, an errand, a question or a sentence. Part of the
// decision core: no I/O, no clock of its own. What an order still lacks is found out in Ordering.
import Contracts
import Copy
import Money
import World

/// One seller with at least one till, one message.
struct SellerTurn {
    let message: Incoming
    /// Never empty, always in the same order.
    let tills: [Till]
    let payers: [KnownPayer]
    var memory: ConversationMemory
    var language: Language

    mutating func answer() -> Action {
        switch message.content {
        case .nothing: .nothing
        case .notText: say(.textOnly)
        case .cards(let cards): take(cards)
        case .tapped(let rowId): tapped(rowId)
        case .text(let text): read(text)
        }
    }

    var openQuestion: Question? { memory.question.flatMap { $0.isOpen(at: message.heardAt) ? $0 : nil } }

    /// The till that is charged without asking, else the one chosen last, or the first: whose currency and
    /// limit a message is read with.
    var usualIndex: Int {
        tills.firstIndex { $0.key == memory.usualTill } ?? tills.firstIndex { $0.key == memory.lastTill } ?? 0
    }
    var usual: Till { tills[usualIndex] }

    private mutating func tapped(_ rowId: String) -> Action {
        if let language = LanguageList.language(rowId: rowId) { return change(to: language) }
        if rowId.hasPrefix(ReplyButton.renewalPrefix) {
            return .errand(.renew(handle: String(rowId.dropFirst(ReplyButton.renewalPrefix.count))))
        }
        if let listing = Listing(rowId: rowId) { return .errand(.list(listing)) }
        if rowId == UsualTill.eachTimeId { return keepAsking() }
        if let till = tills.first(where: { UsualTill.id($0.key) == rowId }) { return keep(till.key) }
        guard let question = memory.question else { return say(.choiceGone) }
        if let option = question.option(rowId: rowId) {
            return question.isOpen(at: message.heardAt)
                ? choose(option, of: question) : tellLate(question, option)
        }
        if let page = question.page(rowId: rowId), question.isOpen(at: message.heardAt) {
            return show(question, page)
        }
        return say(.choiceGone)
    }

    private mutating func read(_ text: String) -> Action {
        if let question = memory.question {
            if question.isOpen(at: message.heardAt) {
                if let action = answer(question, with: text) { return action }
            } else if question.isJustOver(at: message.heardAt), let action = answerLate(question, with: text)
            {
                return action
            }
        }
        let readings = readings(of: text)
        // The usual till's reading decides what the message is; another merchant's currency or limit may
        // still fit it.
        let usual = readings[usualIndex]
        let reading =
            if case .failure(let refusal) = usual, refusal.dependsOnCurrency {
                readings.first { (try? $0.get().charge) != nil } ?? usual
            } else {
                usual
            }
        switch reading {
        case .success(let command): return obey(command, readings)
        case .failure(.amountAmbiguous(let typed, let commands)):
            return askAmount(typed, commands.compactMap { Order($0) })
        case .failure(.notACommand) where !memory.isGreeted: return greet()
        case .failure(let refusal): return refuse(refusal)
        }
    }

    func readings(of text: String) -> [Result<Command, CommandRefusal>] {
        tills.map { CommandGrammar.read(text, currency: $0.merchant.currency, limit: $0.limit) }
    }

    private mutating func obey(_ command: Command, _ readings: [Result<Command, CommandRefusal>]) -> Action {
        let asked = openQuestion
        if command != .thanks { memory.question = nil }
        switch command {
        case .pay, .requestToPay: return order(command, readings)
        case .status(let reference): return .errand(.status(choice(reference)))
        case .resend(let reference): return .errand(.resend(choice(reference)))
        case .cancel(let reference):
            // Of a charge that still waits for an answer there is no link yet, so that is what is given up.
            if reference == nil, message.repliedTo == nil, let order = asked?.order { return drop(order) }
            return .errand(.cancel(choice(reference)))
        case .today: return .errand(.today)
        case .list(let tag, let page): return .errand(.list(Listing(tag: tag, page: page ?? 1)))
        case .export(let span): return .errand(.export(span))
        case .merchant: return askUsual()
        case .language(let named?): return change(to: named)
        case .language(nil):
            memory.question = LanguageList.question(message.key, now: message.now)
            return .reply(LanguageList.content(language))
        case .help: return say(.help)
        case .hello: return greet()
        case .thanks: return say(.welcome)
        }
    }

    /// A reference names a payment; without one the bubble that was replied to does; without that the last is
    /// meant.
    private func choice(_ reference: String?) -> PaymentChoice {
        if let reference { return .reference(reference) }
        return message.repliedTo.map { .bubble(wamid: $0) } ?? .last
    }

    private mutating func greet() -> Action {
        memory.isGreeted = true
        var names: [String] = []
        for till in tills where !names.contains(till.merchant.name) { names.append(till.merchant.name) }
        return say(.greeting, [.merchant: names.prefix(5).joined(separator: ", ")])
    }

    mutating func change(to language: Language) -> Action {
        self.language = language
        memory.language = language
        if memory.question?.kind == .language { memory.question = nil }
        return say(.languageChanged)
    }

    mutating func refuse(_ refusal: CommandRefusal) -> Action {
        // A charge that went wrong was another command all the same: "2" after it must not answer the
        // question before it.
        if refusal.beganAsCommand { memory.question = nil }
        return .reply(.text(RefusalWords(usual: usual, language: language).text(refusal)))
    }

    func text(_ key: CopyKey, _ values: [Slot: String] = [:]) -> String {
        Catalogue.text(key, language, values)
    }

    func say(_ key: CopyKey, _ values: [Slot: String] = [:]) -> Action {
        .reply(.text(text(key, values)))
    }

    func say(_ key: SaleKey, _ values: [Slot: String] = [:]) -> Action {
        .reply(.text(Catalogue.text(key, language, values)))
    }
}
