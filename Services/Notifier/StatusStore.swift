// Statuses out of the shared event table, joined to the messages they speak of. A status and the change it
// makes commit together; one that speaks of nobody yet is kept and joined when its message is known.
import Contracts
import Postgres
import WhatsApp
import World

/// One claimed status event.
struct StatusEvent: Sendable {
    var seq: Int64
    var eventAt: Timestamp
    var payload: [UInt8]
    var requestId: String
    var receivedAt: Timestamp
    var attempts: Int
    var fence: Int64
}

/// The lane `statuses` and the orphans.
struct StatusStore: Sendable {
    /// Renewed while a status is applied.
    static let lease = Duration.seconds(10)
    /// A status that cannot be applied this often is parked for a person.
    static let attemptsMax = 10
    /// Meta repeats for seven days; after that nobody will ever know the message.
    static let orphanAge = Duration.seconds(8 * 86_400)

    let database: PostgresPool
    let messages: MessageStore
    let world: World

    func claim(_ limit: Int) async throws -> [StatusEvent] {
        let now = world.now()
        let lease = now.advanced(by: Self.lease)
        let rows = try await database.batch([
            (MessageQueries.forgetful, []),
            (StatusQueries.claim, [.timestamp(now), .int8(Int64(limit)), .timestamp(lease)]),
        ])[1]
        return try rows.map { row in
            StatusEvent(
                seq: try row.int8("seq"), eventAt: try row.timestamp("event_at"),
                payload: try row.bytes("payload"),
                requestId: try row.text("request_id"), receivedAt: try row.timestamp("received_at"),
                attempts: Int(try row.int4("attempts")), fence: try row.int8("fence"))
        }
    }

    func giveBack(_ event: StatusEvent) async throws {
        _ = try await database.query(
            StatusQueries.finish, values(event, "ready", nil, world.now(), done: false))
    }

    func renew(_ events: [StatusEvent]) async throws {
        _ = try await database.query(
            StatusQueries.renew,
            [
                .int8Array(events.map(\.seq)), .timestampArray(events.map(\.eventAt)),
                .int8Array(events.map(\.fence)), .timestamp(world.now().advanced(by: Self.lease)),
            ])
    }

    /// Not again before `wait`, or parked when it was tried often enough.
    func postpone(_ event: StatusEvent, error: String, wait: Duration) async throws {
        let isOver = event.attempts >= Self.attemptsMax
        _ = try await database.query(
            StatusQueries.finish,
            values(event, isOver ? "parked" : "ready", error, world.now().advanced(by: wait), done: isOver))
    }

    func park(_ event: StatusEvent, error: String) async throws {
        _ = try await database.query(
            StatusQueries.finish, values(event, "parked", error, world.now(), done: true))
    }

    private func values(
        _ event: StatusEvent, _ state: String, _ error: String?, _ runAt: Timestamp, done: Bool
    ) -> [PostgresValue] {
        [
            .int8(event.seq), .timestamp(event.eventAt), .int8(event.fence), .text(state), .timestamp(runAt),
            .text(error), .timestamp(done ? world.now() : nil),
        ]
    }

    /// Applies a status and finishes its event in one transaction. `.unknown`: it was kept as an orphan.
    func apply(_ status: MessageStatus, of event: StatusEvent) async throws -> Settled {
        try await database.transaction { session in
            let settled = try await self.apply(status, at: event.eventAt, in: session)
            _ = try await session.query(
                StatusQueries.finish, self.values(event, "done", nil, event.receivedAt, done: true))
            return settled
        }
    }

    private func apply(
        _ status: MessageStatus, at statusAt: Timestamp, in session: PostgresTransaction
    ) async throws -> Settled {
        guard let happened = Self.happened(status.status, code: status.errors.first?.code) else {
            return .unknown
        }
        guard let target = try await target(status, in: session) else {
            _ = try await session.query(
                StatusQueries.keepOrphan,
                [
                    .text(status.wamid), .text(status.status.text),
                    .int4((status.errors.first?.code).flatMap(Int32.init(exactly:))), .timestamp(statusAt),
                    .timestamp(world.now()),
                ])
            return .unknown
        }
        var settlement = Settlement(target.messageId, .statusSent)
        settlement.happened = happened
        settlement.attempt = target.attempt
        settlement.wamid = status.wamid
        settlement.code = status.errors.first?.code ?? 0
        return try await messages.settle(settlement, in: session)
    }

    /// Whose status it is: by Meta's name where we know it, else by our own id that it carries back.
    private func target(
        _ status: MessageStatus, in session: PostgresTransaction
    ) async throws -> (messageId: String, attempt: Int)? {
        if let row = try await session.query(StatusQueries.byWamid, [.text(status.wamid)]).atMostOne() {
            return (try row.text("message_id"), Int(try row.int4("attempt")))
        }
        guard let ours = status.callbackData.flatMap(CallbackName.parse),
            !(try await session.query(StatusQueries.exists, [.text(ours.messageId)])).isEmpty
        else { return nil }
        return ours
    }

    /// Applies what was kept for a message that has become known. Repeating it changes nothing.
    func rejoin(_ wamid: String) async throws -> [Settled] {
        try await database.transaction { session in
            guard let row = try await session.query(StatusQueries.byWamid, [.text(wamid)]).atMostOne() else {
                return []
            }
            let messageId = try row.text("message_id"), attempt = Int(try row.int4("attempt"))
            var settled: [Settled] = []
            for orphan in try await session.query(StatusQueries.takeOrphans, [.text(wamid)]) {
                let code = try orphan.int4OrNil("error_code").map { Int($0) }
                guard let happened = Self.happened(StatusWord(try orphan.text("word")), code: code) else {
                    continue
                }
                var settlement = Settlement(messageId, .statusSent)
                settlement.happened = happened
                settlement.attempt = attempt
                settlement.code = code ?? 0
                settled.append(try await self.messages.settle(settlement, in: session))
            }
            return settled
        }
    }

    /// The machine's words for Meta's. Nil for a word that says nothing about a message's way.
    static func happened(_ word: StatusWord, code: Int?) -> Settlement.Happened? {
        switch word {
        case .sent: .event(.statusSent)
        case .delivered: .event(.statusDelivered)
        case .read, .played: .event(.statusRead)
        case .failed:
            if let code, GraphErrorReaction.reaction(to: code, httpStatus: 0).action == .useTemplate {
                .windowRefused(code: code)
            } else {
                .event(.statusFailed(code ?? 0))
            }
        case .unknown: nil
        }
    }
}
