// News from rails on their way to a payment: read the record, apply ResultRules, write, count. Callbacks and
// polls both come through here and through nothing else.
package import Contracts
package import Observe
import Problem
package import World

package struct News: Sendable {
    private let store: PaymentStore
    private let world: World
    private let log: Log
    private let meters: GatewayMeters

    package init(store: PaymentStore, world: World, log: Log, meters: GatewayMeters) {
        self.store = store
        self.world = world
        self.log = log
        self.meters = meters
    }

    /// The payment after the news. `alongside` is changed in the same write, for whoever keeps a schedule.
    /// Throws `NewsMismatch` with nothing changed, and what the store throws.
    package func apply(
        _ news: RailNews, to paymentId: String, known: PaymentRecord? = nil,
        alongside: (inout PaymentRecord) -> Void = { _ in }
    ) async throws -> PaymentRecord {
        let now = world.now()
        do {
            let (record, (outcome, before)) = try await store.change(
                paymentId, known: known ?? store.recent(paymentId)
            ) { record in
                let before = record.state
                let outcome = try ResultRules.apply(news, to: &record, at: now)
                alongside(&record)
                return (outcome, before)
            }
            meters.news.add(1, [news.source.rawValue, outcome.rawValue])
            note(outcome, record, before, news.source)
            return record
        } catch let mismatch as NewsMismatch {
            meters.news.add(1, [news.source.rawValue, "mismatch"])
            log.error(
                "news.mismatched",
                [
                    "paymentId": .id(paymentId), "field": .name(mismatch.field),
                    "source": .name(news.source.rawValue),
                ])
            throw mismatch
        }
    }

    private func note(
        _ outcome: NewsOutcome, _ record: PaymentRecord, _ before: PaymentState, _ source: EventSource
    ) {
        let fields: KeyValuePairs<StaticString, LogValue> = [
            "paymentId": .id(record.paymentId), "state": .name(record.state.rawValue),
            "before": .name(before.rawValue), "source": .name(source.rawValue),
            "ms": .ms(world.now().since(record.openedAt ?? record.createdAt)),
        ]
        switch outcome {
        case .changed:
            meters.payments.add(1, [record.state.rawValue])
            log.info("payment.changed", fields)
        case .unchanged: log.debug("payment.confirmed", fields)
        case .contradiction: log.error("payment.contradicted", fields)
        case .paidTwice:
            if record.state != before { meters.payments.add(1, [record.state.rawValue]) }
            log.error("payment.paidTwice", fields)
        case .notUnderstood: log.warn("news.notUnderstood", fields)
        }
    }
}

extension RailNews {
    /// A verified result from the callback-receiver.
    package init(_ result: PaymentResult, status: RailStatus?) {
        self.init(
            attemptId: result.attemptId, bankId: result.bankId, terminalId: result.terminalId,
            railPaymentId: result.railPaymentId, status: status, amount: result.amount,
            swiftMessageId: result.swiftMessageId, swiftPayerBank: result.swiftPayerBank, source: .callback)
    }

    /// A rail's answer to a poll about one attempt. The bank that was asked is the bank that answers.
    package init(_ report: RailReport, attemptId: String, bankId: String) {
        self.init(
            attemptId: attemptId, bankId: bankId, terminalId: report.terminalId,
            railPaymentId: report.railPaymentId,
            status: report.status, amount: report.amount, swiftMessageId: report.swiftMessageId,
            swiftPayerBank: report.swiftPayerBank, source: .poll)
    }
}
