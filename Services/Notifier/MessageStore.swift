// Rows of the outbox to values and back. Every change of state goes through `MessageState.next`, in one
// transaction with what it says to do; the statements of the hot path are the same steps written as one round
// trip.
import Contracts
import Money
import Observe
import Postgres
import World

/// The outbox in PostgreSQL.
struct MessageStore: Sendable {
    /// A claim's own lease: nothing has left yet, so another process may take the message over soon.
    static let planningLease = Duration.seconds(5)
    /// What every renewal gives, and the mark `sending`. A slow request is renewed for as long as it takes;
    /// when this ends its sender is gone, and nobody may send the message again.
    static let lease = Duration.seconds(10)

    let database: PostgresPool
    let world: World

    /// What `POST /v1/messages` is answered with.
    enum Accepted: Sendable, Equatable {
        case new(String)
        case before(String)
        /// The key was used for something else; the field that differs.
        case conflict(field: String)
    }

    /// Stores a message under its idempotency key, or compares it with what the key was used for.
    func accept(_ message: SendMessage, key: String) async throws -> Accepted {
        let content = try MessageRendering.encoded(message.content)
        let context = RequestContext.current ?? RequestContext(requestID: nil, traceparent: nil, world: world)
        let id = world.id("msg")
        let subject = MessageRendering.subject(message)
        let added = try await database.query(
            MessageQueries.insert,
            [
                .text(id), .text(key), .text(message.conversation.phoneNumberId),
                .text(message.conversation.peer),
                .text(message.locale.rawValue), .text(MessageRendering.kind(message.content)),
                .bytes(content),
                .text(message.replyTo), .timestamp(message.notAfter), .text(context.requestID),
                .text(context.traceparent), .timestamp(world.now()), .text(subject),
                .text(message.coalesceKey),
            ])
        if !added.isEmpty { return .new(id) }
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
        if let different = same.first(where: { !$0.1 }) { return .conflict(field: different.0) }
        return .before(try row.text("message_id"))
    }

    func view(_ messageId: String) async throws -> MessageView? {
        try await database.query(MessageQueries.view, [.text(messageId)]).atMostOne().map(Self.view)
    }

    /// One page of the messages in a state, newest first. `before` is the cursor of the page before.
    func list(_ state: MessageStatusName, before: Int64?, limit: Int) async throws -> Page<MessageView> {
        let rows = try await database.query(
            MessageQueries.list, [.text(state.rawValue), .int8(before ?? .max), .int8(Int64(limit + 1))])
        let items = try rows.prefix(limit).map(Self.view)
        let last = rows.count > limit ? try rows[limit - 1].int8("seq") : nil
        return Page(items: items, nextCursor: last.map { String($0) })
    }

    private static func view(_ row: PostgresRow) throws -> MessageView {
        guard let status = MessageStatusName(rawValue: try row.text("state")) else {
            preconditionFailure("the table's CHECK and the contract's states are compared by a test")
        }
        return MessageView(
            messageId: try row.text("message_id"), status: status, kind: try row.text("kind"),
            channel: try row.textOrNil("channel"), reason: try row.textOrNil("reason"),
            attempts: Int(try row.int4("attempts")), createdAt: try row.timestamp("created_at"),
            updatedAt: try row.timestamp("updated_at"))
    }

    /// Makes due what a clock that was ahead has put off.
    func forgetClock(_ now: Timestamp) async throws {
        try await database.query(KeeperQueries.clockPutBack, [.timestamp(now)])
        try await database.query(KeeperQueries.statusClockPutBack, [.timestamp(now)])
    }

    // MARK: the sender's hot path

    /// Due messages of distinct conversations, leased to this process.
    func claim(_ limit: Int) async throws -> [OutboundMessage] {
        let now = world.now()
        let lease = now.advanced(by: Self.planningLease)
        let rows = try await database.batch([
            (MessageQueries.forgetful, []),
            (MessageQueries.claim, [.timestamp(now), .int8(Int64(limit)), .timestamp(lease)]),
        ])[1]
        return try rows.map { row in
            OutboundMessage(
                messageId: try row.text("message_id"),
                conversation: Conversation(
                    phoneNumberId: try row.text("phone_number_id"), peer: try row.text("peer")),
                locale: Language(rawValue: try row.text("locale")) ?? TemplateCatalogue.fallbackLanguage,
                content: try row.bytes("content"), replyTo: try row.textOrNil("reply_to"),
                notAfter: try row.timestampOrNil("not_after"), requestId: try row.text("request_id"),
                traceparent: try row.text("traceparent"), templateOnly: try row.bool("template_only"),
                attempts: Int(try row.int4("attempts")), refusals: Int(try row.int4("refusals")),
                fence: try row.int8("fence"),
                window: Window(
                    lastInbound: try row.timestampOrNil("last_inbound_at"),
                    disprovedInbound: try row.timestampOrNil("disproved_inbound_at")),
                paceFullAt: try row.timestampOrNil("full_at"), waId: try row.textOrNil("wa_id"))
        }
    }

    /// Gives a claimed message back unsent, to be looked at again at `runAt`.
    func release(_ message: OutboundMessage, runAt: Timestamp) async throws {
        _ = try await database.query(
            MessageQueries.release, [.text(message.messageId), .int8(message.fence), .timestamp(runAt)])
    }

    /// Goes on holding messages that are being planned or sent. One that has been settled is left alone.
    func renew(_ messages: [OutboundMessage]) async throws {
        _ = try await database.query(
            MessageQueries.renew,
            [
                .textArray(messages.map(\.messageId)), .int8Array(messages.map(\.fence)),
                .timestamp(world.now().advanced(by: Self.lease)),
            ])
    }

    /// Commits that a request is about to leave. False: the lease was lost and nothing may be sent.
    func markSending(
        _ message: OutboundMessage, isChat: Bool, paceFullAt: Timestamp
    ) async throws -> Bool {
        let now = world.now()
        let rows = try await database.query(
            MessageQueries.markSending,
            [
                .text(message.messageId), .int8(message.fence), .text(isChat ? "chat" : "template"),
                .timestamp(now.advanced(by: Self.lease)), .timestamp(now),
                .timestamp(isChat ? message.window.lastInbound : nil), .timestamp(paceFullAt),
            ])
        return !rows.isEmpty
    }

    /// Undoes a mark that may or may not have been written, when nothing has left. May be repeated.
    func takeBack(_ message: OutboundMessage) async throws {
        let disowned = try await database.query(
            MessageQueries.disown, [.text(message.messageId), .int8(message.fence)])
        if disowned.affected == 0 {
            _ = try await settle(Settlement(message.messageId, .notSent, fence: message.fence))
        }
    }

    /// Stores Meta's name of a message. False: something else happened meanwhile, and `settle` has to look.
    func markAccepted(_ messageId: String, fence: Int64, wamid: String) async throws -> Bool {
        let row = try await database.query(
            MessageQueries.markAccepted,
            [.text(messageId), .int8(fence), .text(wamid), .timestamp(world.now())]
        ).one()
        return try row.int8("done") == 1 && !row.bool("has_orphans")
    }
}
