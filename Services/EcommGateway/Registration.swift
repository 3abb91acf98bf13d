// A payment on its way to its row: what the caller asked, what we drew for it, and what it takes of limits. How it is
// written is one statement of PaymentQueries.
package import Contracts
import Money
import Postgres
package import World

/// A new payment, before it has a row.
package struct Registration: Sendable {
    package var caller: String
    package var idempotencyKey: String
    package var order: OpenPayment
    package var paymentId: String
    package var firstAttempt: AttemptRecord
    package var requestId: String
    package var leaseUntil: Timestamp
    /// What opening it takes of its seller's and merchant's pace and day.
    var share: LimitShare
    /// The handle that it is made for.
    var renewing: Renewing?
    /// When the janitor looks at it first, unless its owner's lease lasts longer: planned as for an open one.
    var runAt: Timestamp {
        firstAttempt.createdAt.advanced(by: JanitorSchedule.delay(age: .zero, unanswered: 0))
    }

    /// $1 to $29 of `RegisterQueries.one`.
    var values: [PostgresValue] {
        return [
            .text(paymentId), .text(caller), .text(idempotencyKey), .text(order.posUserId),
            .text(order.bankId), .text(order.merchantId), .text(order.merchantName), .text(order.terminalId),
            .text(order.rail.rawValue), .int8(order.amount.minorUnits), .text(order.amount.currency.rawValue),
            .text(order.description), .text(order.tag), .text(order.conversation.phoneNumberId),
            .text(order.conversation.peer), .text(order.locale.rawValue),
            .text(order.checkoutLanguage?.rawValue), .text(firstAttempt.attemptId),
            .timestamp(firstAttempt.createdAt), .text(requestId), .timestamp(leaseUntil),
            .bytes(firstAttempt.capabilityDigest), .text(order.payer?.phone), .text(order.payer?.name),
            .int4(share.day), .timestamp(firstAttempt.createdAt.advanced(by: share.sellerStep)),
            .timestamp(firstAttempt.createdAt.advanced(by: share.merchantStep)),
            .int8(share.mostPerDay), .timestamp(runAt),
        ]
    }
}

extension PaymentRecord {
    /// As `RegisterQueries.one` writes it.
    init(_ new: Registration) {
        self.init(
            paymentId: new.paymentId, order: new.order, createdAt: new.firstAttempt.createdAt,
            requestId: new.requestId, state: .registering, attemptId: new.firstAttempt.attemptId, fence: 1,
            version: 1, attempts: [new.firstAttempt])
        runAt = new.runAt
        leaseUntil = new.leaseUntil
    }
}
