// Every refusal of the gateway has a sentence that helps, in five languages; what may have rung is never said to be
// safe.
import Contracts
import Copy
import Money
import Problem
import Testing
import World

@testable import CommandRouter

private func view(_ status: PaymentStatus) -> PaymentView {
    PaymentView(
        paymentId: "pay_01HZZZZZZZZZZZZZZZZZK7M2QX", status: status, bankId: "moldbank", merchantId: "128",
        terminalId: "T128", rail: .rtp, amount: Money(minorUnits: 10_000, currency: .mdl), description: nil,
        tag: nil, link: nil, expiresAt: nil, createdAt: start, paidAt: nil, swiftMessageId: nil,
        swiftPayerBank: nil)
}

@Suite struct `A refusal of the gateway` {
    private let plan: ChargePlan? = planned(
        decide(
            "100",
            Seller(answers: [
                .known(
                    record(
                        "moldbank",
                        [
                            MerchantRecord(
                                merchantId: "1", name: "A", currency: .mdl, country: "MD",
                                terminals: [TerminalRecord(terminalId: "T", paymentTypes: [.qr, .rtp])],
                                limits: MerchantLimits(perPayment: 50_000, perDay: 90_000))
                        ]))
            ])))

    @Test(arguments: [
        ("RAIL_UNAVAILABLE", SaleKey.requestNotSent), ("RAIL_REFUSED", .requestRefused),
        ("AMOUNT_OUT_OF_RANGE", .requestRefused),
    ]) func `of a request to pay speaks of no link`(code: String, key: SaleKey) throws {
        var plan = try #require(plan)
        plan.rail = .rtp
        plan.payer = Payer(phone: "+37369123456", name: "Ion")
        let refused = GatewayAnswer.refused(Problem(.unprocessable, code: code, toUser: "…"))
        for language in Language.allCases {
            let told = PaymentReply.content(refused, plan, language).content
            #expect(told == .text(Catalogue.text(key, language)))
        }
    }

    @Test(arguments: [
        ("RAIL_UNAVAILABLE", SaleKey.renewNotMade), ("RAIL_REFUSED", .renewRefused),
        ("CURRENCY_NOT_OFFERED", .renewRefused), ("RAIL_NOT_OFFERED", .renewRefused),
    ]) func `is told of a tapped button that made nothing, whatever it was to make`(
        code: String, key: SaleKey
    ) throws {
        var ground = try #require(plan).ground
        (ground.command, ground.isRenewal) = (nil, true)
        let refused = GatewayAnswer.refused(Problem(.unavailable, code: code, toUser: "…"))
        for language in Language.allCases {
            let told = PaymentReply.content(refused, ground, language).content
            #expect(told == .text(Catalogue.text(key, language)))
        }
    }

    @Test(arguments: [
        ("LIMIT_PER_PAYMENT", "500.00\u{A0}MDL per payment"), ("LIMIT_PER_DAY", "900.00\u{A0}MDL a day"),
        ("SELLER_TOO_FAST", "in 2 minutes"), ("MERCHANT_TOO_FAST", "A is making"),
        ("PAYER_NOT_REACHABLE", "+373"), ("CURRENCY_NOT_OFFERED", "did not accept"),
        ("BANK_UNKNOWN", "did not accept"), ("RAIL_NOT_OFFERED", "did not accept"),
        ("HANDLE_UNKNOWN", "none of your payments"), ("HANDLE_SPENT", "already"),
        ("HANDLE_EXPIRED", "a week"),
        ("NOT_RENEWABLE", "not needed"),
    ]) func `is told with what helps`(code: String, part: String) throws {
        let plan = try #require(plan)
        let problem = Problem(.tooManyRequests, code: code, toUser: "…", retryAfterSeconds: 61)
        for language in Language.allCases {
            guard case .text(let text) = PaymentReply.content(.refused(problem), plan, language).content
            else {
                Issue.record("a refusal is text")
                return
            }
            #expect(text != Catalogue.text(.tryAgain, language), "\(code)")
            if language == .en { #expect(text.contains(part), "\(text)") }
        }
        for code in ["SELLER_TOO_FAST", "MERCHANT_TOO_FAST", "RAIL_UNAVAILABLE"] {
            #expect(PaymentReply.isAnswer(Problem(.tooManyRequests, code: code, toUser: "")))
        }
        #expect(!PaymentReply.isAnswer(Problem(.unavailable, code: "PAYMENT_IN_PROGRESS", toUser: "")))
    }

    @Test func `of a request says what may have rung`() throws {
        var plan = try #require(plan)
        (plan.rail, plan.payer) = (.rtp, Payer(phone: "+37369123456", name: "Ion"))
        func told(_ answer: GatewayAnswer) -> String {
            if case .text(let text) = PaymentReply.content(answer, plan, .en).content { text } else { "" }
        }
        #expect(told(.opened(view(.open))).contains("Ion can now confirm"))
        for status in [PaymentStatus.unknown, .registering] {
            let words = told(.opened(view(status)))
            #expect(words.contains("not send it twice") && words.contains("Ion"))
        }
        #expect(
            told(.refused(Problem(.conflict, code: "IDEMPOTENCY_CONFLICT", toUser: ""))).contains(
                "not send it twice"))
        #expect(
            told(.refused(Problem(.unprocessable, code: "RAIL_NOT_OFFERED", toUser: ""))).contains("pay 100"))
        #expect(
            PaymentReply.content(.opened(view(.open)), plan, .en).subject?.hasPrefix(
                "pay_") == true)
    }
}
