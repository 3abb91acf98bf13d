// Payments written as one statement: what it leaves in every table is what the statements of one payment leave, and
// whatever happens to one of a set, its neighbours have what they would have had alone.
import Contracts
import Lifecycle
import Money
import Postgres
import TestSupport
import Testing
import World

@testable import EcommGateway

private let begun = Timestamp(seconds: 1_790_000_000)

/// Number `number`, of one of three sellers and two merchants unless told otherwise.
func registration(
    _ number: Int, key: String? = nil, seller: String? = nil, merchant: String? = nil, at: Timestamp = begun,
    mostPerDay: Int64? = nil
) -> Registration {
    var order = RunningGateway.order
    order.posUserId = seller ?? "u\(number % 3)"
    order.merchantId = merchant ?? "m\(number % 2)"
    order.tag = number % 2 == 0 ? nil : "tag"
    order.checkoutLanguage = number % 3 == 0 ? .ru : nil
    if number % 5 == 4 {
        order.rail = .rtp
        order.payer = Payer(phone: "+37369123456", name: "Ana Rusu")
    }
    let name = "\(10_000 + number)"
    return Registration(
        caller: "router", idempotencyKey: key ?? "k\(number)", order: order, paymentId: "pay_" + name,
        firstAttempt: AttemptRecord(
            attemptId: "att_" + name, ordinal: 1,
            capabilityDigest: [UInt8](repeating: 0, count: 30) + [UInt8(number / 256), UInt8(number % 256)],
            createdAt: at),
        requestId: "req_\(number)", leaseUntil: at.advanced(by: .seconds(6)),
        share: LimitShare(
            sellerStep: .milliseconds(200), merchantStep: .milliseconds(100), day: 20_700,
            mostPerDay: mostPerDay),
        renewing: nil)
}

@Suite struct `A set of payments` {
    /// What is in every table, row by row; numbers of rows left out, their order kept.
    private static func contents(_ pool: PostgresPool) async throws -> [String] {
        let tables = [
            ("payment", "payment_id"), ("attempt", "attempt_id"), ("payment_event", "payment_id, seq"),
            ("bank_audit", "payment_id, seq"), ("outbox", "payment_id, seq"), ("receipt", "attempt_id"),
            ("pace", "scope, subject"), ("merchant_day", "merchant_id, day"),
        ]
        var rows: [String] = []
        for (table, order) in tables {
            rows += try await pool.query(
                PostgresStatement(
                    composed: "select '\(table) ' || (to_jsonb(t) - 'seq')::text from gateway.\(table) t "
                        + "order by \(order)")
            ).map { try $0.text(0) }
        }
        return rows
    }

    /// What each of `records` becomes in the second round: everything that changes go together for.
    private static func opened(_ records: [PaymentRecord]) throws -> [PaymentChange] {
        let now = begun.advanced(by: .seconds(1))
        var changes: [PaymentChange] = []
        for (number, known) in records.enumerated() {
            var record = known
            let attempt = record.attemptId
            switch number % 6 {
            case 0, 1:
                record.changeAttempt(attempt, .linkIssued)
                record.attempts[0].railPaymentId = "rail_\(number)"
                record.attempts[0].link = "https://bank.example/\(number)"
                _ = try record.apply(.linkIssued, of: attempt, from: .rail, at: now)
                record.link = record.attempts[0].link
                record.openedAt = now
                record.leaseUntil = nil
            case 2:
                record.changeAttempt(attempt, .answerLost)
                record.newLines.append(
                    HistoryLine(
                        attemptId: attempt, source: .rail, event: "attemptLost", from: .registering,
                        to: .registering, detail: "x"))
                record.add(
                    AttemptRecord(
                        attemptId: attempt + "_2", ordinal: 2,
                        capabilityDigest: [UInt8](repeating: 9, count: 30) + [0, UInt8(number)],
                        createdAt: now))
            case 3, 4:
                _ = try record.apply(.bankPaid, of: attempt, from: .callback, at: now)
                record.swiftMessageId = "S\(number)"
                if number == 10 {
                    record.newTells.append(NewTelling(kind: .expired, remark: .late, attemptId: attempt))
                }
                record.newReceipts.append(
                    NewReceipt(
                        attemptId: attempt, railPaymentId: "rail_\(number)", swiftMessageId: "S\(number)"))
            default:
                // Out of date, with things that must not be written.
                record.version += 1
                _ = try record.apply(.bankPaid, of: attempt, from: .callback, at: now)
            }
            let until = number % 2 == 0 ? now.advanced(by: .seconds(10)) : nil
            changes.append(PaymentChange(record, at: now, claimedUntil: until))
            // The same once more: only one of the two finds its version.
            if number % 6 == 3 { changes.append(PaymentChange(record, at: now, claimedUntil: nil)) }
        }
        return changes
    }

    /// Money again for those that were paid, which are still to be told of the first, and three things to tell.
    private static func again(_ records: [PaymentRecord]) throws -> [PaymentChange] {
        let now = begun.advanced(by: .seconds(2))
        return try records.filter { $0.state == .paid }.enumerated().map { number, known in
            var record = known
            let attempt = record.attemptId
            _ = try record.apply(.bankPaid, of: attempt, from: .poll, at: now)
            record.newTells = [
                NewTelling(kind: .expired, remark: nil, attemptId: attempt),
                // Is there already.
                NewTelling(kind: .paid, remark: .again, attemptId: attempt),
                NewTelling(kind: .failed, remark: .late, attemptId: attempt),
            ]
            return PaymentChange(record, at: now, claimedUntil: now.advanced(by: .seconds(10)))
        }
    }

