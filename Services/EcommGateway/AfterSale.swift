// What can be asked of a payment after its link is out. A cancellation asks the rail first how the payment stands:
// money wins. What no rail offers is refused in a way that a caller can act upon.
import Contracts
import Observe
import Problem
import World

struct AfterSale: Sendable {
    let store: PaymentStore
    let rails: Rails
    let tokens: ReadingTokens
    let world: World
    let log: Log
    let meters: GatewayMeters
    /// How long one call to the rail may take; the caller waits for it.
    var timeout = Duration.seconds(8)

    /// Takes the payment back as far as its bank allows. A rail that cannot close a link keeps it alive for the rest
    /// of its life: the janitor watches it, and money that still comes is told as late. Throws 409
    /// `ALREADY_SETTLED` (naming the status) or `MONEY_MAY_BE_MOVING`, 503 `PAYMENT_IN_PROGRESS` or
    /// `RAIL_UNAVAILABLE`, the last two with nothing changed.
    func cancel(_ paymentId: String, from source: EventSource = .caller) async throws -> PaymentRecord {
        let (record, rail) = try await find(paymentId)
        do {
            if record.state == .cancelled { return record }
            // Refused before the rail is asked, where the rail's answer could change nothing.
            if record.state != .pending { _ = try PaymentState.next(record.state, .cancelAsked) }
            let news = try await standing(of: record, rail)
            if rail.profile.offers.contains(.cancel), news?.status == .created, let id = news?.railPaymentId {
                let token = try await tokens.token(for: record.order, .status)
                try await rail.cancel(id, token: token, timeout: timeout)
            }
            return try await write(record, rail, news, source)
        } catch is RailFailure {
            throw RefusalCode.railUnavailable.problem
        } catch let mismatch as NewsMismatch {
            log.error(
                "news.mismatched", ["paymentId": .id(paymentId), "field": .name(mismatch.field)])
            throw RefusalCode.railUnavailable.problem
        } catch let refusal as PaymentRefusal {
            throw Self.problem(refusal, record.state)
        }
    }

    /// The rail's word on the payment, now; nil where it has no name that the rail could be asked by.
    private func standing(of record: PaymentRecord, _ rail: any PaymentRail) async throws -> RailNews? {
        guard let attempt = record.standing, let railPaymentId = attempt.railPaymentId else { return nil }
        let token: AccessToken
        do { token = try await tokens.token(for: record.order, .status) } catch is Problem {
            throw RailFailure.notDone(retryAfterSeconds: nil)
        }
        var report: RailReport
        do {
            report = try await rail.status(of: railPaymentId, token: token, timeout: timeout)
        } catch RailFailure.unauthorized {
            let fresh = try await tokens.token(for: record.order, .status, rejecting: token)
            report = try await rail.status(of: railPaymentId, token: fresh, timeout: timeout)
        }
        // A word that we do not know may mean money.
        guard report.status != nil else { throw RailFailure.answerLost }
        return RailNews(report, attemptId: attempt.attemptId, bankId: record.order.bankId)
    }

    /// The rail's word and our cancellation in one write, upon what is known by then: a callback that came first
    /// is seen here, one that comes later finds the payment cancelled.
    private func write(
        _ asked: PaymentRecord, _ rail: any PaymentRail, _ news: RailNews?, _ source: EventSource
    ) async throws -> PaymentRecord {
        let now = world.now()
        let life = rail.profile.linkLife(at: asked.order.terminalId)
        let (saved, refused) = try await store.change(asked.paymentId, known: asked) {
            record -> PaymentRefusal? in
            if let news { _ = try ResultRules.apply(news, to: &record, at: now) }
            let wasOpen = record.state != .cancelled
            do throws(PaymentRefusal) {
                _ = try record.apply(
                    .cancelAsked, of: record.attemptId, from: source, at: now, quiet: true)
            } catch { return error }
            if wasOpen, record.standing?.railPaymentId != nil, !rail.profile.offers.contains(.cancel) {
                record.expiresAt = record.expiresAt ?? record.createdAt.advanced(by: life)
                record.unanswered = 0
                record.runAt = now.advanced(by: JanitorSchedule.delay(age: .zero, unanswered: 0))
            }
            return nil
        }
        if asked.state != saved.state { meters.payments.add(1, [saved.state.rawValue]) }
        if let refused { throw Self.problem(refused, saved.state) }
        log.info("payment.cancelled", ["paymentId": .id(saved.paymentId)])
        return saved
    }

    /// Why there is no refund: 422 `REFUND_NOT_OFFERED`, or 409 `NOT_PAID` where there is nothing to give
    /// back.
    func refusalOfRefund(_ paymentId: String) async throws -> Problem {
        let (record, _) = try await find(paymentId)
        guard [.paid, .partiallyRefunded].contains(record.state) else {
            return Self.problem(.notPaid, record.state)
        }
        return Problem(
            .unprocessable, code: "REFUND_NOT_OFFERED",
            toUser: "This bank offers no refunds here; its own support gives money back.")
    }

    private func find(_ paymentId: String) async throws -> (PaymentRecord, any PaymentRail) {
        guard let record = try await store.find(paymentId) else {
            throw Problem(.notFound, code: "PAYMENT_UNKNOWN", toUser: "There is no payment with this id.")
        }
        guard let rail = rails.rail(bankId: record.order.bankId, record.order.rail) else {
            throw Problem(
                .unprocessable, code: "BANK_UNKNOWN", toUser: "This bank is not served here any more.")
        }
        return (record, rail)
    }

    private static func problem(_ refusal: PaymentRefusal, _ state: PaymentState) -> Problem {
        switch refusal {
        case .alreadySettled:
            Problem(
                .conflict, code: "ALREADY_SETTLED",
                toUser: "The payment has ended already: \(state.status).")
        case .moneyMayBeMoving:
            Problem(
                .conflict, code: "MONEY_MAY_BE_MOVING", toUser: "The bank is moving money for this payment.")
        case .notPaid: Problem(.conflict, code: "NOT_PAID", toUser: "The payment has no money to give back.")
        case .linkInTheMaking: LinkIssuer.inProgress
        }
    }
}
