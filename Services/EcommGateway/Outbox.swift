// Hands what is true to whoever tells it. A row is written in the transaction that changes the payment; from
// here it goes to the notifier under a key of its own, as often as it takes, and is told once.
package import Contracts
package import EventLoop
import JobQueue
import Money
package import Observe
package import Postgres
import Problem
package import World

/// One outcome on its way to a seller.
package struct Telling: Sendable, Equatable, OutgoingRow {
    var seq: Int64
    var paymentId: String
    var kind: PaymentOutcome.Kind
    var attemptId: String
    var remark: PaymentOutcome.Remark?
    var at: Timestamp
    var requestId: String
    var attempts: Int32
    var fence: Int64
    var conversation: Conversation
    var locale: Language
    var amount: Money
    var description: String?
    var tag: String?
    var rail: PaymentType
    /// Whose payment it is.
    var seller: SellerName

    /// Ten payments in a minute may be told as one; what asks for an act of the seller stands alone.
    private static let coalesceKey = "outcomes"

    /// `isAgain`: the order was paid before, by another link of it. `ended`: links of it that are over with this.
    func message(renewal: RenewalHandle?, isAgain: Bool = false, ended: [String] = []) -> SendMessage {
        SendMessage(
            conversation: conversation, locale: locale,
            content: .outcome(
                PaymentOutcome(
                    kind: kind, amount: amount, description: description, tag: tag, at: at,
                    paymentId: paymentId, remark: isAgain ? .again : remark, renewal: renewal?.handle,
                    rail: rail == .qr ? nil : rail)),
            subject: paymentId, ends: ended.isEmpty ? nil : ended,
            coalesceKey: remark == nil ? Self.coalesceKey : nil,
            // Its seller's business and nobody else's, whoever holds the phone by then.
            sellers: seller.isPlain ? [seller] : nil)
    }

    /// Our own ids and a word: no phone number gets into a key.
    var idempotencyKey: String {
        paymentId + ":" + kind.rawValue + (remark == .again ? ":" + attemptId : "")
    }
}

extension Telling {
    /// One that has just been committed, claimed by this process.
    init(_ tell: NewTelling, of record: PaymentRecord, seq: Int64, at: Timestamp) {
        self.init(
            seq: seq, paymentId: record.paymentId, kind: tell.kind, attemptId: tell.attemptId,
            remark: tell.remark, at: at, requestId: record.requestId, attempts: 1, fence: 1,
            conversation: record.order.conversation, locale: record.order.locale, amount: record.order.amount,
            description: record.order.description, tag: record.order.tag,
            rail: record.order.rail,
            seller: SellerName(bankId: record.order.bankId, posUserId: record.order.posUserId))
    }
}

/// Where outcomes are told. The real one is the notifier; throws `Problem`.
package protocol OutcomeTeller: Sendable {
    func tell(_ message: SendMessage, idempotencyKey: String) async throws
}

