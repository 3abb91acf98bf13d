// From the rail's news to what a seller is told: once, whoever brings it, and never what does not match.
import Contracts
import Mia
import Money
import Postgres
import Problem
import Synchronization
import TestSupport
import Testing
import World

@testable import EcommGateway

@Suite struct `How a payment ended` {
    @Test func `callback and janitor racing tell once`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            for round in 0..<10 {
                let view = try await gateway.open("k\(round)")
                let attempt = try #require(gateway.bank.asks.last?.orderId)
                gateway.bank.set(.success, ofOrder: attempt)
                gateway.clock.advance(by: .seconds(5))
                let result = gateway.result("SUCCESS", of: attempt)
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<3 {
                        group.addTask {
                            _ = try await gateway.news.apply(
                                RailNews(result, status: .paid), to: view.paymentId)
                        }
                    }
                    group.addTask { try await gateway.lookAtWhatIsDue() }
                    try await group.waitForAll()
                }
                let record = try #require(try await gateway.store.find(view.paymentId))
                #expect(record.state == .paid && record.swiftMessageId == "SWIFT-1" && record.runAt == nil)
            }
            #expect(try await gateway.count("outbox") == 10)
            #expect(try await gateway.count("payment_event", "to_state = 'paid'") == 10)
            try await gateway.tellWhatIsDue()
            try await gateway.tellWhatIsDue()
            #expect(gateway.teller.calls.withLock { $0 } == 10)
            let told = gateway.teller.told.withLock { $0 }
            #expect(
                told.count == 10 && told.keys.allSatisfy { $0.hasPrefix("pay_") && $0.hasSuffix(":paid") })
        }
    }

    @Test func `a lost callback is found by asking, and asking changes nothing else`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let view = try await gateway.open("k1")
            for _ in 0..<3 {
                gateway.clock.advance(by: .seconds(5))
                try await gateway.lookAtWhatIsDue()
            }
            #expect(try await gateway.count("payment_event") == 2)
            #expect(
                gateway.broker.asked.withLock { $0.count } == 2, "one token for the link, one for all polls")
            gateway.bank.set(.pending, ofOrder: try #require(gateway.bank.asks.first?.orderId))
            gateway.clock.advance(by: .seconds(5))
            try await gateway.lookAtWhatIsDue()
            #expect(try await gateway.store.find(view.paymentId)?.state == .pending)
            gateway.bank.set(.declined, ofOrder: try #require(gateway.bank.asks.first?.orderId))
            gateway.clock.advance(by: .seconds(5))
            try await gateway.lookAtWhatIsDue()
            #expect(try await gateway.store.find(view.paymentId)?.state == .declined)
            #expect(try await gateway.count("outbox", "kind = 'declined'") == 1)
        }
    }

    @Test func `a clock that was ahead and is put back keeps no payment waiting`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            gateway.clock.advance(by: .seconds(7_200))
            let views = [try await gateway.open("k1"), try await gateway.open("k2")]
            let attempts = gateway.bank.asks.map(\.orderId)
            _ = try await gateway.news.apply(
                RailNews(gateway.result("SUCCESS", of: attempts[0]), status: .paid), to: views[0].paymentId)
            gateway.bank.set(.success, ofOrder: attempts[1])
            gateway.clock.advance(by: .seconds(-7_200))
            try await gateway.lookAtWhatIsDue()
            #expect(try await gateway.store.find(views[1].paymentId)?.state == .paid)
            try await gateway.tellWhatIsDue()
            #expect(gateway.teller.told.withLock { $0.count } == 2)
        }
    }

    @Test func `a silent bank is asked less often and after a day no more, and money later still counts`()
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            let view = try await gateway.open("k1")
            let attempt = try #require(gateway.bank.asks.first?.orderId)
            gateway.bank.state.withLock { $0.isSilent = true }
            for _ in 0..<3 {
                gateway.clock.advance(by: .seconds(130))
                try await gateway.lookAtWhatIsDue()
            }
            let record = try #require(try await gateway.store.find(view.paymentId))
            #expect(record.state == .open && record.unanswered == 3 && record.lastError == "not_done")
            gateway.clock.advance(by: .seconds(86_400))
            try await gateway.lookAtWhatIsDue()
            #expect(try await gateway.store.find(view.paymentId)?.state == .lapsed)
            #expect(try await gateway.store.find(view.paymentId)?.view.status == .expired)
            let paid = try await gateway.news.apply(
                RailNews(gateway.result("SUCCESS", of: attempt), status: .paid), to: view.paymentId)
            #expect(paid.state == .paid)
            #expect(try await gateway.count("outbox", "kind in ('expired', 'paid')") == 2)
        }
    }

    @Test(arguments: [RailStatus.pending, .paid, .failed])
    func `news that overtakes the bank's own answer is not undone by it`(status: RailStatus) async throws {
        try await RunningGateway.with { (gateway) async throws in
            let gate = Gate()
            gateway.bank.state.withLock { $0.troubles = [.held(gate)] }
            let opening = Task { try await gateway.open("k1") }
            try await until { gateway.bank.asks.count == 1 }
            let attempt = try #require(gateway.bank.asks.first?.orderId)
            let row = try await gateway.pool.query("select payment_id from gateway.payment").one()
            let paymentId = try row.text(0)
            var result = gateway.result("-", of: attempt)
            result.railPaymentId = "rail-1"
            _ = try await gateway.news.apply(RailNews(result, status: status), to: paymentId)
            gate.open()
            if status == .failed {
                // Nobody was shown the link, and nobody is.
                await #expect {
                    _ = try await opening.value
                } throws: {
                    ($0 as? Problem)?.code == "RAIL_REFUSED"
                }
                #expect(try await gateway.count("outbox") == 0)
                await #expect(throws: Problem.self) { try await gateway.open("k1") }
            } else {
                let view = try await opening.value
                #expect(view.link != nil && view.status.rawValue == status.rawValue)
                #expect(try await gateway.count("outbox", "kind = 'paid'") == (status == .paid ? 1 : 0))
            }
        }
    }

    @Test func `news that does not match changes nothing`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let view = try await gateway.open("k1")
            let attempt = try #require(gateway.bank.asks.first?.orderId)
            let changes: [(String, (inout PaymentResult) -> Void)] = [
                ("amount.minor", { $0.amount.minorUnits = 1 }),
                ("amount.currency", { $0.amount.currency = .eur }),
                ("bankId", { $0.bankId = "codrubank" }), ("terminalId", { $0.terminalId = "TE9" }),
                ("railPaymentId", { $0.railPaymentId = "other" }), ("attemptId", { $0.attemptId = "att_x" }),
            ]
            for (field, change) in changes {
                var result = gateway.result("SUCCESS", of: attempt)
                change(&result)
                await #expect(throws: NewsMismatch(field: field)) {
                    try await gateway.news.apply(RailNews(result, status: .paid), to: view.paymentId)
                }
            }
            #expect(try await gateway.store.find(view.paymentId)?.state == .open)
            #expect(try await gateway.count("outbox") == 0)
        }
    }

    @Test func `a replaced link may die, and money on a second one is flagged`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            gateway.bank.state.withLock { $0.troubles = [.lostAfterwards] }
            let view = try await gateway.open("k1")
            let attempts = gateway.bank.asks.map(\.orderId)
            func report(_ status: RailStatus, _ attempt: String) async throws -> PaymentState {
                let word = status == .paid ? "SUCCESS" : "EXPIRED"
                return try await gateway.news.apply(
                    RailNews(gateway.result(word, of: attempt), status: status), to: view.paymentId
                ).state
            }
            #expect(try await report(.expired, attempts[0]) == .open)
            #expect(try await report(.paid, attempts[1]) == .paid)
            #expect(try await report(.expired, attempts[1]) == .paid)
            #expect(try await gateway.count("outbox") == 1)
        }
    }

    @Test func `is told after the guess that it corrects, however long that took to tell`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let view = try await gateway.open("k1")
            let attempt = try #require(gateway.bank.asks.first?.orderId)
            gateway.clock.advance(by: .seconds(90_000))
            gateway.bank.state.withLock { $0.isSilent = true }
            try await gateway.lookAtWhatIsDue()
            #expect(try await gateway.store.find(view.paymentId)?.state == .lapsed)
            gateway.teller.troubles.withLock {
                $0 = [Problem(.unavailable, code: "PEER_UNREACHABLE", toUser: "no")]
            }
            try await gateway.tellWhatIsDue()
            _ = try await gateway.news.apply(
                RailNews(gateway.result("SUCCESS", of: attempt), status: .paid), to: view.paymentId)
            try await gateway.tellWhatIsDue()
            #expect(gateway.teller.told.withLock { $0.isEmpty }, "the last word would not be the last")
            gateway.clock.advance(by: .seconds(2))
            try await gateway.tellWhatIsDue()
            #expect(gateway.teller.told.withLock { Array($0.keys) } == [view.paymentId + ":expired"])
            try await gateway.tellWhatIsDue()
            #expect(gateway.teller.told.withLock { $0.count } == 2)
        }
    }

    @Test func `is handed over until the notifier takes it, and parked when it never will`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            for key in ["k1", "k2"] {
                let view = try await gateway.open(key)
                let attempt = try #require(gateway.bank.asks.last?.orderId)
                _ = try await gateway.news.apply(
                    RailNews(gateway.result("FAILED", of: attempt), status: .failed), to: view.paymentId)
            }
            gateway.teller.troubles.withLock {
                $0 = [
                    Problem(.unavailable, code: "PEER_UNREACHABLE", toUser: "no"),
                    Problem(.invalid, code: "INVALID_JSON", toUser: "no"),
                ]
            }
            try await gateway.tellWhatIsDue()
            #expect(
                try await gateway.count("outbox", "state = 'ready' and last_error = 'PEER_UNREACHABLE'") == 1)
            #expect(try await gateway.count("outbox", "state = 'parked'") == 1)
            gateway.clock.advance(by: .seconds(2))
            try await gateway.tellWhatIsDue()
            #expect(try await gateway.count("outbox", "state = 'done'") == 1)
            #expect(gateway.teller.told.withLock { $0.count } == 1)
        }
    }
}
