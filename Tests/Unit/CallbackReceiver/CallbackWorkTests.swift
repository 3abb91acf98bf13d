// What a bank's word is worth: signed by the right bank, about our payment, for our money, or nothing.
import Contracts
import JSONWire
import Mia
import Money
import Problem
import Sealing
import Synchronization
import Testing
import World

@testable import CallbackReceiver

@Suite struct `A callback` {
    private final class Gateway: GatewayCalls {
        struct Asked {
            var keys: [Bool] = []
            var results: [PaymentResult] = []
            var attempts = 0
            var together: [ResultBatch.Entry] = []
        }
        let asked = Mutex(Asked())
        let attempt: AttemptView?
        let keys: [String]
        let trouble: Problem?

        /// When the key that a refetch gives was fetched; callbacks here come at second 0.
        let fetchedAt: Timestamp
        /// The key that needs no asking.
        let atHand: String?
        /// Whether the one question finds something to object to.
        let objects: Bool

        init(
            _ attempt: AttemptView?, keys: [String], trouble: Problem? = nil,
            fetchedAt: Timestamp = Timestamp(seconds: 1), atHand: String? = nil, objects: Bool = false
        ) {
            self.atHand = atHand
            self.objects = objects
            self.fetchedAt = fetchedAt
            self.attempt = attempt
            self.keys = keys
            self.trouble = trouble
        }

        func attempt(_ capability: String) async throws -> AttemptView? {
            asked.withLock { $0.attempts += 1 }
            return attempt
        }
        func lastKey(of bankId: String) -> BankPublicKey? { keyAtHand(bankId: bankId) }
        func keyAtHand(bankId: String) -> BankPublicKey? {
            atHand.map { BankPublicKey(publicKey: $0, fetchedAt: fetchedAt) }
        }
        func apply(_ entry: ResultBatch.Entry) async throws -> String? {
            if let trouble { throw trouble }
            asked.withLock { $0.together.append(entry) }
            return objects ? nil : attempt?.paymentId
        }
        func publicKey(bankId: String, paymentId: String, refetch: Bool) async throws -> BankPublicKey {
            asked.withLock { $0.keys.append(refetch) }
            return BankPublicKey(
                publicKey: refetch ? keys[keys.count - 1] : keys[0], fetchedAt: fetchedAt)
        }
        func apply(_ result: PaymentResult, paymentId: String, idempotencyKey: String) async throws {
            if let trouble { throw trouble }
            asked.withLock { $0.results.append(result) }
        }
    }

    private static let bank = try? RSAPrivateKey.generate()
    private static let stranger = try? RSAPrivateKey.generate()
    private let bank: RSAPrivateKey
    private let stranger: RSAPrivateKey

    init() throws {
        bank = try #require(Self.bank)
        stranger = try #require(Self.stranger)
    }

    private let attempt = AttemptView(
        attemptId: "att_1", paymentId: "pay_1", bankId: "moldbank", terminalId: "TE0001",
        amount: Money(minorUnits: 1250, currency: .mdl), railPaymentId: "rail-1")

    private func payment(_ change: (inout MiaPayment) -> Void = { _ in }) throws -> MiaPayment {
        var payment = MiaPayment(
            terminalId: "TE0001", orderId: "att_1", paymentId: "rail-1", status: .success,
            amount: try MiaAmount(Money(minorUnits: 1250, currency: .mdl)), currency: "MDL")
        payment.paymentDate = "2026-11-21T15:00:00"
        payment.swiftMessageId = "M1"
        change(&payment)
        return payment
    }

    private func body(_ payment: MiaPayment, by key: RSAPrivateKey) throws -> [UInt8] {
        try MiaCallback.bytes(of: payment) { Base64.encode(try key.sign(Array($0.utf8))) }
    }

    private func settle(
        _ body: [UInt8], _ gateway: Gateway, bankId: String = "moldbank", attempts: Int = 1
    ) async -> CallbackWork<Gateway>.Outcome {
        await CallbackWork(gateway: gateway).settle(
            ReceivedCallback(
                callbackId: "cbk_1", bankId: bankId, capability: String(repeating: "a", count: 64),
                body: body,
                requestId: "req_1", receivedAt: Timestamp(seconds: 0), attempts: attempts, fence: 1))
    }

