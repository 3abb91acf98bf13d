// What a claim of each queue costs while somebody holds a snapshot of the database open, after thousands of its jobs
// were done: nothing may be cleared away then, and a claim that walks past all of it is slower with every job. Counted
// in pages, which no load of the machine changes.
import FoundationEssentials
import Lifecycle
import Postgres
import TestSupport
import Testing

@testable import CallbackReceiver
@testable import CommandRouter
@testable import EcommGateway
@testable import Notifier
@testable import WebhookIngress

/// One queue: how its jobs come to be, how they end, and its own claim of 32 between $now and $from.
private struct Lane: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let add: String
    let end: String
    let claim: String
    let types: String
    /// `now` and `from` stand for the moments.
    let values: String
    /// What a worker says of one job that it has done, where it says so one by one.
    var finish = ""
    var finishTypes = ""
    var finishValues = ""
}

@Suite(.serialized) struct `A claim beside a held snapshot` {
    private static let jobs = 20_000
    /// Of five jobs where 20,000 were done and cannot be cleared away, with what else a claim looks up.
    private static let pagesMax = 400
    private static let endPagesMax = 60

    private static let lanes: [Lane] = [
        Lane(
            testDescription: "callbacks",
            add: """
                insert into callback.received (callback_id, received_at, bank_id, capability, body, request_id, run_at)
                select 'cbk' || i, now(), 'b', repeat('a', 64), '', 'req', moment(i) from numbers as i
                """,
            end: "update callback.received set state = 'applied', done_at = now() where state = 'ready'",
            claim: CallbackQueries.claim.sql, types: "timestamptz, timestamptz, bigint, timestamptz",
            values: "now, now, 32, from", finish: CallbackQueries.settle.sql,
            finishTypes: "text[], bigint[], timestamptz, text[], text[], text[]",
            finishValues: "array['cbk20001'], array[7], now, array['applied'], array[null], array[null]"),
        Lane(
            testDescription: "statuses",
            add: """
                insert into channel.inbound_event (lane, dedup_key, event_at, phone_number_id, peer, payload,
                  request_id, received_at, run_at)
                select 'statuses', 'd' || i, now(), '1', '', '', 'req', now(), moment(i) from numbers as i
                """,
            end: """
                update channel.inbound_event set state = 'done', done_at = now()
                where lane = 'statuses' and state = 'ready'
                """,
            claim: StatusQueries.take.sql, types: "timestamptz, bigint, timestamptz", values: "now, 32, from"),
        Lane(
            testDescription: "messages",
            add: """
                with e as (
                  insert into channel.inbound_event (lane, dedup_key, event_at, phone_number_id, peer, payload,
                    request_id, received_at, run_at)
                  select 'messages', 'd' || i, now(), '1', 'p' || i, '', 'req', now(), moment(i) from numbers as i)
                insert into channel.conversation (phone_number_id, peer, due_at, updated_at)
                select '1', 'p' || i, moment(i), now() from numbers as i on conflict do nothing
                """,
            end: """
                with e as (
                  update channel.inbound_event set state = 'done', done_at = now()
                  where lane = 'messages' and state = 'ready')
                update channel.conversation set due_at = null
                """,
            claim: InboundQueries.claim.sql, types: "timestamptz, timestamptz, bigint, boolean, timestamptz",
            values: "now, now, 32, false, from", finish: InboundQueries.finish.sql,
            finishTypes: """
                bigint[], timestamptz[], bigint[], bigint[], boolean[], text[], text[], boolean[], text[], boolean[],
                text[], text[], jsonb[], text[], text[], text[], boolean[], text[], jsonb[], jsonb[], text[], text[],
                timestamptz[], timestamptz[], text[], timestamptz, timestamptz[], boolean
                """,
            finishValues: """
                array[1], array[now], array[7], array[1], array[false], array['1'], array['p1'], array[false],
                '{null}', '{false}', '{null}', '{null}', '{null}', '{null}', '{null}', '{null}', '{false}', '{null}',
                '{null}', '{null}', '{null}', '{null}', '{null}', '{null}', '{null}', now, array[now], false
                """),
        Lane(
            testDescription: "outcomes",
            add: """
                insert into gateway.outbox (payment_id, kind, attempt_id, at, request_id, run_at)
                select 'pay' || i, 'paid', 'att', now(), 'req', moment(i) from numbers as i
                """,
            end: "update gateway.outbox set state = 'done', done_at = now() where state = 'ready'",
            claim: EcommGateway.OutboxQueries.claim.sql,
            types: "timestamptz, timestamptz, bigint, timestamptz",
            values: "now, now, 32, from", finish: EcommGateway.OutboxQueries.end.sql,
            finishTypes: "int8[], int8[], timestamptz, text[], timestamptz[], text[]",
            finishValues: "array[20001], array[7], now, array['done'], array[null::timestamptz], array[null]"),
        Lane(
            testDescription: "banks' trails",
            add: """
                insert into gateway.bank_audit (payment_id, action, attempt_id, at, request_id, run_at, bank_id)
                select 'pay' || i, 'payment.paid', 'att', now(), 'req', moment(i), 'b' from numbers as i
                """,
            end: "update gateway.bank_audit set state = 'done', done_at = now() where state = 'ready'",
            claim: BankAuditQueries.claim.sql,
            types: "timestamptz, timestamptz, text[], bigint[], timestamptz[]",
            values: "now, now, array['b'], array[32]::bigint[], array[from]"),
        Lane(
            testDescription: "turns of conversations",
            add: """
                insert into notifier.recipient (phone_number_id, peer, next_at)
                select '1', 'p' || i, moment(i) from numbers as i
                """,
            end: "update notifier.recipient set next_at = null",
            claim: Notifier.OutboxQueries.turns.sql, types: "text[], bigint[], timestamptz, timestamptz[]",
            values: "array['1'], array[32]::bigint[], now, array[from]"),
    ]

