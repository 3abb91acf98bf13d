// Every SQL text about payments and attempts, columns named one by one. How rows become records is in
// PaymentStore.
import Postgres

enum PaymentQueries {
    /// In the order in which PaymentRow reads them.
    private static let columns = """
        payment_id, pos_user_id, bank_id, merchant_id, merchant_name, terminal_id, rail, amount_minor,
        currency, description, tag, phone_number_id, peer, locale, checkout_language, state, failure_code,
        attempt_id, link, expires_at, created_at, opened_at, paid_at, swift_message_id, swift_payer_bank,
        request_id, version, attempts, run_at, lease_until, fence, last_error, payer_phone, payer_name, superseded_by
        """

    /// Behind those, of each attempt of `p`: there are 16 at most.
    private static let attemptColumns = """
        a_id, ordinal, capability_sha256, a_created_at, a_state, a_rail_payment_id, a_link
        """
    private static let attempts = """
        lateral (
          select attempt_id as a_id, ordinal, capability_sha256, created_at as a_created_at, state as a_state,
            rail_payment_id as a_rail_payment_id, link as a_link
          from gateway.attempt where attempt.payment_id = p.payment_id limit 16) a
        """

    static let byKey = PostgresStatement(
        composed: """
            select \(columns), \(attemptColumns)
            from (select \(columns) from gateway.payment where caller = $1 and idempotency_key = $2) p, \(attempts)
            """)

    static let byId = PostgresStatement(
        composed: """
            select \(columns), \(attemptColumns)
            from (select \(columns) from gateway.payment where payment_id = $1) p, \(attempts)
            """)

    static let attemptByDigest: PostgresStatement = """
        select a.attempt_id, a.payment_id, p.bank_id, p.terminal_id, p.amount_minor, p.currency, a.rail_payment_id
        from gateway.attempt a cross join lateral (
          select bank_id, terminal_id, amount_minor, currency from gateway.payment
          where payment_id = a.payment_id offset 0) p where a.capability_sha256 = $1
        """

    /// Takes over the making of a link from an owner whose lease has ended.
    static let takeOver = PostgresStatement(
        composed: """
            with p as (
              update gateway.payment set lease_until = $3, run_at = $3, fence = fence + 1, version = version + 1
              where payment_id = $1 and state = 'registering' and (lease_until is null or lease_until <= $2)
              returning \(columns)
            )
            select \(columns), \(attemptColumns) from p, \(attempts)
            """)

    /// Leaves the version alone, so that the owner's own copy stays good.
    static let renewLease: PostgresStatement = """
        update gateway.payment set lease_until = $3, run_at = $3
        where payment_id = $1 and fence = $2 and state = 'registering'
        """

    /// Payments that are due, oldest first, for one janitor each. No wait of ours is as long as an hour:
    /// what lies further ahead was written while a clock was ahead that has been put back since.
    /// Of the banks in $4 only what needs no answer of theirs.
    static let claimDue = PostgresStatement(
        composed: """
            with p as (
              update gateway.payment set lease_until = $2, fence = fence + 1, version = version + 1
              from (
                select payment_id as due from gateway.payment
                where run_at is not null and (run_at <= $1 or run_at > $1 + interval '1 hour')
                  and (lease_until is null or lease_until <= $1 or lease_until > $1 + interval '1 hour')
                  and not (bank_id = any ($4) and state in ('open', 'pending', 'cancelled'))
                  and state = any ($5)
                order by run_at limit $3 for update skip locked) as open where payment_id = any (array[open.due])
              returning \(columns)
            )
            select \(columns), \(attemptColumns) from p, \(attempts)
            """)

    /// One payment by which a bank that is away can be tried, due or not: it has waited long enough.
    static let claimProbe = PostgresStatement(
        composed: """
            with p as (
              update gateway.payment set lease_until = $2, fence = fence + 1, version = version + 1
              from (
                select payment_id as due from gateway.payment
                where run_at is not null and bank_id = $3 and state in ('open', 'pending', 'cancelled')
                  and (lease_until is null or lease_until <= $1 or lease_until > $1 + interval '1 hour')
                order by run_at limit 1 for update skip locked) as open where payment_id = any (array[open.due])
              returning \(columns)
            )
            select \(columns), \(attemptColumns) from p, \(attempts)
            """)

