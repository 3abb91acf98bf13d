// The line a seller reads when a payment has ended, and the link bubble it began with. Both are put together
// here so that every service shows a payment the same way: parts joined by a middle dot, the amount in house
// style.
package import Money
package import World

/// How a payment ended, as far as a seller cares.
package enum ReceiptOutcome: String, CaseIterable, Codable, Sendable, Hashable {
    case paid, paidLate, failed, declined, expired, cancelled, refunded, partlyRefunded

    package var key: CopyKey {
        switch self {
        case .paid: .receiptPaid
        case .paidLate: .receiptPaidLate
        case .failed: .receiptFailed
        case .declined: .receiptDeclined
        case .expired: .receiptExpired
        case .cancelled: .receiptCancelled
        case .refunded: .receiptRefunded
        case .partlyRefunded: .receiptPartlyRefunded
        }
    }

    /// The message template that says the same outside the reply window; `nil` where none is approved.
    package var templateKey: CopyKey? {
        switch self {
        case .paid, .paidLate: .templatePaid
        case .failed: .templateFailed
        case .declined: .templateDeclined
        case .expired: .templateExpired
        case .cancelled, .refunded, .partlyRefunded: nil
        }
    }

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

    package init(
        outcome: ReceiptOutcome, amount: Money, at: Timestamp, place: WallClock, description: String? = nil,
        tag: String? = nil
    ) {
        self.outcome = outcome
        self.amount = amount
        self.at = at
        self.place = place
        self.description = description
        self.tag = tag
    }

    /// "Plătit · 100,00 MDL · 14:23 · #cafea"; after one that did not succeed, also the command for a new
    /// link.
    package func text(_ language: Language) -> String {
        var parts = [
            Catalogue.text(outcome.key, language), AmountFormat(language).text(amount),
            CivilTime(at, at: place).clock,
        ]
        if let tag { parts.append("#" + tag) } else if let description { parts.append(description) }
        let line = parts.joined(separator: " · ")
        guard outcome.invitesRetry else { return line }
        let command = ChatCommand.pay(amount, description: description, tag: tag)
        return line + "\n\n" + Catalogue.text(.receiptRetry, language, [.command: command])
    }

    /// The values of `outcome.templateKey`'s slots, in that template's order, free of what templates refuse:
    /// line breaks, tabs, and more than four spaces in a row.
    package func templateValues(_ language: Language) -> [String] {
        guard let key = outcome.templateKey else { return [] }
        return Catalogue.slots(key, language).map { slot in
            switch slot {
            case .amount: AmountFormat(language).text(amount)
            case .time: CivilTime(at, at: place).dateAndClock(language)
            default: TemplateValue.clean(tag.map { "#" + $0 } ?? description ?? "–")
            }
        }
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
    /// How long the link still works, in whole minutes; `nil` when the rail does not say.
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
            if let minutes, (1...Self.minutesToldMax).contains(minutes) {
                Catalogue.text(.linkForwardUntil, language, [.minutes: Catalogue.minutes(minutes, language)])
            } else {
                Catalogue.text(.linkForward, language)
            }
        return parts.joined(separator: " · ") + "\n\n" + closing
    }

    /// The button's label, at most 20 UTF-16 units.
    package func button(_ language: Language) -> String { Catalogue.text(.linkButton, language) }
}
