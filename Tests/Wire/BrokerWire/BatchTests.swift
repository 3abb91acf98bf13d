// Several events in one report, and several questions in one statement: each is answered as if it had come alone.
import Contracts
import HTTPClient
import HTTPWire
import Postgres
import Problem
import Synchronization
import TestSupport
import Testing

@testable import CapService

@Suite struct `A batch of reports` {
    private func entry(_ key: String, _ action: String = "payment.paid", minor: Int = 100) -> AuditBatch.Entry
    {
        AuditBatch.Entry(
            idempotencyKey: key, requestId: "req_of_\(key)",
            event: AuditEvent(
                action: action, posUserId: "s1", merchantId: "128", subject: "pay_\(key)",
                detail: ["amountMinor": String(minor), "note": "a\u{0}b"]))
    }

    private func report(_ broker: RunningBroker, _ entries: [AuditBatch.Entry]) async throws -> [String] {
        let answer = try await broker.client("ecomm-gateway").call(
            "POST", "/rev2/audit/batch", body: AuditBatch(events: entries), as: AuditBatchAnswer.self)
        return answer.results.map { $0.outcome.rawValue + ($0.code.map { " " + $0 } ?? "") }
    }

    @Test func `is one row for each event, in order, however often it comes and in however many ways`()
        async throws
    {
        try await RunningBroker.with { broker in
            let one = entry("k1", "payment.opened")
            let alone = try await broker.client("ecomm-gateway").send(
                "POST", "/rev2/audit", body: one.event, idempotencyKey: one.idempotencyKey)
            #expect(alone.status == 201)
            let batch = [entry("k2"), one, entry("k3"), entry("k2")]
            #expect(
                try await report(broker, batch) == ["written", "writtenBefore", "written", "writtenBefore"])
            let again = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 0..<6 { group.addTask { try await report(broker, batch) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(again == Array(repeating: "writtenBefore", count: 24))
            let rows = try await broker.store.trail.page(after: try #require(AuditCursor("")), limit: 99)
            #expect(rows.map(\.subject) == ["pay_k1", "pay_k2", "pay_k3"])
            #expect(rows.map(\.requestId).suffix(2) == ["req_of_k2", "req_of_k3"])
            #expect(rows[1].detail["note"] == "a\u{FFFD}b" && rows[1].caller == "ecomm-gateway")
        }
    }

    @Test func `keeps what can be kept, and says of each other why not`() async throws {
        try await RunningBroker.with { broker in
            #expect(try await report(broker, [entry("k1")]) == ["written"])
            var odd = entry("k4")
            odd.event.action = "no such/action"
            let answers = try await report(
                broker, [entry("k2"), entry("k1", minor: 1), odd, entry("two words"), entry("k3")])
            #expect(
                answers == [
                    "written", "refused IDEMPOTENCY_CONFLICT", "refused INVALID_FIELD",
                    "refused IDEMPOTENCY_KEY_INVALID", "written",
                ])
            #expect(
                try await broker.trail() == [
                    "payment.paid OK", "payment.paid OK", "payment.paid OK",
                    "audit.reported IDEMPOTENCY_CONFLICT",
                    "audit.reported INVALID_FIELD", "audit.reported IDEMPOTENCY_KEY_INVALID",
                ])
        }
    }

    @Test func `has one event at least, 200 at most, and room for 200 long ones`() async throws {
        try await RunningBroker.with { broker in
            for count in [0, 201] {
                let batch = AuditBatch(events: (0..<count).map { entry("k\($0)") })
                let refusal = try await broker.client("ecomm-gateway").send(
                    "POST", "/rev2/audit/batch", body: batch)
                #expect(refusal.status == 400)
            }
            let long = (0..<200).map { index in
                var entry = entry("k\(index)")
                entry.event.detail["swiftMessageId"] = String(repeating: "x", count: 400)
                return entry
            }
            #expect(try await report(broker, long) == Array(repeating: "written", count: 200))
            #expect(try await broker.trail().count == 202, "each refusal left a row as well")
        }
    }

