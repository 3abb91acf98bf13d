// What a seller wants of payments already made. Values only: which payments those are and what became of them is asked
// of the gateway by ErrandDesk, and put into words by ErrandReply and SalesReply.
import Contracts
import World

enum Errand: Sendable, Equatable {
    case status(PaymentChoice)
    case cancel(PaymentChoice)
    case resend(PaymentChoice)
    /// The same order once more with a fresh link, by the opaque handle of a tapped button.
    case renew(handle: String)
    case today
    case list(Listing)
    case export(ExportSpan)
}

/// Which payment is meant.
enum PaymentChoice: Sendable, Equatable {
    /// The last one of this conversation, else of this seller.
    case last
    /// The one that a bubble of ours speaks of, by the wamid that was replied to.
    case bubble(wamid: String)
    /// Six characters.
    case reference(String)
    /// A paymentId, chosen of several.
    case id(String)
}

/// What is wanted of one payment out of several, so that which one has to be asked.
enum PaymentAct: String, Sendable, Codable, CaseIterable {
    case cancel, resend

    func errand(_ choice: PaymentChoice) -> Errand {
        switch self {
        case .cancel: .cancel(choice)
        case .resend: .resend(choice)
        }
    }
}

/// One page of a list of payments. Pages are cut from what was there when the first was shown, so that nothing is
/// shown twice because something new came between.
struct Listing: Sendable, Equatable, Codable {
    static let rowsMax = 8
    /// As many payments as one question to the gateway answers are as many as can be paged through; who needs
    /// more takes the export.
    static let paymentsMax = 200
    static let pagesMax = paymentsMax / rowsMax
    private static let prefix = "list."

    /// Without its "#".
    var tag: String?
    /// From 1.
    var page: Int
    /// Payments of this moment and later are not shown; nil: all.
    var before: Timestamp?

    init(tag: String?, page: Int = 1, before: Timestamp? = nil) {
        self.tag = tag
        self.page = min(max(page, 1), Self.pagesMax)
        self.before = before
    }

    var next: Listing { Listing(tag: tag, page: page + 1, before: before) }

    /// As the id of a button. There is nothing secret in it, and whoever taps sees own payments only.
    var rowId: String {
        Self.prefix + String(page) + "." + (before.map { String($0.microseconds) } ?? "") + "." + (tag ?? "")
    }

    /// From 2001 to 2286, in seconds since 1970.
    private static let moments: ClosedRange<Int64> = 1_000_000_000...9_999_999_999

    init?(rowId: String) {
        guard rowId.hasPrefix(Self.prefix) else { return nil }
        let parts = rowId.dropFirst(Self.prefix.count).split(
            separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let page = Int(parts[0]), page > 0 else { return nil }
        let before = Int64(parts[1]).map { Timestamp(microseconds: $0) }
        // Anybody can send any id: a moment outside of Till's own time is none of ours.
        guard parts[1].isEmpty || before.map({ Self.moments.contains($0.seconds) }) == true else {
            return nil
        }
        self.init(tag: parts[2].isEmpty ? nil : String(parts[2]), page: page, before: before)
    }
}
