// Requests that ring at a payer's: sent once, whatever gets lost, and never left without an end.
import Contracts
import Mia
import Postgres
import Problem
import Synchronization
import TestSupport
import Testing
import World

@testable import EcommGateway

@Suite struct `A request to pay` {
    private var requests: @Sendable (RunningGateway) -> [MiaRequestToPay] {
        { gateway in gateway.bank.state.withLock { $0.requests } }
    }

    @Test func `is sent to its payer through its own terminal and has no link`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let view = try await gateway.open("k1", RunningGateway.request)
            #expect(view.status == .open && view.link == nil && view.rail == .rtp && view.expiresAt != nil)
            let sent = try #require(requests(gateway).first)
            #expect(sent.clientPhone == "69123456" && sent.clientName == "Ana Rusu")
            #expect(sent.terminalId == "RTP0001" && sent.callbackUrl?.contains("/callbacks/mia/") == true)
            #expect(try await gateway.open("k1", RunningGateway.request) == view)
            var other = RunningGateway.request
            other.payer?.phone = "+37369123457"
            await #expect(throws: Problem.self) { try await gateway.open("k1", other) }
            gateway.bank.set(.success, ofOrder: sent.orderId)
            gateway.clock.advance(by: .seconds(5))
            try await gateway.lookAtWhatIsDue()
            #expect(try await gateway.store.find(view.paymentId)?.state == .paid)
            #expect(requests(gateway).count == 1)
        }
    }

    @Test(arguments: [FakeBank.Trouble.lostAfterwards, .lostBefore, .status(503, ""), .status(200, "<html>")])
    func `whose answer was lost is never sent again, and says that it may ring`(trouble: FakeBank.Trouble)
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            gateway.bank.state.withLock { $0.troubles = [trouble] }
            let view = try await gateway.open("k1", RunningGateway.request)
            #expect(view.status == .unknown && view.expiresAt != nil)
            #expect(try await gateway.open("k1", RunningGateway.request) == view)
            #expect(try await gateway.janitor.claim(64).isEmpty, "nothing is due for half an hour")
            for _ in 0..<2 {
                gateway.clock.advance(by: .seconds(1_800))
                try await gateway.lookAtWhatIsDue()
                #expect(try await gateway.store.find(view.paymentId)?.state == .unconfirmed)
                #expect(try await gateway.janitor.claim(64).isEmpty)
            }
            #expect(requests(gateway).count == 1)
            #expect(try await gateway.count("outbox") == 0)
        }
    }

    @Test(arguments: [RailStatus.paid, .declined, .failed, .expired])
    func `in doubt is ended by its callback, and every end is told`(status: RailStatus) async throws {
        try await RunningGateway.with { (gateway) async throws in
            gateway.bank.state.withLock { $0.troubles = [.lostAfterwards] }
            let view = try await gateway.open("k1", RunningGateway.request)
            let attempt = try #require(requests(gateway).first?.orderId)
            try await gateway.report(status, of: attempt, to: view.paymentId, terminal: "RTP0001")
            #expect(try await gateway.store.find(view.paymentId)?.view.status.rawValue == status.rawValue)
            #expect(try await gateway.count("outbox", "kind = '\(status.rawValue)'") == 1)
        }
    }

    @Test func `in doubt is asked about as soon as a callback names it`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            gateway.bank.state.withLock { $0.troubles = [.lostAfterwards] }
            let view = try await gateway.open("k1", RunningGateway.request)
            let attempt = try #require(requests(gateway).first?.orderId)
            try await gateway.report(.pending, of: attempt, to: view.paymentId, terminal: "RTP0001")
            gateway.bank.set(.success, ofOrder: attempt)
            gateway.clock.advance(by: .seconds(5))
            try await gateway.lookAtWhatIsDue()
            #expect(try await gateway.store.find(view.paymentId)?.state == .paid)
        }
    }

    @Test func `in doubt lapses at its deadline, is told with a handle, and money later is told as late`()
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            gateway.bank.state.withLock { $0.troubles = [.lostAfterwards] }
            let view = try await gateway.open("k1", RunningGateway.request)
            gateway.clock.advance(by: .seconds(3_631))
            try await gateway.lookAtWhatIsDue()
            #expect(try await gateway.store.find(view.paymentId)?.view.status == .expired)
            try await gateway.tellWhatIsDue()
            let told = gateway.teller.told.withLock { $0[view.paymentId + ":expired"] }
            guard case .outcome(let outcome)? = told?.content else {
                Issue.record("not told")
                return
            }
            #expect(outcome.renewal != nil && told?.subject == view.paymentId && outcome.rail == .rtp)
            let attempt = try #require(requests(gateway).first?.orderId)
            try await gateway.report(.paid, of: attempt, to: view.paymentId, terminal: "RTP0001")
            #expect(try await gateway.count("receipt", "remark = 'late'") == 1)
            #expect(try await gateway.count("outbox", "kind = 'paid' and remark = 'late'") == 1)
        }
    }

    @Test func `in doubt cannot be taken back: its payer may have confirmed`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            gateway.bank.state.withLock { $0.troubles = [.lostAfterwards] }
            let view = try await gateway.open("k1", RunningGateway.request)
            do {
                _ = try await gateway.afterSale.cancel(view.paymentId)
                Issue.record("cancelled")
            } catch let problem as Problem { #expect(problem.code == "MONEY_MAY_BE_MOVING") }
        }
    }

    @Test func `that the bank never saw is sent when it can be, and refused when it cannot`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            gateway.bank.state.withLock { $0.troubles = [.notSent] }
            #expect(try await gateway.open("k1", RunningGateway.request).status == .open)
            gateway.bank.state.withLock { $0.isSilent = true }
            do {
                _ = try await gateway.open("k2", RunningGateway.request)
                Issue.record("opened")
            } catch let problem as Problem { #expect(problem.code == "RAIL_UNAVAILABLE") }
            #expect(try await gateway.count("payment", "state = 'failed'") == 1)
        }
    }

    @Test func `declined before its own answer came is answered as declined`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let gate = Gate()
            gateway.bank.state.withLock { $0.troubles = [.held(gate)] }
            let opening = Task { try await gateway.open("k1", RunningGateway.request) }
            try await until(atMost: .seconds(20)) { requests(gateway).count == 1 }
            let attempt = try #require(requests(gateway).first?.orderId)
            let id = try await gateway.pool.query("select payment_id from gateway.payment").one().text(0)
            var result = gateway.result("DECLINED", of: attempt, terminal: "RTP0001")
            result.railPaymentId = "rail-1"
            _ = try await gateway.news.apply(RailNews(result, status: .declined), to: id)
            gate.open()
            #expect(try await opening.value.status == .declined)
            #expect(try await gateway.count("outbox") == 0, "the answer told it")
        }
    }

    /// Whether the call left before the cut is what nobody knows afterwards.
    @Test func `whose owner died is not sent again`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let (attempt, _) = gateway.issuer.newAttempt(ordinal: 1)
            let order = RunningGateway.request
            _ = try await gateway.store.register(
                Registration(
                    caller: "command-router", idempotencyKey: "k1", order: order,
                    paymentId: gateway.world.id("pay"), firstAttempt: attempt, requestId: "req_1",
                    leaseUntil: gateway.world.now().advanced(by: .seconds(6)),
                    share: gateway.issuer.limits.share(of: order, at: gateway.world.now()), renewing: nil))
            gateway.clock.advance(by: .seconds(7))
            let view = try await gateway.open("k1", order)
            #expect(view.status == .unknown && requests(gateway).isEmpty)
            let found = try #require(try await gateway.store.find(view.paymentId))
            #expect(found.order.payer == order.payer && found.attempts.map(\.state) == [.unknown])
            gateway.clock.advance(by: .seconds(3_700))
            try await gateway.lookAtWhatIsDue()
            #expect(try await gateway.store.find(view.paymentId)?.state == .lapsed)
        }
    }
}