    /// The same payments written together or each by itself; what was answered, and what is in the tables.
    private static func written(isTogether: Bool) async throws -> (answers: [String], rows: [String]) {
        let cluster = try await TemporaryCluster.shared()
        let name = try await cluster.freshDatabase(migrating: [
            (EcommGatewaySchema.schema.name, EcommGatewaySchema.schema.migrations)
        ])
        return try await cluster.withPool(name) { pool in
            try await cluster.withPool(name, role: "till_gateway") { database in
                func save(_ changes: [PaymentChange]) async throws -> [PaymentWrites.Written?] {
                    let sorted = changes.sorted { $0.record.paymentId < $1.record.paymentId }
                    if isTogether { return try await PaymentWrites.save(sorted, isApart: false, database) }
                    var answers: [PaymentWrites.Written?] = []
                    for one in sorted {
                        answers += try await PaymentWrites.save([one], isApart: false, database)
                    }
                    return answers
                }
                var new = (0..<24).map { registration($0) }
                // A key that is there twice, and one that was known before.
                new.append(registration(30, key: "k7", seller: "u7", merchant: "m1"))
                _ = try await PaymentWrites.register([registration(31, key: "k31")], isApart: false, database)
                new.append(registration(32, key: "k31"))
                var answers: [String] = []
                if isTogether {
                    answers = try await PaymentWrites.register(new, isApart: false, database).map { "\($0)" }
                } else {
                    for one in new {
                        let isNew = try await PaymentWrites.register([one], isApart: false, database)
                        answers.append("\(isNew[0])")
                    }
                }
                let changes = try opened(new.prefix(24).map { PaymentRecord($0) })
                answers += try await save(changes).map {
                    $0.map { $0.begun == nil ? "ready" : "begun" } ?? "-"
                }
                var paid: [PaymentRecord] = []
                for number in 0..<24 {
                    let rows = try await database.query(
                        PaymentQueries.byId, [.text("pay_\(10_000 + number)")])
                    paid += try PaymentRow.records(rows)
                }
                let more = try again(paid)
                #expect(more.count == 8)
                answers += try await save(more).map { $0.map { $0.begun == nil ? "ready" : "begun" } ?? "-" }
                return (answers, try await contents(pool))
            }
        }
    }

    @Test func `leaves in every table what its payments leave one by one`() async throws {
        let alone = try await Self.written(isTogether: false)
        let together = try await Self.written(isTogether: true)
        #expect(alone.answers == together.answers)
        #expect(Set(alone.answers) == ["true", "false", "ready", "begun", "-"])
        #expect(alone.rows.count == together.rows.count && alone.rows.count > 120)
        let first = zip(alone.rows, together.rows).first { $0 != $1 }
        #expect(first == nil)
    }

    @Test func `opens its payments at the moment of the last of one seller`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let later = begun.advanced(by: .seconds(3))
            let new = [
                registration(0, seller: "a", at: begun), registration(1, seller: "a", at: later),
                registration(2, seller: "b", at: begun),
            ]
            let isNew = try await PaymentWrites.register(new, isApart: false, gateway.database)
            #expect(isNew == [true, true, true])
            let taken = try await gateway.pool.query(
                "select taken_until from gateway.pace where scope = 'seller' order by subject"
            ).map { try $0.timestamp(0) }
            #expect(
                taken == [
                    later.advanced(by: .milliseconds(400)), begun.advanced(by: .milliseconds(200)),
                ])
        }
    }

    /// Each would pass a limit, or was refused before; the fourth has nothing against it.
    @Test(arguments: ["seller", "merchant", "day", "pinned", "pinned meanwhile"])
    func `is refused as a whole where one meets a limit, which then pays for it alone`(
        limit: String
    ) async throws {
        try await RunningGateway.with { (gateway) async throws in
            let merchant = limit == "merchant" ? "slow" : "m"
            var bad = registration(0, key: "bad", seller: "bad", merchant: merchant)
            switch limit {
            case "seller": bad.share.sellerStep = .seconds(61)
            case "merchant": bad.share.merchantStep = .seconds(61)
            case "day": bad.share.mostPerDay = 9_999
            case "pinned":
                try await gateway.pool.query(
                    """
                    insert into gateway.pinned_answer (caller, idempotency_key, asked, code, at)
                    values ('router', 'bad', '', 'SELLER_TOO_FAST', now())
                    """)
            default:
                try await gateway.pool.query(
                    """
                    insert into gateway.pace (bank_id, scope, subject, at, taken_until, pinned_key)
                    values ('moldbank', 'seller', 'bad', $1, $1, 'router bad')
                    """, [.timestamp(begun)])
            }
            let new = [bad] + (1..<6).map { registration($0, seller: "good\($0)", merchant: "g\($0)") }
            await #expect(throws: PostgresError.self) {
                _ = try await PaymentWrites.register(new, isApart: false, gateway.database)
            }
            #expect(try await gateway.count("payment") == 0)
            let results = await together(gateway.store, new)
            for (place, result) in results.enumerated() where place > 0 {
                #expect(try result.get()?.state == .registering)
            }
            #expect(throws: RegistrationRefusal.self) { try results[0].get() }
            #expect(try await gateway.count("payment") == 5)
            #expect(try await gateway.count("merchant_day") == 5)
        }
    }
}

/// Registered at the same time: the first goes by itself, those behind it together.
private func together(
    _ store: PaymentStore, _ new: [Registration]
) async -> [Result<PaymentRecord?, any Error>] {
    let tasks = new.map { one in Task.immediate { try await store.register(one) } }
    var results: [Result<PaymentRecord?, any Error>] = []
    for task in tasks { results.append(await task.result) }
    return results
}
