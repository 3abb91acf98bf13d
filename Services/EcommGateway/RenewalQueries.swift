// Every SQL text about handles for fresh links. A handle itself is in none of them, only its digest.
import Postgres
import World

enum RenewalQueries {
    /// Nothing for a handle that exists, for a payment that is not over ($5: the states that are), or where another
    /// link has paid its order.
    static let mint = PostgresStatement(
        composed: """
            with line as materialized (
              select coalesce((select origin_id from gateway.renewal_use where payment_id = $2), $2) as origin_id)
            insert into gateway.renewal (handle_sha256, payment_id, bank_id, pos_user_id, created_at, expires_at)
            select $1, p.payment_id, p.bank_id, p.pos_user_id, $3, $4 from gateway.payment p
            where p.payment_id = $2 and p.state = any ($5) and (p.state <> 'cancelled' or p.run_at is null)
              and not exists (
                select from gateway.payment b where b.paid_at is not null and b.payment_id = any (\(members)))
            on conflict (handle_sha256) do nothing
            """)

    static let find: PostgresStatement = """
        select r.payment_id, r.bank_id, r.pos_user_id, r.expires_at, u.payment_id,
          coalesce(o.origin_id, r.payment_id), coalesce(c.payment_id, u.payment_id), exists (
            select from gateway.payment b where b.paid_at is not null and b.payment_id = any (array_append(array(
              select m.payment_id from gateway.renewal_use m
              where m.origin_id = coalesce(o.origin_id, r.payment_id)), coalesce(o.origin_id, r.payment_id))))
        from gateway.renewal r
        left join lateral (
          select payment_id from gateway.renewal_use where handle_sha256 = r.handle_sha256 offset 0) u on true
        left join lateral (
          select origin_id from gateway.renewal_use where payment_id = r.payment_id offset 0) o on true
        left join lateral (
          select payment_id from gateway.renewal_chain
          where origin_id = coalesce(o.origin_id, r.payment_id) offset 0) c on true
        where r.handle_sha256 = $1
        """

    /// Behind the payment in its transaction; nothing where the key was known.
    static let use: PostgresStatement = """
        insert into gateway.renewal_use (handle_sha256, payment_id, at, origin_id)
        select $1, payment_id, $3, $4 from gateway.payment where payment_id = $2
        """

    /// Of the line that began with $1, before anything else in the transaction: news of its payments that is being
    /// written is waited for here and seen by `chain`, and none comes before the commit. A writer of news takes
    /// payments before the day too.
    private static let lock: PostgresStatement = """
        select payment_id from gateway.payment where payment_id = any (array_append(array(
          select payment_id from gateway.renewal_use where origin_id = $1), $1))
        order by payment_id for no key update
        """

    /// The payments of a `line`: the first, and those that were made in its place.
    private static let members = """
        array_append(array(
          select m.payment_id from gateway.renewal_use m where m.origin_id = (select origin_id from line)),
          (select origin_id from line))
        """

    /// The same of the line of any of its payments, $1.
    private static let lockOf = PostgresStatement(
        composed: """
            with line as materialized (
              select coalesce((select origin_id from gateway.renewal_use where payment_id = $1), $1) as origin_id)
            select payment_id from gateway.payment where payment_id = any (\(members))
            order by payment_id for no key update
            """)

    /// With the late money of $1, whose version is $2: where another of its line has the order's money, this is too
    /// much. Its version moves on, so that nothing of the change is written as it was reckoned without knowing that.
    private static let giveWay = PostgresStatement(
        composed: """
            with line as materialized (
              select coalesce((select origin_id from gateway.renewal_use where payment_id = $1), $1) as origin_id
              from gateway.payment where payment_id = $1 and version = $2),
            paid as materialized (
              select (array_agg(p.payment_id order by p.paid_at))[1] as payment_id from gateway.payment p
              where p.payment_id = any (\(members))
                and p.payment_id <> $1 and p.paid_at is not null and p.superseded_by is null)
            update gateway.payment p set superseded_by = (select payment_id from paid), version = p.version + 1
            where p.payment_id = $1 and p.version = $2 and (select payment_id from paid) is not null
            """)

    /// With the late money of $1, whose version is $2, at $3: no other payment of its line is worth anything any more.
    /// One that can be paid is due at once, to be taken back. Nothing where the money is not written either.
    private static let supersede = PostgresStatement(
        composed: """
            with line as materialized (
              select coalesce((select origin_id from gateway.renewal_use where payment_id = $1), $1) as origin_id
              from gateway.payment where payment_id = $1 and version = $2)
            update gateway.payment p set superseded_by = $1, version = p.version + 1,
              run_at = case when p.state = 'open' and p.lease_until is null then least(p.run_at, $3) else p.run_at end
            where p.payment_id = any (\(members))
              and p.payment_id <> $1 and p.paid_at is null and p.superseded_by is null
            """)

    /// Whether another payment of the line of $1 was paid, and is not itself too much because of it; and those, $2 at
    /// most, that are over because of $1.
    static let beside = PostgresStatement(
        composed: """
            with line as materialized (
              select coalesce((select origin_id from gateway.renewal_use where payment_id = $1), $1) as origin_id)
            select coalesce(bool_or(p.paid_at is not null and p.superseded_by is null), false),
              coalesce(array_agg(p.payment_id order by p.payment_id desc) filter (where p.superseded_by = $1), '{}')
            from (
              select payment_id, paid_at, superseded_by from gateway.payment
              where payment_id = any (\(members)) and payment_id <> $1
              order by payment_id desc limit $2) p
            """)

    /// Before the write of late money, in its transaction: payments are locked in one order, and before the day. Where
    /// the line was paid before, neither that write nor `supersede` finds the version that it knows.
    static func supersedeItems(
        _ paymentId: String, version: Int64, at now: Timestamp
    ) -> [(PostgresStatement, [PostgresValue])] {
        [
            (lockOf, [.text(paymentId)]),
            (giveWay, [.text(paymentId), .int8(version)]),
            (supersede, [.text(paymentId), .int8(version), .timestamp(now)]),
        ]
    }

    /// The same as `use`, of the line: refused while any of its payments can be paid, or was.
    /// What this statement does not see of the last, because it was written meanwhile, counts as able to be paid.
    static let chain: PostgresStatement = """
        insert into gateway.renewal_chain as c (origin_id, payment_id, at, was_over)
        select $1, n.payment_id, $3, not exists (
            select from gateway.payment b where b.payment_id = any (array_append(array(
                select m.payment_id from gateway.renewal_use m where m.origin_id = $1), $1))
              and not (b.state = any ($4) and (b.state <> 'cancelled' or b.run_at is null)))
        from gateway.payment n where n.payment_id = $2
        on conflict (origin_id) do update set payment_id = excluded.payment_id, at = excluded.at,
          was_over = exists (
            select from gateway.payment b where b.payment_id = c.payment_id and b.state = any ($4)
              and (b.state <> 'cancelled' or b.run_at is null))
        """

    static func lockItem(_ renewing: Renewing) -> (PostgresStatement, [PostgresValue]) {
        (lock, [.text(renewing.originId)])
    }

    /// Behind the payment's row, in this order always.
    static func items(
        _ renewing: Renewing, paymentId: String, at now: Timestamp
    ) -> [(PostgresStatement, [PostgresValue])] {
        [
            (
                chain,
                [
                    .text(renewing.originId), .text(paymentId), .timestamp(now),
                    .textArray(Renewals.renewable),
                ]
            ),
            (
                use,
                [.bytes(renewing.digest), .text(paymentId), .timestamp(now), .text(renewing.originId)]
            ),
        ]
    }
}
