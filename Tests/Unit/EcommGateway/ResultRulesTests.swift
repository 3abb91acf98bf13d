// What news from a rail does to a record in memory, without a database.
import Contracts
import EcommGateway
import Money
import Testing
import World

private let now = Timestamp(seconds: 1_790_000_000)

private func record(_ state: PaymentState, attempts: [AttemptState] = [.open]) -> PaymentRecord {
    let order = OpenPayment(
        posUserId: "u1", bankId: "moldbank", merchantId: "128", merchantName: "Cafenea", terminalId: "TE0001",
        rail: .qr, amount: Money(minorUnits: 10_000, currency: .mdl), description: nil, tag: nil,
        conversation: Conversation(phoneNumberId: "8", peer: "p"), locale: .ro)
    return PaymentRecord(
        paymentId: "pay_1", order: order, createdAt: now, requestId: "req_1", state: state,
        attemptId: "att_\(attempts.count)", fence: 1, version: 1,
        attempts: attempts.enumerated().map { index, state in
            AttemptRecord(
                attemptId: "att_\(index + 1)", ordinal: Int32(index + 1), capabilityDigest: [],
                createdAt: now,
                state: state, railPaymentId: state == .open ? "rail_\(index + 1)" : nil)
        })
}

private func news(_ status: RailStatus?, _ attempt: Int = 1) -> RailNews {
    RailNews(
        attemptId: "att_\(attempt)", bankId: "moldbank", terminalId: "TE0001",
        railPaymentId: "rail_\(attempt)",
        status: status, amount: Money(minorUnits: 10_000, currency: .mdl), swiftMessageId: "M",
        swiftPayerBank: "B",
        source: .callback)
}

@Suite struct `News from a rail` {
    @Test func `changes a payment once and leaves a line and a telling`() throws {
        var payment = record(.open)
        payment.runAt = now
        #expect(try ResultRules.apply(news(.paid), to: &payment, at: now) == .changed)
        #expect(payment.state == .paid && payment.paidAt == now && payment.swiftMessageId == "M")
        #expect(
            payment.runAt == nil && payment.newTells.map(\.kind) == [.paid] && payment.newLines.count == 1)
        #expect(try ResultRules.apply(news(.paid), to: &payment, at: now) == .unchanged)
        #expect(payment.newTells.map(\.kind) == [.paid] && payment.newLines.count == 1)
    }

    @Test func `contradicting a final state is kept for a person and told to nobody`() throws {
        var payment = record(.failed, attempts: [.failed])
        #expect(try ResultRules.apply(news(.paid), to: &payment, at: now) == .contradiction)
        #expect(payment.state == .failed && payment.newTells.isEmpty && payment.newLines.count == 1)
    }

    @Test(arguments: [PaymentState.open, .registering, .lapsed, .cancelled])
    func `brings too much where another link of the order was paid`(state: PaymentState) throws {
        var payment = record(state)
        payment.supersededBy = "pay_0"
        #expect(try ResultRules.apply(news(.paid), to: &payment, at: now) == .paidTwice)
        #expect(payment.state == .paid && payment.newTells.map(\.remark) == [.again])
        #expect(payment.newReceipts.map(\.remark) == [.again])
        #expect(payment.newAudits.map(\.action) == ["payment.paidAgain"])
    }

    @Test func `of a word that we do not know concludes nothing`() throws {
        var payment = record(.open)
        let before = payment
        #expect(try ResultRules.apply(news(nil), to: &payment, at: now) == .notUnderstood)
        #expect(payment == before)
    }

    @Test func `names an attempt at the rail whose answer was lost`() throws {
        var payment = record(.unknown, attempts: [.unknown])
        #expect(try ResultRules.apply(news(.created), to: &payment, at: now) == .changed)
        #expect(payment.state == .open && payment.attempts[0].railPaymentId == "rail_1")
    }

    @Test func `about a replaced link counts only with money, and then that link stands`() throws {
        var payment = record(.open, attempts: [.unknown, .open])
        #expect(try ResultRules.apply(news(.expired, 1), to: &payment, at: now) == .unchanged)
        #expect(payment.state == .open && payment.attempts[0].state == .expired)
        payment = record(.open, attempts: [.unknown, .open])
        #expect(try ResultRules.apply(news(.paid, 1), to: &payment, at: now) == .changed)
        #expect(payment.state == .paid && payment.attemptId == "att_1")
        #expect(try ResultRules.apply(news(.paid, 2), to: &payment, at: now) == .paidTwice)
        #expect(payment.newTells.map(\.remark) == [nil, .again] && payment.newLines.count == 2)
        #expect(payment.newReceipts.map(\.attemptId) == ["att_1", "att_2"])
        #expect(payment.newAudits.map(\.action) == ["payment.paid", "payment.paidAgain"])
        #expect(try ResultRules.apply(news(.paid, 2), to: &payment, at: now) == .unchanged)
        #expect(payment.newLines.count == 2)
    }

    @Test(arguments: [PaymentState.failed, .declined, .expired])
    func `of money on a replaced link counts although the rail closed the link that stood`(
        state: PaymentState
    ) throws {
        var payment = record(state, attempts: [.unknown, .expired])
        #expect(try ResultRules.apply(news(.paid, 1), to: &payment, at: now) == .changed)
        #expect(
            payment.state == .paid && payment.attemptId == "att_1" && payment.newTells.map(\.kind) == [.paid])
        // Once closed by the rail, a replaced link contradicts itself like any other.
        payment = record(state, attempts: [.expired, .expired])
        #expect(try ResultRules.apply(news(.paid, 1), to: &payment, at: now) == .contradiction)
        #expect(payment.state == state && payment.newTells.isEmpty)
    }

    @Test func `after our own end is money all the same`() throws {
        var payment = record(.lapsed)
        #expect(try ResultRules.apply(news(.expired), to: &payment, at: now) == .unchanged)
        payment = record(.lapsed)
        #expect(try ResultRules.apply(news(.paid), to: &payment, at: now) == .changed)
        #expect(payment.state == .paid && payment.newTells.map(\.kind) == [.paid])
    }

    @Test func `is not believed when anything differs`() {
        let changes: [(String, (inout RailNews) -> Void)] = [
            ("attemptId", { $0.attemptId = "att_9" }), ("bankId", { $0.bankId = "x" }),
            ("terminalId", { $0.terminalId = "x" }), ("amount.currency", { $0.amount.currency = .eur }),
            ("amount.minor", { $0.amount.minorUnits -= 1 }), ("railPaymentId", { $0.railPaymentId = "x" }),
        ]
        for (field, change) in changes {
            var payment = record(.open)
            let before = payment
            var wrong = news(.paid)
            change(&wrong)
            #expect(throws: NewsMismatch(field: field)) {
                try ResultRules.apply(wrong, to: &payment, at: now)
            }
            #expect(payment == before)
        }
    }
}
