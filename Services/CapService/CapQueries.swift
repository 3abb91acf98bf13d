// Every SQL text of the broker. A change and its audit row are one statement, so neither can exist without
// the other.
import Postgres

enum CapQueries {
    static let ready: PostgresStatement = "select not pg_is_in_recovery() as is_writable"

    /// Who each phone is, and the row of the trail that says that it was told, for all that ask at the same time.
    /// Disabled merchants are not offered; everything else of a blocked seller is told, with the status.
    static let resolve: PostgresStatement = """
        with found as materialized (
          select a.place, a.audit_id, a.at, a.caller, a.masked, a.detail, a.request_id, s.pos_user_id, s.status,
            s.locale, s.holder_confirmed_at,
            coalesce((
              select jsonb_agg(jsonb_build_object(
                  'merchantId', m.merchant_id, 'name', m.name, 'currency', m.currency, 'country', m.country,
                  'terminals', m.terminals,
                  'limits', jsonb_build_object('perPayment', m.per_payment, 'perDay', m.per_day))
                order by b.position)
              from (
                select merchant_id, position from cap.binding where pos_user_id = s.pos_user_id offset 0) b
              cross join lateral (
                select merchant_id, name, currency, country, terminals, per_payment, per_day from cap.merchant
                where merchant_id = b.merchant_id and not is_disabled offset 0) m), '[]'::jsonb) as merchants
          from unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::text[])
            with ordinality as a (audit_id, at, caller, phone, masked, detail, request_id, place)
          left join lateral (
            select pos_user_id, status, locale, holder_confirmed_at from cap.seller
            where phone = a.phone offset 0) s on true
        ), told as (
          insert into cap.audit (audit_id, at, caller, action, outcome, pos_user_id, subject, detail, request_id)
          select audit_id, at, caller, 'seller.resolved',
            case when pos_user_id is null then 'SELLER_UNKNOWN' else 'OK' end, pos_user_id,
            coalesce(pos_user_id, masked),
            case when status is null then detail else detail || jsonb_build_object('status', status) end,
            request_id
          from found order by place
        )
        select pos_user_id, status, locale, holder_confirmed_at, merchants from found order by place
        """

    static let merchant: PostgresStatement = """
        select jsonb_build_object(
            'merchantId', m.merchant_id, 'name', m.name, 'currency', m.currency, 'country', m.country,
            'terminals', m.terminals,
            'limits', jsonb_build_object('perPayment', m.per_payment, 'perDay', m.per_day)) as record
        from cap.merchant m where m.merchant_id = $1
        """

    /// Everything that decides about each token, as of one moment. Where nothing speaks against the token that is held
    /// in memory, the row of the trail that says that it was given is written with it: `is_told`. It foresees a plain
    /// yes of `TokenGround`, whose word counts.
    static let tokenGround: PostgresStatement = """
        with ground as materialized (
          select a.place, a.audit_id, a.at, a.caller, a.pos_user_id, a.merchant_id, a.terminal_id, a.detail,
            a.request_id, m.merchant_id is not null as is_known, m.rail_merchant_id, m.ecomm_base_url, m.terminals,
            m.is_disabled, k.version as secret_version, k.envelope, s.status as seller_status,
            exists (select 1 from cap.binding b
              where b.pos_user_id = a.pos_user_id and b.merchant_id || '' = m.merchant_id offset 0) as is_bound,
            k.version = a.held_version and m.rail_merchant_id = a.held_merchant
              and m.ecomm_base_url = a.held_url as is_held,
            a.is_for_paying
          from unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::jsonb[],
            $8::text[], $9::bool[], $10::int8[], $11::text[], $12::text[]) with ordinality as a
            (audit_id, at, caller, pos_user_id, merchant_id, terminal_id, detail, request_id, is_for_paying,
             held_version, held_merchant, held_url, place)
          left join lateral (
            select merchant_id, rail_merchant_id, ecomm_base_url, terminals, is_disabled from cap.merchant
            where merchant_id = a.merchant_id offset 0) m on true
          left join lateral (
            select version, envelope from cap.merchant_secret where merchant_id = m.merchant_id offset 0) k on true
          left join lateral (
            select status from cap.seller where pos_user_id = a.pos_user_id offset 0) s on true
        ), told as (
          insert into cap.audit
            (audit_id, at, caller, action, outcome, pos_user_id, merchant_id, subject, detail, request_id)
          select audit_id, at, caller, 'token.issued', 'OK', pos_user_id, merchant_id, terminal_id, detail, request_id
          from ground
          where is_held and (not is_for_paying or (seller_status = 'active' and is_bound and not is_disabled
            and terminals @> jsonb_build_array(jsonb_build_object('terminalId', terminal_id))))
          order by place
          returning audit_id
        )
        select g.is_known, g.rail_merchant_id, g.ecomm_base_url, g.terminals, g.is_disabled, g.secret_version,
          g.envelope, g.seller_status, g.is_bound, told.audit_id is not null as is_told
        from ground g left join told on told.audit_id = g.audit_id
        order by g.place
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
    /// phone of another seller by its unique key, and with them the whole statement. Who is given a phone that
    /// was not theirs is confirmed as its holder by that; the same phone written again confirms nobody.
    static let putSeller: PostgresStatement = """
        with stored as (
          insert into cap.seller as s
            (pos_user_id, phone, status, locale, created_at, updated_at, holder_confirmed_at)
          values ($11, $12, $13, $14, $2, $2, $2)
          on conflict (pos_user_id) do update set
            phone = excluded.phone, status = excluded.status, locale = excluded.locale,
            updated_at = excluded.updated_at,
            holder_confirmed_at = case when s.phone = excluded.phone then s.holder_confirmed_at
              else excluded.holder_confirmed_at end
          returning s.pos_user_id
        ), wanted as (
          select merchant_id, ordinality::integer as position
          from unnest($15::text[]) with ordinality as w (merchant_id, ordinality)
        ), dropped as (
          delete from cap.binding b using stored
          where b.pos_user_id = $11 and b.merchant_id <> all ($15::text[])
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

    /// $11 seller, $12 the phone that the bank has made sure of. `changed` is 0 where the seller is unknown or
    /// has another phone by now.
    static let confirmHolder: PostgresStatement = """
        with stored as (
          update cap.seller set holder_confirmed_at = $2 where pos_user_id = $11 and phone = $12
          returning pos_user_id
        ), told as (
          insert into cap.audit
            (audit_id, at, caller, action, outcome, pos_user_id, merchant_id, subject, detail, request_id)
          select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10 from stored
        )
        select (select count(*) from stored) as changed,
          exists (select 1 from cap.seller where pos_user_id = $11) as is_known
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
