// From an order to one link, whatever gets lost on the way.
import Contracts
import Mia
import Money
import Postgres
import Problem
import Sealing
import Synchronization
import Testing
import World

@testable import EcommGateway

private func unavailable(_ code: String) -> Problem { Problem(.unavailable, code: code, toUser: "no") }

private func problem(_ body: () async throws -> Void) async -> Problem? {
    do { try await body() } catch { return error as? Problem }
    return nil
}

@Suite struct `Opening a payment` {
    @Test func `writes it before the bank is asked and answers the bank's link`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let view = try await gateway.open("k1")
            #expect(view.status == .open && view.link == "https://bank.example/checkout?paymentId=rail-1")
            #expect(view.expiresAt.map { $0.since(view.createdAt) > .seconds(299) } == true)
            let ask = try #require(gateway.bank.asks.first)
            #expect(ask.payDescription == "Cafea #cafea" && ask.amount.twoDecimals == "100.00")
            let capability = String(try #require(ask.callbackUrl?.split(separator: "/").last))
            #expect(ask.callbackUrl == "https://us.example/callbacks/mia/moldbank/\(capability)")
            #expect(capability.count == 64)
            let attempt = try await gateway.store.attempt(
                capabilityDigest: SHA256.digest(Array(capability.utf8)))
            #expect(attempt?.attemptId == ask.orderId && attempt?.paymentId == view.paymentId)
            #expect(attempt?.railPaymentId == "rail-1")
            #expect(try await gateway.count("payment_event", "event in ('asked', 'linkIssued')") == 2)
        }
    }

    @Test func `answers the same to the same key and refuses other content by its field`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let first = try await gateway.open("k1")
            #expect(try await gateway.open("k1") == first)
            var other = RunningGateway.order
            other.amount.minorUnits = 9_999
            let refusal = await problem { _ = try await gateway.open("k1", other) }
            #expect(
                refusal?.code == "IDEMPOTENCY_CONFLICT" && refusal?.toUser.contains("amount.minor") == true)
            #expect(try await gateway.open("k2").paymentId != first.paymentId)
            #expect(gateway.bank.asks.count == 2)
        }
    }

    @Test func `fifty times at once is one payment and one link`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            gateway.bank.state.withLock { $0.troubles = [.slow(.milliseconds(60))] }
            let links = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<50 { group.addTask { try await gateway.open("k1").link } }
                return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
            }
            #expect(links == ["https://bank.example/checkout?paymentId=rail-1"])
            #expect(gateway.bank.asks.count == 1)
            #expect(try await gateway.count("payment") == 1)
        }
    }

    @Test(arguments: [FakeBank.Trouble.lostAfterwards, .lostBefore, .status(503, ""), .status(200, "<html>")])
    func `a lost answer is replaced by a fresh attempt, and there is one link`(trouble: FakeBank.Trouble)
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            gateway.bank.state.withLock { $0.troubles = [trouble] }
            let view = try await gateway.open("k1")
            #expect(view.status == .open)
            let asks = gateway.bank.asks
            #expect(
                asks.count == 2 && Set(asks.map(\.orderId)).count == 2
                    && Set(asks.map(\.callbackUrl)).count == 2)
            let record = try #require(try await gateway.store.find(view.paymentId))
            #expect(record.attempts.map(\.state) == [.unknown, .open])
            #expect(record.attemptId == asks[1].orderId)
            #expect(try await gateway.open("k1").link == view.link)
        }
    }

    @Test func `when every answer is lost the caller is told, always the same, and money still counts`()
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            gateway.bank.state.withLock { $0.troubles = [.lostAfterwards, .lostBefore, .lostAfterwards] }
            for _ in 0..<2 {
                let refusal = await problem { _ = try await gateway.open("k1") }
                #expect(refusal?.code == "RAIL_UNAVAILABLE" && refusal?.kind == .unavailable)
            }
            let asks = gateway.bank.asks
            #expect(asks.count == 3)
            let record = try #require(
                try await gateway.store.find(caller: "command-router", idempotencyKey: "k1"))
            #expect(record.state == .unknown)
            let paid = try await gateway.news.apply(
                RailNews(gateway.result("SUCCESS", of: asks[0].orderId), status: .paid), to: record.paymentId)
            #expect(paid.state == .paid && paid.attemptId == asks[0].orderId)
            #expect(try await gateway.count("outbox", "kind = 'paid'") == 1)
        }
    }

    @Test func `a refused token is answered by one new token and one retry`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            gateway.bank.state.withLock { $0.rejectedTokens = ["token-1"] }
            #expect(try await gateway.open("k1").status == .open)
            let asked = gateway.broker.asked.withLock { $0 }
            #expect(asked.map(\.rejectedTokenSHA256) == [nil, SHA256.hex(Array("token-1".utf8))])
            #expect(gateway.bank.asks.count == 1)

            gateway.bank.state.withLock { $0.rejectedTokens = ["token-3", "token-4", "token-5"] }
            let refusal = await problem { _ = try await gateway.open("k2") }
            #expect(refusal?.code == "RAIL_REFUSED")
            #expect(gateway.broker.asked.withLock { $0.count } == 4)
        }
    }

    @Test func `a bank's no is final`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            gateway.bank.state.withLock {
                $0.troubles = [.status(400, #"{"errorCode":"1","errorMessage":"no"}"#)]
            }
            for _ in 0..<2 {
                let refusal = await problem { _ = try await gateway.open("k1") }
                #expect(refusal?.code == "RAIL_REFUSED" && refusal?.kind == .unprocessable)
            }
            #expect(gateway.bank.asks.count == 1)
            #expect(try await gateway.count("payment", "state = 'failed'") == 1)
            #expect(try await gateway.count("outbox") == 0)
        }
    }

    @Test func `a blocked seller gets no link and the bank is not asked`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            gateway.broker.troubles.withLock {
                $0 = [Problem(.forbidden, code: "SELLER_BLOCKED", toUser: "no")]
            }
            for _ in 0..<2 {
                let refusal = await problem { _ = try await gateway.open("k1") }
                #expect(refusal?.code == "SELLER_BLOCKED" && refusal?.kind == .forbidden)
            }
            #expect(gateway.bank.asks.isEmpty)
        }
    }

    @Test func `a bank that cannot be reached for a moment is asked again, for longer it is unavailable`()
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            gateway.bank.state.withLock { $0.troubles = [.notSent] }
            let view = try await gateway.open("k1")
            #expect(view.status == .open)
            #expect(try await gateway.store.find(view.paymentId)?.attempts.count == 1)
            gateway.bank.state.withLock { $0.isSilent = true }
            let refusal = await problem { _ = try await gateway.open("k2") }
            #expect(refusal?.code == "RAIL_UNAVAILABLE")
            #expect(try await gateway.count("payment", "state = 'failed'") == 1)
        }
    }

    @Test func `a broker that restarts leaves the payment waiting, and the same key finishes it`()
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            gateway.broker.troubles.withLock {
                $0 = Array(repeating: unavailable("PEER_UNREACHABLE"), count: 4)
            }
            let refusal = await problem { _ = try await gateway.open("k1") }
            #expect(refusal?.code == "BROKER_UNAVAILABLE" && refusal?.isRetryable == true)
            gateway.broker.troubles.withLock { $0 = [] }
            #expect(try await gateway.open("k1").status == .open)
            #expect(gateway.bank.asks.count == 1)
            #expect(try await gateway.count("payment") == 1)
        }
    }

    @Test func `what does not fit the rail is refused before anything is written`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let changes: [(String, (inout OpenPayment) -> Void)] = [
                ("AMOUNT_OUT_OF_RANGE", { $0.amount.minorUnits = 0 }),
                ("AMOUNT_OUT_OF_RANGE", { $0.amount.minorUnits = 10_000_001 }),
                ("CURRENCY_NOT_OFFERED", { $0.amount.currency = .eur }),
                ("INVALID_FIELD", { $0.rail = .rtp }),
                ("INVALID_FIELD", { $0.payer = Payer(phone: "+37369123456", name: "Ana") }),
                (
                    "PAYER_NOT_REACHABLE",
                    {
                        $0.rail = .rtp
                        $0.payer = Payer(phone: "+40712345678", name: "Ana")
                    }
                ),
                ("BANK_UNKNOWN", { $0.bankId = "other" }), ("INVALID_FIELD", { $0.posUserId = "a/b" }),
                ("INVALID_FIELD", { $0.tag = "a\nb" }),
                ("INVALID_FIELD", { $0.description = String(repeating: "x", count: 141) }),
            ]
            for (code, change) in changes {
                var order = RunningGateway.order
                change(&order)
                let refusal = await problem { _ = try await gateway.open("k", order) }
                #expect(refusal?.code == code)
            }
            #expect(try await gateway.count("payment") == 0)
        }
    }
}
