// What a round reads, as values: conversations with what is known of their windows and paces, messages, and the
// business numbers. Columns are named here as OutboxQueries names them.
import Contracts
import Money
import Postgres
import World

extension OutboxStore {
    /// What all processes share of some business numbers, as it stands under their locks.
    struct Standing {
        /// When each number's pace is full again.
        var fullAt: [String: Timestamp] = [:]
        var pauses: [String: OutboxPlanner.Pause] = [:]
    }

    static func standing(_ rows: PostgresRows, _ now: Timestamp) throws -> Standing {
        var standing = Standing()
        for row in rows {
            let number = try row.text("phone_number_id")
            standing.fullAt[number] = try row.timestampOrNil("full_at")
            if let until = try row.timestampOrNil("paused_until"), now < until,
                Pace.isPlausible(until, RetrySchedule.accountWait, now)
            {
                standing.pauses[number] = .init(code: Int(try row.int4OrNil("pause_code") ?? 0), until: until)
            }
        }
        return standing
    }

    static func keys(_ turns: [ConversationTurn]) -> [PostgresValue] {
        [
            .textArray(turns.map(\.conversation.phoneNumberId)), .textArray(turns.map(\.conversation.peer)),
        ]
    }

    static func turn(_ row: PostgresRow) throws -> ConversationTurn {
        var turn = try plainTurn(row)
        turn.doubt = try PersonDoubt(row)
        if turn.keyHash != nil, let confirmed = turn.doubt?.confirmedKey { turn.keyHash = confirmed }
        return turn
    }

    /// A conversation as its row has it, before the message; of doubts about its person nothing is known here.
    static func plainTurn(_ row: PostgresRow) throws -> ConversationTurn {
        ConversationTurn(
            conversation: Conversation(
                phoneNumberId: try row.text("phone_number_id"), peer: try row.text("peer")),
            window: Window(
                lastInbound: try row.timestampOrNil("last_inbound_at"),
                disprovedInbound: try row.timestampOrNil("disproved_inbound_at")),
            pace: PersonPace(
                fullAt: try row.timestampOrNil("full_at"), newsFullAt: try row.timestampOrNil("news_full_at")),
            waId: try row.textOrNil("wa_id"), keyHash: try row.textOrNil("key_hash"))
    }

    static func message(_ row: PostgresRow) throws -> OutboundMessage {
        guard let state = MessageStatusName(rawValue: try row.text("state")) else {
            throw LockedMessage.UnreadableState()
        }
        return OutboundMessage(
            messageId: try row.text("message_id"), seq: try row.int8("seq"),
            conversation: Conversation(
                phoneNumberId: try row.text("phone_number_id"), peer: try row.text("peer")),
            state: state, kind: try row.text("kind"),
            locale: Language(rawValue: try row.text("locale")) ?? TemplateCatalogue.fallbackLanguage,
            content: try row.bytes("content"), replyTo: try row.textOrNil("reply_to"),
            notAfter: try row.timestampOrNil("not_after"), requestId: try row.text("request_id"),
            traceparent: try row.text("traceparent"), templateOnly: try row.bool("template_only"),
            attempts: Int(try row.int4("attempts")), refusals: Int(try row.int4("refusals")),
            fence: try row.int8("fence"), runAt: try row.timestamp("run_at"),
            updatedAt: try row.timestamp("updated_at"),
            leaseUntil: try row.timestampOrNil("lease_until"), coalesceKey: try row.textOrNil("coalesce_key"),
            mediaId: try row.textOrNil("media_id"),
            sellers: try row.textOrNil("sellers").map { Set($0.split(separator: " ").map(String.init)) },
            identityKnownAt: try row.timestampOrNil("identity_known_at"),
            endedAt: try row.timestampOrNil("ended_at"), overSubject: try row.textOrNil("over_subject"))
    }
}
