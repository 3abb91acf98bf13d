// The decision core: a message, who sent it and what is remembered go in; what to do and to remember comes
// out. Pure and total, so the same message worked on twice after a crash is decided the same way. Performing
// is MessageDesk's.
import Contracts
import Copy
import Money
import World

/// What is to happen because of one message.
enum Action: Sendable, Equatable {
    case nothing
    case reply(MessageContent)
    /// Ask the gateway for a payment, then say what came of it.
    case charge(ChargePlan)
    /// Ask the gateway about payments already made, then say what it answered.
    case errand(Errand)
}

/// Everything the gateway needs for one payment, and the key that makes it one.
struct ChargePlan: Sendable, Equatable {
    var till: Till
    var terminalId: String
    var charge: Charge
    var rail = PaymentType.qr
    /// Of a request to pay.
    var payer: Payer?
    /// Whether the seller has other merchants too, so that the answer says which one this is for.
    var namesMerchant: Bool
    /// The key of the message that asked to charge, which a chosen list row is not.
    var sourceKey: String
    /// Whether to ask, once, if this merchant shall be charged for always.
    var offersUsual = false
}

/// A decided message: the action, the memory to keep, the language the answer is in.
struct Decision: Sendable, Equatable {
    var action: Action
    var memory: ConversationMemory
    var language: Language

    /// Decides on one message. `seller` is `nil` only when there is no phone to ask the banks about; `payers`
    /// are the names that this seller has given to phones.
    static func on(
        _ message: Incoming, from seller: Seller?, remembering memory: ConversationMemory,
        payers: [KnownPayer] = []
    ) -> Decision {
        guard message.content != .nothing else {
            return Decision(action: .nothing, memory: memory, language: message.fallbackLanguage)
        }
        var memory = memory
        switch seller {
        case nil: return refuse(.phoneHidden, as: .phoneHidden, message, memory)
        case .unknown:
            guard memory.owners != nil else {
                return refuse(.unknownSeller, as: .unknownSeller, message, memory)
            }
            // No bank has this phone any more: what its last seller left is nobody's, and is used once more for
            // the words that say so.
            var last = message
            last.fallbackLanguage = memory.language ?? memory.seenLanguage ?? message.fallbackLanguage
            memory.forget()
            return refuse(.unknownSeller, as: .unknownSeller, last, memory)
        case .unreachable:
            // A seller whom a bank has known is told every time; a stranger is not.
            let kind: Refusal.Kind? = memory.owners == nil ? .bankSilent : nil
            let language = memory.language ?? memory.seenLanguage ?? message.fallbackLanguage
            return refuse(
                SilentBank.words(message, memory, language), as: kind, message, memory, language)
        case .blocked(let bank, let locale):
            memory.seenLanguage = locale
            return refuse(.sellerBlocked, as: nil, message, memory, [.bank: bank.name])
        case .suspended(let bank):
            let language = memory.language ?? message.fallbackLanguage
            let words = Catalogue.text(.identitySuspended, language, [.bank: bank.name])
            return refuse(words, as: nil, message, memory, language)
        case .confirmedSince(let bank):
            let language = memory.language ?? message.fallbackLanguage
            let words = Catalogue.text(.identityConfirmed, language, [.bank: bank.name])
            return refuse(words, as: nil, message, memory, language)
        case .active(let tills, let locale):
            memory.meet(tills, silentBanks: message.silentBanks)
            memory.seenLanguage = locale
            var turn = SellerTurn(
                message: message, tills: tills, payers: payers, memory: memory,
                language: memory.language ?? locale)
            let action = turn.answer()
            return Decision(action: action, memory: turn.memory, language: turn.language)
        }
    }

    /// Whether the names that a seller has given to phones can matter for this message.
    static func wantsPayers(_ message: Incoming, _ memory: ConversationMemory) -> Bool {
        if memory.question?.order?.rail == .rtp { return true }
        guard case .text(let text) = message.content else { return false }
        switch CommandGrammar.read(text, currency: .mdl) {
        case .success(.requestToPay), .failure(.otherCurrency), .failure(.amountTooManyDecimals): return true
        case .success, .failure: return false
        }
    }

    private static func refuse(
        _ key: CopyKey, as kind: Refusal.Kind?, _ message: Incoming, _ memory: ConversationMemory,
        _ values: [Slot: String] = [:]
    ) -> Decision {
        let language = memory.language ?? memory.seenLanguage ?? message.fallbackLanguage
        return refuse(Catalogue.text(key, language, values), as: kind, message, memory, language)
    }

    /// The one sentence for somebody who cannot charge now, who may all the same choose the language of it. A
    /// stranger, who has a `kind`, hears it once and then nothing for a while.
    private static func refuse(
        _ words: String, as kind: Refusal.Kind?, _ message: Incoming, _ memory: ConversationMemory,
        _ language: Language
    ) -> Decision {
        var decision = Decision(action: .nothing, memory: memory, language: language)
        guard let wish = languageWish(message, memory) else {
            if kind.map({ decision.memory.maySay($0, at: message.heardAt) }) ?? true {
                decision.action = .reply(.text(words))
            }
            return decision
        }
        if let named = wish {
            (decision.memory.language, decision.language) = (named, named)
            if memory.question?.kind == .language { decision.memory.question = nil }
        }
        guard kind == nil || decision.memory.maySay(.language, at: message.heardAt) else { return decision }
        if wish == .some(nil) {
            decision.memory.question = LanguageList.question(message.key, now: message.now)
        }
        decision.action = .reply(
            wish.map { .text(Catalogue.text(.languageChanged, $0)) } ?? LanguageList.content(language))
        return decision
    }

    /// `nil` when the message is not about the language; `.some(nil)` when it asks for the list.
    private static func languageWish(_ message: Incoming, _ memory: ConversationMemory) -> Language?? {
        switch message.content {
        case .tapped(let rowId): return LanguageList.language(rowId: rowId).map { .some($0) }
        case .text(let text):
            if let asked = memory.question, asked.kind == .language, asked.isOpen(at: message.heardAt),
                let named = CommandGrammar.choice(text).flatMap({ asked.option(number: $0)?.language })
                    ?? CommandArguments.namedLanguage(TypedText(text))
            {
                return .some(named)
            }
            // The currency has no part in reading this command.
            guard case .success(.language(let named)) = CommandGrammar.read(text, currency: .eur) else {
                return nil
            }
            return .some(named)
        case .cards, .notText, .nothing: return nil
        }
    }
}
