// One event applied to one message, in a transaction: read under lock, ask the machine, write what it says.
// Used by the sender for everything but the usual end, by the statuses, by the keeper and by an operator's
// replay.
import Contracts
import Postgres
import World

/// What is to be applied, and what came with it.
struct Settlement: Sendable {
    /// A status says only that the window was refused; whether a template is left is known by the row.
    enum Happened: Sendable, Equatable {
        case event(MessageEvent)
        case windowRefused(code: Int)
    }

    var messageId: String
    var happened: Happened
    /// Only while this lease holds; nil for events that need none.
    var fence: Int64?
    /// Only while the message has been tried this often, as far as whoever asks knows.
    var attemptsKnown: Int?
    /// Only if its attempt is the one that began then; nil: whichever has the fence.
    var attemptBegan: Timestamp?
    /// Only if the lease has ended by then: a renewal may come between finding the row and locking it.
    var leaseEndedBy: Timestamp?
    /// The attempt that a status speaks of, nil for the current one.
    var attempt: Int?
    var wamid: String?
    var wait: Duration?
    var code = 0

    init(_ messageId: String, _ event: MessageEvent, fence: Int64? = nil) {
        self.messageId = messageId
        happened = .event(event)
        self.fence = fence
    }
}

/// What became of a settlement.
enum Settled: Sendable, Equatable {
    case done(MessageState, [MessageEffect])
    case refused(MessageState)
    /// Another process has the message now, or it has been tried again since.
    case leaseLost
    case unknown
}

extension MessageStore {
    /// Applies one event. Throws only for the database.
    func settle(_ settlement: Settlement) async throws -> Settled {
        try await database.transaction { session in try await self.settle(settlement, in: session) }
    }

    /// Applies what happened to a bubble to everybody in it, in one transaction. Answers for the first.
    func settle(_ settlements: [Settlement]) async throws -> [Settled] {
        try await database.transaction { session in
            var settled: [Settled] = []
            for settlement in settlements { settled.append(try await self.settle(settlement, in: session)) }
            return settled
        }
    }

    /// The same inside a transaction that does more. With `skipsLocked`, a row that somebody else is writing counts
    /// as unknown instead of being waited for.
    func settle(
        _ settlement: Settlement, in session: PostgresTransaction, skipsLocked: Bool = false
    ) async throws -> Settled {
        guard let row = try await LockedMessage.read(settlement.messageId, skipsLocked, in: session) else {
            return .unknown
        }
        if let fence = settlement.fence, fence != row.fence { return .leaseLost }
        if let known = settlement.attemptsKnown, known != row.attempts { return .leaseLost }
        if let end = settlement.leaseEndedBy, row.leaseUntil.map({ $0 >= end }) ?? false {
            return .refused(row.state)
        }
        if let wamid = settlement.wamid {
            _ = try await session.query(
                MessageQueries.nameAttempt,
                [
                    .text(wamid), .text(row.messageId), .int4(Int32(settlement.attempt ?? row.attempts)),
                    .timestamp(world.now()),
                ])
        }
        let attempt = settlement.attempt ?? row.attempts
        let sent = try await row.sentAttempt(attempt, in: session)
        if let began = settlement.attemptBegan, sent.startedAt != began { return .leaseLost }
        let change = MessageChange(row, settlement, attempt: attempt, sent, now: world.now())
        if let inbound = change.disproved {
            _ = try await session.query(
                MessageQueries.disprove,
                [.text(row.conversation.phoneNumberId), .text(row.conversation.peer), .timestamp(inbound)])
        }
        if let after = change.after {
            try await session.batch([
                (
                    MessageQueries.store,
                    [
                        .text(row.messageId), .text(after.state.name.rawValue),
                        .text(after.state.reason?.text),
                        .bool(after.templateOnly), .int4(Int32(after.refusals)), .timestamp(after.runAt),
                        .text(change.lastError), .timestamp(world.now()),
                    ]
                )
            ])
        }
        if let turn = change.nextTurn {
            try await session.query(
                OutboxQueries.askTurn,
                [.text(row.conversation.phoneNumberId), .text(row.conversation.peer), .timestamp(turn)])
        }
        return change.settled
    }
}

/// A message's row, held until the transaction ends.
struct LockedMessage: Sendable {
    var messageId: String
    var conversation: Conversation
    var state: MessageState
    var kind: String
    var templateOnly: Bool
    var attempts: Int
    var refusals: Int
    var fence: Int64
    var leaseUntil: Timestamp?
    var runAt: Timestamp
    /// Its place in the conversation.
    var seq: Int64

    static func read(
        _ messageId: String, _ skipsLocked: Bool, in session: PostgresTransaction
    ) async throws -> LockedMessage? {
        let query = skipsLocked ? MessageQueries.lockUnlessLocked : MessageQueries.lock
        return try await session.query(query, [.text(messageId)]).atMostOne().map(LockedMessage.init)
    }

    init(_ row: PostgresRow) throws {
        guard let name = MessageStatusName(rawValue: try row.text("state")),
            let state = MessageState(name: name, reason: try row.textOrNil("reason"))
        else { throw UnreadableState() }
        self.init(
            messageId: try row.text("message_id"),
            conversation: Conversation(
                phoneNumberId: try row.text("phone_number_id"), peer: try row.text("peer")),
            state: state, kind: try row.text("kind"), templateOnly: try row.bool("template_only"),
            attempts: Int(try row.int4("attempts")), refusals: Int(try row.int4("refusals")),
            fence: try row.int8("fence"), leaseUntil: try row.timestampOrNil("lease_until"),
            runAt: try row.timestamp("run_at"), seq: try row.int8("seq"))
    }

    init(
        messageId: String, conversation: Conversation, state: MessageState, kind: String, templateOnly: Bool,
        attempts: Int, refusals: Int, fence: Int64, leaseUntil: Timestamp?, runAt: Timestamp,
        seq: Int64
    ) {
        self.messageId = messageId
        self.conversation = conversation
        self.state = state
        self.kind = kind
        self.templateOnly = templateOnly
        self.attempts = attempts
        self.refusals = refusals
        self.fence = fence
        self.leaseUntil = leaseUntil
        self.runAt = runAt
        self.seq = seq
    }

    /// A reason that this version does not know: a newer one wrote it, and that one has to handle it.
    struct UnreadableState: Error {}

    func sentAttempt(_ attempt: Int, in session: PostgresTransaction) async throws -> SentAttempt {
        guard attempt > 0,
            let row = try await session.query(
                MessageQueries.attempt, [.text(messageId), .int4(Int32(attempt))]
            ).atMostOne()
        else { return SentAttempt() }
        return SentAttempt(
            isChat: try row.text("channel") == "chat", inboundAt: try row.timestampOrNil("inbound_at"),
            startedAt: try row.timestamp("started_at"))
    }
}
