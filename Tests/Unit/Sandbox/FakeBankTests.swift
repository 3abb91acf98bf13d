// The fake banks' promises: tokens, the timeline of a payment, and what a callback's signature covers. Time
// moves only when a test says so.
import Testing
import World

@testable import Sandbox

@Suite struct `A fake bank` {
    private static func bank(auto: Bool = false) -> FakeBank {
        let terminals = [
            BankMerchant.Terminal(terminalId: "TE0001", type: "ecomm"),
            BankMerchant.Terminal(terminalId: "TR0001", type: "rtp"),
        ]
        let merchants = [
            BankMerchant(
                bankId: "first", merchantId: "128", secretKey: "s1", name: "Cafe", terminals: terminals,
                autoProgress: auto),
            BankMerchant(
                bankId: "second", merchantId: "310", secretKey: "s2", name: "Books", terminals: terminals,
                autoProgress: false),
        ]
        return FakeBank(merchants: merchants, pace: BankPace(), publicURL: "http://127.0.0.1:8090")
    }

    private static func order(
        _ extra: String = "", amount: String = "150.75", currency: String = "MDL"
    ) throws -> BankPayRequest {
        let text = """
            {"terminalId":"TE0001","orderId":"att_1","amount":\(amount),"currency":"\(currency)",
             "payDescription":"Cafea","callbackUrl":"http://127.0.0.1:8084/callbacks/mia/first/cap"\(extra)}
            """
        return try BankPayRequest(
            parsing: Array(text.utf8), direct: false,
            terminals: [.init(terminalId: "TE0001", type: "ecomm"), .init(terminalId: "TR0001", type: "rtp")])
    }

    private static func grant(_ bank: inout FakeBank, _ world: World) throws -> FakeBank.Grant {
        let pair = bank.token(merchantId: "128", secretKey: "s1", at: "first", world: world)
        let access = try #require(pair).access
        return try #require(bank.grant(access, at: "first", now: world.now()))
    }

    @Test func `gives a token for the right secret and none for a wrong one`() {
        let clock = SeededWorld(seed: 1)
        var bank = Self.bank()
        for (key, bankId, isGiven) in [
            ("s2", "first", false), ("s1", "second", false), ("s1", "first", true),
        ] {
            let pair = bank.token(merchantId: "128", secretKey: key, at: bankId, world: clock.world)
            #expect((pair != nil) == isGiven)
        }
    }

    @Test func `forgets an access token after 300 seconds and renews it from the refresh token`() throws {
        let clock = SeededWorld(seed: 2)
        var bank = Self.bank()
        let issued = bank.token(merchantId: "128", secretKey: "s1", at: "first", world: clock.world)
        let pair = try #require(issued)
        clock.advance(by: .seconds(299))
        #expect(bank.grant(pair.access, at: "first", now: clock.world.now()) != nil)
        #expect(bank.grant(pair.access, at: "second", now: clock.world.now()) == nil)
        clock.advance(by: .seconds(1))
        #expect(bank.grant(pair.access, at: "first", now: clock.world.now()) == nil)
        let again = bank.refreshed(pair.refresh, at: "first", world: clock.world)
        let renewed = try #require(again)
        #expect(renewed.access != pair.access && renewed.refresh != pair.refresh)
        clock.advance(by: .seconds(432_000))
        let late = bank.refreshed(pair.refresh, at: "first", world: clock.world)
        #expect(late == nil)
    }

    @Test func `makes a new payment for every call, whatever the order id`() throws {
        let clock = SeededWorld(seed: 3)
        var bank = Self.bank()
        let grant = try Self.grant(&bank, clock.world)
        let one = bank.register(try Self.order(), for: grant, base: "", world: clock.world).payment
        let two = bank.register(try Self.order(), for: grant, base: "", world: clock.world).payment
        #expect(one.orderId == two.orderId && one.paymentId != two.paymentId)
        #expect(one.checkoutPage == "http://127.0.0.1:8090/checkout?paymentId=" + one.paymentId)
        #expect(one.paymentId.split(separator: "-").map(\.count) == [8, 4, 4, 4, 12])
    }

    @Test func `pays at once with one callback, and absorbs what comes later`() throws {
        let clock = SeededWorld(seed: 4)
        var bank = Self.bank()
        let payment = bank.register(
            try Self.order(), for: try Self.grant(&bank, clock.world), base: "", world: clock.world
        ).payment
        let effects = bank.pay(payment.paymentId, atOnce: true, callbacks: 1, now: clock.world.now())
        let paid = try #require(bank.payment(payment.paymentId))
        #expect(paid.status == .success && paid.swiftPayerBank == "CMTBMD2X")
        #expect(effects == [.keep(paid), .callBack(paid)])
        var later = bank.pay(payment.paymentId, atOnce: true, callbacks: 1, now: clock.world.now())
        later += bank.decline(payment.paymentId, callbacks: 1, now: clock.world.now())
        clock.advance(by: .seconds(400))
        later += bank.advance(to: clock.world.now())
        #expect(later.isEmpty)
    }

