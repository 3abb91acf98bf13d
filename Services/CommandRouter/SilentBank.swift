// What somebody reads when no bank says who they are, in words of what they asked for: a link, a request to pay, or
// anything else. Nothing is charged in any case. Pure.
import Contracts
import Copy
import Money

enum SilentBank {
    private enum Wish { case link, request, other }

    static func words(_ message: Incoming, _ memory: ConversationMemory, _ language: Language) -> String {
        switch wish(message, memory) {
        case .link: Catalogue.text(.bankSilent, language)
        case .request: Catalogue.text(.requestNotSent, language)
        case .other: Catalogue.text(.bankSilentNow, language)
        }
    }

    /// The order that an open question keeps is what an answer to it is about; whose answer it is, nobody can say now.
    private static func wish(_ message: Incoming, _ memory: ConversationMemory) -> Wish {
        let waiting = memory.question.flatMap { $0.isOpen(at: message.heardAt) ? $0.order : nil }
        let ofQuestion: Wish = waiting.map { $0.rail == .rtp ? .request : .link } ?? .other
        switch message.content {
        case .text(let text):
            if CommandGrammar.beginsRequest(text) { return .request }
            // Of another currency, it would have been a charge all the same.
            switch CommandGrammar.read(text, currency: .mdl) {
            case .success(.pay):
                return waiting != nil && CommandGrammar.choice(text) != nil ? ofQuestion : .link
            case .failure(.phoneAlone): return ofQuestion
            case .success: return .other
            case .failure(let refusal): return refusal.beganAsCommand ? .link : ofQuestion
            }
        case .tapped, .cards: return ofQuestion
        case .notText, .nothing: return .other
        }
    }
}