package struct Outbox: JobSource {
    /// Renewed while a telling takes, however slow the notifier is.
    static let lease = Duration.seconds(10)
    package var lease: Duration { Self.lease }
    /// The next outcome of the same payment, which is rare, and waits for the next look.
    package let endMayFreeAnother = false
    package var claimMax: Int { OutgoingRows.claimMax }

    private let database: PostgresPool
    private let rows: OutgoingRows
    /// Where the worker's claims begin.
    private let place: ClaimPlace
    /// Tellings that end together are noted together.
    private let ending: Gathering<OutgoingEnd, Bool>
    private let renewals: Renewals
    private let teller: any OutcomeTeller
    private let world: World
    private let log: Log
    private let meters: GatewayMeters

    package init(
        database: PostgresPool, renewals: Renewals, teller: any OutcomeTeller, world: World, log: Log,
        meters: GatewayMeters, loop: EventLoop
    ) {
        self.database = database
        self.renewals = renewals
        self.teller = teller
        self.world = world
        self.log = log
        self.meters = meters
        let rows = OutgoingRows(
            database: database, world: world,
            queries: OutgoingRows.Queries(
                release: OutboxQueries.release, renew: OutboxQueries.renew, end: OutboxQueries.end))
        self.rows = rows
        let place = ClaimPlace()
        self.place = place
        ending = Gathering(
            on: loop,
            perform: { ends in
                let (ours, isWaitedFor) = try await rows.end(ends)
                if isWaitedFor { place.lookBack() }
                return ends.map { ours.contains($0.seq) }
            })
    }

    package func claim(_ limit: Int) async throws -> [Telling] {
        let most = min(limit, OutgoingRows.claimMax)
        return try await place.claim(world) { now, from in
            let found = try await database.query(
                OutboxQueries.claim,
                [
                    .timestamp(now), .timestamp(now.advanced(by: lease)), .int8(Int64(most)),
                    .timestamp(from),
                ])
            return Claimed(
                OutgoingRows.readable(found, log, Self.row),
                due: try found.map { try $0.timestamp("run_at") },
                isFull: found.count >= most)
        }
    }

    private static func row(_ row: PostgresRow) throws -> Telling {
        Telling(
            seq: try row.int8(0), paymentId: try row.text(1), kind: try PaymentRow.word(row, 2),
            attemptId: try row.text(3), remark: try PaymentRow.wordOrNil(row, 4),
            at: try row.timestamp(5), requestId: try row.text(6), attempts: try row.int4(7),
            fence: try row.int8(8),
            conversation: Conversation(phoneNumberId: try row.text(9), peer: try row.text(10)),
            locale: try PaymentRow.word(row, 11),
            amount: Money(minorUnits: try row.int8(12), currency: try PaymentRow.word(row, 13)),
            description: try row.textOrNil(14), tag: try row.textOrNil(15),
            rail: try PaymentRow.word(row, 18),
            seller: SellerName(bankId: try row.text(16), posUserId: try row.text(17)))
    }

    package func release(_ jobs: [Telling]) async throws { try await rows.release(jobs) }
    package func renew(_ jobs: [Telling]) async throws { try await rows.renew(jobs, lease: lease) }

    /// Hands one over and notes how that went. A row whose note is lost comes again and tells nothing new: the
    /// notifier knows the key, also when a fresh handle has changed the text.
    package func hand(_ telling: Telling) async {
        let context = RequestContext(requestID: telling.requestId, traceparent: nil, world: world)
        await RequestContext.$current.withValue(context) {
            do {
                // By the row's own key, so that every try carries the same handle.
                let renewal =
                    telling.kind == .paid
                    ? nil
                    : try await renewals.mint(
                        telling.paymentId, key: "outcome:" + telling.idempotencyKey)
                // Late money for a link that was renewed may be too much; what it was stays what it is.
                let isOfLine = telling.kind == .paid ? telling.remark == .late : renewal == nil
                let beside =
                    isOfLine ? try await renewals.beside(telling.paymentId) : (isPaid: false, ended: [])
                // That one of its links is dead says nothing of an order that was paid, whose seller has read so.
                if telling.kind != .paid, beside.isPaid {
                    try await note(telling, .handed)
                    meters.told.add(1, [telling.kind.rawValue, "overtaken"])
                    return log.info("outcome.overtaken", ["paymentId": .id(telling.paymentId)])
                }
                do {
                    try await teller.tell(
                        telling.message(
                            renewal: renewal, isAgain: beside.isPaid, ended: beside.ended),
                        idempotencyKey: telling.idempotencyKey)
                } catch let problem as Problem where !problem.saysDoneBefore {
                    return await later(telling, problem)
                } catch is Problem {
                    log.info("outcome.wasHanded", ["paymentId": .id(telling.paymentId)])
                }
                try await note(telling, .handed)
                meters.told.add(1, [telling.kind.rawValue, "handed"])
                log.info(
                    "outcome.handed",
                    [
                        "paymentId": .id(telling.paymentId), "kind": .name(telling.kind.rawValue),
                        "ms": .ms(world.now().since(telling.at)),
                    ])
            } catch {
                log.warn("outcome.noteFailed", ["paymentId": .id(telling.paymentId)])
            }
        }
    }

    private func later(_ telling: Telling, _ problem: Problem) async {
        meters.told.add(1, [telling.kind.rawValue, problem.isWorthAnotherTry ? "retried" : "parked"])
        log.warn(
            "outcome.notHanded",
            [
                "paymentId": .id(telling.paymentId), "code": .name(problem.code),
                "attempts": .int(Int(telling.attempts)),
            ])
        do {
            if problem.isWorthAnotherTry {
                try await note(telling, .retried(problem.code))
            } else {
                try await note(telling, .parked(problem.code))
                log.error(
                    "outcome.parked", ["paymentId": .id(telling.paymentId), "code": .name(problem.code)])
            }
        } catch {
            // The lease ends, and the row comes again.
            log.warn("outcome.noteFailed", ["paymentId": .id(telling.paymentId)])
        }
    }

    private func note(_ telling: Telling, _ end: OutgoingEnd.Kind) async throws {
        let isOurs = try await ending.add(OutgoingEnd(telling, end))
        if !isOurs { log.warn("outcome.leaseLost", ["paymentId": .id(telling.paymentId)]) }
    }
}
