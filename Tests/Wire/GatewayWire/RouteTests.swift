// The routes over a real socket: who may call what, and what comes back.
import Contracts
import FoundationEssentials
import HTTPClient
import HTTPServer
import HTTPWire
import Mia
import Money
import Problem
import Synchronization
import TestSupport
import Testing
import World

@testable import EcommGateway

private func problem(_ body: () async throws -> Void) async -> Problem? {
    do { try await body() } catch { return error as? Problem }
    return nil
}

private struct Document: Decodable {
    struct Operation: Decodable { var summary: String }
    var paths: [String: [String: Operation]]
}

@Suite struct `The gateway's routes` {
    @Test func `are the ones that its OpenAPI document lists`() async throws {
        let text = try readText(Repository.root() + "/Services/EcommGateway/openapi.json")
        let document = try JSONDecoder().decode(Document.self, from: Data(text.utf8))
        let listed = document.paths.flatMap { path, verbs in verbs.keys.map { $0.uppercased() + " " + path } }
        try await RunningGateway.with { (gateway) async throws in
            #expect(listed.sorted() == gateway.routes.listing)
        }
    }

    @Test func `a router opens and reads, and cannot report results`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            try await gateway.serving(
                { (client) async throws in
                    let view = try await client.call(
                        "POST", "/v1/payments", body: RunningGateway.order, idempotencyKey: "k1",
                        as: PaymentView.self)
                    #expect(view.status == .open)
                    let read = try await client.call(
                        "GET", "/v1/payments/\(view.paymentId)", as: PaymentView.self)
                    #expect(read == view)
                    let again = try await client.send(
                        "POST", "/v1/payments", body: RunningGateway.order, idempotencyKey: "k1")
                    #expect(again.status == 200)
                    let missing = await problem {
                        _ = try await client.call(
                            "POST", "/v1/payments", body: RunningGateway.order, as: PaymentView.self)
                    }
                    #expect(missing?.code == "IDEMPOTENCY_KEY_MISSING")
                    let unknown = await problem {
                        _ = try await client.call("GET", "/v1/payments/pay_x", as: PaymentView.self)
                    }
                    #expect(unknown?.code == "PAYMENT_UNKNOWN" && unknown?.kind == .notFound)
                    let attempt = try #require(gateway.bank.asks.first?.orderId)
                    let forbidden = try await client.send(
                        "POST", "/v1/payments/\(view.paymentId)/results",
                        body: gateway.result("SUCCESS", of: attempt))
                    #expect(forbidden.status == 401 || forbidden.status == 403)
                    for (path, code) in [("renewal-handles", "NOT_RENEWABLE"), ("refunds", "NOT_PAID")] {
                        let refusal = await problem {
                            _ = try await client.call(
                                "POST", "/v1/payments/\(view.paymentId)/\(path)", idempotencyKey: "x",
                                as: PaymentView.self)
                        }
                        #expect(refusal?.code == code)
                    }
                }, as: "command-router")
        }
    }

    @Test func `a receiver finds the attempt and the key, and reports once`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let view = try await gateway.open("k1")
            try await gateway.serving(
                { (client) async throws in
                    let ask = try #require(gateway.bank.asks.first)
                    let capability = try #require(ask.callbackUrl?.split(separator: "/").last)
                    let attempt = try await client.call(
                        "GET", "/v1/attempts/\(capability)", as: AttemptView.self)
                    #expect(attempt.paymentId == view.paymentId && attempt.amount == view.amount)
                    let nobody = await problem {
                        _ = try await client.call(
                            "GET", "/v1/attempts/\(capability.dropLast())", as: AttemptView.self)
                    }
                    #expect(nobody?.code == "ATTEMPT_UNKNOWN")
                    for refetch in ["", "&refetch=true", "&refetch=true"] {
                        let key = try await client.call(
                            "GET", "/v1/banks/moldbank/public-key?paymentId=\(view.paymentId)\(refetch)",
                            as: BankPublicKey.self)
                        #expect(key.publicKey == "MIIB")
                    }
                    #expect(
                        gateway.bank.state.withLock { $0.keyFetches } == 1,
                        "a refetch so soon is answered from memory")
                    gateway.clock.advance(by: .seconds(31))
                    _ = try await client.call(
                        "GET", "/v1/banks/moldbank/public-key?paymentId=\(view.paymentId)&refetch=true",
                        as: BankPublicKey.self)
                    #expect(gateway.bank.state.withLock { $0.keyFetches } == 2)
                    for _ in 0..<2 {
                        let paid = try await client.call(
                            "POST", "/v1/payments/\(view.paymentId)/results",
                            body: gateway.result("SUCCESS", of: attempt.attemptId), as: PaymentView.self)
                        #expect(paid.status == .paid && paid.swiftPayerBank == "CMTBMD2X")
                    }
                    let mismatch = await problem {
                        _ = try await client.call(
                            "POST", "/v1/payments/\(view.paymentId)/results",
                            body: gateway.result("SUCCESS", of: attempt.attemptId, minor: 1),
                            as: PaymentView.self)
                    }
                    #expect(
                        mismatch?.code == "RESULT_MISMATCH"
                            && mismatch?.toUser.contains("amount.minor") == true)
                    #expect(try await gateway.count("outbox") == 1)
                }, as: "callback-receiver")
        }
    }

    @Test func `a list comes in pages, newest first, and as CSV without formulas`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            for index in 0..<5 {
                var order = RunningGateway.order
                order.tag = index % 2 == 0 ? "even" : "odd"
                order.description = index == 4 ? "=1+1, \"x\"" : nil
                _ = try await gateway.open("k\(index)", order)
            }
            try await gateway.serving(
                { (client) async throws in
                    var seen: [PaymentView] = []
                    var cursor = ""
                    repeat {
                        let page = try await client.call(
                            "GET", "/v1/payments?merchantId=128&limit=2\(cursor)", as: Page<PaymentView>.self)
                        seen += page.items
                        cursor = page.nextCursor.map { "&cursor=\($0)" } ?? ""
                    } while !cursor.isEmpty
                    #expect(Set(seen.map(\.paymentId)).count == 5)
                    let newestFirst = zip(seen, seen.dropFirst()).allSatisfy {
                        ($0.createdAt, $0.paymentId) > ($1.createdAt, $1.paymentId)
                    }
                    #expect(newestFirst)
                    let even = try await client.call(
                        "GET", "/v1/payments?tag=even&status=open", as: Page<PaymentView>.self)
                    #expect(even.items.count == 3)
                    let none = try await client.call(
                        "GET", "/v1/payments?status=expired", as: Page<PaymentView>.self)
                    #expect(none.items.isEmpty)
                    let one = try #require(seen.first)
                    for reference in [one.reference, one.reference.lowercased()] {
                        let found = try await client.call(
                            "GET", "/v1/payments?bankId=moldbank&posUserId=u1&reference=\(reference)",
                            as: Page<PaymentView>.self)
                        #expect(found.items == [one])
                    }
                    let others = try await client.call(
                        "GET", "/v1/payments?posUserId=u2", as: Page<PaymentView>.self)
                    #expect(others.items.isEmpty)
                    for bad in [
                        "status=gone", "reference=12345", "paidFrom=x", "limit=0", "cursor=x",
                        "from=yesterday", "merchant=128",
                    ] {
                        let refusal = await problem {
                            _ = try await client.call(
                                "GET", "/v1/payments?\(bad)", as: Page<PaymentView>.self)
                        }
                        #expect(refusal?.code == "INVALID_QUERY")
                    }
                    let totals = try await client.call(
                        "GET", "/v1/payments/totals?bankId=moldbank&posUserId=u1", as: PaymentTotals.self)
                    #expect(totals.lines.isEmpty, "nothing is paid")
                    for bad in ["cursor=1.pay_1", "limit=5", "paidFrom=2026-01-01T00:00:00Z"] {
                        let refusal = try await client.send("GET", "/v1/payments/totals?\(bad)")
                        #expect(refusal.status == 400)
                    }
                    let csv = try await client.send("GET", "/v1/payments.csv")
                    let lines = String(decoding: csv.body, as: UTF8.self).split(separator: "\r\n")
                    #expect(lines.count == 6 && lines[0].hasPrefix("paymentId,createdAt,status"))
                    #expect(lines[1].contains(#""'=1+1, ""x""",even"#) && lines[1].contains(",100.00,MDL,"))
                }, as: "tillctl")
        }
    }
}
