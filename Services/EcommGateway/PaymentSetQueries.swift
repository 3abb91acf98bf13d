// The statements of PaymentQueries for as many payments as came together: each parameter is an array with a value for
// each of them, and what a payment has several of (attempts, history, what is to be told) is an array over all, beside
// one of the places that its elements belong to, from 1. A test compares both forms row by row. Arrays come in the
// order in which rows are locked, which is the same in every process.
import Postgres

enum PaymentSetQueries {
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