    /// Spreads all that wait for one bank over $3, in the order in which they were due. Leaves the version alone:
    /// whoever is writing one of them sets its time anew.
    static let spread: PostgresStatement = """
        update gateway.payment p set run_at = $2 + ($3::timestamptz - $2) * (w.place - 1) / w.total
        from (
          select payment_id, row_number() over (order by run_at) as place, count(*) over () as total
          from gateway.payment
          where run_at is not null and bank_id = $1 and state in ('open', 'pending', 'cancelled')
            and lease_until is null) w
        where p.payment_id = any (array[w.payment_id]) and p.lease_until is null
          and p.state in ('open', 'pending', 'cancelled')
        """

    /// Unstarted jobs handed back. One that was changed meanwhile is left as it is.
    static let release: PostgresStatement = """
        update gateway.payment set lease_until = null, version = version + 1
        from unnest($1::text[], $2::int8[]) as given (id, fence)
        where payment_id = any (array[given.id]) and payment.fence = given.fence
        """

    /// Claimed payments that are being looked at. Leaves the version alone, as a link's own renewal does.
    static let renewLeases: PostgresStatement = """
        update gateway.payment set lease_until = $3
        from unnest($1::text[], $2::int8[]) as given (id, fence)
        where payment_id = any (array[given.id]) and payment.fence = given.fence and lease_until is not null
        """

    /// The rest of a payment, its attempts, history and what the bank's trail is told: $1 to $31.
    private static let saved = """
            failure_code = $4, attempt_id = $5, link = $6, expires_at = $7, opened_at = $8, paid_at = $9,
            swift_message_id = $10, swift_payer_bank = $11, attempts = $12, run_at = $13,
            lease_until = $14, last_error = $15, updated_at = $16,
            version = version + 1
          where payment_id = $1 and version = $2
          returning payment_id, request_id, bank_id, merchant_id, currency, amount_minor, held_day
        ), attempt as (
          insert into gateway.attempt (attempt_id, payment_id, ordinal, capability_sha256, created_at, state,
            rail_payment_id, link, updated_at)
          select a.id, payment.payment_id, a.ordinal, a.digest, a.created_at, a.state, a.rail_id, a.link, $16
          from payment, unnest($17::text[], $18::int8[], $19::bytea[], $20::timestamptz[], $21::text[],
            $22::text[], $23::text[]) as a (id, ordinal, digest, created_at, state, rail_id, link)
          on conflict (attempt_id) do update set state = excluded.state,
            rail_payment_id = excluded.rail_payment_id, link = excluded.link, updated_at = excluded.updated_at
        ), event as (
          insert into gateway.payment_event (payment_id, attempt_id, at, source, event, from_state, to_state,
            detail, request_id)
          select payment.payment_id, e.attempt, $16, e.source, e.event, e.from_state, e.to_state, e.detail,
            payment.request_id
          from payment, unnest($24::text[], $25::text[], $26::text[], $27::text[], $28::text[], $29::text[])
            as e (attempt, source, event, from_state, to_state, detail)
        ), audited as (
          insert into gateway.bank_audit (payment_id, action, attempt_id, at, request_id, run_at, bank_id)
          select payment.payment_id, u.action, u.attempt, $16, payment.request_id, $16, payment.bank_id
          from payment, unnest($30::text[], $31::text[]) with ordinality as u (action, attempt, place)
          order by u.place
          on conflict (payment_id, action, attempt_id) do nothing
        )
        """

    /// A whole record, with its attempts, history and what the bank's trail is told, unless somebody wrote in between:
    /// then nothing. For a change that brings neither money nor news for the seller, and leaves the merchant's day as
    /// it is: half of what a payment is written.
    static let save = PostgresStatement(
        composed: """
            with payment as (
              update gateway.payment set state = $3, \(saved)
            select payment_id from payment
            """)

