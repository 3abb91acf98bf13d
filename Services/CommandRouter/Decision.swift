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
        switch seller {
        case nil: return say(.phoneHidden, message, memory)
        case .unknown: return say(.unknownSeller, message, memory)
        case .unreachable: return say(.bankSilent, message, memory)
        case .blocked(let bank, let locale):
            let language = memory.language ?? locale
            let text = Catalogue.text(.sellerBlocked, language, [.bank: bank.name])
            return Decision(action: .reply(.text(text)), memory: memory, language: language)
        case .active(let tills, let locale):
            let ordered =
                tills.filter { $0.key == memory.lastTill } + tills.filter { $0.key != memory.lastTill }
            var turn = SellerTurn(
                message: message, tills: ordered, memory: memory, language: memory.language ?? locale)
            let action = turn.answer()
            return Decision(action: action, memory: turn.memory, language: turn.language)
        }
    }

    private static func say(_ key: CopyKey, _ message: Incoming, _ memory: ConversationMemory) -> Decision {
        let language = memory.language ?? message.fallbackLanguage
        return Decision(
            action: .reply(.text(Catalogue.text(key, language))), memory: memory, language: language)
    }
}
