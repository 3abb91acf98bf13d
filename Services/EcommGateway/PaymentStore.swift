// Payments in PostgreSQL. Every change goes through `change`: read the record, apply the rules, write it back
// unless somebody else did meanwhile, and then begin again from what they wrote. No lock is held between the
// two statements.
package import Contracts
package import EventLoop
package import JobQueue
import Money
package import Postgres
import Problem
import Sealing
package import World

package struct PaymentStore: Sendable {
    /// Writers meet on one payment when its callback, a poll and its link arrive together: three, not eight.
    private static let changeTriesMax = 8

    let database: PostgresPool
    private let world: World
    private let recent = RecentPayments()
    /// Places of the worker that tells outcomes, and how long it may take before it renews.
    private let places: JobPlaces<Telling>
    /// Called after a commit that left something to tell which nobody has begun.
    private let onTells: @Sendable () -> Void
    let writes: PaymentWrites

    /// Writes that come together are made together, on `loop`.
    package init(
        database: PostgresPool, world: World, places: JobPlaces<Telling> = JobPlaces(),
        loop: EventLoop? = nil, onTells: @escaping @Sendable () -> Void
    ) {
        self.database = database
        writes = PaymentWrites(database, on: loop)
        self.world = world
        self.places = places
        self.onTells = onTells
    }

    /// The payment that a caller made under this key.
    package func find(caller: String, idempotencyKey: String) async throws -> PaymentRecord? {
        try await read(PaymentQueries.byKey, [.text(caller), .text(idempotencyKey)]).first
    }

    package func find(_ paymentId: String) async throws -> PaymentRecord? {
        try await read(PaymentQueries.byId, [.text(paymentId)]).first
    }

    private func read(
        _ statement: PostgresStatement, _ values: [PostgresValue]
    ) async throws -> [PaymentRecord] {
        try PaymentRow.records(await database.query(statement, values))
    }

    /// What this process wrote last of a payment that is not at its end, where it is at hand. It may be old: good
    /// for what never changes, and for `change` to begin with.
    func recent(_ paymentId: String) -> PaymentRecord? { recent.find(paymentId) }

    /// Looked up by digest: the time it takes says nothing about how much of a guess was right.
    func attempt(capability: String) async throws -> AttemptView? {
        guard capability.utf8.count <= 128 else { return nil }
        return try await attempt(capabilityDigest: SHA256.digest(Array(capability.utf8)))
    }

    /// Nothing in the view ever changes once the rail has named the attempt.
    package func attempt(capabilityDigest: [UInt8]) async throws -> AttemptView? {
        if let record = recent.find(capabilityDigest: capabilityDigest),
            let attempt = record.attempts.first(where: { $0.capabilityDigest == capabilityDigest }),
            attempt.railPaymentId != nil
        {
            return AttemptView(attempt, of: record)
        }
        let rows = try await database.query(PaymentQueries.attemptByDigest, [.bytes(capabilityDigest)])
        return try rows.atMostOne().map { try PaymentRow.attemptView($0) }
    }

    /// Becomes the owner of a payment whose link nobody is making; nil when somebody is, or there is nothing
    /// to make.
    package func takeOver(_ paymentId: String, leaseUntil: Timestamp) async throws -> PaymentRecord? {
        try await claimed(
            PaymentQueries.takeOver, [.text(paymentId), .timestamp(world.now()), .timestamp(leaseUntil)]
        ).first
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
                .textArray(banks), .textArray(PaymentState.known),
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
        let records = try await read(statement, values)
        for record in records { recent.forget(record.paymentId) }
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
    /// trip. Throws 404 `PAYMENT_UNKNOWN`, whatever `rules` throws, and 503
    /// `PAYMENT_BUSY` after too many lost races.
    package func change<Value: Sendable>(
        _ paymentId: String, known: PaymentRecord? = nil,
        _ rules: (inout PaymentRecord) throws -> Value
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
            if record.isForeign { throw LinkIssuer.foreign }
            let before = record
            let value: Value
            do { value = try rules(&record) } catch {
                // A copy that refuses, or asks for no change, may be old: only what was just read can say so.
                if isCopy { continue }
                throw error
            }
            if record == before {
                if isCopy { continue }
                return (record, value)
            }
            if let saved = try await save(record) { return (saved, value) }
            recent.forget(paymentId)
        }
        throw Problem(
            .unavailable, code: "PAYMENT_BUSY", toUser: "The payment is changing; ask again.",
            retryAfterSeconds: 1)
    }

    /// The record as written; nil, with nothing written, when its version is not the latest.
    package func save(_ record: PaymentRecord) async throws -> PaymentRecord? {
        let tells = record.newTells, receipts = record.newReceipts
        let now = world.now()
        let place = tells.isEmpty ? nil : places.take()
        let change = PaymentChange(
            record, at: now, claimedUntil: place == nil ? nil : now.advanced(by: Outbox.lease))
        let isLate = receipts.contains { $0.remark == .late }
        let begun: Int64?
        do {
            let written: PaymentWrites.Written?
            if isLate || change.added != 0 {
                // Locks rows of other payments too, or the merchant's day: by itself.
                let superseding =
                    isLate
                    ? RenewalQueries.supersedeItems(record.paymentId, version: record.version, at: now) : []
                let answers = try await database.batch(superseding + [change.alone])
                written = try change.written(answers[superseding.count])
            } else {
                written = try await writes.save(change)
            }
            guard let written else { return nil }
            begun = place == nil ? nil : written.begun
        } catch let error as PostgresError where error.mayBeDone {
            // Whoever asked asks again, and is answered that it was done before: nobody would begin what this wrote.
            if !tells.isEmpty { onTells() }
            guard place != nil, let tell = tells.first,
                let seq = try? await unheard(tell, of: record, until: now.advanced(by: Outbox.lease))
            else { throw error }
            begun = seq
        }
        if let place, let tell = tells.first, let seq = begun {
            place.begin(Telling(tell, of: record, seq: seq, at: now))
            if tells.count > 1 { onTells() }
        } else if !tells.isEmpty {
            onTells()
        }
        var saved = record
        saved.version += 1
        saved.countedWhenWritten = saved.countsTowardsDay
        saved.newLines = []
        saved.newTells = []
        saved.newReceipts = []
        saved.newAudits = []
        recent.wrote(saved)
        return saved
    }

    /// The number of an outcome that was written as claimed until then by a commit whose answer was lost; nil when it
    /// was not made.
    private func unheard(
        _ tell: NewTelling, of record: PaymentRecord, until leaseEnd: Timestamp
    ) async throws -> Int64? {
        let mine: [PostgresValue] = [
            .text(record.paymentId), .text(tell.kind.rawValue), .text(tell.attemptId), .timestamp(leaseEnd),
        ]
        let found = try await database.repeating {
            try await database.batch([
                (OutboxQueries.waitForWriter, [.text(record.paymentId)]), (OutboxQueries.unheard, mine),
            ])
        }
        return try found[1].atMostOne()?.int8(0)
    }

    package func isAlive() async -> Bool {
        (try? await database.query(PaymentQueries.alive, timeout: .seconds(1))) != nil
    }
}

extension AttemptView {
    /// What the receiver of callbacks is told of an attempt.
    init(_ attempt: AttemptRecord, of record: PaymentRecord) {
        self.init(
            attemptId: attempt.attemptId, paymentId: record.paymentId, bankId: record.order.bankId,
            terminalId: record.order.terminalId, amount: record.order.amount,
            railPaymentId: attempt.railPaymentId)
    }
}
