// A handle for a fresh link: worth one payment, to its own seller, for a week.
import Contracts
import HTTPClient
import Mia
import Money
import Postgres
import Problem
import Sealing
import Synchronization
import TestSupport
import Testing
import World

@testable import EcommGateway

private func problem(_ body: () async throws -> Void) async -> Problem? {
    do { try await body() } catch { return error as? Problem }
    return nil
}

extension RunningGateway {
    /// A payment that the rail let expire, and a handle for another.
    func expired(_ key: String) async throws -> (PaymentView, RenewalHandle) {
        let view = try await open(key)
        let attempt = bank.asks.last?.orderId ?? ""
        bank.set(.expired, ofOrder: attempt)
        try await report(.expired, of: attempt, to: view.paymentId)
        return (view, try await handle(of: view, key))
    }

    func handle(of view: PaymentView, _ key: String) async throws -> RenewalHandle {
        guard let handle = try await renewals.mint(view.paymentId, key: key) else {
            throw Problem(.internal, code: "NO_HANDLE", toUser: "no")
        }
        return handle
    }

    /// The rail lets the latest link expire.
    func expire(_ view: PaymentView) async throws {
        let attempt = bank.asks.last?.orderId ?? ""
        bank.set(.expired, ofOrder: attempt)
        try await report(.expired, of: attempt, to: view.paymentId)
    }

    func renew(
        _ handle: String, _ key: String, seller: String = "u1", merchants: (any MerchantSource)? = nil
    ) async throws -> (view: PaymentView, isNew: Bool) {
        try await renewals.redeem(
            RenewPayment(
                handle: handle, sellers: [.init(bankId: "moldbank", posUserId: seller)],
                conversation: Conversation(phoneNumberId: "8", peer: "p2"), locale: .ru),
            caller: "command-router", idempotencyKey: key, issuer: issuer,
            merchants: merchants ?? broker)
    }
}

