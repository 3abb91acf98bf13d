// One owner's work on one payment's link: token, call, answer, and what each kind of trouble means. The owner
// holds a lease; if it is lost to another, whatever this one learns is recorded on its attempt and the
// other's link counts.
import Contracts
import EventLoop
import HTTPClient
import Observe
import Problem
import World

/// Runs once for one taken payment.
struct LinkMaking {
    private let issuer: LinkIssuer
    private var record: PaymentRecord
    private var capability: String
    private let fence: Int64
    private let began: Int64
    private var pause = Duration.milliseconds(100)

    init(_ issuer: LinkIssuer, _ record: PaymentRecord, _ capability: String) {
        self.issuer = issuer
        self.record = record
        self.capability = capability
        fence = record.fence
        began = issuer.world.monotonic()
    }

    /// What happens after a step.
    private enum Step {
        case again
        case answer(PaymentView)
    }

    /// The link, or the Problem that the caller is told.
    mutating func run() async throws -> PaymentView {
        guard let rail = issuer.rails.rail(bankId: record.order.bankId, record.order.rail) else {
            // The bank left the configuration while this payment waited for its link.
            return try await refuse(.railUnavailable, attempt: .neverSent)
        }
        while true {
            let token: AccessToken
            do {
                token = try await issuer.tokens.token(
                    bankId: record.order.bankId, TokenRequest(record.order, .pay))
            } catch let problem as Problem {
                if case .answer(let view) = try await noToken(problem) { return view }
                continue
            }
            if case .answer(let view) = try await ask(rail, token) { return view }
        }
    }

    /// One call to the rail, repeated once with a new token when the first was not accepted.
    private mutating func ask(_ rail: any PaymentRail, _ token: AccessToken) async throws -> Step {
        do {
            return .answer(try await keep(try await call(rail, token), rail.profile))
        } catch let failure as RailFailure where failure == .unauthorized {
            let fresh: AccessToken
            do {
                fresh = try await issuer.tokens.token(
                    bankId: record.order.bankId, TokenRequest(record.order, .pay, rejected: token))
            } catch let problem as Problem { return try await noToken(problem) }
            do {
                return .answer(try await keep(try await call(rail, fresh), rail.profile))
            } catch let failure as RailFailure { return try await noLink(failure, rail.profile) }
        } catch let failure as RailFailure { return try await noLink(failure, rail.profile) }
    }

    private func call(_ rail: any PaymentRail, _ token: AccessToken) async throws -> RailLink {
        let order = record.order
        let link = LinkOrder(
            attemptId: record.attemptId, terminalId: order.terminalId, amount: order.amount,
            description: Self.description(order), language: order.checkoutLanguage ?? order.locale,
            callbackURL: "\(issuer.callbackBase)/callbacks/mia/\(order.bankId)/\(capability)",
            payer: order.payer)
        let start = issuer.world.monotonic()
        defer {
            issuer.meters.railSeconds.observe(.nanoseconds(issuer.world.monotonic() - start), ["pay"])
        }
        return try await rail.register(link, token: token, timeout: issuer.patience.call)
    }

    /// What the customer reads at the bank: the seller's words, else the merchant's name, and the tag.
    static func description(_ order: OpenPayment) -> String {
        (order.description ?? order.merchantName) + (order.tag.map { " #" + $0 } ?? "")
    }

    /// The rail made a link. It becomes the payment's unless another owner has taken over meanwhile.
    private mutating func keep(_ link: RailLink, _ profile: RailProfile) async throws -> PaymentView {
        let attemptId = record.attemptId, fence = fence, now = issuer.world.now()
        issuer.meters.attempts.add(1, ["link"])
        let (saved, isOurs) = try await issuer.store.change(record.paymentId, known: record) { record in
            record.changeAttempt(attemptId, .linkIssued)
            if let index = record.attempts.firstIndex(where: { $0.attemptId == attemptId }) {
                record.attempts[index].railPaymentId = link.railPaymentId
                record.attempts[index].link = link.link
            }
            guard record.fence == fence, record.attemptId == attemptId else { return false }
            _ = try record.apply(.linkIssued, of: attemptId, from: .rail, at: now)
            if [.failed, .declined, .expired].contains(record.state), link.link != nil {
                // Its end has overtaken it, and was told to nobody: a dead link must not be shown after it.
                record.failureCode = RefusalCode.railRefused.rawValue
                return true
            }
            record.link = link.link
            record.openedAt = now
            record.expiresAt = now.advanced(by: profile.linkLife(at: record.order.terminalId))
            record.leaseUntil = nil
            if !record.state.isFinal {
                record.runAt = JanitorSchedule.firstLook(planned: record.runAt, from: now)
            }
            return true
        }
        guard isOurs, saved.failureCode == nil else { return try await issuer.settled(saved) }
        issuer.meters.payments.add(1, [saved.state.rawValue])
        issuer.log.info(
            "payment.opened",
            [
                "paymentId": .id(saved.paymentId), "attempts": .int(saved.attempts.count),
                "ms": .ms(.nanoseconds(issuer.world.monotonic() - began)),
            ])
        return saved.view
    }