    @Test(arguments: lanes)
    private func `walks past nothing that is done`(lane: Lane) async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase(migrating: [
            (WebhookIngressSchema.name, WebhookIngressSchema.migrations),
            (CommandRouterSchema.name, CommandRouterSchema.migrations),
            (EcommGatewaySchema.schema.name, EcommGatewaySchema.schema.migrations),
            (CallbackReceiverSchema.name, CallbackReceiverSchema.migrations),
            (NotifierSchema.name, NotifierSchema.migrations),
        ])
        let begun = "'2026-01-01 00:00:00+00'::timestamptz"
        // Rows without their payments: what they speak of is no matter here.
        let setUp = """
            set session_replication_role = replica;
            create table numbers as select i from generate_series(1, \(Self.jobs)) as i;
            create function moment(i int) returns timestamptz language sql as
              'select \(begun.replacing("'", with: "''")) + $1 * interval ''1 millisecond''';
            """
        try await cluster.script(setUp, in: database)
        let asSet = "set session_replication_role = replica; "
        let many = lane.add.replacing("numbers as i", with: "numbers")
        let few = lane.add.replacing("numbers as i", with: "generate_series(20001, 20005) as i")
        try await cluster.withPool(database) { holder in
            try await holder.transaction { session in
                try await session.query("set transaction isolation level repeatable read")
                try await session.query("select count(*) from numbers")
                try await cluster.script(asSet + many, in: database)
                try await cluster.script(asSet + lane.end + "; analyze", in: database)
                try await cluster.script(asSet + few, in: database)
                let now = "\(begun) + interval '21 seconds'"
                try await cluster.withPool(database) { pool in
                    func claim(_ from: String) async throws -> Int {
                        let values = lane.values.replacing("from", with: from).replacing("now", with: now)
                        return try await Self.pages(lane.claim, lane.types, values, pool)
                    }
                    let near = try await claim("\(begun) + interval '19.9 seconds'")
                    let whole = try await claim("\(begun) - interval '1 day'")
                    print("pages of a claim of \(lane.testDescription): \(near), \(whole) from the beginning")
                    #expect(near < Self.pagesMax && near * 2 < whole)
                    if lane.finish.isEmpty { return }
                    let values = lane.finishValues.replacing("now", with: now)
                    let end = try await Self.pages(lane.finish, lane.finishTypes, values, pool)
                    #expect(end < Self.endPagesMax, "\(end)")
                }
            }
        }
    }

    /// Undone again, so that the second finds what the first found.
    private static func pages(
        _ statement: String, _ types: String, _ values: String, _ pool: PostgresPool
    ) async throws -> Int {
        let rows = try await pool.transaction { session in
            try await session.query("set local plan_cache_mode = force_generic_plan")
            try await session.query("set local enable_seqscan = off")
            try await session.query("set local jit = off")
            let name = "held_\(UInt64.random(in: 0...UInt64.max))"
            try await session.query(PostgresStatement(composed: "prepare \(name)(\(types)) as \(statement)"))
            try await session.query("savepoint before")
            let plan = try await session.query(
                PostgresStatement(
                    composed: "explain (analyze, buffers, timing off) execute \(name)(\(values))")
            ).map { try $0.text(0) }
            try await session.query("rollback to savepoint before")
            return plan
        }
        let line = try #require(rows.first { $0.contains("Buffers:") })
        return line.split(separator: " ").flatMap { $0.split(separator: "=") }.compactMap { Int($0) }.reduce(
            0, +)
    }
}