    @Test func `is pending for a moment when a person pays on the page`() throws {
        let clock = SeededWorld(seed: 5)
        var bank = Self.bank()
        let id = bank.register(
            try Self.order(), for: try Self.grant(&bank, clock.world), base: "", world: clock.world
        ).payment.paymentId
        _ = bank.pay(id, atOnce: false, callbacks: 1, now: clock.world.now())
        #expect(bank.payment(id)?.status == .pending)
        clock.advance(by: .seconds(1))
        let effects = bank.advance(to: clock.world.now())
        #expect(effects.count == 2)
        #expect(bank.payment(id)?.status == .success)
    }

    @Test func `expires after five minutes and says so`() throws {
        let clock = SeededWorld(seed: 6)
        var bank = Self.bank()
        let id = bank.register(
            try Self.order(), for: try Self.grant(&bank, clock.world), base: "", world: clock.world
        ).payment.paymentId
        clock.advance(by: .seconds(299))
        let early = bank.advance(to: clock.world.now())
        #expect(early.isEmpty)
        clock.advance(by: .seconds(1))
        let effects = bank.advance(to: clock.world.now())
        let ended = try #require(bank.payment(id))
        #expect(ended.status == .expired && effects == [.keep(ended), .callBack(ended)])
        #expect(ended.swiftMessageId == nil)
    }

    @Test func `takes other currencies and fails them`() throws {
        let clock = SeededWorld(seed: 7)
        var bank = Self.bank()
        let id = bank.register(
            try Self.order(currency: "EUR"), for: try Self.grant(&bank, clock.world), base: "",
            world: clock.world
        ).payment.paymentId
        #expect(bank.payment(id)?.status == .created)
        clock.advance(by: .seconds(2))
        _ = bank.advance(to: clock.world.now())
        #expect(bank.payment(id)?.status == .failed)
    }

    @Test func `pays by itself only for the shared merchant, only after its page was opened by a stranger`()
        throws
    {
        for (isShared, byHand, end) in [
            (true, false, BankPaymentState.success), (true, true, .created), (false, false, .created),
        ] {
            let clock = SeededWorld(seed: 8)
            var bank = Self.bank(auto: isShared)
            let id = bank.register(
                try Self.order(), for: try Self.grant(&bank, clock.world), base: "", world: clock.world
            ).payment.paymentId
            _ = bank.opened(id, byHand: byHand, now: clock.world.now())
            clock.advance(by: .seconds(5))
            _ = bank.advance(to: clock.world.now())
            #expect(bank.payment(id)?.status == (end == .success ? .pending : .created))
            clock.advance(by: .seconds(10))
            _ = bank.advance(to: clock.world.now())
            #expect(bank.payment(id)?.status == end)
        }
    }

