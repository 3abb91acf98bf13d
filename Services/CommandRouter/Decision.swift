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
}

/// Everything the gateway needs for one payment, and the key that makes it one.
struct ChargePlan: Sendable, Equatable {
    var till: Till
    var terminalId: String
    var charge: Charge
    /// Whether the seller has other merchants too, so that the answer says which one this is for.
    var namesMerchant: Bool
    /// The key of the message that asked to charge, which a chosen list row is not.
    var sourceKey: String
}

/// A decided message: the action, the memory to keep, the language the answer is in.
struct Decision: Sendable, Equatable {
    var action: Action
    var memory: ConversationMemory
    var language: Language

    /// Decides on one message. `seller` is `nil` only when there is no phone to ask the banks about.
    static func on(_ message: Incoming, from seller: Seller?, remembering memory: ConversationMemory)
        -> Decision
    {
        guard message.content != .nothing else {
            return Decision(action: .nothing, memory: memory, language: message.fallbackLanguage)
        }
        var memory = memory
        if let locale = seller?.locale { memory.seenLanguage = locale }
        switch seller {
        case nil: return sayOrChangeLanguage(.phoneHidden, message, memory)
        case .unknown: return sayOrChangeLanguage(.unknownSeller, message, memory)
        case .unreachable: return sayOrChangeLanguage(.bankSilent, message, memory)
        case .blocked(let bank, _):
            return sayOrChangeLanguage(.sellerBlocked, message, memory, [.bank: bank.name])
        case .active(let tills, let locale):
            var turn = SellerTurn(
                message: message, tills: tills, memory: memory, language: memory.language ?? locale)
            let action = turn.answer()
            return Decision(action: action, memory: turn.memory, language: turn.language)
        }
    }

    /// The one sentence for somebody who cannot charge now, who may all the same choose the language of it.
    private static func sayOrChangeLanguage(
        _ key: CopyKey, _ message: Incoming, _ memory: ConversationMemory, _ values: [Slot: String] = [:]
    ) -> Decision {
        var memory = memory
        let language = memory.language ?? memory.seenLanguage ?? message.fallbackLanguage
        switch languageWish(message.content) {
        case .some(.some(let named)):
            memory.language = named
            let words = Catalogue.text(.languageChanged, named)
            return Decision(action: .reply(.text(words)), memory: memory, language: named)
        case .some(.none):
            return Decision(
                action: .reply(LanguageList.content(language)), memory: memory, language: language)
        case .none:
            let words = Catalogue.text(key, language, values)
            return Decision(action: .reply(.text(words)), memory: memory, language: language)
        }
    }

    /// `nil` when the message is not about the language; `.some(nil)` when it asks for the list.
    private static func languageWish(_ content: Incoming.Content) -> Language?? {
        switch content {
        case .tapped(let rowId): return LanguageList.language(rowId: rowId).map { .some($0) }
        case .text(let text):
            // The currency has no part in reading this command.
            guard case .success(.language(let named)) = CommandGrammar.read(text, currency: .eur) else {
                return nil
            }
            return .some(named)
        case .notText, .nothing: return nil
        }
    }
}
