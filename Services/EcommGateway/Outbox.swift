// Hands what is true to whoever tells it. A row is written in the transaction that changes the payment; from
// here it goes to the notifier under a key of its own, as often as it takes, and is told once.
package import Contracts
package import HTTPClient
import JobQueue
import Money
package import Observe
package import Postgres
import Problem
package import World

/// One outcome on its way to a seller.
package struct Telling: Sendable, Equatable {
    var paymentId: String
    var kind: PaymentOutcome.Kind
    var at: Timestamp
    var requestId: String
    var attempts: Int32
    var fence: Int64
    var conversation: Conversation
    var locale: Language
    var amount: Money
    var description: String?
    var tag: String?

    var message: SendMessage {
        SendMessage(
            conversation: conversation, locale: locale,
            content: .outcome(
                PaymentOutcome(
                    kind: kind, amount: amount, description: description, tag: tag, at: at,
                    paymentId: paymentId)))
    }

    /// Our own id and a word: no phone number gets into a key.
    var idempotencyKey: String { paymentId + ":" + kind.rawValue }
}

/// Where outcomes are told. The real one is the notifier; throws `Problem`.
package protocol OutcomeTeller: Sendable {
    func tell(_ message: SendMessage, idempotencyKey: String) async throws
}

package struct Outbox: JobSource {
    /// Renewed while a telling takes, however slow the notifier is.
    package let lease = Duration.seconds(10)
    private static let claimMax = 64
    /// Five minutes at most between tries: a seller waits for this message.
    private static let backoff = Backoff(first: .seconds(1), last: .seconds(300))

    private let database: PostgresPool
    private let teller: any OutcomeTeller
    private let world: World
    private let log: Log
    private let meters: GatewayMeters

    package init(
        database: PostgresPool, teller: any OutcomeTeller, world: World, log: Log, meters: GatewayMeters
    ) {
        self.database = database
        self.teller = teller
        self.world = world
        self.log = log
        self.meters = meters
    }

    package func claim(_ limit: Int) async throws -> [Telling] {
        let now = world.now()
        let rows = try await database.query(
            OutboxQueries.claim,
            [
                .timestamp(now), .timestamp(now.advanced(by: lease)),
                .int8(Int64(min(limit, Self.claimMax))),
            ])
        return try rows.map { row in
            Telling(
                paymentId: try row.text(0), kind: try PaymentRow.word(row, 1), at: try row.timestamp(2),
                requestId: try row.text(3), attempts: try row.int4(4), fence: try row.int8(5),
                conversation: Conversation(phoneNumberId: try row.text(6), peer: try row.text(7)),
                locale: try PaymentRow.word(row, 8),
                amount: Money(minorUnits: try row.int8(9), currency: try PaymentRow.word(row, 10)),
                description: try row.textOrNil(11), tag: try row.textOrNil(12))
        }
    }

    package func release(_ jobs: [Telling]) async throws {
        try await database.query(
            OutboxQueries.release,
            [
                .textArray(jobs.map(\.paymentId)), .textArray(jobs.map(\.kind.rawValue)),
                .int8Array(jobs.map(\.fence)),
            ])
    }

    package func renew(_ jobs: [Telling]) async throws {
        try await database.query(
            OutboxQueries.renew,
            [
                .textArray(jobs.map(\.paymentId)), .textArray(jobs.map(\.kind.rawValue)),
                .int8Array(jobs.map(\.fence)), .timestamp(world.now().advanced(by: lease)),
            ])
    }

    /// Hands one over and notes how that went. A row whose note is lost comes again and tells nothing new.
    package func hand(_ telling: Telling) async {
        let context = RequestContext(requestID: telling.requestId, traceparent: nil, world: world)
        await RequestContext.$current.withValue(context) {
            do {
                try await teller.tell(telling.message, idempotencyKey: telling.idempotencyKey)
                try await note(telling, OutboxQueries.finish, [.timestamp(world.now())])
                meters.told.add(1, [telling.kind.rawValue, "handed"])
                log.info(
                    "outcome.handed",
                    [
                        "paymentId": .id(telling.paymentId), "kind": .name(telling.kind.rawValue),
                        "ms": .ms(world.now().since(telling.at)),
                    ])
            } catch let problem as Problem {
                await later(telling, problem)
            } catch {
                log.warn("outcome.noteFailed", ["paymentId": .id(telling.paymentId)])
            }
        }
    }

    private func later(_ telling: Telling, _ problem: Problem) async {
        meters.told.add(1, [telling.kind.rawValue, problem.isRetryable ? "retried" : "parked"])
        log.warn(
            "outcome.notHanded",
            [
                "paymentId": .id(telling.paymentId), "code": .name(problem.code),
                "attempts": .int(Int(telling.attempts)),
            ])
        do {
            if problem.isRetryable || problem.kind == .unauthenticated {
                let at = world.now().advanced(by: Self.backoff.pause(after: Int(telling.attempts), world))
                try await note(telling, OutboxQueries.retry, [.timestamp(at), .text(problem.code)])
            } else {
                try await note(telling, OutboxQueries.park, [.text(problem.code)])
                log.error(
                    "outcome.parked", ["paymentId": .id(telling.paymentId), "code": .name(problem.code)])
            }
        } catch {
            // The lease ends, and the row comes again.
            log.warn("outcome.noteFailed", ["paymentId": .id(telling.paymentId)])
        }
    }

    private func note(_ telling: Telling, _ statement: PostgresStatement, _ values: [PostgresValue])
        async throws
    {
        let key: [PostgresValue] = [
            .text(telling.paymentId), .text(telling.kind.rawValue), .int8(telling.fence),
        ]
        let rows = try await database.query(statement, key + values)
        if rows.affected != 1 { log.warn("outcome.leaseLost", ["paymentId": .id(telling.paymentId)]) }
    }
}

/// The notifier, as one who tells.
package struct NotifierTeller: OutcomeTeller {
    private let client: ServiceClient

    package init(_ client: ServiceClient) { self.client = client }

    package func tell(_ message: SendMessage, idempotencyKey: String) async throws {
        _ = try await client.call(
            "POST", "/v1/messages", body: message, idempotencyKey: idempotencyKey, as: MessageAccepted.self)
    }
}
