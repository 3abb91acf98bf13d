// Every SQL text about handles for fresh links. A handle itself is in none of them, only its digest.
import Postgres
import World

enum RenewalQueries {
    /// Nothing for a handle that exists, or for a payment that is not over ($5: the states that are).
    static let mint: PostgresStatement = """
        insert into gateway.renewal (handle_sha256, payment_id, bank_id, pos_user_id, created_at, expires_at)
        select $1, payment_id, bank_id, pos_user_id, $3, $4 from gateway.payment
        where payment_id = $2 and state = any ($5) and (state <> 'cancelled' or run_at is null)
        on conflict (handle_sha256) do nothing
        """

    static let find: PostgresStatement = """
        select r.payment_id, r.bank_id, r.pos_user_id, r.expires_at, u.payment_id,
          coalesce(o.origin_id, r.payment_id), coalesce(c.payment_id, u.payment_id)
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

    /// Before anything else in the transaction: news of these payments that is being written is waited for here and
    /// seen by `chain`, and none comes before the commit. A writer of news takes the payment before the day too.
    private static let lock: PostgresStatement = """
        select payment_id from gateway.payment where payment_id = any ($1) order by payment_id for no key update
        """

    /// The same as `use`, of the line: refused while its first payment, the one of the handle or the one before can be
    /// paid, or was. What this statement does not see of the last, because it was written meanwhile, counts as able
    /// to be paid.
    static let chain: PostgresStatement = """
        insert into gateway.renewal_chain as c (origin_id, payment_id, at, was_over)
        select $1, n.payment_id, $3, not exists (
            select from gateway.payment b where b.payment_id = any ($5)
              and not (b.state = any ($4) and (b.state <> 'cancelled' or b.run_at is null)))
        from gateway.payment n where n.payment_id = $2
        on conflict (origin_id) do update set payment_id = excluded.payment_id, at = excluded.at,
          was_over = exists (
            select from gateway.payment b where b.payment_id = c.payment_id and b.state = any ($4)
              and (b.state <> 'cancelled' or b.run_at is null))
        """

    static func lockItem(_ renewing: Renewing) -> (PostgresStatement, [PostgresValue]) {
        (lock, [.textArray(renewing.endedIds)])
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
                    .textArray(Renewals.renewable), .textArray(renewing.endedIds),
                ]
            ),
            (
                use,
                [.bytes(renewing.digest), .text(paymentId), .timestamp(now), .text(renewing.originId)]
            ),
        ]
    }
}
