// Every SQL text of the outbox, by name, columns enumerated. What a text may change is said here; when it is
// run is decided by the stores.
import Postgres

enum MessageQueries {
    /// $1 id, $2 key, $3 number, $4 peer, $5 locale, $6 kind, $7 content, $8 reply to, $9 not after, $10
    /// request, $11 traceparent, $12 now, $13 subject, $14 coalesce key, $15
    /// family of templates. No row: the key is known.
    /// The conversation gets its turn in the same commit.
    static let insert: PostgresStatement = """
        with added as (
            insert into notifier.message (message_id, idempotency_key, phone_number_id, peer, locale, kind, content,
                reply_to, not_after, request_id, traceparent, run_at, created_at, updated_at, subject, coalesce_key,
                template_family)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $12, $13, $14, $15)
            on conflict (idempotency_key) do nothing
            returning message_id, phone_number_id, peer),
        turn as (
            insert into notifier.recipient (phone_number_id, peer, next_at)
            select phone_number_id, peer, $12 from added
            on conflict (phone_number_id, peer) do update set next_at = excluded.next_at
            where notifier.recipient.next_at is null or notifier.recipient.next_at > excluded.next_at)
        select message_id from added
        """

    static let byKey: PostgresStatement = """
        select message_id, phone_number_id, peer, locale, content, reply_to, not_after, subject,
            coalesce_key
        from notifier.message where idempotency_key = $1
        """

    static let view: PostgresStatement = """
        select message_id, seq, state, kind, channel, reason, attempts, created_at, updated_at, phone_number_id,
            subject, not_after, last_error
        from notifier.message where message_id = $1
        """

    static let lock: PostgresStatement = """
        select message_id, state, reason, kind, channel, template_only, attempts, refusals, fence, lease_until,
            phone_number_id, peer, run_at
        from notifier.message where message_id = $1 for update
        """

    static let lockUnlessLocked: PostgresStatement = """
        select message_id, state, reason, kind, channel, template_only, attempts, refusals, fence, lease_until,
            phone_number_id, peer, run_at
        from notifier.message where message_id = $1 for update skip locked
        """

    /// $1 id, $2 state, $3 reason, $4 template only, $5 refusals, $6 run at, $7 last error, $8 now.
    static let store: PostgresStatement = """
        update notifier.message
        set state = $2, reason = $3, template_only = $4, refusals = $5, run_at = $6, last_error = $7,
            lease_until = null, updated_at = $8, told_in = case when $2 = 'queued' then null else told_in end
        where message_id = $1
        """

    /// $1 wamid, $2 id, $3 attempt, $4 now.
    static let nameAttempt: PostgresStatement = """
        insert into notifier.accepted_send (wamid, message_id, attempt, accepted_at)
        select $1, $2, $3, $4 where exists (select 1 from notifier.message where message_id = $2)
        on conflict (wamid) do nothing
        """

    static let attempt: PostgresStatement = """
        select channel, inbound_at from notifier.attempt where message_id = $1 and attempt = $2
        """

    /// $1 number, $2 peer, $3 the inbound time that opened nothing.
    static let disprove: PostgresStatement = """
        insert into notifier.recipient (phone_number_id, peer, disproved_inbound_at) values ($1, $2, $3)
        on conflict (phone_number_id, peer) do update
        set disproved_inbound_at = greatest(excluded.disproved_inbound_at, notifier.recipient.disproved_inbound_at)
        """
}
