// The bank's trail as a book: what others report is one row however often it is sent, and an export is in order and
// whole.
import Contracts
import HTTPClient
import HTTPWire
import Postgres
import Problem
import TestSupport
import Testing

@testable import CapService

@Suite struct `The broker's trail` {
    private let paid = AuditEvent(
        action: "payment.paid", posUserId: "s1", merchantId: "128", subject: "pay_1",
        detail: ["amountMinor": "10000"])

    private func report(
        _ broker: RunningBroker, _ event: AuditEvent, key: String?, as caller: String = "ecomm-gateway"
    ) async throws -> Int {
        try await broker.client(caller).send("POST", "/rev2/audit", body: event, idempotencyKey: key).status
    }

    @Test func `has one row for a report, however often it comes`() async throws {
        try await RunningBroker.with { broker in
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<10 { group.addTask { try await report(broker, paid, key: "k1") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.sorted() == Array(repeating: 200, count: 9) + [201])
            var other = paid
            other.detail["amountMinor"] = "1"
            #expect(try await report(broker, other, key: "k1") == 409)
            #expect(try await report(broker, paid, key: nil) == 400)
            // Only who tells a bank of payments may write into its trail.
            for stranger in ["notifier", "command-router", "tillctl"] {
                #expect(try await report(broker, paid, key: "k1", as: stranger) == 403)
            }
            #expect(
                try await broker.trail() == [
                    "payment.paid OK", "audit.reported IDEMPOTENCY_CONFLICT",
                    "audit.reported IDEMPOTENCY_KEY_MISSING",
                ])
        }
    }

    @Test func `comes out in the order in which it was written, page by page`() async throws {
        try await RunningBroker.with { broker in
            for index in 0..<40 {
                var event = paid
                event.subject = "pay_\(index)"
                _ = try await report(broker, event, key: "k\(index)")
            }
            var subjects: [String] = [], cursor = AuditCursor("")
            while let behind = cursor {
                let page = try await broker.store.trail.page(after: behind, limit: 7)
                subjects += page.map(\.subject)
                cursor = page.last.flatMap { AuditCursor(String($0.seq)) }
            }
            #expect(subjects == (0..<40).map { "pay_\($0)" })
            let first = try await broker.store.trail.page(after: try #require(AuditCursor("")), limit: 1)
            let byId = try await broker.store.trail.page(
                after: try #require(AuditCursor(first[0].auditId)), limit: 1)
            #expect(byId.map(\.subject) == ["pay_1"], "cursors of before still work")
            let refusal = try await broker.client("tillctl").send("GET", "/admin/v1/audit?cursor=-1")
            #expect(refusal.status == 400)
        }
    }

    /// A row that has its number and is not committed yet must not be passed by.
    @Test func `gives no page while a smaller number is still being written`() async throws {
        try await RunningBroker.with { broker in
            _ = try await report(broker, paid, key: "k1")
            let insert: PostgresStatement = """
                insert into cap.audit (audit_id, at, caller, action, outcome, subject, request_id)
                values ('aud_slow', now(), 'x', 'slow.written', 'OK', '', 'r')
                """
            try await withThrowingTaskGroup(of: [String].self) { group in
                try await broker.superuser.transaction { transaction in
                    try await transaction.query(insert)
                    group.addTask {
                        let all = try #require(AuditCursor(""))
                        return try await broker.store.trail.page(after: all, limit: 10).map(\.action)
                    }
                    // The export has asked and waits.
                    try await until(atMost: .seconds(20)) {
                        let waiting = try await broker.superuser.query(
                            "select count(*) from pg_locks where locktype = 'advisory' and not granted")
                        return try waiting.one().int8(0) == 1
                    }
                }
                #expect(try await group.next() == ["payment.paid", "slow.written"])
            }
        }
    }

    @Test func `of before is numbered by its time and goes on behind that`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let name = try await cluster.freshDatabase(migrating: [
            (CapServiceSchema.name, Array(CapServiceSchema.migrations.prefix(1)))
        ])
        // One millisecond, and ids against the order of time.
        try await cluster.script(
            """
            insert into cap.audit (audit_id, at, caller, action, outcome, subject, request_id)
            values ('aud_a', '2026-11-21T10:00:00.000300Z', 'x', 'third', 'OK', '', 'r'),
              ('aud_c', '2026-11-21T10:00:00.000100Z', 'x', 'first', 'OK', '', 'r'),
              ('aud_b', '2026-11-21T10:00:00.000200Z', 'x', 'second', 'OK', '', 'r')
            """, in: name)
        try await cluster.withPool(name, role: "till_owner") { pool in
            _ = try await Migrations.apply(
                CapServiceSchema.migrations, service: CapServiceSchema.name, on: pool)
        }
        try await cluster.withPool(name, role: "till_cap") { pool in
            let store = CapStore(
                pool: pool, world: .forWireTests, bank: BankRecord(bankId: "moldbank", name: "Moldbank"))
            try await store.trail.append(AuditEntry("fourth", caller: "x"))
            let page = try await store.trail.page(after: try #require(AuditCursor("")), limit: 9)
            #expect(page.map(\.action) == ["first", "second", "third", "fourth"])
            #expect(page.map(\.seq) == [1, 2, 3, 4])
        }
    }

    @Test(arguments: ["-1", "007", "x", "9223372036854775808", "aud_" + String(repeating: "0", count: 61)])
    func `has cursors that say where they are`(text: String) {
        #expect(AuditCursor(text) == nil)
    }
}
