// The statements of PaymentQueries for as many payments as came together: each parameter is an array with a value for
// each of them, and what a payment has several of (attempts, history, what is to be told) is an array over all, beside
// one of the places that its elements belong to, from 1. A test compares both forms row by row. Arrays come in the
// order in which rows are locked, which is the same in every process.
import Postgres

enum PaymentSetQueries {
    /// `PaymentQueries.register` of many; the payments that are new come back. What one statement may write once only
    /// is summed up first: several payments of one seller or merchant count as opened at the moment of the last of
    /// them, and their day takes all of them or none. So nothing passes that would not pass one by one at that moment,
    /// and where a limit is met the whole set is refused, and then written one by one. $30: callers and keys, as pins
    /// have them. First all payments, then all sellers, all merchants, all days, each in their order.
    static let register: PostgresStatement = """
        with payment as (
          insert into gateway.payment (payment_id, caller, idempotency_key, pos_user_id, bank_id,
            merchant_id, merchant_name, terminal_id, rail, amount_minor, currency, description, tag,
            phone_number_id, peer, locale, checkout_language, state, attempt_id, created_at, updated_at,
            request_id, run_at, lease_until, fence, payer_phone, payer_name, held_day)
          select n.payment_id, n.caller, n.key, n.seller, n.bank_id, n.merchant_id, n.merchant_name, n.terminal_id,
            n.rail, n.amount, n.currency, n.description, n.tag, n.phone_number_id, n.peer, n.locale, n.language,
            'registering', n.attempt_id, n.at, n.at, n.request_id, n.run_at, n.lease_until, 1, n.payer_phone,
            n.payer_name, n.day
          from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::text[], $10::int8[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
            $17::text[], $18::text[], $19::timestamptz[], $20::text[], $21::timestamptz[], $23::text[], $24::text[],
            $25::int8[], $29::timestamptz[])
            as n (payment_id, caller, key, seller, bank_id, merchant_id, merchant_name, terminal_id, rail, amount,
              currency, description, tag, phone_number_id, peer, locale, language, attempt_id, at, request_id,
              lease_until, payer_phone, payer_name, day, run_at)
          on conflict on constraint payment_idempotency_key do nothing
          returning payment_id, caller, idempotency_key, attempt_id, created_at, state, request_id, bank_id,
            pos_user_id, merchant_id, currency, amount_minor, held_day
        ), attempt as (
          insert into gateway.attempt (attempt_id, payment_id, ordinal, capability_sha256, state,
            created_at, updated_at)
          select p.attempt_id, p.payment_id, 1, a.digest, 'asking', p.created_at, p.created_at
          from payment p join unnest($18::text[], $22::bytea[]) as a (attempt_id, digest)
            on a.attempt_id = p.attempt_id
        ), event as (
          insert into gateway.payment_event (payment_id, attempt_id, at, source, event, from_state,
            to_state, request_id)
          select payment_id, attempt_id, created_at, 'caller', 'asked', state, state, request_id
          from payment
        ), taken as materialized (
          select p.bank_id, p.pos_user_id, p.merchant_id, p.currency, p.held_day, p.amount_minor, p.created_at,
            coalesce((
              select true from gateway.pinned_answer
              where caller = p.caller and idempotency_key = p.idempotency_key limit 1), false) as is_pinned,
            s.seller_until - p.created_at as seller_step, s.merchant_until - p.created_at as merchant_step, s.most
          from payment p join unnest($1::text[], $26::timestamptz[], $27::timestamptz[], $28::int8[])
            as s (payment_id, seller_until, merchant_until, most) on s.payment_id = p.payment_id
        ), seller as (
          insert into gateway.pace as p (bank_id, scope, subject, at, taken_until)
          select bank_id, 'seller', pos_user_id, max(created_at), max(created_at)
            + case when bool_or(is_pinned) then interval '1 hour' else sum(seller_step) end
          from taken group by bank_id, pos_user_id order by bank_id, pos_user_id
          on conflict (bank_id, scope, subject) do update set at = excluded.at,
            taken_until = (case when p.taken_until > excluded.at + interval '120 seconds' then excluded.at
              else greatest(p.taken_until, excluded.at) end) + (excluded.taken_until - excluded.at)
              + case when p.pinned_key = any ($30::text[]) then interval '1 hour' else interval '0' end
          returning 1 as taken
        ), merchant as (
          insert into gateway.pace as p (bank_id, scope, subject, at, taken_until)
          select bank_id, 'merchant', merchant_id, max(created_at), max(created_at) + sum(merchant_step)
          from taken where (select count(*) from seller) > 0
          group by bank_id, merchant_id order by bank_id, merchant_id
          on conflict (bank_id, scope, subject) do update set at = excluded.at,
            taken_until = (case when p.taken_until > excluded.at + interval '120 seconds' then excluded.at
              else greatest(p.taken_until, excluded.at) end) + (excluded.taken_until - excluded.at)
          returning 1 as taken
        ), day as (
          insert into gateway.merchant_day as d (bank_id, merchant_id, currency, day, amount_minor, most_minor)
          select bank_id, merchant_id, currency, held_day, sum(amount_minor), min(most)
          from taken where (select count(*) from merchant) > 0
          group by bank_id, merchant_id, currency, held_day order by bank_id, merchant_id, currency, held_day
          on conflict (bank_id, merchant_id, currency, day) do update
            set amount_minor = d.amount_minor + excluded.amount_minor, most_minor = excluded.most_minor
          returning 1 as taken
        )
        select payment_id from payment where (select count(*) from day) > 0
        """

