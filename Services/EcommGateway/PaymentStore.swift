// Payments in PostgreSQL. Every change goes through `change`: read the record, apply the rules, write it back
// unless somebody else did meanwhile, and then begin again from what they wrote. No lock is held between the
// two statements.
package import Contracts
package import Postgres
import Money
import Problem
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
    /// The handle that it is made for, as its digest.
    var renewing: [UInt8]?
}

package struct PaymentStore: Sendable {
    /// Writers meet on one payment when its callback, a poll and its link arrive together: three, not eight.
    private static let changeTriesMax = 8

    private let database: PostgresPool
    private let world: World
    /// Called after a commit that left something to tell.
    private let onTells: @Sendable () -> Void

    package init(database: PostgresPool, world: World, onTells: @escaping @Sendable () -> Void) {
        self.database = database
        self.world = world
        self.onTells = onTells
    }

    /// Writes the payment and its first attempt, and what it takes of limits and handle: all or nothing. Nil when
    /// the key is known already, whatever the limits are by now. Throws `RegistrationRefusal`.
    package func register(_ new: Registration) async throws -> PaymentRecord? {
        var items = [(PaymentQueries.register, Self.values(new))]
        items += new.share.items(of: new)
        if let digest = new.renewing {
            items.append(
                (
                    RenewalQueries.use,
                    [.bytes(digest), .text(new.paymentId), .timestamp(new.firstAttempt.createdAt)]
                ))
        }
        let results: [PostgresRows]
        do { results = try await database.batch(items) } catch let error as PostgresError {
            throw RegistrationRefusal(constraint: error.constraint).map { $0 as any Error } ?? error
        }
        guard let row = try results[0].atMostOne() else { return nil }
        var record = try PaymentRow.record(row)
        record.attempts = [new.firstAttempt]
        return record
    }

    private static func values(_ new: Registration) -> [PostgresValue] {
        let order = new.order
        return [
            .text(new.paymentId), .text(new.caller), .text(new.idempotencyKey), .text(order.posUserId),
            .text(order.bankId), .text(order.merchantId), .text(order.merchantName), .text(order.terminalId),
            .text(order.rail.rawValue), .int8(order.amount.minorUnits), .text(order.amount.currency.rawValue),
            .text(order.description), .text(order.tag), .text(order.conversation.phoneNumberId),
            .text(order.conversation.peer), .text(order.locale.rawValue),
            .text(order.checkoutLanguage?.rawValue), .text(new.firstAttempt.attemptId),
            .timestamp(new.firstAttempt.createdAt), .text(new.requestId), .timestamp(new.leaseUntil),
            .bytes(new.firstAttempt.capabilityDigest), .text(order.payer?.phone), .text(order.payer?.name),
            .int4(new.share.day),
        ]
    }

    /// The payment that a caller made under this key.
    package func find(caller: String, idempotencyKey: String) async throws -> PaymentRecord? {
        let rows = try await database.query(PaymentQueries.byKey, [.text(caller), .text(idempotencyKey)])
        return try await rows.atMostOne().map { try PaymentRow.record($0) }.asyncMap(withAttempts)
    }

    package func find(_ paymentId: String) async throws -> PaymentRecord? {
        let rows = try await database.query(PaymentQueries.byId, [.text(paymentId)])
        return try await rows.atMostOne().map { try PaymentRow.record($0) }.asyncMap(withAttempts)
    }

    private func withAttempts(_ record: PaymentRecord) async throws -> PaymentRecord {
        var record = record
        let rows = try await database.query(PaymentQueries.attemptsOf, [.text(record.paymentId)])
        record.attempts = try rows.map { try PaymentRow.attempt($0) }
        return record
    }

    package func attempt(capabilityDigest: [UInt8]) async throws -> AttemptView? {
        let rows = try await database.query(PaymentQueries.attemptByDigest, [.bytes(capabilityDigest)])
        return try rows.atMostOne().map { try PaymentRow.attemptView($0) }
    }

    /// Becomes the owner of a payment whose link nobody is making; nil when somebody is, or there is nothing
    /// to make.
    package func takeOver(_ paymentId: String, leaseUntil: Timestamp) async throws -> PaymentRecord? {
        let rows = try await database.query(
            PaymentQueries.takeOver, [.text(paymentId), .timestamp(world.now()), .timestamp(leaseUntil)])
        return try await rows.atMostOne().map { try PaymentRow.record($0) }.asyncMap(withAttempts)
    }

    /// False when the payment is no longer this owner's to work on.
    func renewLease(_ paymentId: String, fence: Int64, until: Timestamp) async throws -> Bool {
        let values: [PostgresValue] = [.text(paymentId), .int8(fence), .timestamp(until)]
        return try await database.query(PaymentQueries.renewLease, values).affected == 1
    }

    /// Payments whose time has come, leased until then. Those that wait for an answer of the named banks are
    /// left out.
    package func claimDue(
        limit: Int, leaseUntil: Timestamp, withoutPollsAt banks: [String] = []
    ) async throws -> [PaymentRecord] {
        try await claimed(
            PaymentQueries.claimDue,
            [
                .timestamp(world.now()), .timestamp(leaseUntil), .int8(Int64(limit)),
                .textArray(banks),
            ])
    }

    /// One payment that waits for an answer of this bank, if there is any.
    func claimProbe(bankId: String, leaseUntil: Timestamp) async throws -> [PaymentRecord] {
        try await claimed(
            PaymentQueries.claimProbe, [.timestamp(world.now()), .timestamp(leaseUntil), .text(bankId)])
    }

    private func claimed(
        _ statement: PostgresStatement, _ values: [PostgresValue]
    ) async throws -> [PaymentRecord] {
        var records: [PaymentRecord] = []
        for row in try await database.query(statement, values) {
            records.append(try await withAttempts(try PaymentRow.record(row)))
        }
        return records
    }

    /// Puts what waits for this bank one after the other, all of it within `span`. How many they are.
    func spread(bankId: String, over span: Duration) async throws -> Int {
        let now = world.now()
        return try await database.query(
            PaymentQueries.spread, [.text(bankId), .timestamp(now), .timestamp(now.advanced(by: span))]
        ).affected
    }

    package func release(_ records: [PaymentRecord]) async throws {
        try await database.query(
            PaymentQueries.release,
            [.textArray(records.map(\.paymentId)), .int8Array(records.map(\.fence))])
    }

    /// Leaves alone what has been written since as nobody's: final, or to be looked at later.
    func renewLeases(_ records: [PaymentRecord], until: Timestamp) async throws {
        try await database.query(
            PaymentQueries.renewLeases,
            [
                .textArray(records.map(\.paymentId)), .int8Array(records.map(\.fence)), .timestamp(until),
            ])
    }

    /// Reads, lets `rules` change the record, writes. `rules` may run several times and must only compute.
    /// `known` is a copy to begin with instead of reading; if it is out of date, nothing is lost but a round
    /// trip. Throws 404 `PAYMENT_UNKNOWN`, whatever `rules` throws, and 503 `PAYMENT_BUSY` after too many
    /// lost races.
    package func change<Value: Sendable>(
        _ paymentId: String, known: PaymentRecord? = nil, _ rules: (inout PaymentRecord) throws -> Value
    ) async throws -> (record: PaymentRecord, value: Value) {
        var copy = known
        for _ in 0..<Self.changeTriesMax {
            let isCopy = copy != nil
            var latest = copy
            if latest == nil { latest = try await find(paymentId) }
            copy = nil
            guard var record = latest else {
                throw Problem(.notFound, code: "PAYMENT_UNKNOWN", toUser: "There is no payment with this id.")
            }
            let before = record
            let value = try rules(&record)
            // A copy that asks for no change may be old: only what was just read can say so.
            if record == before {
                if isCopy { continue }
                return (record, value)
            }
            if let saved = try await save(record) { return (saved, value) }
        }
        throw Problem(
            .unavailable, code: "PAYMENT_BUSY", toUser: "The payment is changing; ask again.",
            retryAfterSeconds: 1)
    }

    /// The record as written; nil, with nothing written, when its version is not the latest.
    package func save(_ record: PaymentRecord) async throws -> PaymentRecord? {
        let attempts = record.attempts, lines = record.newLines, tells = record.newTells
        let receipts = record.newReceipts, audits = record.newAudits
        let rows = try await database.query(
            PaymentQueries.save,
            [
                .text(record.paymentId), .int8(record.version), .text(record.state.rawValue),
                .text(record.failureCode), .text(record.attemptId), .text(record.link),
                .timestamp(record.expiresAt),
                .timestamp(record.openedAt), .timestamp(record.paidAt), .text(record.swiftMessageId),
                .text(record.swiftPayerBank), .int4(record.unanswered), .timestamp(record.runAt),
                .timestamp(record.leaseUntil), .text(record.lastError), .timestamp(world.now()),
                .textArray(attempts.map(\.attemptId)), .int8Array(attempts.map { Int64($0.ordinal) }),
                .bytesArray(attempts.map(\.capabilityDigest)), .timestampArray(attempts.map(\.createdAt)),
                .textArray(attempts.map(\.state.rawValue)), .textArray(attempts.map(\.railPaymentId)),
                .textArray(attempts.map(\.link)), .textArray(lines.map(\.attemptId)),
                .textArray(lines.map(\.source.rawValue)), .textArray(lines.map(\.event)),
                .textArray(lines.map(\.from.rawValue)), .textArray(lines.map(\.to.rawValue)),
                .textArray(lines.map(\.detail)), .textArray(tells.map(\.kind.rawValue)),
                .int8(LimitShare.change(of: record)), .textArray(receipts.map(\.attemptId)),
                .textArray(receipts.map(\.remark?.rawValue)), .textArray(receipts.map(\.railPaymentId)),
                .textArray(receipts.map(\.swiftMessageId)), .textArray(receipts.map(\.swiftPayerBank)),
                .textArray(audits.map(\.action)), .textArray(audits.map(\.attemptId)),
                .textArray(tells.map(\.attemptId)), .textArray(tells.map(\.remark?.rawValue)),
            ])
        guard try rows.atMostOne() != nil else { return nil }
        if !tells.isEmpty || !audits.isEmpty { onTells() }
        var saved = record
        saved.version += 1
        saved.countedWhenWritten = saved.countsTowardsDay
        saved.newLines = []
        saved.newTells = []
        saved.newReceipts = []
        saved.newAudits = []
        return saved
    }

    package func isAlive() async -> Bool {
        (try? await database.query(PaymentQueries.alive, timeout: .seconds(1))) != nil
    }
}

extension Optional {
    fileprivate func asyncMap<Value>(_ transform: (Wrapped) async throws -> Value) async rethrows -> Value? {
        guard let self else { return nil }
        return try await transform(self)
    }
}