@Suite struct `A renewal` {
    @Test func `is the same order with a fresh link, once`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let (old, handle) = try await gateway.expired("k1")
            let (view, isNew) = try await gateway.renew(handle.handle, "r1")
            #expect(isNew && view.paymentId != old.paymentId && view.link != old.link && view.status == .open)
            #expect(view.amount == old.amount && view.tag == old.tag && view.description == old.description)
            let record = try #require(try await gateway.store.find(view.paymentId))
            #expect(record.order.conversation.peer == "p2" && record.order.locale == .ru)
            let again = try await gateway.renew(handle.handle, "r1")
            #expect(!again.isNew && again.view == view)
            let tappedAgain = try await gateway.renew(handle.handle, "r2")
            #expect(!tappedAgain.isNew && tappedAgain.view == view)
            #expect(await problem { _ = try await gateway.renew(handle.handle, "k1") }?.kind == .conflict)
            try await gateway.expire(view)
            #expect(
                await problem { _ = try await gateway.renew(handle.handle, "r3") }?.code == "HANDLE_SPENT")
            #expect(try await gateway.count("payment") == 2)
        }
    }

    @Test func `by ten taps at once on three buttons is one payment, and every tap has its link`()
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            let (old, first) = try await gateway.expired("k1")
            let second = try await gateway.handle(of: old, "second")
            let handles = [first, second, try await gateway.handle(of: old, "third")].map(\.handle)
            let links = try await withThrowingTaskGroup(of: PaymentView.self) { group in
                for tap in 0..<10 {
                    group.addTask { try await gateway.renew(handles[tap % 3], "r\(tap)").view }
                }
                return try await group.reduce(into: [:]) { $0[$1.link ?? "none", default: 0] += 1 }
            }
            #expect(links.count == 1 && links.values.first == 10 && links["none"] == nil)
            #expect(try await gateway.count("payment") == 2 && gateway.bank.asks.count == 2)
        }
    }

    @Test func `by another button is the payment that stands, then a fresh one, and none once it was paid`()
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            let (old, first) = try await gateway.expired("k1")
            let second = try await gateway.handle(of: old, "second")
            let third = try await gateway.handle(of: old, "third")
            let made = try await gateway.renew(first.handle, "r1")
            let same = try await gateway.renew(second.handle, "r2")
            #expect(!same.isNew && same.view == made.view)
            try await gateway.expire(made.view)
            // What a key was answered it is answered, also when that link is over.
            #expect(try await gateway.renew(second.handle, "r2").view.paymentId == made.view.paymentId)
            #expect(
                await problem { _ = try await gateway.renew(third.handle, "r2") }?.code
                    == "IDEMPOTENCY_CONFLICT")
            // The button of the second link and one of the first lead to one third link.
            let own = try await gateway.handle(of: made.view, "own")
            let next = try await gateway.renew(own.handle, "r3")
            #expect(next.isNew && next.view.paymentId != made.view.paymentId)
            #expect(try await gateway.renew(second.handle, "r4").view == next.view)
            let attempt = try #require(gateway.bank.asks.last?.orderId)
            try await gateway.report(.paid, of: attempt, to: next.view.paymentId)
            #expect(
                await problem { _ = try await gateway.renew(third.handle, "r5") }?.code == "NOT_RENEWABLE")
            #expect(try await gateway.count("payment") == 3)
        }
    }

    @Test func `handle asked for again with its key is the same handle, also when it was paid since`()
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            let view = try await gateway.open("k1")
            _ = try await gateway.afterSale.cancel(view.paymentId)
            try await gateway.endWatch()
            let key = "key-1", path = "/v1/payments/\(view.paymentId)/renewal-handles"
            try await gateway.serving(
                { (client) async throws in
                    func mint(_ key: String) async throws -> RenewalHandle {
                        try await client.call("POST", path, idempotencyKey: key, as: RenewalHandle.self)
                    }
                    let first = try await mint(key)
                    gateway.clock.advance(by: .seconds(60))
                    #expect(try await mint(key) == first)
                    #expect(try await mint("key-2").handle != first.handle)
                    let attempt = gateway.bank.asks.first?.orderId ?? ""
                    try await gateway.report(.paid, of: attempt, to: view.paymentId)
                    #expect(try await mint(key) == first)
                    #expect(await problem { _ = try await mint("key-3") }?.code == "NOT_RENEWABLE")
                }, as: "command-router")
            #expect(try await gateway.count("renewal") == 2)
        }
    }

    @Test func `is worth nothing to another seller, after a week, or for what can still be paid`()
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            let (old, handle) = try await gateway.expired("k1")
            #expect(
                await problem { _ = try await gateway.renew(handle.handle, "r1", seller: "u2") }?.code
                    == "HANDLE_UNKNOWN")
            for guess in ["", "x", String(repeating: "0", count: 40), String(repeating: "0", count: 4_000)] {
                #expect(await problem { _ = try await gateway.renew(guess, "r1") }?.kind == .notFound)
            }
            gateway.clock.advance(by: .seconds(7 * 86_400 + 1))
            let late = await problem { _ = try await gateway.renew(handle.handle, "r1") }
            #expect(late?.code == "HANDLE_EXPIRED" && late?.kind.status == 410)
            #expect(try await gateway.renewals.mint(gateway.open("k2").paymentId, key: "m1") == nil)
            #expect(try await gateway.renewals.mint(old.paymentId, key: "m2") != nil)
            #expect(handle.handle.utf8.count == 40)
            let stored = try await gateway.pool.query("select r::text from gateway.renewal r")
            #expect(try stored.allSatisfy { try !$0.text(0).contains(handle.handle) })
        }
    }

    @Test func `of a link that was paid after all is refused`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let view = try await gateway.open("k1")
            _ = try await gateway.afterSale.cancel(view.paymentId)
            // Its link can still be paid: a second one would be two links for one order.
            #expect(try await gateway.renewals.mint(view.paymentId, key: "m1") == nil)
            try await gateway.endWatch()
            let handle = try #require(try await gateway.renewals.mint(view.paymentId, key: "m1"))
            let attempt = try #require(gateway.bank.asks.first?.orderId)
            try await gateway.report(.paid, of: attempt, to: view.paymentId)
            #expect(
                await problem { _ = try await gateway.renew(handle.handle, "r1") }?.code == "NOT_RENEWABLE")
            #expect(gateway.bank.asks.count == 1)
        }
    }

    @Test func `a link that was taken back holds its part of the day while it can be paid`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            var order = RunningGateway.order
            order.limits = MerchantLimits(perDay: 10_000)
            let asked = order
            let view = try await gateway.open("k1", asked)
            _ = try await gateway.afterSale.cancel(view.paymentId)
            let refused = await problem { _ = try await gateway.open("k2", asked) }
            #expect(refused?.code == "LIMIT_PER_DAY")
            try await gateway.endWatch()
            let next = try await gateway.open("k3", asked)
            #expect(next.status == .open)
        }
    }

    @Test func `looks at seller, merchant and limits anew, and a refusal leaves the handle whole`()
        async throws
    {
        try await RunningGateway.with { (gateway) async throws in
            let (_, handle) = try await gateway.expired("k1")
            gateway.broker.limits.withLock { $0 = MerchantLimits(perPayment: 9_999) }
            #expect(
                await problem { _ = try await gateway.renew(handle.handle, "r1") }?.code
                    == "LIMIT_PER_PAYMENT")
            gateway.broker.limits.withLock { $0 = MerchantLimits(perDay: 10_000) }
            _ = try await gateway.open("k2")
            #expect(
                await problem { _ = try await gateway.renew(handle.handle, "r8") }?.code == "LIMIT_PER_DAY")
            gateway.broker.limits.withLock { $0 = MerchantLimits() }
            // A refusal holds for its message; the next tap is another.
            #expect(
                await problem { _ = try await gateway.renew(handle.handle, "r1") }?.code
                    == "LIMIT_PER_PAYMENT")
            #expect(try await gateway.renew(handle.handle, "r9").isNew)
            let (_, second) = try await gateway.expired("k3")
            gateway.broker.troubles.withLock {
                $0 = [Problem(.forbidden, code: "SELLER_BLOCKED", toUser: "no")]
            }
            #expect(
                await problem { _ = try await gateway.renew(second.handle, "r2") }?.code == "SELLER_BLOCKED")
        }
    }

    /// Payment and use are one transaction: what a cut leaves is neither, or a payment that goes on.
    @Test func `that was cut is done once by whoever comes again`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let (_, handle) = try await gateway.expired("k1")
            let digest = SHA256.digest(Array(handle.handle.utf8))
            try await gateway.pool.query("revoke insert on gateway.renewal_use from till_gateway")
            await #expect(throws: (any Error).self) { _ = try await gateway.renew(handle.handle, "r1") }
            #expect(try await gateway.count("payment") == 1)
            try await gateway.pool.query("grant insert on gateway.renewal_use to till_gateway")
            // The owner dies after the commit: its payment is there, its link is not.
            let old = try #require(
                try await gateway.store.find(caller: "command-router", idempotencyKey: "k1"))
            let (attempt, _) = gateway.issuer.newAttempt(ordinal: 1)
            _ = try await gateway.store.register(
                Registration(
                    caller: "command-router", idempotencyKey: "r1", order: old.order,
                    paymentId: gateway.world.id("pay"), firstAttempt: attempt, requestId: "req_1",
                    leaseUntil: gateway.world.now().advanced(by: .seconds(6)),
                    share: gateway.issuer.limits.share(of: old.order, at: gateway.world.now()),
                    renewing: Renewing(
                        digest: digest, originId: old.paymentId, paymentId: old.paymentId,
                        asked: AskedFields(text: ""))))
            gateway.clock.advance(by: .seconds(7))
            let (view, isNew) = try await gateway.renew(handle.handle, "r1")
            #expect(!isNew && view.status == .open)
            #expect(try await gateway.count("payment") == 2)
            #expect(try await gateway.count("renewal_use") == 1)
        }
    }

    @Test func `handle comes with every ended outcome, and a lost answer tells nothing twice`() async throws {
        try await RunningGateway.with { (gateway) async throws in
            let view = try await gateway.open("k1")
            let attempt = try #require(gateway.bank.asks.last?.orderId)
            try await gateway.report(.declined, of: attempt, to: view.paymentId)
            gateway.teller.troubles.withLock {
                $0 = [
                    Problem(.timedOut, code: "PEER_TIMED_OUT", toUser: "no"),
                    Problem(.conflict, code: "IDEMPOTENCY_CONFLICT", toUser: "no"),
                ]
            }
            try await gateway.tellWhatIsDue()
            gateway.clock.advance(by: .seconds(2))
            try await gateway.tellWhatIsDue()
            #expect(try await gateway.count("outbox", "state = 'done'") == 1)
            #expect(gateway.teller.calls.withLock { $0 } == 2)
            // Both tries carried one handle.
            #expect(try await gateway.count("renewal") == 1)
        }
    }
}
