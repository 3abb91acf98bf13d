// The line a seller reads when a payment has ended, and the link bubble it began with. Both are put together
// here so that every service shows a payment the same way: parts joined by a middle dot, the amount in house
// style.
package import Money
package import World

/// How a payment ended, as far as a seller cares.
package enum ReceiptOutcome: String, CaseIterable, Codable, Sendable, Hashable {
    case paid, paidLate, paidAgain, failed, declined, expired, cancelled, refunded, partlyRefunded

    package var key: CopyKey {
        switch self {
        case .paid: .receiptPaid
        case .paidLate: .receiptPaidLate
        case .paidAgain: .receiptPaidAgain
        case .failed: .receiptFailed
        case .declined: .receiptDeclined
        case .expired: .receiptExpired
        case .cancelled: .receiptCancelled
        case .refunded: .receiptRefunded
        case .partlyRefunded: .receiptPartlyRefunded
        }
    }

    /// The message templates that say the same outside the reply window, the one to prefer first; empty where
    /// none exists. All of one outcome have the same slots.
    package var templateKeys: [CopyKey] {
        switch self {
        case .paid, .paidLate, .paidAgain: [.templatePaid, .templatePaidSpare]
        case .failed: [.templateFailed, .templateFailedSpare]
        case .declined: [.templateDeclined, .templateDeclinedSpare]
        case .expired: [.templateExpired, .templateExpiredSpare]
        case .cancelled, .refunded, .partlyRefunded: []
        }
    }

    /// What a receipt of money must say beside the amount, and a template has no words of its own for.
    var isRemarked: Bool { self == .paidLate || self == .paidAgain }

    /// Whether the same charge is worth offering again.
    package var invitesRetry: Bool { self == .failed || self == .declined || self == .expired }
}

/// What a receipt says of one payment.
package struct Receipt: Sendable, Hashable {
    package var outcome: ReceiptOutcome
    package var amount: Money
    package var at: Timestamp
    package var place: WallClock
    package var description: String?
    package var tag: String?
    /// Whether the payer was asked on the phone, and not by a link.
    package var isRequest: Bool

    package init(
        outcome: ReceiptOutcome, amount: Money, at: Timestamp, place: WallClock, description: String? = nil,
        tag: String? = nil, isRequest: Bool = false
    ) {
        self.outcome = outcome
        self.amount = amount
        self.at = at
        self.place = place
        self.description = description
        self.tag = tag
        self.isRequest = isRequest
    }

    /// "Plătit · 100,00 MDL · 14:23 · #cafea"; after one that did not succeed, also the command for a new link,
    /// unless a button below offers it. A second payment says what to do with the money.
    package func text(_ language: Language, offersButton: Bool = false) -> String {
        var parts = [
            word(language), AmountFormat(language).text(amount), CivilTime(at, at: place).clock,
        ]
        if let tag { parts.append("#" + tag) } else if let description { parts.append(description) }
        let line = parts.joined(separator: " · ")
        if outcome == .paidAgain { return line + "\n\n" + Catalogue.text(.receiptPaidAgainAdvice, language) }
        guard outcome.invitesRetry else { return line }
        // A request rings in somebody's phone: what the button does is said.
        if offersButton {
            return isRequest ? line + "\n\n" + Catalogue.text(.requestRenewNote, language) : line
        }
        return line + "\n\n"
            + Self.retry(amount, description: description, tag: tag, isRequest: isRequest, language)
    }

    /// How to ask for the same again by hand; whom a request is for is asked then.
    package static func retry(
        _ amount: Money, description: String?, tag: String?, isRequest: Bool, _ language: Language
    ) -> String {
        guard isRequest else {
            let command = ChatCommand.pay(amount, description: description, tag: tag)
            return Catalogue.text(.receiptRetry, language, [.command: command])
        }
        let command = ChatCommand.requestToPay(
            amount, phone: nil, name: nil, description: description, tag: tag)
        return Catalogue.text(.requestRetry, language, [.command: command])
    }

    /// What the line begins with.
    private func word(_ language: Language) -> String {
        switch outcome {
        case .expired where isRequest: Catalogue.text(.receiptRequestExpired, language)
        case .paidLate where isRequest: Catalogue.text(.receiptRequestPaidLate, language)
        case .paid, .paidLate, .paidAgain, .failed, .declined, .expired, .cancelled, .refunded,
            .partlyRefunded:
            Catalogue.text(outcome.key, language)
        }
    }

    /// What the template has no words of its own for.
    private func remark(_ language: Language) -> String {
        let isSaid = outcome.isRemarked || (isRequest && outcome == .expired)
        return isSaid ? " · " + word(language) : ""
    }

    /// What the button under an ended payment says, at most 20 UTF-16 units.
    package static func renewalTitle(_ language: Language, isRequest: Bool = false) -> String {
        isRequest ? Catalogue.text(.requestRenewButton, language) : Catalogue.text(.receiptRenew, language)
    }

    /// The values of the slots of `key`, one of `outcome.templateKeys`, in that template's order, free of what
    /// templates refuse: line breaks, tabs, and more than four spaces in a row. What the template does not say by
    /// itself (paid late, paid again, that it was a request) stands behind the reference.
    package func templateValues(_ key: CopyKey, _ language: Language) -> [String] {
        Catalogue.slots(key, language).map { slot in
            switch slot {
            case .amount: AmountFormat(language).text(amount)
            case .time: CivilTime(at, at: place).dateAndClock(language)
            default:
                reference(remark: remark(language))
            }
        }
    }

    /// Tag or description, cut so far that the remark behind it stays whole.
    private func reference(remark: String) -> String {
        let name = TemplateValue.clean(tag.map { "#" + $0 } ?? description ?? "–")
        return name.prefix(TemplateValue.charactersMax - remark.count) + remark
    }
}

/// The bubble that carries a payment link. It begins with the amount, since the seller forwards it to the
/// customer.
package struct LinkBubble: Sendable, Hashable {
    package var amount: Money
    /// Named only where the seller charges for several, to show which one was taken.
    package var merchant: String?
    package var description: String?
    package var tag: String?
    /// How long the link still works, in whole minutes, 0 for less than one; `nil` when the rail does not say.
    package var minutes: Int?
    /// Above this a countdown helps nobody and is left out.
    package static let minutesToldMax = 180

    package init(
        amount: Money, merchant: String? = nil, description: String? = nil, tag: String? = nil,
        minutes: Int? = nil
    ) {
        self.amount = amount
        self.merchant = merchant
        self.description = description
        self.tag = tag
        self.minutes = minutes
    }

    /// The words above the link's button: "100,00 MDL · Cafea · #masa5" and what to do with it. No link in
    /// it.
    package func body(_ language: Language) -> String {
        var parts = [AmountFormat(language).text(amount)]
        if let merchant { parts.append(merchant) }
        if let description { parts.append(description) }
        if let tag { parts.append("#" + tag) }
        let closing =
            switch minutes {
            case 0: Catalogue.text(.linkForwardSoon, language)
            case let minutes? where (1...Self.minutesToldMax).contains(minutes):
                Catalogue.text(.linkForwardUntil, language, [.minutes: Catalogue.minutes(minutes, language)])
            case _: Catalogue.text(.linkForward, language)
            }
        return parts.joined(separator: " · ") + "\n\n" + closing
    }

    /// The button's label, at most 20 UTF-16 units.
    package func button(_ language: Language) -> String { Catalogue.text(.linkButton, language) }
}
