// The one way in which news from a rail changes a payment, whether a callback brought it or a poll.
// Everything is compared with what we know before anything is believed. Pure: the caller reads and writes the
// record.
import Contracts
package import Money
package import World

/// News about one attempt.
package struct RailNews: Sendable, Equatable {
    package var attemptId: String
    package var bankId: String
    package var terminalId: String
    package var railPaymentId: String
    /// Nil for a word that we do not know.
    package var status: RailStatus?
    package var amount: Money
    package var swiftMessageId: String?
    package var swiftPayerBank: String?
    package var source: EventSource

    package init(
        attemptId: String, bankId: String, terminalId: String, railPaymentId: String, status: RailStatus?,
        amount: Money, swiftMessageId: String?, swiftPayerBank: String?, source: EventSource
    ) {
        self.attemptId = attemptId
        self.bankId = bankId
        self.terminalId = terminalId
        self.railPaymentId = railPaymentId
        self.status = status
        self.amount = amount
        self.swiftMessageId = swiftMessageId
        self.swiftPayerBank = swiftPayerBank
        self.source = source
    }
}

/// Why news is not believed: the first field that differs from ours.
package struct NewsMismatch: Error, Sendable, Equatable {
    package let field: String

    package init(field: String) { self.field = field }
}

/// What came of news, as a word for metrics.
package enum NewsOutcome: String, Sendable {
    case changed, unchanged, contradiction
    /// Money on a second attempt of a payment that is paid already, or for one whose order another link has paid: a
    /// person has to give it back.
    case paidTwice
    /// A status word that we do not know.
    case notUnderstood
}

package enum ResultRules {
    /// Applies `news` to `record`. Throws `NewsMismatch`, with nothing changed, unless it speaks of this
    /// payment.
    package static func apply(
        _ news: RailNews, to record: inout PaymentRecord, at now: Timestamp
    ) throws(NewsMismatch) -> NewsOutcome {
        guard let index = record.attempts.firstIndex(where: { $0.attemptId == news.attemptId }) else {
            throw NewsMismatch(field: "attemptId")
        }
        let attempt = record.attempts[index]
        if news.bankId != record.order.bankId { throw NewsMismatch(field: "bankId") }
        if news.terminalId != record.order.terminalId { throw NewsMismatch(field: "terminalId") }
        if news.amount.currency != record.order.amount.currency {
            throw NewsMismatch(field: "amount.currency")
        }
        if news.amount.minorUnits != record.order.amount.minorUnits {
            throw NewsMismatch(field: "amount.minor")
        }
        if let known = attempt.railPaymentId, known != news.railPaymentId {
            throw NewsMismatch(field: "railPaymentId")
        }
        guard let status = news.status else { return .notUnderstood }
        let wasPaid = attempt.state == .paid
        record.attempts[index].railPaymentId = news.railPaymentId
        record.attempts[index].state = AttemptState.next(attempt.state, .reported(status))
        let stands = record.attemptId == news.attemptId
        guard var event = status.event(stands: stands) else { return .unchanged }
        if event == .bankPaid, !stands {
            if wasPaid { return .unchanged }
            let wasClosed = [.failed, .declined, .expired].contains(attempt.state)
            if wasClosed, record.paidAt != nil { return contradiction(event, news, &record) }
            if !wasClosed { event = .otherLinkPaid }
        }
        return take(event, news, &record, now)
    }

    /// A link that the rail had closed brings money to an order that is paid: nothing follows, and a person looks.
    private static func contradiction(
        _ event: PaymentEvent, _ news: RailNews, _ record: inout PaymentRecord
    ) -> NewsOutcome {
        record.newLines.append(
            HistoryLine(
                attemptId: news.attemptId, source: news.source, event: event.rawValue, from: record.state,
                to: record.state, detail: NewsOutcome.contradiction.rawValue))
        record.newAudits.append(NewAudit(action: "payment.contradicted", attemptId: news.attemptId))
        return .contradiction
    }

    private static func take(
        _ event: PaymentEvent, _ news: RailNews, _ record: inout PaymentRecord, _ now: Timestamp
    ) -> NewsOutcome {
        let before = record.state
        guard
            let effects = try? record.apply(
                event, of: news.attemptId, from: news.source, at: now, quiet: true)
        else {
            preconditionFailure("news of a rail is never refused by the machine, only what people ask is")
        }
        if let remark = effects.lazy.compactMap(\.outcome).first(where: { $0.kind == .paid })?.remark {
            receive(news, remark, &record)
        } else if record.state == .paid, before != .paid {
            receive(news, nil, &record)
        }
        if record.state == .paid, before != .paid {
            // The link that was paid is the one that counts, also when it had been replaced.
            record.attemptId = news.attemptId
            record.swiftMessageId = news.swiftMessageId
            record.swiftPayerBank = news.swiftPayerBank
        }
        if record.state == .expired, before != .expired, record.expiresAt.map({ $0 > now }) ?? false {
            // The rail's word on how long its link lived, against what we had told.
            record.expiresAt = now
        }
        if [.unknown, .unconfirmed].contains(before), [.open, .pending].contains(record.state) {
            // The rail has named it: from now on it can be asked about.
            record.openedAt = record.openedAt ?? now
            record.runAt = now.advanced(by: JanitorSchedule.delay(age: .zero, unanswered: 0))
        }
        let isTooMuch = record.supersededBy != nil && record.state == .paid && before != .paid
        if isTooMuch || effects.contains(.tellPaidAgain) { return .paidTwice }
        if effects.contains(.flagContradiction) { return .contradiction }
        return record.state == before ? .unchanged : .changed
    }

    private static func receive(
        _ news: RailNews, _ remark: PaymentOutcome.Remark?, _ record: inout PaymentRecord
    ) {
        record.newReceipts.append(
            NewReceipt(
                attemptId: news.attemptId, remark: record.supersededBy == nil ? remark : .again,
                railPaymentId: news.railPaymentId,
                swiftMessageId: news.swiftMessageId, swiftPayerBank: news.swiftPayerBank))
    }
}
