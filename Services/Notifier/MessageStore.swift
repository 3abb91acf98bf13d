// Rows of the outbox to values and back. Every change of state goes through `MessageState.next`, in one
// transaction with what it says to do; the statements of the hot path are the same steps written as one round
// trip.
import Contracts
import JobQueue
import Money
import Observe
import Postgres
import Problem
import World

/// The outbox in PostgreSQL.
struct MessageStore: Sendable {
    /// What every renewal gives, and the mark `sending`. A slow request is renewed for as long as it takes;
    /// when this ends its sender is gone, and nobody may send the message again.
    static let lease = Duration.seconds(10)

    let database: PostgresPool
    let world: World
    /// Makes one commit of messages that are posted at the same time; nil: each has its own.
    let posts: Gathering<PostedMessage, Result<Bool, any Error>>?

    init(
        database: PostgresPool, world: World,
        posts: Gathering<PostedMessage, Result<Bool, any Error>>? = nil
    ) {
        self.database = database
        self.world = world
        self.posts = posts
    }

    /// What `POST /v1/messages` is answered with.
    enum Accepted: Sendable, Equatable {
        case new(String)
        case before(String)
        /// The key was used for something else; the first field that differs.
        case conflict(field: String, usedFor: KeyUse)
    }

    /// Stores a message under its idempotency key, or compares it with what the key was used for.
    func accept(_ message: SendMessage, key: String) async throws -> Accepted {
        let content = try MessageRendering.encoded(message.content)
        let context = RequestContext.current ?? RequestContext(requestID: nil, traceparent: nil, world: world)
        let posted = PostedMessage(
            id: world.id("msg"), key: key, message: message, content: content, requestId: context.requestID,
            traceparent: context.traceparent)
        let isNew =
            if let posts { try await posts.add(posted).get() } else { try await insert([posted])[0] }
        if isNew { return .new(posted.id) }
        let subject = posted.subject
        let row = try await database.query(MessageQueries.byKey, [.text(key)]).one()
        let same: [(String, Bool)] = [
            (
                "conversation.phoneNumberId",
                try row.text("phone_number_id") == message.conversation.phoneNumberId
            ),
            ("conversation.peer", try row.text("peer") == message.conversation.peer),
            ("locale", try row.text("locale") == message.locale.rawValue),
            ("content", try row.bytes("content") == content),
            ("replyTo", try row.textOrNil("reply_to") == message.replyTo),
            ("notAfter", try row.timestampOrNil("not_after") == message.notAfter),
            // A row from before there were subjects has none.
            ("subject", try row.textOrNil("subject").map { $0 == subject } ?? true),
            ("coalesceKey", try row.textOrNil("coalesce_key") == message.coalesceKey),
        ]
        if let different = same.first(where: { !$0.1 }) {
            let use = KeyUse(kind: try row.text("kind"), subject: try row.textOrNil("subject"))
            return .conflict(field: different.0, usedFor: use)
        }
        return .before(try row.text("message_id"))
    }

    func view(_ messageId: String) async throws -> MessageView? {
        try await database.query(MessageQueries.view, [.text(messageId)]).atMostOne().map(Self.view)
    }

    static func view(_ row: PostgresRow) throws -> MessageView {
        guard let status = MessageStatusName(rawValue: try row.text("state")) else {
            preconditionFailure("the table's CHECK and the contract's states are compared by a test")
        }
        var view = MessageView(
            messageId: try row.text("message_id"), status: status, kind: try row.text("kind"),
            channel: try row.textOrNil("channel"), reason: try row.textOrNil("reason"),
            toldIn: try row.textOrNil("told_in"),
            attempts: Int(try row.int4("attempts")), createdAt: try row.timestamp("created_at"),
            updatedAt: try row.timestamp("updated_at"))
        view.phoneNumberId = try row.text("phone_number_id")
        view.subject = try row.textOrNil("subject")
        view.notAfter = try row.timestampOrNil("not_after")
        view.lastError = try row.textOrNil("last_error")
        return view
    }

    /// Makes due what a clock that was ahead has put off.
    func forgetClock(_ now: Timestamp) async throws {
        try await database.query(KeeperQueries.clockPutBack, [.timestamp(now)])
        try await database.query(KeeperQueries.turnClockPutBack, [.timestamp(now)])
        try await database.query(KeeperQueries.statusClockPutBack, [.timestamp(now)])
    }