    /// $1 to $31 as `PaymentQueries.save` has them, then the places of attempts, of history and of the trail. A payment
    /// that is there twice is written once: the other finds a version that is no longer the latest.
    private static let saved = """
            failure_code = n.failure_code, attempt_id = n.attempt_id, link = n.link, expires_at = n.expires_at,
            opened_at = n.opened_at, paid_at = n.paid_at, swift_message_id = n.swift_message_id,
            swift_payer_bank = n.swift_payer_bank, attempts = n.attempts, run_at = n.run_at,
            lease_until = n.lease_until, last_error = n.last_error, updated_at = n.at, version = payment.version + 1
          from unnest($1::text[], $2::int8[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
            $8::timestamptz[], $9::timestamptz[], $10::text[], $11::text[], $12::int8[], $13::timestamptz[],
            $14::timestamptz[], $15::text[], $16::timestamptz[]) with ordinality
            as n (payment_id, version, state, failure_code, attempt_id, link, expires_at, opened_at, paid_at,
              swift_message_id, swift_payer_bank, attempts, run_at, lease_until, last_error, at, place)
          where payment.payment_id = any (array[n.payment_id]) and payment.version = n.version
          returning n.place, payment.payment_id, payment.request_id, payment.bank_id, payment.currency,
            payment.amount_minor, payment.updated_at
        ), attempt as (
          insert into gateway.attempt (attempt_id, payment_id, ordinal, capability_sha256, created_at, state,
            rail_payment_id, link, updated_at)
          select a.id, p.payment_id, a.ordinal, a.digest, a.created_at, a.state, a.rail_id, a.link, p.updated_at
          from payment p join unnest($32::int8[], $17::text[], $18::int8[], $19::bytea[], $20::timestamptz[],
            $21::text[], $22::text[], $23::text[])
            as a (place, id, ordinal, digest, created_at, state, rail_id, link) on a.place = p.place
          on conflict (attempt_id) do update set state = excluded.state,
            rail_payment_id = excluded.rail_payment_id, link = excluded.link, updated_at = excluded.updated_at
        ), event as (
          insert into gateway.payment_event (payment_id, attempt_id, at, source, event, from_state, to_state,
            detail, request_id)
          select p.payment_id, e.attempt, p.updated_at, e.source, e.event, e.from_state, e.to_state, e.detail,
            p.request_id
          from payment p join unnest($33::int8[], $24::text[], $25::text[], $26::text[], $27::text[], $28::text[],
            $29::text[]) with ordinality as e (place, attempt, source, event, from_state, to_state, detail, nth)
            on e.place = p.place
          order by e.nth
        ), audited as (
          insert into gateway.bank_audit (payment_id, action, attempt_id, at, request_id, run_at, bank_id)
          select p.payment_id, u.action, u.attempt, p.updated_at, p.request_id, p.updated_at, p.bank_id
          from payment p join unnest($34::int8[], $30::text[], $31::text[]) with ordinality
            as u (place, action, attempt, nth) on u.place = p.place
          order by u.nth
          on conflict (payment_id, action, attempt_id) do nothing
        )
        """

    /// `PaymentQueries.save` of many; the places that were written come back.
    static let save = PostgresStatement(
        composed: """
            with payment as (
              update gateway.payment set state = n.state, \(saved)
            select place, null::int8 as seq from payment
            """)

    /// `PaymentQueries.saveOutcome` of many, among which may be some that bring nothing. Those that change their
    /// merchant's day are never among them. $38 is until when what is to be told is claimed by who writes it.
    static let saveOutcome = PostgresStatement(
        composed: """
            with payment as (
              update gateway.payment set state = n.state, \(saved), told as (
              insert into gateway.outbox (payment_id, kind, attempt_id, remark, at, request_id, run_at, state,
                lease_until, fence, attempts)
              select p.payment_id, o.kind, o.attempt, o.remark, p.updated_at, p.request_id, p.updated_at,
                case when c.is_mine then 'claimed' else 'ready' end, case when c.is_mine then o.until end,
                c.is_mine::int, c.is_mine::int
              from payment p join unnest($44::int8[], $35::text[], $36::text[], $37::text[], $38::timestamptz[])
                with ordinality as o (place, kind, attempt, remark, until, nth) on o.place = p.place,
                lateral (
                  select o.until is not null and count(*) = 0 as is_mine from gateway.outbox earlier
                  where earlier.payment_id = p.payment_id and earlier.state in ('ready', 'claimed')
                ) as c
              order by o.nth
              on conflict (payment_id, kind, attempt_id) do nothing
              returning payment_id, seq, state
            ), received as (
              insert into gateway.receipt (attempt_id, payment_id, at, remark, amount_minor, currency,
                rail_payment_id, swift_message_id, swift_payer_bank)
              select r.attempt, p.payment_id, p.updated_at, r.remark, p.amount_minor, p.currency, r.rail_id,
                r.swift_id, r.swift_bank
              from payment p join unnest($45::int8[], $39::text[], $40::text[], $41::text[], $42::text[], $43::text[])
                as r (place, attempt, remark, rail_id, swift_id, swift_bank) on r.place = p.place
            )
            select p.place, t.seq
            from payment p left join told t on t.payment_id = p.payment_id and t.state = 'claimed'
            """)
}
