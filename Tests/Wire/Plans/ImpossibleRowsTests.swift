// What each table refuses, row by row: the checks that a function tells, by what they are for. A possible row of each
// table is written and then changed; whatever of `refused` was taken would be a row that nobody can make sense of.
import Contracts
import EcommGateway
import Lifecycle
import Postgres
import TestSupport
import Testing

@testable import CallbackReceiver
@testable import CommandRouter
@testable import Notifier
@testable import WebhookIngress

private struct Sort: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let row: String
    /// What an update may set, and what it may not.
    var taken: [String] = []
    let refused: [String]
}

@Suite(.serialized) struct `A table` {
    private static let waiting = "('registering', 'open', 'pending', 'unknown', 'unconfirmed')"

    private static let sorts: [Sort] = [
        Sort(
            testDescription: "gateway.payment",
            row: """
                insert into gateway.payment (payment_id, caller, idempotency_key, pos_user_id, bank_id, merchant_id,
                  merchant_name, terminal_id, rail, amount_minor, currency, phone_number_id, peer, locale, state,
                  attempt_id, created_at, updated_at, request_id, run_at)
                values ('pay_1', 'r', 'k', 'u', 'b', 'm', 'M', 't', 'qr', 100, 'MDL', '8', 'p', 'ro', 'open', 'att_1',
                  now(), now(), 'req', now())
                """,
            taken: PaymentState.allCases.map {
                """
                state = '\($0.rawValue)', paid_at = now(),
                run_at = case when '\($0.rawValue)' in \(waiting) then now() end
                """
            } + ["state = 'cancelled'", "rail = 'rtp', payer_phone = '+37369000001'"],
            refused: [
                "rail = 'card'", "amount_minor = 0", "currency = 'mdl'", "state = 'disputed'",
                "attempts = -1",
                "state = 'paid', run_at = null, paid_at = null", "payer_phone = '+37369000001'",
                "run_at = null", "state = 'failed'", "state = 'paid', paid_at = now()",
            ]),
        Sort(
            testDescription: "gateway.attempt",
            row: """
                insert into gateway.attempt (attempt_id, payment_id, ordinal, capability_sha256, state, created_at,
                  updated_at)
                values ('att_1', 'pay_1', 1, sha256('1'), 'asking', now(), now())
                """,
            taken: AttemptState.allCases.map { "state = '\($0.rawValue)'" } + ["ordinal = 16"],
            refused: ["ordinal = 0", "ordinal = 17", "capability_sha256 = 'short'", "state = 'odd'"]),
        Sort(
            testDescription: "gateway.outbox",
            row: """
                insert into gateway.outbox (payment_id, kind, at, request_id, run_at)
                values ('pay_1', 'paid', now(), 'req', now())
                """,
            taken: ["remark = 'late'", "remark = 'again', kind = 'expired', state = 'parked'"],
            refused: ["state = 'odd'", "kind = 'open'", "remark = 'odd'"]),
        Sort(
            testDescription: "gateway.bank_audit",
            row: """
                insert into gateway.bank_audit (payment_id, action, attempt_id, at, request_id, run_at)
                values ('pay_1', 'payment.paid', 'att_1', now(), 'req', now())
                """,
            refused: ["state = 'odd'", "action = 'seller.blocked'"]),
        Sort(
            testDescription: "notifier.message",
            row: """
                insert into notifier.message (message_id, idempotency_key, phone_number_id, peer, locale, kind, content,
                  request_id, traceparent, run_at, created_at, updated_at)
                values ('m', 'k', '8', 'p', 'ro', 'text', '', 'req', '00', now(), now(), now())
                """,
            taken: MessageStatusName.allCases.map {
                """
                state = '\($0.rawValue)',
                reason = case when '\($0.rawValue)' in ('failed', 'held', 'parked') then 'windowClosed' end
                """
            } + ["channel = 'template', sellers = 'b/s'", "kind = 'buttons'", "kind = 'document'"],
            refused: [
                "locale = 'es'", "kind = 'song'", "state = 'odd'", "state = 'failed'",
                "reason = 'windowClosed'",
                "channel = 'letter'", "attempts = -1", "refusals = -1", "sellers = 'b/'",
                "sellers = repeat('s', 4001)",
            ]),
        Sort(
            testDescription: "router.conversation",
            row:
                "insert into router.conversation (phone_number_id, peer, updated_at) values ('8', 'p', now())",
            taken: ["language = 'fr', seen_language = 'de', question = '{}', owners = '[]'"],
            refused: [
                "phone_number_id = ''", "peer = repeat('p', 201)", "language = 'es'", "seen_language = 'es'",
                "last_bank_id = 'b'", "usual_merchant_id = 'm'", "last_payment_id = ''", "user_id = ''",
                "key_hash = repeat('k', 513)", "question = '[]'", "owners = '{}'", "refusals = '{}'",
            ]),
        Sort(
            testDescription: "callback.received",
            row: """
                insert into callback.received (callback_id, received_at, bank_id, capability, body, request_id,
                  run_at)
                values ('c', now(), 'b', repeat('a', 64), '', 'req', now())
                """,
            taken: ["state = 'refused', verdict = 'ODD'", "body = convert_to(repeat('b', 65536), 'UTF8')"],
            refused: [
                "bank_id = ''", "capability = 'short'", "body = convert_to(repeat('b', 65537), 'UTF8')",
                "state = 'odd'", "state = 'parked'", "verdict = 'ODD'",
            ]),
        Sort(
            testDescription: "channel.inbound_event",
            row: """
                insert into channel.inbound_event (lane, dedup_key, event_at, phone_number_id, peer, payload,
                  request_id, received_at, run_at)
                values ('statuses', 'd', now(), '8', 'p', '', 'req', now(), now()),
                  ('statuses', 'd', '1970-01-01', '8', 'p', '', 'req', now(), now())
                """,
            taken: ["state = 'claimed', lease_until = now()", "state = 'parked'", "lane = 'account'"],
            refused: [
                "lane = 'letters'", "dedup_key = ''", "state = 'odd'", "attempts = -1", "state = 'claimed'",
                "state = 'done'",
            ]),
    ]

    @Test(arguments: sorts)
    private func `takes what is possible and refuses the rest`(sort: Sort) async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase(migrating: [
            (WebhookIngressSchema.name, WebhookIngressSchema.migrations),
            (CommandRouterSchema.name, CommandRouterSchema.migrations),
            (EcommGatewaySchema.schema.name, EcommGatewaySchema.schema.migrations),
            (CallbackReceiverSchema.name, CallbackReceiverSchema.migrations),
            (NotifierSchema.name, NotifierSchema.migrations),
        ])
        try await cluster.withPool(database) { pool in
            func change(_ set: String) async throws {
                try await pool.transaction { session in
                    // Rows without their payments: what they speak of is no matter here.
                    try await session.query("set local session_replication_role = replica")
                    try await session.query(PostgresStatement(composed: sort.row))
                    if !set.isEmpty {
                        try await session.query(
                            PostgresStatement(composed: "update \(sort.testDescription) set \(set)"))
                    }
                    throw Undone()
                }
            }
            for set in [""] + sort.taken {
                await #expect(throws: Undone.self, "\(set)") { try await change(set) }
            }
            for set in sort.refused {
                do { try await change(set) } catch let error as PostgresError {
                    #expect(error.sqlState == "23514", "\(set)")
                } catch {
                    Issue.record("taken: \(set)")
                }
            }
        }
    }

    private struct Undone: Error {}
}
