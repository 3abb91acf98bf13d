// A line of renewals that was paid twice is one order in every book, its taken-back link is shown to nobody, and a bank
// that answers about it in a way that does not help is still a bank that answers.
import Contracts
import Mia
import Money
import Postgres
import Synchronization
import TestSupport
import Testing
import World

@testable import EcommGateway

extension RunningGateway {
    /// A link that ended as far as anybody knows, and the one in its place, with their attempts.
    fileprivate func renewed(_ key: String) async throws -> (old: Paying, new: Paying) {
        let (old, handle) = try await ended(key)
        let new = try await renew(handle, key + ":renewal").view
        return (old, Paying(paymentId: new.paymentId, attemptId: bank.asks.last?.orderId ?? ""))
    }

    fileprivate func ended(_ key: String) async throws -> (Paying, handle: String) {
        let view = try await open(key)
        _ = try await afterSale.cancel(view.paymentId)
        try await endWatch()
        let attemptId = bank.asks.last?.orderId ?? ""
        return (
            Paying(paymentId: view.paymentId, attemptId: attemptId), try await handle(of: view, key).handle
        )
    }

    fileprivate func pay(_ link: Paying) async throws {
        try await report(.paid, of: link.attemptId, to: link.paymentId)
    }

    /// What was written for the bank's trail about money for a payment.
    fileprivate func trail(of link: Paying) async throws -> [String] {
        try await pool.query(
            """
            select action from gateway.bank_audit where payment_id = $1 and action like 'payment.paid%' order by seq
            """, [.text(link.paymentId)]
        ).map { try $0.text(0) }
    }

    fileprivate func view(of link: Paying) async throws -> PaymentView {
        try #require(try await store.find(link.paymentId)).view
    }
}

private struct Paying: Sendable {
    var paymentId: String
    var attemptId: String
}

@Suite struct `An order whose two links were paid` {
    /// The older link before the fresh one, and behind it.
    @Test(arguments: [true, false]) func `is sold once in every book`(isOldFirst: Bool) async throws {
        try await RunningGateway.with { (gateway) async throws in
            let line = try await gateway.renewed("k1")
            let (first, second) = isOldFirst ? (line.old, line.new) : (line.new, line.old)
            try await gateway.pay(first)
            try await gateway.pay(second)
            #expect(try await gateway.view(of: first).supersededBy == nil)
            #expect(try await gateway.view(of: second).supersededBy == first.paymentId)
            #expect(
                try await gateway.count(
                    "receipt", "remark = 'again' and payment_id = '\(second.paymentId)'") == 1)
            #expect(try await gateway.count("receipt", "remark is distinct from 'again'") == 1)
            #expect(try await gateway.count("outbox", "kind = 'paid' and remark = 'again'") == 1)
            #expect(
                try await gateway.trail(of: first) == [isOldFirst ? "payment.paidLate" : "payment.paid"])
            #expect(try await gateway.trail(of: second) == ["payment.paidAgain"])

            let totals = try await gateway.lists.totals(PaymentFilter())
            #expect(totals.lines.map(\.count) == [1] && totals.lines.map(\.amount.minorUnits) == [10_000])
            let lines = try await gateway.lists.lines(PaymentFilter(), limit: 10)
            let names = PaymentCSV.header.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
            for line in lines {
                let cells = PaymentCSV.line(line).split(separator: ",", omittingEmptySubsequences: false)
                    .map { $0.filter { !$0.isWhitespace } }
                let cell = Dictionary(uniqueKeysWithValues: zip(names, cells))
                let isSold = line.view.paymentId == first.paymentId
                #expect(cell["paidAt"]?.isEmpty == !isSold && cell["swiftMessageId"]?.isEmpty == !isSold)
                #expect(cell["remark"] == (isSold ? (isOldFirst ? "late" : "") : "again"))
                #expect(cell["receivedAgain"] == (isSold ? "" : "100.00"))
                #expect(cell["receivedAgainSwiftMessageIds"] == (isSold ? "" : "SWIFT-1"))
            }
            #expect(lines.count == 2)
            // The same news once more is nothing new.
            try await gateway.pay(second)
            try await gateway.pay(first)
            #expect(try await gateway.count("receipt") == 2)
        }
    }

    @Test func `shows its fresh link to nobody, whether it was made or is being made`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let line = try await gateway.renewed("k1")
            #expect(try await gateway.view(of: line.new).link != nil)
            try await gateway.pay(line.old)
            let open = try await gateway.view(of: line.new)
            #expect(open.status == .open && open.link == nil && open.supersededBy == line.old.paymentId)

            let (old, handle) = try await gateway.ended("k2")
            let gate = Gate()
            gateway.bank.state.withLock { $0.troubles = [.held(gate)] }
            let asksBefore = gateway.bank.asks.count
            let making = Task(executorPreference: TestLoop.shared) {
                try await gateway.renew(handle, "r2").view
            }
            try await until { gateway.bank.asks.count > asksBefore }
            try await gateway.pay(old)
            gate.open()
            let made = try await making.value
            #expect(made.status == .open && made.link == nil && made.supersededBy == old.paymentId)
            // Whoever asks with the same key is told the same, and the bank still takes it back.
            #expect(try await gateway.renew(handle, "r2").view == made)
            gateway.clock.advance(by: .seconds(60))
            try await gateway.lookAtWhatIsDue()
            #expect(try await gateway.store.find(made.paymentId)?.state == .cancelled)
        }
    }

    /// It has forgotten the payment: it cannot be taken back, and is no reason to ask about the others less.
    @Test func `leaves its bank a bank that answers, where it only refuses to speak of the link`()
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            let line = try await gateway.renewed("k1")
            try await gateway.pay(line.old)
            let forgotten = try #require(gateway.bank.railPaymentId(ofOrder: line.new.attemptId))
            gateway.bank.state.withLock { $0.payments[forgotten] = nil }
            for _ in 0..<5 {
                try await gateway.lookAtWhatIsDue()
                gateway.clock.advance(by: .seconds(60))
            }
            let waiting = try #require(try await gateway.store.find(line.new.paymentId))
            #expect(waiting.state == .open && waiting.unanswered > 0 && waiting.leaseUntil == nil)
            var others: [String] = []
            for key in ["o1", "o2", "o3"] {
                others.append(try await gateway.open(key).paymentId)
                gateway.bank.set(.success, ofOrder: gateway.bank.asks.last?.orderId ?? "")
            }
            gateway.clock.advance(by: .seconds(10))
            try await gateway.lookAtWhatIsDue()
            for other in others { #expect(try await gateway.store.find(other)?.state == .paid) }
        }
    }
}