    @Test func `is not answered when it cannot be written`() async throws {
        try await RunningBroker.with { broker in
            try await broker.superuser.query("revoke insert on cap.audit from till_cap")
            let refusal = try await broker.client("ecomm-gateway").send(
                "POST", "/rev2/audit/batch", body: AuditBatch(events: [entry("k1")]))
            #expect(refusal.status == 503)
            try await broker.superuser.query("grant insert on cap.audit to till_cap")
            #expect(try await report(broker, [entry("k1")]) == ["written"])
        }
    }
}

@Suite struct `Questions that come together` {
    @Test func `are answered each for itself, and written down each for itself`() async throws {
        try await RunningBroker.with { broker in
            try await broker.put("128")
            for index in 1...9 { try await broker.seller("s\(index)", "+3736900000\(index)") }
            let before = try await broker.trail().count
            let told = await withTaskGroup(of: (Int, String).self) { group in
                for index in 1...40 {
                    group.addTask {
                        let phone = index <= 9 ? "+3736900000\(index)" : "+373690001\(index)"
                        do { return (index, try await broker.resolve(phone).posUserId) } catch {
                            return (index, (error as? Problem)?.code ?? "?")
                        }
                    }
                }
                return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            for index in 1...40 { #expect(told[index] == (index <= 9 ? "s\(index)" : "SELLER_UNKNOWN")) }
            let trail = try await broker.trail().dropFirst(before)
            #expect(trail.filter { $0 == "seller.resolved OK" }.count == 9)
            #expect(trail.filter { $0 == "seller.resolved SELLER_UNKNOWN" }.count == 31 && trail.count == 40)
        }
    }

    /// The statement that writes a yes foresees the rule that decides, for every ground there is.
    @Test func `about a token that is held are a yes in the trail exactly where the rule says yes`()
        async throws
    {
        try await RunningBroker.with { broker in
            try await broker.put("128")
            try await broker.seller("s1")
            _ = try await broker.askToken("s1")
            var grounds = 0
            for status in ["active", "blocked", nil] {
                for isBound in [true, false] {
                    for isDisabled in [true, false] {
                        for terminal in ["TE0001", "TE0002"] {
                            try await broker.arrange(status, isBound, isDisabled, terminal)
                            for purpose in TokenRequest.Purpose.allCases {
                                grounds += 1
                                let before = try await broker.trail().count
                                let given = try? await broker.askToken("s1", "128", purpose).accessToken
                                let row = try await broker.trail().dropFirst(before)
                                let isRight =
                                    purpose != .pay
                                    || (status == "active" && isBound && !isDisabled && terminal == "TE0001")
                                #expect((given == "planted-token-1") == isRight)
                                #expect(row.count == 1 && (row.first == "token.issued OK") == isRight)
                            }
                        }
                    }
                }
            }
            #expect(grounds == 72 && broker.rail.withLock { $0.asked.count } == 1)
        }
    }

    @Test func `about a token of a secret that was replaced get one of the new`() async throws {
        try await RunningBroker.with { broker in
            try await broker.put("128")
            try await broker.seller("s1")
            #expect(try await broker.askToken("s1").accessToken == "planted-token-1")
            try await broker.put("128", secret: "another-planted-secret")
            #expect(try await broker.askToken("s1").accessToken == "planted-token-2")
            #expect(try await broker.askToken("s1").accessToken == "planted-token-2")
            #expect(
                try await broker.trail().suffix(3).allSatisfy {
                    $0.hasPrefix("token.issued OK") || $0 == "merchant.put OK"
                })
        }
    }
}

extension RunningBroker {
    /// The rows behind a token as they may be.
    fileprivate func arrange(
        _ status: String?, _ isBound: Bool, _ isDisabled: Bool, _ terminal: String
    ) async throws {
        try await superuser.query("delete from cap.binding")
        try await superuser.query("delete from cap.seller")
        if let status {
            try await superuser.query(
                """
                insert into cap.seller (pos_user_id, phone, status, locale, created_at, updated_at)
                values ('s1', '+37369000001', $1, 'ro', now(), now())
                """, [.text(status)])
            if isBound {
                try await superuser.query(
                    "insert into cap.binding (pos_user_id, merchant_id, position) values ('s1', '128', 1)")
            }
        }
        try await superuser.query(
            """
            update cap.merchant set is_disabled = $1,
              terminals = jsonb_build_array(jsonb_build_object('terminalId', $2::text, 'paymentTypes', '["qr"]'::jsonb))
            """, [.bool(isDisabled), .text(terminal)])
    }
}
