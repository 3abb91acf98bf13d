// Every SQL text of the broker. A change and its audit row are one statement, so neither can exist without
// the other.
import Postgres

enum CapQueries {
    static let ready: PostgresStatement = "select not pg_is_in_recovery() as is_writable"

    static let audit: PostgresStatement = """
        insert into cap.audit
          (audit_id, at, caller, action, outcome, pos_user_id, merchant_id, subject, detail, request_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        """

    /// One row for each caller and key ($11); none when there is one already.
    static let reported: PostgresStatement = """
        insert into cap.audit
          (audit_id, at, caller, action, outcome, pos_user_id, merchant_id, subject, detail, request_id,
           idempotency_key)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        on conflict (caller, idempotency_key) where idempotency_key is not null do nothing
        """

    static let reportedBefore: PostgresStatement = """
        select action, pos_user_id, merchant_id, subject, detail from cap.audit
        where caller = $1 and idempotency_key = $2
        """

    /// Waits for the rows that are being written, and holds back new ones for the one statement that follows.
    static let auditLock: PostgresStatement = "select pg_advisory_xact_lock(cap.audit_lock()) is null as done"

    /// $1 is a number, or $2 the id of a row, as cursors were before there were numbers.
    static let auditPage: PostgresStatement = """
        select audit_id, at, caller, action, outcome, pos_user_id, merchant_id, subject, detail, request_id, seq
        from cap.audit
        where seq > coalesce($1, (select seq from cap.audit where audit_id = $2), 0) order by seq limit $3
        """

    /// Disabled merchants are not offered; everything else of a blocked seller is told, with the status.
    static let sellerByPhone: PostgresStatement = """
        select s.pos_user_id, s.status, s.locale, s.updated_at,
          coalesce((
            select jsonb_agg(jsonb_build_object(
                'merchantId', m.merchant_id, 'name', m.name, 'currency', m.currency, 'country', m.country,
                'terminals', m.terminals,
                'limits', jsonb_build_object('perPayment', m.per_payment, 'perDay', m.per_day))
              order by b.position)
            from cap.binding b join cap.merchant m on m.merchant_id = b.merchant_id
            where b.pos_user_id = s.pos_user_id and not m.is_disabled), '[]'::jsonb) as merchants
        from cap.seller s where s.phone = $1
        """

    static let merchant: PostgresStatement = """
        select jsonb_build_object(
            'merchantId', m.merchant_id, 'name', m.name, 'currency', m.currency, 'country', m.country,
            'terminals', m.terminals,
            'limits', jsonb_build_object('perPayment', m.per_payment, 'perDay', m.per_day)) as record
        from cap.merchant m where m.merchant_id = $1
        """

    /// Everything that decides about a token, as of one moment. One row when the merchant exists.
    static let tokenGround: PostgresStatement = """
        select m.rail_merchant_id, m.ecomm_base_url, m.terminals, m.is_disabled,
          k.version as secret_version, k.envelope, s.status as seller_status,
          exists (select 1 from cap.binding b
            where b.pos_user_id = $1 and b.merchant_id = m.merchant_id) as is_bound
        from cap.merchant m
        left join cap.merchant_secret k on k.merchant_id = m.merchant_id
        left join cap.seller s on s.pos_user_id = $1
        where m.merchant_id = $2
        """

    static let secret: PostgresStatement = """
        select version, envelope from cap.merchant_secret where merchant_id = $1
        """

    /// $20 and $21 are NULL when the stored secret stays. Changes nothing when another operator stored a
    /// secret of the same version first; `changed` then is 0.
    static let putMerchant: PostgresStatement = """
        with stored as (
          insert into cap.merchant as m
            (merchant_id, rail_merchant_id, name, currency, country, ecomm_base_url, terminals, per_payment, per_day,
             is_disabled, created_at, updated_at)
          select $11, $12, $13, $14, $15, $16, $17, $18, $19, $22, $2, $2
          where $20::bigint is null
            or coalesce((select k.version from cap.merchant_secret k where k.merchant_id = $11), 0) = $20 - 1
          on conflict (merchant_id) do update set
            rail_merchant_id = excluded.rail_merchant_id, name = excluded.name, currency = excluded.currency,
            country = excluded.country, ecomm_base_url = excluded.ecomm_base_url, terminals = excluded.terminals,
            per_payment = excluded.per_payment, per_day = excluded.per_day, is_disabled = excluded.is_disabled,
            updated_at = excluded.updated_at
          returning m.merchant_id
        ), sealed as (
          insert into cap.merchant_secret as k (merchant_id, version, master_key_id, envelope, updated_at)
          select $11, $20, $23, $21, $2 from stored where $20::bigint is not null
          on conflict (merchant_id) do update set
            version = excluded.version, master_key_id = excluded.master_key_id, envelope = excluded.envelope,
            updated_at = excluded.updated_at
            where k.version = excluded.version - 1
          returning k.version
        ), told as (
          insert into cap.audit
            (audit_id, at, caller, action, outcome, pos_user_id, merchant_id, subject, detail, request_id)
          select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 from stored
        )
        select (select count(*) from stored) as changed, (select count(*) from sealed) as sealed
        """

    /// Replaces the seller and the list of its merchants. An unknown merchant fails by its foreign key, a
    /// phone of another seller by its unique key, and with them the whole statement.
    static let putSeller: PostgresStatement = """
        with stored as (
          insert into cap.seller as s (pos_user_id, phone, status, locale, created_at, updated_at)
          values ($11, $12, $13, $14, $2, $2)
          on conflict (pos_user_id) do update set
            phone = excluded.phone, status = excluded.status, locale = excluded.locale,
            updated_at = excluded.updated_at
          returning s.pos_user_id
        ), wanted as (
          select merchant_id, ordinality::integer as position
          from unnest($15::text[]) with ordinality as w (merchant_id, ordinality)
        ), dropped as (
          delete from cap.binding b using stored
          where b.pos_user_id = $11 and b.merchant_id not in (select merchant_id from wanted)
        ), bound as (
          insert into cap.binding (pos_user_id, merchant_id, position)
          select stored.pos_user_id, wanted.merchant_id, wanted.position from stored, wanted
          on conflict (pos_user_id, merchant_id) do update set position = excluded.position
        ), told as (
          insert into cap.audit
            (audit_id, at, caller, action, outcome, pos_user_id, merchant_id, subject, detail, request_id)
          select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 from stored
        )
        select count(*) as changed from stored
        """

    static let setSellerStatus: PostgresStatement = """
        with stored as (
          update cap.seller set status = $12, updated_at = $2 where pos_user_id = $11 returning pos_user_id
        ), told as (
          insert into cap.audit
            (audit_id, at, caller, action, outcome, pos_user_id, merchant_id, subject, detail, request_id)
          select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 from stored
        )
        select count(*) as changed from stored
        """

    static let secretsUnderOtherKeys: PostgresStatement = """
        select merchant_id, version, envelope from cap.merchant_secret
        where master_key_id <> $1 order by merchant_id limit $2
        """

    static let rewrapped: PostgresStatement = """
        update cap.merchant_secret set master_key_id = $3, envelope = $4, updated_at = $5
        where merchant_id = $1 and version = $2
        """
}
