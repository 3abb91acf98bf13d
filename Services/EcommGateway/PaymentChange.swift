// A changed record on its way to its row, alone or with others: the parameters of the statements that write it. Those
// of one payment are written out once, here; those of a set are the same, payment by payment.
import Contracts
import Postgres
import World

struct PaymentChange: Sendable {
    let record: PaymentRecord
    let at: Timestamp
    /// What it adds to its merchant's day, in minor units. Not 0 for a change that is written by itself only.
    let added: Int64
    /// Until when the first thing to tell is claimed by who writes it; nil where it is left to the worker.
    let claimedUntil: Timestamp?

    init(_ record: PaymentRecord, at now: Timestamp, claimedUntil: Timestamp?) {
        self.record = record
        at = now
        added = LimitShare.change(of: record)
        self.claimedUntil = claimedUntil
    }

    /// False for a change without money, news for the seller or for the merchant's day.
    var isOutcome: Bool { !record.newTells.isEmpty || !record.newReceipts.isEmpty || added != 0 }

    /// The statement that writes it by itself, and its parameters.
    var alone: (PostgresStatement, [PostgresValue]) {
        isOutcome
            ? (
                PaymentQueries.saveOutcome,
                row + [.int8(added)] + tells + [.timestamp(claimedUntil)] + receipts
            )
            : (PaymentQueries.save, row)
    }

    /// What that statement answered; nil where the version is not the latest.
    func written(_ rows: PostgresRows) throws -> PaymentWrites.Written? {
        try rows.atMostOne().map { .init(begun: isOutcome ? try $0.int8OrNil(1) : nil) }
    }

    /// The statement that writes all of them, and its parameters.
    static func together(_ changes: [PaymentChange]) -> (PostgresStatement, [PostgresValue]) {
        let rows = PostgresColumns.of(changes.map(\.row), groups: [16..<23, 23..<29, 29..<31])
        guard changes.contains(where: { $0.isOutcome }) else { return (PaymentSetQueries.save, rows) }
        let brought = changes.map { change in
            let first = change.record.newTells.indices.map { $0 == 0 ? change.claimedUntil : nil }
            return change.tells + [.timestampArray(first)] + change.receipts
        }
        return (PaymentSetQueries.saveOutcome, rows + PostgresColumns.of(brought, groups: [0..<4, 4..<9]))
    }

    /// $1 to $31 of `PaymentQueries.save`.
    private var row: [PostgresValue] {
        let attempts = record.attempts, lines = record.newLines, audits = record.newAudits
        return [
            .text(record.paymentId), .int8(record.version), .text(record.state.rawValue),
            .text(record.failureCode), .text(record.attemptId), .text(record.link),
            .timestamp(record.expiresAt),
            .timestamp(record.openedAt), .timestamp(record.paidAt), .text(record.swiftMessageId),
            .text(record.swiftPayerBank), .int4(record.unanswered), .timestamp(record.runAt),
            .timestamp(record.leaseUntil), .text(record.lastError), .timestamp(at),
            .textArray(attempts.map(\.attemptId)), .int8Array(attempts.map { Int64($0.ordinal) }),
            .bytesArray(attempts.map(\.capabilityDigest)), .timestampArray(attempts.map(\.createdAt)),
            .textArray(attempts.map(\.state.rawValue)), .textArray(attempts.map(\.railPaymentId)),
            .textArray(attempts.map(\.link)), .textArray(lines.map(\.attemptId)),
            .textArray(lines.map(\.source.rawValue)), .textArray(lines.map(\.event)),
            .textArray(lines.map(\.from.rawValue)), .textArray(lines.map(\.to.rawValue)),
            .textArray(lines.map(\.detail)), .textArray(audits.map(\.action)),
            .textArray(audits.map(\.attemptId)),
        ]
    }

    private var tells: [PostgresValue] {
        let tells = record.newTells
        return [
            .textArray(tells.map(\.kind.rawValue)), .textArray(tells.map(\.attemptId)),
            .textArray(tells.map(\.remark?.rawValue)),
        ]
    }

    private var receipts: [PostgresValue] {
        let receipts = record.newReceipts
        return [
            .textArray(receipts.map(\.attemptId)), .textArray(receipts.map(\.remark?.rawValue)),
            .textArray(receipts.map(\.railPaymentId)), .textArray(receipts.map(\.swiftMessageId)),
            .textArray(receipts.map(\.swiftPayerBank)),
        ]
    }
}