    // MARK: what the sender writes

    /// Before the first round of a process.
    func prepare(_ numbers: [String]) async throws {
        try await database.query(OutboxQueries.prepare, [.textArray(numbers)])
    }

    /// Goes on holding messages that are being sent. One that has been settled is left alone.
    func renew(_ departures: [Departure]) async throws {
        let messages = departures.flatMap(\.everybody)
        _ = try await database.query(
            OutboxQueries.renew,
            [
                .textArray(messages.map(\.messageId)), .int8Array(messages.map { $0.markedFence }),
                .timestamp(world.now().advanced(by: Self.lease)),
            ])
    }

    /// Undoes a mark that may or may not have been written, when nothing has left. May be repeated. A mark that another
    /// process has made since is left alone: what that one sends would be sent twice.
    func takeBack(_ departure: Departure) async throws {
        for message in departure.everybody {
            let disowned = try await database.query(
                OutboxQueries.disown, [.text(message.messageId), .int8(message.fence)])
            if disowned.affected == 0 {
                var settlement = Settlement(message.messageId, .notSent, fence: message.markedFence)
                settlement.attemptBegan = departure.markedAt
                _ = try await settle(settlement)
            }
        }
        let conversation = departure.message.conversation
        try await database.query(
            OutboxQueries.askTurn,
            [.text(conversation.phoneNumberId), .text(conversation.peer), .timestamp(world.now())])
    }

    /// Marks one whose file Meta has refused, so that the refusal counts as one of the message. False: it is somebody
    /// else's by now.
    func mark(_ departure: Departure) async throws -> Bool {
        let now = world.now()
        let marked = try await database.query(
            OutboxQueries.mark,
            [
                .textArray([departure.message.messageId]), .int8Array([departure.message.fence]),
                .textArray(["chat"]), .timestampArray([departure.inboundAt]), .textArray([nil]),
                .timestamp(now.advanced(by: Self.lease)), .timestamp(now),
            ])
        return !marked.isEmpty
    }

    /// Stores Meta's names of bubbles. Answers for each whether that was all: if not, something else happened
    /// meanwhile, and `settle` has to look; and whether conversations of theirs have more to send.
    func markAccepted(_ accepted: [(departure: Departure, wamid: String)]) async throws -> (
        isDone: [Bool], hasMore: Bool
    ) {
        var rows: [(message: OutboundMessage, wamid: String?)] = []
        for (departure, wamid) in accepted {
            rows.append((departure.message, wamid))
            rows += departure.members.map { ($0, nil) }
        }
        // Locked one after the other, in the order that all processes share.
        rows.sort { $0.message.messageId < $1.message.messageId }
        let found = try await database.query(
            OutboxQueries.accept,
            [
                .textArray(rows.map(\.message.messageId)), .int8Array(rows.map { $0.message.markedFence }),
                .textArray(rows.map(\.wamid)), .timestamp(world.now()),
            ])
        var done: Set<String> = []
        for row in found { done.insert(try row.text("message_id")) }
        let hasMore = try found.first?.bool("has_more") ?? false
        return (
            accepted.map { $0.departure.everybody.allSatisfy { done.contains($0.messageId) } }, hasMore
        )
    }

    /// The person of a conversation may not be who they were.
    func raiseAlarm(_ conversation: Conversation, at raisedAt: Timestamp) async throws {
        try await database.query(IdentityAlarm.raise, IdentityAlarm.values(conversation, raisedAt))
    }

    /// Meta counts more messages of the number than we do: nobody sends from it for a second.
    func slowDown(_ phoneNumberId: String) async throws {
        try await database.query(
            OutboxQueries.slowDown,
            [.text(phoneNumberId), .timestamp(world.now().advanced(by: .seconds(1)))])
    }

    /// The account behind a number was refused: no process sends anything from it before `until`.
    func pause(_ phoneNumberId: String, code: Int, until: Timestamp) async throws {
        try await database.query(
            OutboxQueries.pause, [.text(phoneNumberId), .timestamp(until), .int4(Int32(clamping: code))])
    }
}
