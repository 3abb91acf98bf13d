// Rows to events and back. Every change of an event's state goes through its fence: a claim that was lost
// changes nothing and says so.
import Contracts
import EventLoop
import FoundationEssentials
import JobQueue
import Money
import Postgres
import World

struct InboundStore: JobSource {
    /// Renewed while an event is worked on, however long its peers take; after a crash a seller waits for it.
    let lease = Duration.seconds(10)
    /// The last attempt; what fails then is parked for a person.
    static let attemptsMax = 10
    /// Events claimed in one statement at most.
    static let claimMax = 32

    /// Only where the end says so; then `onNext` rings.
    let endMayFreeAnother = false
    var claimMax: Int { Self.claimMax }

    let database: PostgresPool
    let world: World
    /// Rung when the end of a message made the next one of its conversation due.
    let onNext = Doorbell()
    let dropped = Dropped()
    /// Where claims begin to read; of dropped ones the whole is read.
    private let place = ClaimPlace()
    private let ends: MessageEnds

    /// Ends of messages gather for as long as `patience` says; nil: each is written as it comes. On `loop`, others are
    /// written beside one that is stuck; nil: behind it.
    init(
        database: PostgresPool, world: World, patience: Patience? = nil, loop: EventLoop? = nil
    ) {
        self.database = database
        self.world = world
        ends = MessageEnds(database: database, world: world, patience: patience, loop: loop)
    }

    /// New and postponed ones, and one at a time of those that somebody dropped.
    func claim(_ limit: Int) async throws -> [InboundEvent] {
        var found: [InboundEvent] = []
        let now = world.now()
        if dropped.mayLook(at: now) {
            let startNs = world.monotonic()
            found = try await claim(1, dropped: true, now: now, from: ClaimFloor.beginning).jobs
            let took = Duration.nanoseconds(world.monotonic() - startNs)
            dropped.looked(at: now, found: found.first?.seq, took: took)
        }
        guard limit > found.count else { return found }
        do {
            let most = min(limit - found.count, Self.claimMax)
            let more = try await place.claim(world) { now, from in
                let claimed = try await claim(most, dropped: false, now: now, from: from)
                // As many conversations were due as were looked at, but not all had something to claim: more may be
                // due, and the worker, which counts what it is given, would not ask again.
                if claimed.isFull, claimed.jobs.count < most { onNext.ring() }
                return claimed
            }
            return found + more
        } catch {
            if found.isEmpty { throw error }
            return found
        }
    }

    private func claim(
        _ most: Int, dropped: Bool, now: Timestamp, from: Timestamp
    ) async throws -> Claimed<[InboundEvent]> {
        let rows = try await database.query(
            InboundQueries.claim,
            [
                .timestamp(now), .timestamp(now.advanced(by: lease)), .int8(Int64(most)), .bool(dropped),
                .timestamp(from),
            ])
        // Of conversations that were due, some may have had nothing to claim.
        let due = try rows.first.map { try $0.int8("found") } ?? 0
        let last = try rows.first.flatMap { try $0.timestampOrNil("last_due_at") }
        let events = try rows.filter { try $0.int8OrNil("seq") != nil }.map { row in
            var event = try Self.event(row)
            event.wasDropped = dropped
            return event
        }
        return Claimed(events, due: last.map { [$0] } ?? [], isFull: due >= most)
    }

    func release(_ events: [InboundEvent]) async throws {
        for event in events { dropped.ended(event.seq) }
        _ = try await database.query(
            InboundQueries.release,
            [
                .int8Array(events.map(\.seq)), .timestampArray(events.map(\.eventAt)),
                .int8Array(events.map(\.fence)), .textArray(events.map(\.phoneNumberId)),
                .textArray(events.map(\.peer)),
            ])
    }

    func renew(_ events: [InboundEvent]) async throws {
        _ = try await database.query(
            InboundQueries.renew,
            [
                .int8Array(events.map(\.seq)), .timestampArray(events.map(\.eventAt)),
                .int8Array(events.map(\.fence)), .timestamp(world.now().advanced(by: lease)),
                .textArray(events.map(\.phoneNumberId)), .textArray(events.map(\.peer)),
            ])
    }

