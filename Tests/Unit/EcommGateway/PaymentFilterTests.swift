// What a list may be narrowed by, and where its pages begin.
import Contracts
import EcommGateway
import Money
import Problem
import Testing
import World

@Suite struct `A filter for payments` {
    @Test func `reads every parameter`() throws {
        let filter = try PaymentFilter([
            ("bankId", "moldbank"), ("merchantId", "128"), ("tag", "cafea"), ("status", "paid"),
            ("from", "2026-11-21T00:00:00Z"), ("to", "2026-11-22T00:00:00+02:00"),
            ("cursor", "1790000000000000.pay_1"), ("limit", "200"),
        ])
        #expect(filter.bankId == "moldbank" && filter.merchantId == "128" && filter.tag == "cafea")
        #expect(filter.states == [.paid] && filter.limit == 200)
        #expect(
            filter.after == PaymentCursor(createdAt: Timestamp(seconds: 1_790_000_000), paymentId: "pay_1"))
        #expect(filter.to.map { $0.description } == "2026-11-21T22:00:00Z")
    }

    @Test func `reads a reference as a person types it`() throws {
        for text in ["0K7M1X", "ok7mix", "oK7mLx"] {
            #expect(try PaymentFilter([("reference", text)]).reference == "0K7M1X")
        }
        for text in ["", "0K7M1", "0K7M1XX", "0K7M1U", "0K7M1 "] {
            #expect(throws: Problem.self) { try PaymentFilter([("reference", text)]) }
        }
    }

    @Test func `of totals bounds the moment of payment, and takes no page`() throws {
        let day = [("from", "2026-11-21T00:00:00Z"), ("to", "2026-11-22T00:00:00Z"), ("posUserId", "u1")]
        let filter = try PaymentFilter.ofTotals(day.map { (name: $0.0, value: $0.1) })
        #expect(filter.from == nil && filter.to == nil && filter.posUserId == "u1")
        #expect(filter.paidFrom == Timestamp(rfc3339: "2026-11-21T00:00:00Z"))
        #expect(filter.paidTo == Timestamp(rfc3339: "2026-11-22T00:00:00Z"))
        for name in ["cursor", "limit", "paidFrom", "paidTo"] {
            #expect(throws: Problem.self) { try PaymentFilter.ofTotals([(name, "1")]) }
        }
    }

    @Test func `takes both ways to expire under one word`() throws {
        #expect(try PaymentFilter([("status", "expired")]).states == [.expired, .lapsed])
        #expect(throws: Problem.self) { try PaymentFilter([("status", "lapsed")]) }
    }

    @Test(arguments: [
        ("status", "PAID"), ("status", ""), ("from", "2026-11-21"), ("limit", "0"), ("limit", "201"),
        ("limit", "x"), ("cursor", "pay_1"), ("cursor", "x.pay_1"), ("cursor", "1.att_1"), ("Status", "paid"),
    ])
    func `refuses what it cannot read, a misspelt name as well`(name: String, value: String) {
        #expect(throws: Problem.self) { try PaymentFilter([(name, value)]) }
    }

    @Test func `gives a cursor back as it was`() {
        let cursor = PaymentCursor(
            createdAt: Timestamp(microseconds: 1_790_000_000_123_456), paymentId: "pay_1")
        #expect(PaymentCursor(cursor.text) == cursor)
    }
}

@Suite struct `A payment as others see it` {
    @Test func `has a status of the contract in every state, and every status is some state's`() {
        let words = Set(PaymentState.allCases.map(\.status))
        #expect(words == Set(PaymentStatus.allCases.map(\.rawValue)))
        for state in PaymentState.allCases {
            #expect(PaymentStatus(rawValue: state.status)?.isFinal == state.isFinal)
        }
    }

    @Test func `is a line of CSV that no spreadsheet runs`() {
        let view = PaymentView(
            paymentId: "pay_1", status: .paid, bankId: "b", merchantId: "m", terminalId: "t", rail: .qr,
            amount: Money(minorUnits: 5, currency: .mdl), description: "=cmd(\"x\"),\n1", tag: "-1",
            link: nil,
            expiresAt: nil, createdAt: Timestamp(seconds: 0), paidAt: nil, swiftMessageId: nil,
            swiftPayerBank: nil)
        #expect(
            PaymentCSV.line(PaymentCSV.Line(view: view))
                == "pay_1,1970-01-01T00:00:00Z,paid,b,m,t,0.05,MDL,\"'=cmd(\"\"x\"\"),\n1\",'-1,,,,PAY_1,,,\r\n"
        )
        #expect(PaymentCSV.header.split(separator: ",").count == 17)
    }

    @Test(arguments: [
        ("x;=1+1;y", "\"x;'=1+1;y\""), ("a; \"+1", "\"a; \"\"'+1\""), ("a\t@b", "a\t'@b"), (" =1", " '=1"),
        ("\u{FF1D}1", "'\u{FF1D}1"), ("a\n-1", "\"a\n'-1\""), ("2-1=1, +3", "\"2-1=1, +3\""),
        ("cafea", "cafea"),
    ])
    func `runs in no spreadsheet that separates by other signs either`(typed: String, field: String) {
        let view = PaymentView(
            paymentId: "pay_1", status: .open, bankId: "b", merchantId: "m", terminalId: "t", rail: .qr,
            amount: Money(minorUnits: 5, currency: .mdl), description: typed, tag: nil, link: nil,
            expiresAt: nil,
            createdAt: Timestamp(seconds: 0), paidAt: nil, swiftMessageId: nil, swiftPayerBank: nil)
        #expect(PaymentCSV.line(PaymentCSV.Line(view: view)).hasSuffix("MDL," + field + ",,,,,PAY_1,,,\r\n"))
    }
}