    /// The same with receipts of money and what the seller is to be told. $32 is what the change adds to the merchant's
    /// day. Money that came when a link was already written off may pass the day's limit: it is here. Until $36 the
    /// first thing to tell is claimed by who writes it, unless something older of the payment is still to be told: its
    /// number comes back.
    static let saveOutcome = PostgresStatement(
        composed: """
            with payment as (
              update gateway.payment set state = $3, \(saved), day as (
              update gateway.merchant_day d set amount_minor = d.amount_minor + $32,
                most_minor = case when $32 > 0 then greatest(d.most_minor, d.amount_minor + $32)
                  else d.most_minor end
              from payment
              where $32 <> 0 and d.bank_id = any (array[payment.bank_id]) and d.merchant_id = payment.merchant_id
                and d.currency = payment.currency and d.day + 0 = payment.held_day
            ), told as (
              insert into gateway.outbox (payment_id, kind, attempt_id, remark, at, request_id, run_at, state,
                lease_until, fence, attempts)
              select payment.payment_id, o.kind, o.attempt, o.remark, $16, payment.request_id, $16,
                case when o.place = c.place then 'claimed' else 'ready' end,
                case when o.place = c.place then $36::timestamptz end, (o.place = c.place)::int,
                (o.place = c.place)::int
              from payment, lateral (
                select case when $36::timestamptz is not null and count(*) = 0 then 1 else 0 end as place
                from gateway.outbox earlier
                where earlier.payment_id = payment.payment_id and earlier.state in ('ready', 'claimed')
              ) as c, unnest($33::text[], $34::text[], $35::text[]) with ordinality
                as o (kind, attempt, remark, place)
              order by o.place
              on conflict (payment_id, kind, attempt_id) do nothing
              returning seq, state
            ), received as (
              insert into gateway.receipt (attempt_id, payment_id, at, remark, amount_minor, currency,
                rail_payment_id, swift_message_id, swift_payer_bank)
              select r.attempt, payment.payment_id, $16, r.remark, payment.amount_minor, payment.currency, r.rail_id,
                r.swift_id, r.swift_bank
              from payment, unnest($37::text[], $38::text[], $39::text[], $40::text[], $41::text[])
                as r (attempt, remark, rail_id, swift_id, swift_bank)
            )
            select payment_id, (select seq from told where state = 'claimed') from payment
            """)

    /// $1 to $10 in the order of `PaymentFilter.values`. Absent filters are null, no states means all.
    private static let filtered = """
        ($1::text is null or bank_id = $1) and ($2::text is null or merchant_id = $2)
          and ($3::text is null or tag = $3) and (cardinality($4::text[]) = 0 or state = any ($4))
          and ($5::text is null or pos_user_id = $5)
          and ($6::text is null or upper(right(payment_id, 6)) = $6)
          and ($7::timestamptz is null or created_at >= $7) and ($8::timestamptz is null or created_at < $8)
          and ($9::timestamptz is null or paid_at >= $9) and ($10::timestamptz is null or paid_at < $10)
        """

    /// One page, newest first, strictly after the cursor.
    static let list = PostgresStatement(
        composed: """
            select \(columns) from gateway.payment
            where \(filtered) and ($11::timestamptz is null or (created_at, payment_id) < ($11, $12))
            order by created_at desc, payment_id desc limit $13
            """, isPlannedEachTime: true)

    /// What was sold: each order once, whichever links of it were paid, by the moment of its payment. Sorted by the
    /// tags' bytes, whatever the database's own order is.
    static let totals = PostgresStatement(
        composed: """
            select currency, tag, count(*), sum(amount_minor)::int8 from gateway.payment
            where \(filtered) and paid_at is not null and superseded_by is null
            group by currency, tag order by currency collate "C", tag collate "C" nulls first
            """, isPlannedEachTime: true)

    static let alive: PostgresStatement = "select 1"
}