    /// Done, and what to remember from now on. False when the claim was lost: then nothing was changed. A durable end
    /// survives the server; another is worked on once more then.
    func finish(
        _ event: InboundEvent, remembering memory: ConversationMemory, isDurable: Bool = false
    ) async throws -> Bool {
        defer { ended(event) }
        guard let end = try await ends.write(event, memory, isDurable: isDurable) else { return false }
        if end.isDue { onNext.ring() }
        return true
    }

    /// Back into the queue. `code` is one of ours, never a message.
    func retry(_ event: InboundEvent, at moment: Timestamp, code: String) async throws -> Bool {
        defer { ended(event) }
        let values: [PostgresValue] = [.timestamp(moment), .text(code)]
        return try await changed(
            InboundQueries.retry, Self.place(event) + values + Self.conversation(event))
    }

    /// Set aside for a person, visible with its code; the conversation goes on.
    func park(_ event: InboundEvent, code: String) async throws -> Bool {
        defer { ended(event) }
        let values = [.timestamp(world.now())] + Self.sight(event) + [PostgresValue.text(code)]
        return try await changed(InboundQueries.park, Self.place(event) + values + Self.conversation(event))
    }

    /// The names that these sellers have given to phones.
    func payers(of owners: [Owner]) async throws -> [KnownPayer] {
        let values: [PostgresValue] = [
            .textArray(owners.map(\.bankId)), .textArray(owners.map(\.posUserId)),
            .int8(Int64(KnownPayer.countMax)),
        ]
        return try await database.query(PayerQueries.payers, values).map { row in
            KnownPayer(
                owner: Owner(bankId: try row.text("bank_id"), posUserId: try row.text("pos_user_id")),
                phone: try row.text("phone"), name: try row.text("name"))
        }
    }

    /// The name counts from now on; asked again with the same, nothing changes.
    func remember(_ payer: KnownPayer) async throws {
        let values: [PostgresValue] = [
            .text(payer.owner.bankId), .text(payer.owner.posUserId), .text(payer.phone), .text(payer.name),
            .timestamp(world.now()), .int8(Int64(KnownPayer.countMax)),
        ]
        _ = try await database.query(PayerQueries.rememberPayer, values)
    }

    func isAlive() async -> Bool { (try? await database.query(InboundQueries.alive, [])) != nil }

    /// The next of those that somebody dropped may be taken up.
    private func ended(_ event: InboundEvent) {
        guard event.wasDropped else { return }
        dropped.ended(event.seq)
        onNext.ring()
    }

    private func changed(
        _ statement: PostgresStatement, _ values: [PostgresValue]
    ) async throws -> Bool {
        let row = try await database.query(statement, values).one()
        if try row.int8("due") > 0 { onNext.ring() }
        return try row.int8("changed") == 1
    }

    /// What the claim saw of the conversation.
    private static func sight(_ event: InboundEvent) -> [PostgresValue] {
        [.int8(event.version), .bool(event.hasMore)]
    }

    private static func place(_ event: InboundEvent) -> [PostgresValue] {
        [.int8(event.seq), .timestamp(event.eventAt), .int8(event.fence)]
    }

    private static func conversation(_ event: InboundEvent) -> [PostgresValue] {
        [.text(event.phoneNumberId), .text(event.peer)]
    }

    private static func event(_ row: PostgresRow) throws -> InboundEvent {
        return InboundEvent(
            seq: try row.int8("seq"), eventAt: try row.timestamp("event_at"),
            phoneNumberId: try row.text("phone_number_id"), peer: try row.text("peer"),
            payload: try row.bytes("payload"),
            requestId: try row.text("request_id"), receivedAt: try row.timestamp("received_at"),
            attempts: Int(try row.int4("attempts")), fence: try row.int8("fence"),
            version: try row.int8("version"), hasMore: try row.bool("has_more"),
            doubt: try HolderDoubt(row), memory: try ConversationMemory(row))
    }
}
