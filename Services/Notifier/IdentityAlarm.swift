// Meta refused a message because the person's identity key is not the one it was: their phone or number may be
// somebody else's now. The alarm is a row that the command-router reads before any command that moves money.
import Contracts
import Postgres
import World

enum IdentityAlarm {
    /// $1 number, $2 peer, $3 when. A later alarm only moves it ahead.
    static let raise: PostgresStatement = """
        insert into channel.identity_alarm (phone_number_id, peer, raised_at) values ($1, $2, $3)
        on conflict (phone_number_id, peer) do update
        set raised_at = greatest(excluded.raised_at, channel.identity_alarm.raised_at)
        """

    static func values(_ conversation: Conversation, _ raisedAt: Timestamp) -> [PostgresValue] {
        [.text(conversation.phoneNumberId), .text(conversation.peer), .timestamp(raisedAt)]
    }
}
