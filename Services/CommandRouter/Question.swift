// A question that waits for a seller's answer. One at most is open per conversation; an option carries the whole
// order that it would complete, so nothing is parsed twice and the command that a question interrupted is not lost.
import Contracts
import Money
import World

/// An open question, kept as JSON in the conversation's row.
struct Question: Sendable, Equatable, Codable {
    enum Kind: String, Sendable, Codable, CaseIterable {
        /// Which of two readings of an amount.
        case amount
        /// Which merchant to charge for.
        case merchant
        /// Whose phone a request to pay goes to, and what that person is called.
        case payerPhone, payerName
        /// Which merchant to charge for from now on without asking.
        case usualMerchant
        /// Which of several payments that one bubble tells.
        case payment
        /// Whether the list goes on.
        case page
        /// Which language.
        case language
        /// Whether to charge always for the merchant that was just chosen.
        case usualOffer

        /// Whether a number means a row of it.
        var takesNumbers: Bool {
            switch self {
            case .amount, .merchant, .usualMerchant, .payment, .language: true
            case .payerPhone, .payerName, .page, .usualOffer: false
            }
        }
    }

    /// What choosing this means. Without a till, the merchant is still to be asked for; without an order, only
    /// the merchant is chosen. With a payment, that one is meant; with a language, that.
    struct Option: Sendable, Equatable, Codable {
        var order: Order?
        var till: Till.Key?
        var payment: PaymentPick?
        var language: Language?
    }

    /// One of several payments, as its row shows it.
    struct PaymentPick: Sendable, Equatable, Codable {
        var paymentId: String
        var act: PaymentAct
        var amount: Money
        /// How it stands, as its line says it.
        var line: String
    }

    /// How long an answer is taken for an answer. After it, "2" is two lei again.
    static let answerWindow = Duration.seconds(600)
    /// For how long after that an answer is still recognised as one, told that it came too late, and not taken
    /// for a new charge.
    static let lateWindow = Duration.seconds(3_600)
    /// Typed numbers go to 99.
    static let optionsMax = 99

    /// Opaque; the first part of every row id of this question.
    var id: String
    var kind: Kind
    /// The idempotency key of the message that asked to charge. However the question is answered, and however
    /// often, that message makes one payment.
    var sourceKey: String
    var options: [Option]
    var deadline: Timestamp
    /// Which part of a long list was shown last, from 0.
    var page: Int?
    /// Of a list of payments: what its next page is.
    var listing: Listing?

    init(kind: Kind, sourceKey: String, options: [Option], now: Timestamp, listing: Listing? = nil) {
        self.kind = kind
        self.sourceKey = sourceKey
        self.options = Array(options.prefix(Self.optionsMax))
        self.listing = listing
        // Derived, not random: a message that is worked on twice asks the same question with the same row
        // ids.
        id = String(sourceKey.suffix(24)) + "." + kind.rawValue
        deadline = now.advanced(by: Self.answerWindow)
    }

    func rowId(_ index: Int) -> String { id + "." + String(index + 1) }
    func rowId(showing page: Int) -> String { id + ".page." + String(page) }

    /// The option that a tapped row or a typed number (from 1) stands for.
    func option(rowId tapped: String) -> Option? {
        options.indices.first { rowId($0) == tapped }.map { options[$0] }
    }

    func option(number: Int) -> Option? {
        kind.takesNumbers && options.indices.contains(number - 1) ? options[number - 1] : nil
    }

    /// The part of the list that a tapped "more" asks for.
    func page(rowId tapped: String) -> Int? {
        (0..<QuestionList.pageCount(options.count)).first { rowId(showing: $0) == tapped }
    }

    func isOpen(at moment: Timestamp) -> Bool { moment <= deadline }

    /// Too late to be answered, and not so late that an answer could not be meant.
    func isJustOver(at moment: Timestamp) -> Bool {
        moment > deadline && moment <= deadline.advanced(by: Self.lateWindow)
    }

    /// The order that this question keeps: of several readings the first.
    var order: Order? { options.lazy.compactMap(\.order).first }
}
