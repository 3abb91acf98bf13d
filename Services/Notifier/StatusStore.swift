// Statuses out of the shared event table, joined to the messages they speak of. A batch of statuses and the
// changes it makes commit together; what speaks of nobody yet is kept and joined when its message is known.
import Contracts
import JobQueue
import Postgres
import WhatsApp
import World

/// One status event of the lane.
struct StatusEvent: Sendable {
    var seq: Int64
    var eventAt: Timestamp
    var payload: [UInt8]
    var requestId: String
    var receivedAt: Timestamp
    var attempts: Int
    var phoneNumberId: String
}

/// The lane `statuses` and the orphans.
struct StatusStore: Sendable {
    /// Statuses in one transaction. More gains little, and a batch is also the unit of failure.
    static let batchMax = 256
    /// A status that cannot be applied this often is parked for a person.
    static let attemptsMax = 10
    /// Meta repeats for seven days; after that nobody will ever know the message.
    static let orphanAge = Duration.seconds(8 * 86_400)

    let database: PostgresPool
    let messages: MessageStore
    let templates: TemplateStore
    let world: World
    private let place = ClaimPlace()

    init(database: PostgresPool, messages: MessageStore, templates: TemplateStore, world: World) {
        self.database = database
        self.messages = messages
        self.templates = templates
        self.world = world
    }

    /// What a round did.
    struct Round: Sendable {
        var taken = 0
        var unreadable: [StatusEvent] = []
        var batch: StatusBatch?
        /// What Meta's refusals say of templates.
        var templates: [TemplateStore.Change] = []
    }

    /// Takes a batch and applies it, in one transaction: all of it or nothing. When the database refuses the
    /// whole for ever, `taken` holds its events, to be applied one by one.
    func round(taken: inout [StatusEvent]) async throws -> Round {
        var events: [StatusEvent] = []
        do {
            // A batch whose transaction fails moves no floor.
            return try await place.claim(world) { now, from in
                try await database.transaction(retries: 3) { session in
                    let rows = try await session.query(
                        StatusQueries.take,
                        [.timestamp(now), .int8(Int64(Self.batchMax)), .timestamp(from)])
                    events = try rows.map(Self.event)
                    return Claimed(
                        try await apply(events, in: session),
                        due: try rows.map { try $0.timestamp("run_at") },
                        isFull: rows.count >= Self.batchMax)
                }
            }
        } catch let error as PostgresError where error.isRetryable { throw error } catch is CancellationError
        {
            throw CancellationError()
        } catch {
            // Whatever it was, it was one of them: the others must not wait for it, nor pay for it.
            taken = events
            throw error
        }
    }

    /// One event by itself, after its batch failed.
    func alone(_ event: StatusEvent) async throws -> Round {
        try await database.transaction(retries: 3) { session in
            let rows = try await session.query(
                StatusQueries.takeOne, [.int8(event.seq), .timestamp(event.eventAt)])
            return try await apply(try rows.map(Self.event), in: session)
        }
    }

    /// Not again before `wait`, or parked when it was tried often enough.
    func postpone(_ event: StatusEvent, error: String, wait: Duration) async throws {
        let now = world.now()
        let isOver = event.attempts + 1 >= Self.attemptsMax
        try await database.query(
            StatusQueries.postpone,
            [
                .int8(event.seq), .timestamp(event.eventAt), .timestamp(now.advanced(by: wait)), .text(error),
                .timestamp(isOver ? now : nil), .text(isOver ? "parked" : "ready"),
            ])
    }