    @Test func `signs the values in the order of their names, the amount with two decimals`() throws {
        let clock = SeededWorld(seed: 9, now: Timestamp(seconds: 1_734_429_263))  // 2024-12-17T09:54:23Z
        var bank = Self.bank()
        let payment = bank.register(
            try Self.order(amount: "1775"), for: try Self.grant(&bank, clock.world), base: "",
            world: clock.world
        ).payment
        _ = bank.decline(payment.paymentId, callbacks: 1, now: clock.world.now())
        let ended = try #require(bank.payment(payment.paymentId))
        #expect(
            ended.canonicalText
                == "1775.00;MDL;att_1;2024-12-17T11:54:23;\(payment.paymentId);qr;DECLINED;TE0001")
        #expect(
            String(decoding: ended.callbackBody(signature: "x"), as: UTF8.self).contains("\"amount\":1775,"))
    }

    @Test(arguments: [
        ("100", 10_000), ("100.5", 10_050), ("0.01", 1), ("1e2", 10_000), ("\"25.50\"", 2_550),
        ("12.500", 1_250),
    ])
    func `reads amounts exactly`(_ text: String, _ hundredths: Int64) throws {
        #expect(try Self.order(amount: text).hundredths == hundredths)
    }

    @Test(arguments: [
        ("0", "Field 'amount' with value '0' failed validation, reason - must be greater than 0."),
        ("null", "Field 'amount' with value 'null' failed validation, reason - amount is required."),
        ("-5", "Field 'amount' with value '-5' failed validation, reason - must be greater than 0."),
    ])
    func `refuses amounts in the bank's words`(_ text: String, _ message: String) {
        #expect(throws: BankRefusal(message)) { try Self.order(amount: text) }
    }

    @Test func `refuses a wrong terminal in the bank's words`() {
        let terminals = [BankMerchant.Terminal(terminalId: "TE0001", type: "ecomm")]
        func order(_ text: String) throws {
            _ = try BankPayRequest(parsing: Array(text.utf8), direct: false, terminals: terminals)
        }
        #expect(
            throws: BankRefusal(
                "Field 'terminalId' with value 'null' failed validation, reason - terminalId is required.")
        ) {
            try order("{}")
        }
        let rest = "\"orderId\":\"1\",\"amount\":1,\"currency\":\"MDL\",\"payDescription\":\"d\""
        #expect(throws: BankRefusal("Pos terminal with id: [X] not found")) {
            try order("{\"terminalId\":\"X\",\(rest)}")
        }
        #expect(
            throws: BankRefusal(
                "The terminal type must be [rtp] when the payment type is [RTP]. "
                    + "Current terminal type: [ecomm]."
            )
        ) { try order("{\"terminalId\":\"TE0001\",\(rest),\"paymentType\":\"rtp\"}") }
    }

    @Test func `keeps a bounded number of payments`() throws {
        let clock = SeededWorld(seed: 10)
        var bank = Self.bank()
        let grant = try Self.grant(&bank, clock.world), order = try Self.order()
        let first = bank.register(order, for: grant, base: "", world: clock.world).payment.paymentId
        for _ in 0..<FakeBank.paymentsMax {
            _ = bank.register(order, for: grant, base: "", world: clock.world)
        }
        #expect(bank.payment(first) == nil)
        #expect(bank.newest(.max).count == FakeBank.paymentsMax)
    }

    @Test func `rings the payer's phone for a direct request, and gives each terminal its own life`() throws {
        let clock = SeededWorld(seed: 31)
        let terminal = BankMerchant.Terminal(terminalId: "TR0001", type: "rtp", linkLife: .seconds(40))
        let merchant = BankMerchant(
            bankId: "first", merchantId: "128", secretKey: "s1", name: "Cafe", terminals: [terminal],
            autoProgress: false)
        var bank = FakeBank(merchants: [merchant], pace: BankPace(), publicURL: "http://127.0.0.1:8090")
        let text = """
            {"terminalId":"TR0001","orderId":"a","amount":5,"currency":"MDL","payDescription":"Cafea",
             "clientName":"Ion","clientPhone":"69111222"}
            """
        let order = try BankPayRequest(parsing: Array(text.utf8), direct: true, terminals: [terminal])
        let grant = try Self.grant(&bank, clock.world)
        let payment = bank.register(order, for: grant, base: "", world: clock.world).payment
        #expect(payment.payerPhone == "+37369111222" && payment.checkoutPage == nil)
        #expect(payment.expiresAt == clock.world.now().advanced(by: .seconds(40)))
    }

    @Test func `forgets its access tokens when they are revoked, and renews them`() throws {
        let clock = SeededWorld(seed: 32)
        var bank = Self.bank()
        let issued = bank.token(merchantId: "128", secretKey: "s1", at: "first", world: clock.world)
        let pair = try #require(issued)
        bank.revokeTokens(of: "second")
        #expect(bank.grant(pair.access, at: "first", now: clock.world.now()) != nil)
        bank.revokeTokens(of: "first")
        #expect(bank.grant(pair.access, at: "first", now: clock.world.now()) == nil)
        #expect(bank.refreshed(pair.refresh, at: "first", world: clock.world) != nil)
    }
}

@Suite struct `A payment's life at the bank` {
    @Test func `never leaves a final status`() {
        for state in BankPaymentState.allCases where state.isFinal {
            for event in BankPaymentState.Event.allCases {
                #expect(BankPaymentState.next(state, event) == state)
            }
        }
    }

    @Test(arguments: [
        (BankPaymentState.created, BankPaymentState.Event.confirmed, BankPaymentState.pending),
        (.created, .settled, .created), (.created, .declined, .declined), (.created, .refused, .failed),
        (.created, .timedOut, .expired), (.pending, .settled, .success), (.pending, .timedOut, .pending),
        (.pending, .declined, .declined), (.pending, .confirmed, .pending), (.pending, .refused, .failed),
    ])
    func `moves as the table says`(
        _ from: BankPaymentState, _ event: BankPaymentState.Event, _ to: BankPaymentState
    ) {
        #expect(BankPaymentState.next(from, event) == to)
    }

    @Test(arguments: [
        (1_734_429_263, "2024-12-17T11:54:23"), (1_782_302_400, "2026-06-24T15:00:00"),
        (1_774_742_399, "2026-03-29T01:59:59"), (1_774_742_400, "2026-03-29T03:00:00"),
        (1_792_886_399, "2026-10-25T02:59:59"), (1_792_886_400, "2026-10-25T02:00:00"),
    ])
    func `is dated in the bank's local time`(_ seconds: Int64, _ text: String) {
        #expect(ChisinauClock.text(Timestamp(seconds: seconds)) == text)
    }
}
