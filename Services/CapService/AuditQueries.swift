// Every SQL text that writes to the trail by itself, or reads it. Rows of what others asked at the same time are
// written together, in the order in which they came.
import Postgres

enum AuditQueries {
    static let append: PostgresStatement = """
        insert into cap.audit
          (audit_id, at, caller, action, outcome, pos_user_id, merchant_id, subject, detail, request_id)
        select e.audit_id, e.at, e.caller, e.action, e.outcome, e.pos_user_id, e.merchant_id, e.subject, e.detail,
          e.request_id
        from unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
          $8::text[], $9::jsonb[], $10::text[]) with ordinality as e
          (audit_id, at, caller, action, outcome, pos_user_id, merchant_id, subject, detail, request_id, place)
        order by e.place
        """

    /// One row for each caller and key ($11); none, and no key in the answer, where there is one already.
    static let report: PostgresStatement = """
        insert into cap.audit
          (audit_id, at, caller, action, outcome, pos_user_id, merchant_id, subject, detail, request_id,
           idempotency_key)
        select e.audit_id, e.at, e.caller, e.action, e.outcome, e.pos_user_id, e.merchant_id, e.subject, e.detail,
          e.request_id, e.key
        from unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
          $8::text[], $9::jsonb[], $10::text[], $11::text[]) with ordinality as e
          (audit_id, at, caller, action, outcome, pos_user_id, merchant_id, subject, detail, request_id, key, place)
        order by e.place
        on conflict (caller, idempotency_key) where idempotency_key is not null do nothing
        returning idempotency_key
        """

    static let reportedBefore: PostgresStatement = """
        select a.idempotency_key, a.action, a.pos_user_id, a.merchant_id, a.subject, a.detail
        from unnest($2::text[]) as k (key)
        join cap.audit a on a.caller = $1 and a.idempotency_key = k.key
        """

    /// Waits for the rows that are being written, and holds back new ones for the one statement that follows.
    static let lock: PostgresStatement = "select pg_advisory_xact_lock(cap.audit_lock()) is null as done"

    /// $1 is a number, or $2 the id of a row, as cursors were before there were numbers.
    static let page: PostgresStatement = """
        select audit_id, at, caller, action, outcome, pos_user_id, merchant_id, subject, detail, request_id, seq
        from cap.audit
        where seq > coalesce($1, (select seq from cap.audit where audit_id = $2), 0) order by seq limit $3
        """
}
