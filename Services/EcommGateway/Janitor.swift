// Looks after every payment that is not final: goes on with a link that nobody is making, asks the rail how
// an open one stands, and gives up in the end. Its jobs are the payment rows themselves, by their run_at.
import Contracts
import JobQueue
import Observe
import Problem
import World

package struct Janitor: JobSource {
    /// Renewed while a look takes, however slow its bank is.
    package let lease = Duration.seconds(10)
    /// One statement claims no more, so that replicas share the work.
    private static let claimMax = 64

    private let store: PaymentStore
    private let issuer: LinkIssuer
    private let rails: Rails
    private let tokens: ReadingTokens
    private let news: News
    private let afterSale: AfterSale
    private let health = RailHealth()
    private let world: World
    private let log: Log
    private let meters: GatewayMeters

    init(
        store: PaymentStore, issuer: LinkIssuer, rails: Rails, tokens: ReadingTokens, news: News,
        afterSale: AfterSale, world: World,
        log: Log, meters: GatewayMeters
    ) {
        self.store = store
        self.issuer = issuer
        self.rails = rails
        self.tokens = tokens
        self.news = news
        self.afterSale = afterSale
        self.world = world
        self.log = log
        self.meters = meters
    }

    package func claim(_ limit: Int) async throws -> [PaymentRecord] {
        let now = world.now(), leaseUntil = now.advanced(by: lease)
        var records = try await store.claimDue(
            limit: min(limit, Self.claimMax), leaseUntil: leaseUntil, withoutPollsAt: health.silent)
        for bank in health.probes(at: now) {
            records += try await store.claimProbe(bankId: bank, leaseUntil: leaseUntil)
        }
        return records
    }

    package func release(_ jobs: [PaymentRecord]) async throws { try await store.release(jobs) }

    package func renew(_ jobs: [PaymentRecord]) async throws {
        try await store.renewLeases(jobs, until: world.now().advanced(by: lease))
    }

    /// One look at one payment. Whatever goes wrong, the row keeps a time for the next look: its lease ends.
    package func look(at record: PaymentRecord) async {
        let context = RequestContext(requestID: record.requestId, traceparent: nil, world: world)
        await RequestContext.$current.withValue(context) {
            do {
                switch record.state {
                case .registering: try await recover(record)
                case .open where record.supersededBy != nil: try await takeBack(record)
                case .open, .pending, .cancelled: try await poll(record)
                case .unknown, .unconfirmed: try await close(record)
                case .paid, .failed, .declined, .expired, .lapsed, .partiallyRefunded, .refunded: break
                }
            } catch let problem as Problem {
                log.warn(
                    "payment.lookFailed", ["paymentId": .id(record.paymentId), "code": .name(problem.code)])
            } catch {
                log.warn("payment.lookFailed", ["paymentId": .id(record.paymentId)])
            }
        }
    }

    /// The claim is a takeover: the fence has moved, so the former owner cannot write the payment any more.
    private func recover(_ record: PaymentRecord) async throws {
        do { _ = try await issuer.resume(record) } catch let problem as Problem
            where problem.code != "PAYMENT_BUSY"
        {
            // What the caller would have been told. The row says the same to whoever asks again.
            log.info(
                "payment.recoveryEnded", ["paymentId": .id(record.paymentId), "code": .name(problem.code)])
        }
    }

    /// Its order was paid by another link: the customer shall not pay twice. Money that is here or moving wins, as in
    /// any cancellation.
    private func takeBack(_ record: PaymentRecord) async throws {
        do {
            _ = try await afterSale.cancel(record.paymentId, from: .clock)
            try await answered(record.order.bankId)
        } catch is Problem {
            // Not taken back yet, and asked about as any other: only a poll tells a bank that is away from one that
            // refuses, or speaks of something else.
            try await poll(record)
        }
    }

    private func poll(_ record: PaymentRecord) async throws {
        guard let attempt = record.standing, let railPaymentId = attempt.railPaymentId,
            let rail = rails.rail(bankId: record.order.bankId, record.order.rail)
        else { return try await postpone(record, "no_rail_id") }
        let bankId = record.order.bankId
        do {
            let report = try await status(of: railPaymentId, rail, record.order)
            try await answered(bankId)
            guard report.railPaymentId == railPaymentId else {
                return try await postpone(record, "other_payment")
            }
            let now = world.now(), fence = record.fence
            _ = try await news.apply(
                RailNews(report, attemptId: attempt.attemptId, bankId: bankId), to: record.paymentId,
                known: record
            ) { record in
                guard record.fence == fence, !record.state.isFinal || record.state == .cancelled else {
                    return
                }
                record.unanswered = 0
                record.lastError = nil
                Self.schedule(&record, report.status, at: now)
            }
            meters.polls.add(1, ["answered"])
        } catch let failure as RailFailure {
            switch failure {
            case .notDone, .answerLost: health.failed(bankId, at: world.now())
            case .refused, .unauthorized, .notOffered: try await answered(bankId)
            }
            try await postpone(record, failure.word)
        } catch let problem as Problem {
            health.failed(bankId, at: world.now())
            try await postpone(record, problem.code)
        } catch let mismatch as NewsMismatch {
            try await postpone(record, "mismatch_" + mismatch.field)
        }
    }

    /// A bank that is back: all that waited for it are asked about soon, one after the other.
    private func answered(_ bankId: String) async throws {
        if health.isSilent(bankId) {
            let count = try await store.spread(bankId: bankId, over: RailHealth.catchUp)
            log.info("rail.isBack", ["bankId": .id(bankId), "payments": .int(count)])
        }
        health.answered(bankId)
    }

    private func status(
        of railPaymentId: String, _ rail: any PaymentRail, _ order: OpenPayment
    ) async throws -> RailReport {
        let token = try await tokens.token(for: order, .status)
        let start = world.monotonic()
        defer { meters.railSeconds.observe(.nanoseconds(world.monotonic() - start), ["status"]) }
        do {
            return try await rail.status(of: railPaymentId, token: token, timeout: issuer.patience.call)
        } catch RailFailure.unauthorized {
            let fresh = try await tokens.token(for: order, .status, rejecting: token)
            return try await rail.status(of: railPaymentId, token: fresh, timeout: issuer.patience.call)
        }
    }

    /// The rail did not answer: ask later, and after a day not at all.
    private func postpone(_ record: PaymentRecord, _ why: String) async throws {
        meters.polls.add(1, ["unanswered"])
        let fence = record.fence, now = world.now()
        let (saved, _) = try await store.change(record.paymentId, known: record) { record in
            guard record.fence == fence, !record.state.isFinal || record.state == .cancelled else { return }
            record.unanswered += 1
            record.lastError = why
            Self.schedule(&record, nil, at: now)
        }
        log.debug("payment.pollFailed", ["paymentId": .id(saved.paymentId), "why": .name(why)])
    }

    /// `status` is the rail's word just now; nil when it gave none.
    private static func schedule(_ record: inout PaymentRecord, _ status: RailStatus?, at now: Timestamp) {
        let begin = record.openedAt ?? record.createdAt
        let age = now.since(begin)
        // A request that may be answered for weeks is followed for weeks.
        let life = record.expiresAt.map { $0.since(begin) } ?? .zero
        let isOver = age > max(JanitorSchedule.givesUpAfter, life + JanitorSchedule.unknownLapsesAfter)
        record.leaseUntil = nil
        if record.state == .cancelled {
            let isClosed = status.map { [.paid, .failed, .declined, .expired].contains($0) } ?? false
            let watchEnds = JanitorSchedule.watchEnds(record.expiresAt ?? begin)
            if isOver || isClosed || (status == .created && now > watchEnds) {
                record.runAt = nil
                return
            }
        } else if isOver, record.state == .open {
            // Never refused; a pending payment stays, since the bank has the customer's word.
            _ = try? record.apply(.deadlinePassed, of: record.attemptId, from: .clock, at: now)
            return
        }
        record.runAt = now.advanced(
            by: JanitorSchedule.delay(age: age, unanswered: Int(record.unanswered)))
    }

    /// No attempt of this payment can be asked about, and its callback would have come by now.
    private func close(_ record: PaymentRecord) async throws {
        let now = world.now(), fence = record.fence
        let life = rails.rail(bankId: record.order.bankId, record.order.rail)?.profile
            .linkLife(at: record.order.terminalId)
        let (saved, _) = try await store.change(record.paymentId, known: record) { record in
            guard record.fence == fence, [.unknown, .unconfirmed].contains(record.state) else { return }
            let ends =
                record.state == .unconfirmed
                ? (record.expiresAt ?? record.createdAt).advanced(by: JanitorSchedule.callbackGrace)
                : record.createdAt.advanced(by: JanitorSchedule.unknownLapses(life: life))
            guard now >= ends else {
                record.leaseUntil = nil
                record.runAt = JanitorSchedule.wait(until: ends, from: now)
                return
            }
            _ = try record.apply(.deadlinePassed, of: record.attemptId, from: .clock, at: now)
        }
        if saved.state == .lapsed { meters.payments.add(1, [saved.state.rawValue]) }
    }
}