    @Test func `that is genuine becomes the payment's result`() async throws {
        let gateway = Gateway(attempt, keys: [bank.publicKeySPKIBase64])
        let outcome = await settle(try body(payment(), by: bank), gateway)
        #expect(outcome == .applied(paymentId: "pay_1", status: "SUCCESS"))
        let results = gateway.asked.withLock { $0.results }
        #expect(
            results.count == 1 && results[0].amount == attempt.amount && results[0].swiftMessageId == "M1")
        #expect(gateway.asked.withLock { $0.keys } == [false])
    }

    @Test func `that differs from what was asked for changes nothing`() async throws {
        let other = try MiaAmount(Money(minorUnits: 1251, currency: .mdl))
        let cases: [(CallbackRefusal, (inout MiaPayment) -> Void)] = [
            (.orderMismatch, { $0.orderId = "att_2" }), (.terminalMismatch, { $0.terminalId = "TE0002" }),
            (.railPaymentMismatch, { $0.paymentId = "rail-2" }), (.currencyMismatch, { $0.currency = "EUR" }),
            (.amountMismatch, { $0.amount = other }),
            (.statusUnknown, { $0.status = .unknown("COMPLETED") }),
        ]
        for (refusal, change) in cases {
            let gateway = Gateway(attempt, keys: [bank.publicKeySPKIBase64])
            let outcome = await settle(try body(payment(change), by: bank), gateway)
            #expect(outcome == .refused(refusal, paymentId: "pay_1"))
            #expect(gateway.asked.withLock { $0.results.isEmpty })
        }
    }

    @Test func `that another signed, or nobody, changes nothing`() async throws {
        let genuine = try body(payment(), by: bank)
        // The sum is raised behind the bank's back.
        let changed = Array(String(decoding: genuine, as: UTF8.self).replacing("12.5", with: "92.5").utf8)
        #expect(changed != genuine)
        for bytes in [try body(payment(), by: stranger), changed] {
            let gateway = Gateway(attempt, keys: [bank.publicKeySPKIBase64])
            #expect(await settle(bytes, gateway) == .refused(.signatureWrong, paymentId: "pay_1"))
            // Asked again once, in case the bank has a new key.
            #expect(gateway.asked.withLock { $0.keys } == [false, true])
        }
    }

    @Test func `of a bank that changed its key is believed after one more look`() async throws {
        let gateway = Gateway(attempt, keys: [stranger.publicKeySPKIBase64, bank.publicKeySPKIBase64])
        #expect(
            await settle(try body(payment(), by: bank), gateway)
                == .applied(paymentId: "pay_1", status: "SUCCESS"))
    }

    @Test func `is not called forged by a key older than itself, and looked at once more`() async throws {
        let old = Timestamp(seconds: -1), keys = [stranger.publicKeySPKIBase64]
        let genuine = try body(payment(), by: bank)
        #expect(await settle(genuine, Gateway(attempt, keys: keys, fetchedAt: old)) == .keyMayBeOld)
        // Then it is said, also between hosts whose clocks disagree.
        for (keys, fetchedAt) in [(keys, old), (keys, Timestamp(seconds: 31))] {
            #expect(
                await settle(genuine, Gateway(attempt, keys: keys, fetchedAt: fetchedAt), attempts: 2)
                    == .refused(.signatureWrong, paymentId: "pay_1"))
        }
        let rotated = Gateway(
            attempt, keys: keys + [bank.publicKeySPKIBase64], fetchedAt: Timestamp(seconds: 31))
        #expect(
            await settle(genuine, rotated, attempts: 2) == .applied(paymentId: "pay_1", status: "SUCCESS"))
    }

    @Test func `on a path of nobody's costs one question, and a forged one three`() async throws {
        let forged = try body(payment(), by: stranger)
        let nobody = Gateway(nil, keys: [bank.publicKeySPKIBase64])
        for _ in 0..<1_000 { _ = await settle(forged, nobody) }
        #expect(nobody.asked.withLock { $0.keys.isEmpty })
        let gateway = Gateway(attempt, keys: [bank.publicKeySPKIBase64])
        for _ in 0..<200 { _ = await settle(forged, gateway) }
        #expect(gateway.asked.withLock { $0.keys.filter { $0 }.count } == 200, "one refetch asked for each")
        #expect(gateway.asked.withLock { $0.results.isEmpty })
    }

    @Test func `of another bank, another path or another shape changes nothing`() async throws {
        let genuine = try body(payment(), by: bank), key = bank.publicKeySPKIBase64
        #expect(
            await settle(genuine, Gateway(attempt, keys: [key]), bankId: "codrubank")
                == .refused(.bankMismatch, paymentId: "pay_1"))
        #expect(await settle(genuine, Gateway(nil, keys: [key])) == .refused(.attemptUnknown, paymentId: nil))
        for shape in ["", "{}", "[]", "{\"result\":{}}", "{\"result\":[],\"signature\":\"AA==\"}", "\u{0}"] {
            #expect(
                await settle(Array(shape.utf8), Gateway(attempt, keys: [key]))
                    == .refused(.unreadable, paymentId: "pay_1"))
        }
    }

    @Test func `waits while the gateway does not answer, and is set aside when it disagrees`() async throws {
        let genuine = try body(payment(), by: bank)
        let cases: [(Problem, CallbackWork<Gateway>.Outcome)] = [
            (
                Problem(.unavailable, code: "PEER_UNREACHABLE", toUser: ""),
                .later(code: "PEER_UNREACHABLE", isOfBank: true)
            ),
            (
                Problem(.timedOut, code: "PEER_TIMED_OUT", toUser: ""),
                .later(code: "PEER_TIMED_OUT", isOfBank: true)
            ),
            (
                Problem(.conflict, code: "RESULT_MISMATCH", toUser: ""),
                .refused(.resultRefused, paymentId: "pay_1")
            ),
        ]
        for (trouble, expected) in cases {
            let gateway = Gateway(attempt, keys: [bank.publicKeySPKIBase64], trouble: trouble)
            #expect(await settle(genuine, gateway) == expected)
        }
    }

    @Test func `by a key that is at hand costs one question`() async throws {
        let key = bank.publicKeySPKIBase64
        let gateway = Gateway(attempt, keys: [key], atHand: key)
        let outcome = await settle(try body(payment(), by: bank), gateway)
        #expect(outcome == .applied(paymentId: "pay_1", status: "SUCCESS"))
        let asked = gateway.asked.withLock { $0 }
        #expect(asked.attempts == 0 && asked.keys.isEmpty && asked.results.isEmpty)
        let entry = try #require(asked.together.first)
        #expect(asked.together.count == 1 && entry.requestId == "req_1")
        #expect(entry.capability == String(repeating: "a", count: 64))
        // As by the long way, which compares with what was expected.
        let long = Gateway(attempt, keys: [key])
        _ = await settle(try body(payment(), by: bank), long)
        #expect(long.asked.withLock { $0.results } == [entry.result])
    }

    @Test func `that is not that plain goes the long way, which says why`() async throws {
        let key = bank.publicKeySPKIBase64, other = stranger.publicKeySPKIBase64
        let genuine = try body(payment(), by: bank)
        // The gateway objects, the key at hand is another, the word is unknown, it comes again.
        let objected = Gateway(attempt, keys: [key], atHand: key, objects: true)
        #expect(await settle(genuine, objected) == .applied(paymentId: "pay_1", status: "SUCCESS"))
        #expect(objected.asked.withLock { $0.attempts } == 1)
        let rotated = Gateway(attempt, keys: [other, key], atHand: other)
        #expect(await settle(genuine, rotated) == .applied(paymentId: "pay_1", status: "SUCCESS"))
        #expect(rotated.asked.withLock { $0.together.isEmpty && $0.keys == [false, true] })
        let strange = Gateway(attempt, keys: [key], atHand: key)
        let word = try body(payment { $0.status = .unknown("COMPLETED") }, by: bank)
        #expect(await settle(word, strange) == .refused(.statusUnknown, paymentId: "pay_1"))
        #expect(strange.asked.withLock { $0.together.isEmpty })
        let again = Gateway(attempt, keys: [key], atHand: key)
        #expect(await settle(genuine, again, attempts: 2) == .applied(paymentId: "pay_1", status: "SUCCESS"))
        #expect(again.asked.withLock { $0.together.isEmpty && $0.attempts == 1 })
    }

    @Test func `waits where the one question is not answered`() async throws {
        let key = bank.publicKeySPKIBase64
        let trouble = Problem(.timedOut, code: "PEER_TIMED_OUT", toUser: "")
        let gateway = Gateway(attempt, keys: [key], trouble: trouble, atHand: key)
        #expect(
            await settle(try body(payment(), by: bank), gateway)
                == .later(code: "PEER_TIMED_OUT", isOfBank: true))
        #expect(gateway.asked.withLock { $0.attempts } == 0)
    }

    @Test func `from the bank's own example has the text that was signed`() throws {
        let result = """
            {"result":{"terminalId":"TRMW0001","orderId":"108","paymentId":"2a663962-c954-4984-90e5-1d24c3305f7b",
            "status":"EXPIRED","amount":1775.00,"currency":"MDL","paymentType":"qr",
            "paymentDate":"2024-12-17T11:54:23"},"signature":"AA=="}
            """
        let callback = try MiaCallback(parsing: Array(result.utf8))
        #expect(
            callback.canonicalString
                == "1775.00;MDL;108;2024-12-17T11:54:23;2a663962-c954-4984-90e5-1d24c3305f7b;qr;EXPIRED;TRMW0001"
        )
        #expect(
            SHA256.hex(Array(callback.canonicalString.utf8))
                == "d0e43ffb11b2555ee929568e9aff443bb411882ca75f1c669c096fac9e2ce103")
    }

    @Test func `arrives on a path that only the gateway can have made`() {
        let good = String(repeating: "0a", count: 32)
        #expect(CallbackRoutes.isCapability(good))
        for bad in [
            "", String(good.dropLast()), good + "0", good.uppercased(), String(repeating: "g", count: 64),
        ] {
            #expect(!CallbackRoutes.isCapability(bad))
        }
        #expect(
            CallbackRoutes.isBankId("moldbank") && !CallbackRoutes.isBankId("")
                && !CallbackRoutes.isBankId("a/b"))
    }
}
