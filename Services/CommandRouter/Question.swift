// A question that waits for a seller's answer: which amount was meant, or which merchant it is for. One at
// most is open per conversation; the chosen option carries the whole charge, so nothing is parsed twice.
import Contracts
import Money
import World

/// An open question, kept as JSON in the conversation's row.
struct Question: Sendable, Equatable, Codable {
    enum Kind: String, Sendable, Codable, CaseIterable { case amount, merchant }

    /// What choosing this means. Without a till, the merchant is still to be asked for.
    struct Option: Sendable, Equatable, Codable {
        var charge: Charge
        var till: Till.Key?
    }

    /// How long an answer is taken for an answer. After it, "2" is two lei again.
    static let answerWindow = Duration.seconds(600)
    /// Typed numbers go to 99, but nobody scrolls through more than this.
    static let optionsMax = 50

    /// Opaque; the first part of every row id of this question.
    var id: String
    var kind: Kind
    /// The idempotency key of the message that asked to charge. However the question is answered, and however
    /// often, that message makes one payment.
    var sourceKey: String
    var options: [Option]
    var deadline: Timestamp

    init(kind: Kind, sourceKey: String, options: [Option], now: Timestamp) {
        self.kind = kind
        self.sourceKey = sourceKey
        self.options = Array(options.prefix(Self.optionsMax))
        // Derived, not random: a message that is worked on twice asks the same question with the same row
        // ids.
        id = String(sourceKey.suffix(24)) + "." + kind.rawValue
        deadline = now.advanced(by: Self.answerWindow)
    }

    func rowId(_ index: Int) -> String { id + "." + String(index + 1) }

    /// The option that a tapped row or a typed number (from 1) stands for.
    func option(rowId tapped: String) -> Option? {
        options.indices.first { rowId($0) == tapped }.map { options[$0] }
    }

    func option(number: Int) -> Option? { options.indices.contains(number - 1) ? options[number - 1] : nil }
}
