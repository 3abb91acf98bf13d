// From an order to a link. The payment and its attempt are committed before the rail is called, so that a cut
// anywhere leaves a row that says how far we came; the same key, the janitor or a restart goes on from there.
package import Contracts
package import EventLoop
package import Observe
import Problem
import Sealing
package import World

/// Limits of the making of one link.
package struct IssuePatience: Sendable {
    /// One call to the rail. miaPOS answers in half a second as a rule and asks for patience of 30 s at
    /// least.
    package var call: Duration
    /// Within this, trouble that did no harm is tried again before the caller is told.
    package var retries: Duration = .seconds(6)
    /// An owner that has not renewed its lease for this long is gone, and another takes over. Short, since
    /// after a crash a seller waits for it.
    package var lease: Duration = .seconds(6)
    package var renewal: Duration = .seconds(2)
    /// How long a second request with the key waits for the first one's link. Below our callers' own ten
    /// seconds.
    package var waitForOther: Duration = .seconds(8)
    /// Asks of a rail for one payment whose answers were lost, before the caller is told that the bank is
    /// silent.
    package var attemptsMax = 3
    /// The same, with recovery after crashes included.
    package var attemptsInAllMax = 8

    package init(call: Duration) { self.call = call }
}

package struct LinkIssuer: Sendable {
    let store: PaymentStore
    let pins: PinnedAnswers
    let rails: Rails
    let tokens: any TokenSource
    let limits: Limits
    let patience: IssuePatience
    /// Where banks post callbacks: base URL without a trailing slash.
    let callbackBase: String
    let loop: EventLoop
    let world: World
    let log: Log
    let meters: GatewayMeters

    package init(
        store: PaymentStore, pins: PinnedAnswers, rails: Rails, tokens: any TokenSource, limits: Limits,
        patience: IssuePatience, callbackBase: String,
        loop: EventLoop, world: World, log: Log, meters: GatewayMeters
    ) {
        self.store = store
        self.pins = pins
        self.rails = rails
        self.tokens = tokens
        self.limits = limits
        self.patience = patience
        self.callbackBase = callbackBase
        self.loop = loop
        self.world = world
        self.log = log
        self.meters = meters
    }

    /// The answer to `POST /v1/payments`. `isNew` is false when it was done before. A key that a limit has refused
    /// stays refused. Throws the route's Problems, and `RegistrationRefusal` where it is made for a handle that is
    /// spent or whose payment was renewed already.
    package func open(
        _ order: OpenPayment, caller: String, idempotencyKey: String, renewing: Renewing? = nil
    ) async throws -> (view: PaymentView, isNew: Bool) {
        _ = try rails.check(order)
        let now = world.now()
        let asked = renewing?.asked ?? AskedFields(order, key: idempotencyKey)
        func refused(_ refusal: LimitRefusal) async throws -> PaymentView? {
            let answer = PinnedAnswer(asked: asked, verdict: .refused(refusal), at: now)
            let seller = RenewPayment.Seller(bankId: order.bankId, posUserId: order.posUserId)
            // Nil for what was opened before: that is answered, whatever the limits have become.
            let pin = try await pins.keep(
                answer, caller: caller, idempotencyKey: idempotencyKey, seller: seller)
            guard let pin else { return nil }
            meters.limited.add(1, [refusal.rawValue])
            return try await repeated(pin, asked: asked, bankId: order.bankId)
        }
        if let refusal = limits.refusal(of: order) {
            if let view = try await refused(refusal) { return (view, false) }
            guard let known = try await store.find(caller: caller, idempotencyKey: idempotencyKey) else {
                throw Self.busy
            }
            return (try await doneBefore(order, known), false)
        }
        let (attempt, capability) = newAttempt(ordinal: 1)
        let registration = Registration(
            caller: caller, idempotencyKey: idempotencyKey, order: order, paymentId: world.id("pay"),
            firstAttempt: attempt, requestId: RequestContext.current?.requestID ?? world.id("req"),
            leaseUntil: now.advanced(by: patience.lease), share: limits.share(of: order, at: now),
            renewing: renewing)
        do {
            if let record = try await store.register(registration) {
                log.info("payment.registered", ["paymentId": .id(record.paymentId)])
                return (try await make(record, capability), true)
            }
        } catch RegistrationRefusal.limit(let refusal) {
            if let view = try await refused(refusal) { return (view, false) }
        }
        guard let known = try await store.find(caller: caller, idempotencyKey: idempotencyKey) else {
            throw Self.busy
        }
        return (try await doneBefore(order, known), false)
    }

    private func doneBefore(_ order: OpenPayment, _ known: PaymentRecord) async throws -> PaymentView {
        if case .refused(let field) = OrderFingerprint.compare(order, with: known.order) {
            throw Self.conflict(field)
        }
        return try await settled(known)
    }

    /// The answer that is pinned to a key. Throws what the key was refused with, as it was said then.
    func repeated(_ pin: PinnedAnswer, asked: AskedFields, bankId: String) async throws -> PaymentView {
        if let field = asked.difference(from: pin.asked) { throw Self.conflict(field) }
        switch pin.verdict {
        case .refused(let refusal): throw limits.problem(refusal, bankId: bankId, at: pin.at)
        case .payment(let paymentId):
            guard let known = try await store.find(paymentId) else { throw Self.busy }
            return try await settled(known)
        }
    }

    static func conflict(_ field: String) -> Problem {
        Problem(
            .conflict, code: "IDEMPOTENCY_CONFLICT",
            toUser: "This Idempotency-Key was used with another value of \(field).")
    }

    private static let busy = Problem(
        .unavailable, code: "PAYMENT_BUSY", toUser: "Ask again.", retryAfterSeconds: 1)
    static let foreign = Problem(
        .unavailable, code: "PAYMENT_STATE_UNKNOWN",
        toUser: "A newer program has written this payment; ask again.", retryAfterSeconds: 30)

    /// The answer that was or will be given for a known payment. Waits while somebody makes its link, and
    /// makes it where nobody does any more.
    func settled(_ known: PaymentRecord) async throws -> PaymentView {
        var record = known
        let deadline = world.monotonic() + patience.waitForOther.nanoseconds
        var pause = Duration.milliseconds(15)
        while true {
            if let answer = Self.answer(of: record) { return try answer.get() }
            let now = world.now()
            if record.leaseUntil.map({ $0 <= now }) ?? true,
                let mine = try await store.takeOver(
                    record.paymentId, leaseUntil: now.advanced(by: patience.lease))
            {
                return try await resume(mine)
            }
            guard world.monotonic() < deadline else { throw Self.inProgress }
            try await loop.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(250))
            guard let again = try await store.find(record.paymentId) else { throw Self.inProgress }
            record = again
        }
    }

    /// Goes on with a payment whose owner is gone. Its capability went with the owner, and whether its
    /// attempt reached the rail is not known: so that attempt is given up and a fresh one made.
    func resume(_ taken: PaymentRecord) async throws -> PaymentView {
        let age = world.now().since(taken.createdAt)
        let isOver =
            age > JanitorSchedule.registeringEndsAfter || taken.attempts.count >= patience.attemptsInAllMax
        let (attempt, capability) = newAttempt(ordinal: Int32(taken.attempts.count) + 1)
        let fence = taken.fence
        let profile = rails.rail(bankId: taken.order.bankId, taken.order.rail)?.profile
        let repeats = profile?.repeatsLostAsks ?? false
        let (record, goesOn) = try await store.change(taken.paymentId, known: taken) { record in
            guard record.state == .registering, record.fence == fence else { return false }
            for asking in record.attempts where asking.state == .asking {
                record.changeAttempt(asking.attemptId, .answerLost)
            }
            let mayAskAgain = repeats || !record.attempts.contains { $0.state == .unknown }
            if isOver || !mayAskAgain {
                Self.giveUp(&record, profile, source: .clock, at: world.now())
                return false
            }
            record.add(attempt)
            record.newLines.append(
                HistoryLine(
                    attemptId: attempt.attemptId, source: .clock, event: "resumed", from: record.state,
                    to: record.state, detail: nil))
            return true
        }
        guard goesOn else { return try await settled(record) }
        log.info(
            "payment.resumed", ["paymentId": .id(record.paymentId), "attempts": .int(record.attempts.count)])
        return try await make(record, capability)
    }

    /// The owner's work, its lease renewed beside it for as long as it takes.
    private func make(_ record: PaymentRecord, _ capability: String) async throws -> PaymentView {
        let paymentId = record.paymentId, fence = record.fence
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: loop) { await renewLease(of: paymentId, fence) }
            defer { group.cancelAll() }
            var making = LinkMaking(self, record, capability)
            return try await making.run()
        }
    }

    /// Until cancelled. A renewal that fails is no harm by itself: if the lease ends, the fence keeps us
    /// apart.
    private func renewLease(of paymentId: String, _ fence: Int64) async {
        do {
            while true {
                try await loop.sleep(for: patience.renewal)
                let until = world.now().advanced(by: patience.lease)
                guard try await store.renewLease(paymentId, fence: fence, until: until) else { return }
            }
        } catch {
            if !Task.isCancelled { log.warn("lease.notRenewed", ["paymentId": .id(paymentId)]) }
        }
    }

    /// No link came of it: `unknown` while an attempt may exist at the rail, `unconfirmed` where that attempt
    /// reaches the payer by itself, else failed for good.
    static func giveUp(
        _ record: inout PaymentRecord, _ profile: RailProfile?, source: EventSource, at now: Timestamp
    ) {
        let mayExist = record.attempts.contains { [.unknown, .asking].contains($0.state) }
        let mayRing = mayExist && !(profile?.repeatsLostAsks ?? false) && record.order.rail == .rtp
        // None of these events is refused.
        _ = try? record.apply(
            mayRing ? .requestLost : mayExist ? .answerLost : .railRefused, of: record.attemptId,
            from: source, at: now)
        record.leaseUntil = nil
        if record.state == .unconfirmed {
            let life = profile?.linkLife(at: record.order.terminalId) ?? JanitorSchedule.unknownLapsesAfter
            let expiresAt = record.createdAt.advanced(by: life)
            record.expiresAt = expiresAt
            record.runAt = JanitorSchedule.wait(
                until: expiresAt.advanced(by: JanitorSchedule.callbackGrace), from: now)
            return
        }
        record.failureCode = RefusalCode.railUnavailable.rawValue
        if record.state == .unknown {
            let life = profile?.linkLife(at: record.order.terminalId)
            record.runAt = record.createdAt.advanced(by: JanitorSchedule.unknownLapses(life: life))
        }
    }

    /// What to say about a payment as it is; nil while its link is being made.
    static func answer(of record: PaymentRecord) -> Result<PaymentView, Problem>? {
        if record.isForeign { return .failure(foreign) }
        if record.state == .registering { return nil }
        let needsNoLink = record.order.rail == .rtp && record.failureCode == nil
        if record.link != nil || record.paidAt != nil || needsNoLink { return .success(record.view) }
        let code = record.failureCode.flatMap { RefusalCode(rawValue: $0) } ?? .railUnavailable
        return .failure(code.problem)
    }

    static let inProgress = Problem(
        .unavailable, code: "PAYMENT_IN_PROGRESS",
        toUser: "The link is still being made; ask again with the same key.",
        retryAfterSeconds: 1)

    /// An attempt and the capability that its callback will carry. Only the digest is stored.
    func newAttempt(ordinal: Int32) -> (AttemptRecord, capability: String) {
        let capability = world.hex(32)
        let attempt = AttemptRecord(
            attemptId: world.id("att"), ordinal: ordinal,
            capabilityDigest: SHA256.digest(Array(capability.utf8)),
            createdAt: world.now())
        return (attempt, capability)
    }
}