    /// The rail made no link that we know of.
    private mutating func noLink(_ failure: RailFailure, _ profile: RailProfile) async throws -> Step {
        issuer.meters.attempts.add(1, [failure.word])
        issuer.log.warn(
            "attempt.failed",
            [
                "paymentId": .id(record.paymentId), "attemptId": .id(record.attemptId),
                "why": .name(failure.word),
            ])
        switch failure {
        case .refused, .unauthorized, .notOffered:
            return .answer(try await refuse(.railRefused, attempt: .refused, profile))
        case .notDone(let retryAfter):
            // Nothing was done: the same attempt may be asked for again.
            if try await waited(retryAfter) { return .again }
            return .answer(try await refuse(.railUnavailable, attempt: .neverSent, profile))
        case .answerLost:
            if profile.repeatsLostAsks, record.attempts.count < issuer.patience.attemptsMax {
                return try await freshAttempt() ? .again : .answer(issuer.settled(record))
            }
            return .answer(try await refuse(.railUnavailable, attempt: .answerLost, profile))
        }
    }

    /// The broker gave no token.
    private mutating func noToken(_ problem: Problem) async throws -> Step {
        if let code = RefusalCode(rawValue: problem.code), code != .railUnavailable {
            return .answer(try await refuse(code, attempt: .neverSent))
        }
        if try await waited(problem.retryAfterSeconds) { return .again }
        if problem.code == RefusalCode.railUnavailable.rawValue || !problem.isRetryable {
            return .answer(try await refuse(.railUnavailable, attempt: .neverSent))
        }
        // The broker may be restarting. The payment stays as it is, nobody's, and the caller asks again.
        let fence = fence, now = issuer.world.now()
        _ = try await issuer.store.change(record.paymentId, known: record) { record in
            guard record.fence == fence, record.state == .registering else { return }
            record.leaseUntil = nil
            record.runAt = now.advanced(by: .seconds(2))
            record.lastError = problem.code
        }
        throw Problem(
            .unavailable, code: "BROKER_UNAVAILABLE",
            toUser: "The bank's broker does not answer at the moment.",
            toOperator: problem.code, retryAfterSeconds: 2)
    }

    /// Gives up the attempt whose answer was lost and writes the next one. False when the payment is no
    /// longer ours.
    private mutating func freshAttempt() async throws -> Bool {
        let lost = record.attemptId, fence = fence, world = issuer.world
        let (attempt, capability) = issuer.newAttempt(ordinal: Int32(record.attempts.count) + 1)
        let (saved, isOurs) = try await issuer.store.change(record.paymentId, known: record) { record in
            record.changeAttempt(lost, .answerLost)
            guard record.fence == fence, record.state == .registering else { return false }
            record.newLines.append(
                HistoryLine(
                    attemptId: lost, source: .rail, event: "attemptLost", from: record.state,
                    to: record.state,
                    detail: nil))
            record.add(attempt)
            record.leaseUntil = world.now().advanced(by: issuer.patience.lease)
            record.runAt = record.leaseUntil
            return true
        }
        record = saved
        self.capability = capability
        return isOurs
    }

    /// Ends the making without a link and tells the caller why; another owner's link is answered where there
    /// is one.
    private func refuse(
        _ code: RefusalCode, attempt event: AttemptEvent, _ profile: RailProfile? = nil
    ) async throws -> PaymentView {
        let attemptId = record.attemptId, fence = fence, now = issuer.world.now()
        let (saved, _) = try await issuer.store.change(record.paymentId, known: record) { record in
            record.changeAttempt(attemptId, event)
            guard record.fence == fence, record.state == .registering else { return }
            if code == .railUnavailable {
                LinkIssuer.giveUp(&record, profile, source: .rail, at: now)
            } else {
                _ = try record.apply(.railRefused, of: attemptId, from: .rail, at: now, detail: code.rawValue)
                record.failureCode = code.rawValue
            }
        }
        issuer.meters.payments.add(1, [saved.state.rawValue])
        issuer.log.info(
            "payment.refused", ["paymentId": .id(saved.paymentId), "code": .name(code.rawValue)])
        return try await issuer.settled(saved)
    }

    /// Waits a little before the same is tried again; false when patience is over.
    private mutating func waited(_ retryAfterSeconds: Int?) async throws -> Bool {
        let wait = max(pause, .seconds(min(max(retryAfterSeconds ?? 0, 0), 60)))
        let spent = Duration.nanoseconds(issuer.world.monotonic() - began)
        guard spent + wait < issuer.patience.retries else { return false }
        try await issuer.loop.sleep(for: wait)
        pause = min(pause * 2, .seconds(1))
        return true
    }
}
