// The fake banks: tokens, payments and their timeline, on the profile measured at the real sandbox. Pure
// state with effects; signing and sending a callback is the owner's work.

package import World

/// Payments and tokens of every bank that the sandbox plays.
package struct FakeBank: Sendable {
    /// Payments kept; enough for a day of a demo and for a load test.
    static let paymentsMax = 20_000
    static let tokensMax = 20_000
    static let accessLife: Int64 = 300
    static let refreshLife: Int64 = 432_000
    /// Of a link, however its bank stamps it: shorter, and nobody would have seen it.
    static let leastLife = Duration.seconds(3)

    /// What follows from a change.
    package enum Effect: Sendable, Equatable {
        /// The payment was added or changed and must be kept.
        case keep(BankPayment)
        /// The payment's one callback is due.
        case callBack(BankPayment)
    }

    /// Who a token speaks for.
    package struct Grant: Sendable, Equatable {
        package let bankId: String
        package let merchantId: String
        let expiresAt: Timestamp
    }

    /// A pair of tokens with their lives in seconds.
    package struct TokenPair: Sendable, Equatable {
        package let access: String
        package let refresh: String
    }

    package let merchants: [BankMerchant]
    let pace: BankPace
    private let publicURL: String
    private var access: BoundedMap<String, Grant>
    private var refresh: BoundedMap<String, Grant>
    private var payments: BoundedMap<String, BankPayment>
    /// Payments whose status still moves, and when it does so by itself; only these are looked at when time
    /// passes.
    private var open: [String: Timestamp] = [:]

    /// `publicURL` is the sandbox's own address without a trailing slash.
    package init(merchants: [BankMerchant], pace: BankPace, publicURL: String) {
        self.merchants = merchants
        self.pace = pace
        self.publicURL = publicURL
        access = BoundedMap(entriesMax: Self.tokensMax)
        refresh = BoundedMap(entriesMax: Self.tokensMax)
        payments = BoundedMap(entriesMax: Self.paymentsMax)
    }

    /// The bank at the root of the address space, for clients that know no bank ids.
    package var firstBankId: String { merchants.first?.bankId ?? "bank" }

    /// The banks, each once, in the order of the merchants.
    package var bankIds: [String] {
        merchants.reduce(into: []) { ids, merchant in
            if !ids.contains(merchant.bankId) { ids.append(merchant.bankId) }
        }
    }

    func merchant(_ id: String, at bankId: String) -> BankMerchant? {
        merchants.first { $0.bankId == bankId && $0.merchantId == id }
    }

    // MARK: tokens

    /// A pair for merchant and secret; nil where they do not belong together. `clockOff` is how far the clock is off
    /// that stamps them.
    package mutating func token(
        merchantId: String, secretKey: String, at bankId: String, clockOff: Duration = .zero, world: World
    ) -> TokenPair? {
        guard let merchant = merchant(merchantId, at: bankId), merchant.secretKey == secretKey else {
            return nil
        }
        return issue(bankId, merchantId, clockOff, world)
    }

    /// A new pair for a refresh token that is still good. The old one stays good: that it is revoked is
    /// stated nowhere.
    package mutating func refreshed(
        _ token: String, at bankId: String, clockOff: Duration = .zero, world: World
    ) -> TokenPair? {
        guard let grant = refresh[token], grant.bankId == bankId, world.now() < grant.expiresAt else {
            return nil
        }
        return issue(bankId, grant.merchantId, clockOff, world)
    }

    private mutating func issue(
        _ bankId: String, _ merchantId: String, _ clockOff: Duration, _ world: World
    ) -> TokenPair {
        let pair = TokenPair(access: "at." + world.hex(24), refresh: "rt." + world.hex(24))
        let now = world.now().advanced(by: clockOff)
        func grant(_ life: Int64) -> Grant {
            Grant(bankId: bankId, merchantId: merchantId, expiresAt: now.advanced(by: .seconds(life)))
        }
        access.set(pair.access, grant(Self.accessLife))
        refresh.set(pair.refresh, grant(Self.refreshLife))
        return pair
    }

    /// Who this access token speaks for at this bank; nil when it is unknown, of another bank, or 300 s old.
    package func grant(_ token: String, at bankId: String, now: Timestamp) -> Grant? {
        guard let grant = access[token], grant.bankId == bankId, now < grant.expiresAt else { return nil }
        return grant
    }

    /// Every access token of the bank runs out now; refresh tokens stay good.
    package mutating func revokeTokens(of bankId: String) {
        for token in access.keys where access[token]?.bankId == bankId { access.remove(token) }
    }

    // MARK: payments

    /// Registers a payment that was checked. Every call makes a new one: `orderId` deduplicates nothing.
    /// `base` is the path that the client called the API under, so that the page lies beside it; `clockOff` how far
    /// the clock is off that stamps its end.
    package mutating func register(
        _ request: BankPayRequest, for grant: Grant, base: String, clockOff: Duration = .zero, world: World
    ) -> (payment: BankPayment, effects: [Effect]) {
        let now = world.now(), id = Self.uuid(world)
        let merchant = merchant(grant.merchantId, at: grant.bankId)
        let terminal = merchant?.terminals.first { $0.terminalId == request.terminalId }
        var payment = BankPayment(
            paymentId: id, bankId: grant.bankId, merchantId: grant.merchantId,
            merchantName: merchant?.name ?? grant.merchantId, terminalId: request.terminalId,
            orderId: request.orderId,
            hundredths: request.hundredths, currency: request.currency,
            payDescription: request.payDescription,
            paymentType: request.paymentType, language: request.language, callbackUrl: request.callbackUrl,
            successUrl: request.successUrl, failUrl: request.failUrl,
            checkoutPage: request.isDirect ? nil : publicURL + base + "/checkout?paymentId=" + id,
            createdAt: now,
            expiresAt: now.advanced(by: Self.life(terminal?.linkLife ?? pace.linkLife, clockOff)),
            payerPhone: request.payerPhone)
        if request.currency != "MDL" { payment.nextEventAt = now.advanced(by: pace.refusal) }
        keep(payment)
        return (payment, [.keep(payment)])
    }

    private static func life(_ life: Duration, _ clockOff: Duration) -> Duration {
        clockOff < .zero ? max(min(life, leastLife), life + clockOff) : life + clockOff
    }

    /// Puts a kept payment back after a restart; a callback that was due then is not repeated, as at the real
    /// bank.
    package mutating func restore(_ payment: BankPayment) { keep(payment) }

    private mutating func keep(_ payment: BankPayment) {
        if let forgotten = payments.set(payment.paymentId, payment) { open[forgotten.paymentId] = nil }
        let due = payment.status == .created ? payment.expiresAt : Timestamp(microseconds: .max)
        open[payment.paymentId] = payment.status.isFinal ? nil : min(due, payment.nextEventAt ?? due)
    }

    package func payment(_ id: String) -> BankPayment? { payments[id] }

    /// The newest payments, newest last.
    package func newest(_ limit: Int) -> [BankPayment] { payments.newest(limit) }

    /// The payer looks at the page. For a merchant that pays by itself the timeline begins, once.
    package mutating func opened(_ id: String, byHand: Bool, now: Timestamp) -> [Effect] {
        guard var payment = payments[id], payment.status == .created else { return [] }
        let isAuto = merchant(payment.merchantId, at: payment.bankId)?.autoProgress ?? false
        let begins = isAuto && !byHand && payment.nextEventAt == nil
        guard payment.openedAt == nil || begins else { return [] }
        if payment.openedAt == nil { payment.openedAt = now }
        if begins { payment.nextEventAt = now.advanced(by: pace.autoPending) }
        keep(payment)
        return [.keep(payment)]
    }

    /// The payer pays. At once: PENDING and SUCCESS in one step; otherwise SUCCESS follows after the bank's
    /// work.
    package mutating func pay(_ id: String, atOnce: Bool, callbacks: Int, now: Timestamp) -> [Effect] {
        guard var payment = payments[id], payment.currency == "MDL" else {
            return payments[id] == nil ? [] : refuse(id, now)
        }
        payment.callbacksLeft = callbacks
        var effects = step(&payment, .confirmed, now)
        if atOnce {
            effects = step(&payment, .settled, now)
        } else if payment.status == .pending {
            payment.nextEventAt = now.advanced(by: pace.settle)
            keep(payment)
            effects = [.keep(payment)]
        }
        return effects
    }

    /// The payer says no.
    package mutating func decline(_ id: String, callbacks: Int, now: Timestamp) -> [Effect] {
        guard var payment = payments[id] else { return [] }
        payment.callbacksLeft = callbacks
        return step(&payment, .declined, now)
    }

    private mutating func refuse(_ id: String, _ now: Timestamp) -> [Effect] {
        guard var payment = payments[id] else { return [] }
        return step(&payment, .refused, now)
    }

    /// Lets time pass: QR codes run out, banks settle, the rail refuses what it does not carry.
    package mutating func advance(to now: Timestamp) -> [Effect] {
        var effects: [Effect] = []
        // Sorted, because a run is a function of its seed.
        let dueIds = open.filter { $0.value <= now }.map(\.key).sorted()
        for id in dueIds {
            guard var payment = payments[id] else { continue }
            if let due = payment.nextEventAt, due <= now {
                payment.nextEventAt = nil
                if payment.currency != "MDL" {
                    effects += step(&payment, .refused, now)
                } else if payment.status == .created {
                    payment.nextEventAt = now.advanced(by: pace.autoSuccess)
                    effects += step(&payment, .confirmed, now)
                } else {
                    effects += step(&payment, .settled, now)
                }
            } else if payment.expiresAt <= now, payment.status == .created {
                effects += step(&payment, .timedOut, now)
            }
        }
        return effects
    }

    /// One event: a final status gets its date and, on success, the rail's references; then the callback is
    /// due.
    private mutating func step(
        _ payment: inout BankPayment, _ event: BankPaymentState.Event, _ now: Timestamp
    ) -> [Effect] {
        let next = BankPaymentState.next(payment.status, event)
        guard next != payment.status else { return [] }
        payment.status = next
        if next.isFinal {
            payment.endedAt = now
            payment.nextEventAt = nil
        }
        if next == .success {
            payment.swiftMessageId =
                "TILL" + String(payment.paymentId.filter { $0 != "-" }.prefix(24)).uppercased()
            payment.swiftPayerBank = "CMTBMD2X"
        }
        let asks = next.isFinal && payment.callbackUrl != nil && payment.callbacksLeft > 0
        keep(payment)
        return asks ? [.keep(payment), .callBack(payment)] : [.keep(payment)]
    }

    /// RFC 9562 version 4, lower case.
    private static func uuid(_ world: World) -> String {
        var hex = Array(world.hex(16))
        hex[12] = "4"
        hex[16] = ["8", "9", "a", "b"][Int(hex[16].hexDigitValue ?? 0) % 4]
        var text = ""
        for (index, digit) in hex.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(digit)
        }
        return text
    }
}
