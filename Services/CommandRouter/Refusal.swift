// Saying no to strangers: once, and then silence for a while. Whoever writes a thousand messages from phones that no
// bank knows shall not make us send a thousand. Pure.
import World

/// What was said to somebody whom no bank knows.
struct Refusal: Sendable, Equatable, Codable {
    enum Kind: String, Sendable, Codable, CaseIterable {
        case unknownSeller, phoneHidden, bankSilent, language

        /// How often it is said within `span`. Choosing a language takes two answers, the list and the choice.
        var timesMax: Int { self == .language ? 4 : 1 }
        /// A silent bank may be back in minutes, and then the answer is another one.
        var span: Duration { self == .bankSilent ? .seconds(600) : .seconds(86_400) }
    }

    var kind: Kind
    /// When it was said first in the running span.
    var since: Timestamp
    var times: Int
}

extension ConversationMemory {
    /// Whether this may be said to a stranger now, and takes note that it is. One entry for each kind.
    mutating func maySay(_ kind: Refusal.Kind, at moment: Timestamp) -> Bool {
        guard let index = refusals.firstIndex(where: { $0.kind == kind }) else {
            refusals.append(Refusal(kind: kind, since: moment, times: 1))
            return true
        }
        let age = moment.since(refusals[index].since)
        if age >= kind.span || age < .zero {
            refusals[index] = Refusal(kind: kind, since: moment, times: 1)
            return true
        }
        guard refusals[index].times < kind.timesMax else { return false }
        refusals[index].times += 1
        return true
    }
}
