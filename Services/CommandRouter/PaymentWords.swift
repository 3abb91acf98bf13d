// How a payment stands, as one line and what that means. The line is the same wherever a payment is named: in a status,
// in a list, above the answer to a cancellation. Pure: the same view and day give the same words.
import Contracts
import Copy
import Money
import World

/// What became of asking for a cancellation.
enum CancelOutcome: Sendable, Equatable {
    /// The payment as it is now: cancelled, or ended in another way before.
    case settled(PaymentView)
    case moneyMayBeMoving(PaymentView)
    case notOffered(PaymentView)
    /// The bank did not answer.
    case uncertain(PaymentView)
}

struct PaymentWords {
    let language: Language
    let days: LocalDays

    /// "Plătit · 100,00 MDL · 14:23 · #cafea · K7M2QX".
    func line(_ view: PaymentView) -> String {
        let isTooMuch = view.supersededBy != nil && view.status == .paid
        return line(view, isTooMuch ? Catalogue.text(.receiptPaidAgain, language) : word(view))
    }

    private func line(_ view: PaymentView, _ word: String) -> String {
        var parts = [word, AmountFormat(language).text(view.amount)]
        parts.append(days.text(view.paidAt ?? view.createdAt, language))
        if let tag = view.tag {
            parts.append("#" + tag)
        } else if let text = view.description {
            parts.append(QuestionList.fit(text, Self.descriptionMax))
        }
        parts.append(view.reference)
        return parts.joined(separator: " · ")
    }

    /// A line stays a line.
    private static let descriptionMax = 40

    func status(_ view: PaymentView, renewal: RenewalOffer) -> MessageContent {
        switch view.status {
        case _ where view.isToBeTakenBack: paidByAnother(view)
        case .registering: told(view, .preparingNote)
        case .unknown: told(view, view.rail == .rtp ? .requestUncertainNote : .uncertainNote)
        case .open:
            if let until = view.expiresAt {
                told(view, .openUntilNote, [.time: days.text(until, language)])
            } else {
                told(view, .openNote)
            }
        case .pending: told(view, .pendingNote)
        case .paid, .partiallyRefunded, .refunded: .text(line(view))
        case .failed, .declined, .expired, .cancelled: ended(view, nil, renewal)
        }
    }

    func cancelled(_ outcome: CancelOutcome, renewal: RenewalOffer) -> MessageContent {
        switch outcome {
        case .moneyMayBeMoving(let view): return told(view, .cancelMoving)
        case .notOffered(let view): return told(view, .cancelNotOffered)
        case .uncertain(let view): return told(view, .cancelUncertain)
        case .settled(let view):
            switch view.status {
            case .cancelled: return told(view, view.rail == .rtp ? .cancelDoneRequest : .cancelDone)
            case .paid, .partiallyRefunded, .refunded: return told(view, .cancelPaid)
            case .pending: return told(view, .cancelMoving)
            case .failed, .declined, .expired: return ended(view, .cancelEnded, renewal)
            case .registering, .unknown, .open: return told(view, .cancelUncertain)
            }
        }
    }

    /// The link once more, as long as it works; never another payment.
    func resent(_ view: PaymentView, merchant: String?, at moment: Timestamp, renewal: RenewalOffer)
        -> MessageContent
    {
        switch view.status {
        case _ where view.isToBeTakenBack: return paidByAnother(view)
        case .open:
            if view.rail == .rtp { return told(view, .resendRequest) }
            guard let link = view.link else { return told(view, .preparingNote) }
            let left = view.expiresAt.map { $0.since(moment) }
            guard left.map({ $0 > .zero }) ?? true else {
                return told(view, .linkGone, [.reference: view.reference])
            }
            let bubble = LinkBubble(
                amount: view.amount, merchant: merchant, description: view.description, tag: view.tag,
                minutes: left.map { Int($0.microseconds / 60_000_000) })
            return .link(body: bubble.body(language), button: bubble.button(language), url: link)
        case .registering: return told(view, .preparingNote)
        case .unknown: return told(view, view.rail == .rtp ? .requestUncertainNote : .uncertainNote)
        case .pending: return told(view, .pendingNote)
        case .paid, .partiallyRefunded, .refunded: return told(view, .resendPaid)
        case .failed, .declined, .expired, .cancelled: return ended(view, nil, renewal)
        }
    }

    /// The seller asks about the order, which is paid, although this link of it has yet to be taken back.
    private func paidByAnother(_ view: PaymentView) -> MessageContent {
        .text(
            line(view, Catalogue.text(.receiptPaid, language)) + "\n\n"
                + Catalogue.text(.resendPaid, language))
    }

    private func told(_ view: PaymentView, _ note: SaleKey, _ values: [Slot: String] = [:]) -> MessageContent
    {
        .text(line(view) + "\n\n" + Catalogue.text(note, language, values))
    }

    /// With a handle, a fresh link is one tap away; without one, one command.
    private func ended(_ view: PaymentView, _ note: SaleKey?, _ renewal: RenewalOffer) -> MessageContent {
        var paragraphs = [line(view)]
        if let note { paragraphs.append(Catalogue.text(note, language)) }
        var buttons: [ReplyButton] = []
        switch renewal {
        case .button(let handle):
            let isRequest = view.rail == .rtp
            paragraphs.append(Catalogue.text(isRequest ? .requestRenewNote : .renewNote, language))
            let title = Receipt.renewalTitle(language, isRequest: isRequest)
            buttons.append(ReplyButton(renewing: handle, title: title))
        case .orderPaid: paragraphs.append(Catalogue.text(.orderPaid, language))
        case .nothing:
            paragraphs.append(
                Receipt.retry(
                    view.amount, description: view.description, tag: view.tag, isRequest: view.rail == .rtp,
                    language))
        }
        let text = paragraphs.joined(separator: "\n\n")
        return buttons.isEmpty ? .text(text) : .buttons(body: text, buttons: buttons)
    }

    private func word(_ view: PaymentView) -> String {
        switch view.status {
        case .registering: Catalogue.text(.statusPreparing, language)
        case .unknown: Catalogue.text(.statusUncertain, language)
        case .open: Catalogue.text(.statusOpen, language)
        case .pending: Catalogue.text(.statusPending, language)
        case .paid: Catalogue.text(.receiptPaid, language)
        case .failed: Catalogue.text(.receiptFailed, language)
        case .declined: Catalogue.text(.receiptDeclined, language)
        case .expired where view.rail == .rtp: Catalogue.text(.receiptRequestExpired, language)
        case .expired: Catalogue.text(.receiptExpired, language)
        case .cancelled: Catalogue.text(.receiptCancelled, language)
        case .partiallyRefunded: Catalogue.text(.receiptPartlyRefunded, language)
        case .refunded: Catalogue.text(.receiptRefunded, language)
        }
    }
}

extension PaymentView {
    /// Another link of the order was paid, and this one has not ended yet.
    fileprivate var isToBeTakenBack: Bool { supersededBy != nil && [.registering, .open].contains(status) }
}

extension PaymentStatus {
    /// Ended without money: the same order may be worth a fresh link.
    var invitesRenewal: Bool {
        switch self {
        case .failed, .declined, .expired, .cancelled: true
        case .registering, .unknown, .open, .pending, .paid, .partiallyRefunded, .refunded: false
        }
    }
}
