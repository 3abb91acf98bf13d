// The SQL that finds an answer behind outcomes which gather to be told together. Apart from OutboxQueries for its
// length alone; its rules are those of that file.
import Postgres

enum AnswerQueries {
    /// $1 numbers, $2 peers, $3 the oldest file that Meta still has: the first open message of each that is no outcome,
    /// as `OutboxQueries.open` tells it, among the next in order. Those before it wait for seconds, so they are few;
    /// where outcomes come faster than 200 in six seconds, an answer behind so many waits for a bubble or two.
    static let behindNews: PostgresStatement = """
        select m.message_id, m.seq, m.phone_number_id, m.peer, m.state, m.kind, m.locale, m.content, m.reply_to,
            m.not_after, m.request_id, m.traceparent, m.template_only, m.attempts, m.refusals, m.fence, m.run_at,
            m.updated_at, m.lease_until, m.coalesce_key, m.sellers, m.identity_known_at,
            case when m.kind in ('link', 'text', 'buttons') then (
                select e.ended_at from notifier.ended_subject e
                where e.subject = m.subject and e.phone_number_id = m.phone_number_id and e.peer = m.peer
                    and (m.kind = 'link' or e.ended_seq > m.seq)) end as ended_at,
            case when m.kind = 'link' then (
                select e.subject from notifier.ended_subject e where e.subject = m.subject limit 1) end as over_subject,
            case when m.kind = 'document' then (
                select u.media_id from notifier.uploaded_media u
                where u.message_id = m.message_id and u.uploaded_at > $3) end as media_id
        from unnest($1::text[], $2::text[]) as k (phone_number_id, peer)
        cross join lateral (
            select message_id, seq, phone_number_id, peer, state, kind, locale, content, reply_to, not_after,
                request_id,
                traceparent, template_only, attempts, refusals, fence, run_at, updated_at, lease_until, coalesce_key,
                sellers, identity_known_at, subject
            from (
                select message_id, seq, phone_number_id, peer, state, kind, locale, content, reply_to, not_after,
                    request_id,
                    traceparent, template_only, attempts, refusals, fence, run_at, updated_at, lease_until,
                    coalesce_key, sellers, identity_known_at, subject
                from notifier.message
                where phone_number_id = k.phone_number_id and peer = k.peer and state in ('queued', 'sending')
                order by seq limit 200) a
            where kind <> 'outcome'
            order by seq limit 1) m
        """
}
