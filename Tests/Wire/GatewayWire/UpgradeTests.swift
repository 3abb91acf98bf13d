// A database of the release before, with payments under way: brought up to date, nothing is lost and nothing is told
// anew.
import Contracts
import EventLoop
import Lifecycle
import Money
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import EcommGateway

@Suite struct `A gateway's database of before` {
    private static let rows = """
        insert into gateway.payment (payment_id, caller, idempotency_key, pos_user_id, bank_id, merchant_id,
          merchant_name, terminal_id, rail, amount_minor, currency, description, tag, phone_number_id, peer, locale,
          state, attempt_id, link, created_at, updated_at, opened_at, paid_at, swift_message_id, request_id, run_at)
        values
          ('pay_old1', 'command-router', 'k1', 'u1', 'moldbank', '128', 'Cafenea', 'TE0001', 'qr', 10000, 'MDL',
           'Cafea', 'cafea', '8', 'p', 'ro', 'paid', 'att_old1', 'https://b/1', now(), now(), now(), now(), 'S1',
           'r', null),
          ('pay_old2', 'command-router', 'k2', 'u1', 'moldbank', '128', 'Cafenea', 'TE0001', 'qr', 500, 'MDL',
           null, null, '8', 'p', 'ro', 'open', 'att_old2', 'https://b/2', now(), now(), now(), null, null,
           'r', now());
        insert into gateway.attempt (attempt_id, payment_id, ordinal, capability_sha256, state, rail_payment_id,
          created_at, updated_at)
        values ('att_old1', 'pay_old1', 1, sha256('1'), 'paid', 'rail-1', now(), now()),
          ('att_old2', 'pay_old2', 1, sha256('2'), 'open', 'rail-2', now(), now());
        insert into gateway.outbox (payment_id, kind, at, request_id, run_at)
        values ('pay_old1', 'paid', now(), 'r', now());
        """

    @Test func `keeps its money, its links and what has yet to be told`() async throws {
        let cluster = try await TemporaryCluster.shared(), schema = EcommGatewaySchema.schema
        let name = try await cluster.freshDatabase(migrating: [
            (schema.name, Array(schema.migrations.prefix(1)))
        ])
        try await cluster.script(Self.rows, in: name)
        try await cluster.withPool(name, role: "till_owner") { pool in
            _ = try await Migrations.apply(schema.migrations, service: schema.name, on: pool)
        }
        try await cluster.withPool(name) { pool in
            try await cluster.withPool(name, role: "till_gateway") { database in
                let gateway = RunningGateway(pool, database)
                try await TestLoop.shared.run { try await check(gateway) }
            }
        }
    }

    private func check(_ gateway: RunningGateway) async throws {
        let totals = try await gateway.lists.totals(PaymentFilter())
        #expect(totals.lines.map(\.amount.minorUnits) == [10_000] && totals.lines.map(\.tag) == ["cafea"])
        #expect(try await gateway.count("receipt", "swift_message_id = 'S1' and remark is null") == 1)
        try await gateway.tellWhatIsDue()
        #expect(gateway.teller.told.withLock { Array($0.keys) } == ["pay_old1:paid"])
        var result = gateway.result("SUCCESS", of: "att_old2", minor: 500)
        result.railPaymentId = "rail-2"
        let paid = try await gateway.news.apply(RailNews(result, status: .paid), to: "pay_old2")
        #expect(paid.state == .paid)
        #expect(try await gateway.lists.totals(PaymentFilter()).lines.map(\.count) == [1, 1])
        try await gateway.tellWhatIsDue()
        #expect(gateway.teller.told.withLock { $0.count } == 2)
    }
}
