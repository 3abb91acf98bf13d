// Writing payments that are new, alone or as many as came together: the columns and the rule by which a pace is spent
// from stand once for both. In the second form each parameter is an array with a value for each payment; a test
// compares both row by row. Arrays come in the order in which rows are locked, which is the same in every process.
import Postgres

enum RegisterQueries {
    /// Of a payment, in the order in which both forms write them.
    private static let columns = """
        (payment_id, caller, idempotency_key, pos_user_id, bank_id, merchant_id, merchant_name, terminal_id, rail,
          amount_minor, currency, description, tag, phone_number_id, peer, locale, checkout_language, state,
          attempt_id, created_at, updated_at, request_id, run_at, lease_until, fence, payer_phone, payer_name,
          held_day)
        """

    /// Of its first attempt.
    private static let attemptColumns = """
        (attempt_id, payment_id, ordinal, capability_sha256, state, created_at, updated_at)
        """

    /// The first line of a payment's history.
    private static let asked = """
        event as (
          insert into gateway.payment_event (payment_id, attempt_id, at, source, event, from_state, to_state,
            request_id)
          select payment_id, attempt_id, created_at, 'caller', 'asked', state, state, request_id from payment
        )
        """

    /// What was taken is put behind what was taken before. A pace that lies further ahead than two minutes was written
    /// by a clock that has been put back since.
    private static let later = """
        on conflict (bank_id, scope, subject) do update set at = excluded.at,
          taken_until = (case when p.taken_until > excluded.at + interval '120 seconds' then excluded.at
            else greatest(p.taken_until, excluded.at) end) + (excluded.taken_until - excluded.at)
        """

    /// A merchant's day has one more payment; the limit that counts is the one that came with it.
    private static let added = """
        on conflict (bank_id, merchant_id, currency, day) do update
          set amount_minor = d.amount_minor + excluded.amount_minor, most_minor = excluded.most_minor
        returning 1 as taken
        """

    /// Payment, first attempt, first line of history and what it takes of its limits in one statement, or nothing
    /// when the key is known. The unique constraint is the lock: of fifty equal requests at once, one inserts and
    /// the others wait for its commit. Each row of the limits is written from the one before, so always in this
    /// order, and no two transactions wait for each other. A key that was refused before is refused again, by the
    /// pinned answer or, where that was written while this waited for the seller's row, by that row.
    static let one = PostgresStatement(
        composed: """
            with payment as (
              insert into gateway.payment \(columns)
              values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                'registering', $18, $19, $19, $20, $29, $21, 1, $23, $24, $25)
              on conflict on constraint payment_idempotency_key do nothing
              returning payment_id, attempt_id, created_at, state, request_id, bank_id, pos_user_id, merchant_id,
                currency, amount_minor, held_day
            ), attempt as (
              insert into gateway.attempt \(attemptColumns)
              select attempt_id, payment_id, 1, $22, 'asking', created_at, created_at from payment
            ), \(asked), seller as (
              insert into gateway.pace as p (bank_id, scope, subject, at, taken_until)
              select bank_id, 'seller', pos_user_id, created_at,
                case when exists (
                  select from gateway.pinned_answer where caller = $2 and idempotency_key = $3)
                  then created_at + interval '1 hour' else $26 end
              from payment
              \(later)
                + case when p.pinned_key = $2 || ' ' || $3 then interval '1 hour' else interval '0' end
              returning 1 as taken
            ), merchant as (
              insert into gateway.pace as p (bank_id, scope, subject, at, taken_until)
              select bank_id, 'merchant', merchant_id, created_at, $27 from payment, seller
              \(later)
              returning 1 as taken
            ), day as (
              insert into gateway.merchant_day as d (bank_id, merchant_id, currency, day, amount_minor, most_minor)
              select bank_id, merchant_id, currency, held_day, amount_minor, $28 from payment, merchant
              \(added)
            )
            select payment_id from payment, day
            """)

    /// `one` of many; the payments that are new come back. What one statement may write once only is summed up first:
    /// several payments of one seller or merchant count as opened at the moment of the last of them, and their day
    /// takes all of them or none. So nothing passes that would not pass one by one at that moment, and where a limit is
    /// met the whole set is refused, and then written one by one. $30: callers and keys, as pins have them. First all
    /// payments, then all sellers, all merchants, all days, each in their order.
    static let many = PostgresStatement(
        composed: """
            with payment as (
              insert into gateway.payment \(columns)
              select n.payment_id, n.caller, n.key, n.seller, n.bank_id, n.merchant_id, n.merchant_name, n.terminal_id,
                n.rail, n.amount, n.currency, n.description, n.tag, n.phone_number_id, n.peer, n.locale, n.language,
                'registering', n.attempt_id, n.at, n.at, n.request_id, n.run_at, n.lease_until, 1, n.payer_phone,
                n.payer_name, n.day
              from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                $8::text[], $9::text[], $10::int8[], $11::text[], $12::text[], $13::text[], $14::text[],
                $15::text[], $16::text[], $17::text[], $18::text[], $19::timestamptz[], $20::text[],
                $21::timestamptz[], $23::text[], $24::text[], $25::int8[], $29::timestamptz[])
                as n (payment_id, caller, key, seller, bank_id, merchant_id, merchant_name, terminal_id, rail, amount,
                  currency, description, tag, phone_number_id, peer, locale, language, attempt_id, at, request_id,
                  lease_until, payer_phone, payer_name, day, run_at)
              on conflict on constraint payment_idempotency_key do nothing
              returning payment_id, caller, idempotency_key, attempt_id, created_at, state, request_id, bank_id,
                pos_user_id, merchant_id, currency, amount_minor, held_day
            ), attempt as (
              insert into gateway.attempt \(attemptColumns)
              select p.attempt_id, p.payment_id, 1, a.digest, 'asking', p.created_at, p.created_at
              from payment p join unnest($18::text[], $22::bytea[]) as a (attempt_id, digest)
                on a.attempt_id = p.attempt_id
            ), \(asked), taken as materialized (
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
              \(later)
                + case when p.pinned_key = any ($30::text[]) then interval '1 hour' else interval '0' end
              returning 1 as taken
            ), merchant as (
              insert into gateway.pace as p (bank_id, scope, subject, at, taken_until)
              select bank_id, 'merchant', merchant_id, max(created_at), max(created_at) + sum(merchant_step)
              from taken where (select count(*) from seller) > 0
              group by bank_id, merchant_id order by bank_id, merchant_id
              \(later)
              returning 1 as taken
            ), day as (
              insert into gateway.merchant_day as d (bank_id, merchant_id, currency, day, amount_minor, most_minor)
              select bank_id, merchant_id, currency, held_day, sum(amount_minor), min(most)
              from taken where (select count(*) from merchant) > 0
              group by bank_id, merchant_id, currency, held_day order by bank_id, merchant_id, currency, held_day
              \(added)
            )
            select payment_id from payment where (select count(*) from day) > 0
            """)
}