    private func apply(_ events: [StatusEvent], in session: PostgresTransaction) async throws -> Round {
        var round = Round(taken: events.count)
        if events.isEmpty { return round }
        var heard: [StatusBatch.Heard] = []
        for event in events {
            do throws(MessageStatus.Refusal) {
                heard.append(.init(event: event, status: try MessageStatus(envelope: event.payload)))
            } catch { round.unreadable.append(event) }
        }
        let now = world.now()
        let batch = StatusBatch(heard, try await targets(heard, in: session), now: now)
        let items = batch.items(now) + [finish(heard, round.unreadable, now)]
        round.batch = batch
        if batch.templateRefusals.isEmpty {
            _ = try await session.end(with: items)
            return round
        }
        try await session.batch(items)
        // The messages go on as soon as another template can say them.
        for (messageId, attempt, code) in batch.templateRefusals {
            let change = try await templates.refused(messageId, attempt: attempt, code: code, in: session)
            if let change { round.templates.append(change) }
        }
        return round
    }

    private func targets(
        _ heard: [StatusBatch.Heard], in session: PostgresTransaction
    ) async throws -> [StatusBatch.Target] {
        var names: [String: (messageId: String, attempt: Int)?] = [:]
        for one in heard where names[one.status.wamid].flatMap({ $0 }) == nil {
            names.updateValue(one.status.callbackData.flatMap(CallbackName.parse), forKey: one.status.wamid)
        }
        if names.isEmpty { return [] }
        let asked = names.map { ($0.key, $0.value) }
        let rows = try await session.query(
            StatusQueries.targets,
            [
                .textArray(asked.map(\.0)), .textArray(asked.map { $0.1?.messageId }),
                .int8Array(asked.map { $0.1.map { Int64($0.attempt) } }),
            ])
        return try rows.map { row in
            StatusBatch.Target(
                wamid: try row.text("wamid"), attempt: Int(try row.int8("spoken_of")),
                isNamed: try row.bool("is_named"), isLeader: try row.bool("is_leader"),
                row: try LockedMessage(row),
                sent: SentAttempt(
                    isChat: try row.textOrNil("sent_channel") == "chat",
                    inboundAt: try row.timestampOrNil("sent_inbound")))
        }
    }

    private func finish(
        _ heard: [StatusBatch.Heard], _ unreadable: [StatusEvent], _ now: Timestamp
    ) -> (PostgresStatement, [PostgresValue]) {
        let events = heard.map(\.event) + unreadable
        let isRead = heard.map { _ in true } + unreadable.map { _ in false }
        return (
            StatusQueries.finish,
            [
                .int8Array(events.map(\.seq)), .timestampArray(events.map(\.eventAt)),
                .textArray(isRead.map { $0 ? "done" : "parked" }),
                .textArray(isRead.map { $0 ? nil : "unreadable" }), .timestamp(now),
            ]
        )
    }

    private static func event(_ row: PostgresRow) throws -> StatusEvent {
        StatusEvent(
            seq: try row.int8("seq"), eventAt: try row.timestamp("event_at"),
            payload: try row.bytes("payload"),
            requestId: try row.text("request_id"), receivedAt: try row.timestamp("received_at"),
            attempts: Int(try row.int4("attempts")), phoneNumberId: try row.text("phone_number_id"))
    }

    /// Applies what was kept for a message that has become known. Repeating it changes nothing.
    func rejoin(_ wamid: String) async throws -> [Settled] {
        try await database.transaction { session in
            guard !(try await session.query(StatusQueries.byWamid, [.text(wamid)]).isEmpty) else { return [] }
            let heard = try await session.query(StatusQueries.takeOrphans, [.text(wamid)]).map { orphan in
                let status = MessageStatus(
                    wamid: wamid, status: StatusWord(try orphan.text("word")),
                    code: try orphan.int4OrNil("error_code").map { Int($0) })
                let at = try orphan.timestamp("status_at")
                return StatusBatch.Heard(
                    event: StatusEvent(
                        seq: 0, eventAt: at, payload: [], requestId: "", receivedAt: at, attempts: 0,
                        phoneNumberId: ""), status: status)
            }
            let now = world.now()
            let batch = StatusBatch(heard, try await targets(heard, in: session), now: now)
            try await session.batch(batch.items(now))
            return batch.outcomes.flatMap(\.settled)
        }
    }
}
