// Every SQL text about what sellers have yet to be told.
import Postgres

enum OutboxQueries {
    /// Rows that are due, with what the notifier has to know of the payment. Nothing in it can change any
    /// more, so that a repeat tells the same. Money after our own expiry waits until the expiry has been
    /// told, or the seller would read last what was true first. An hour ahead is due, as it is for payments.
    static let claim: PostgresStatement = """
        with due as (
          update gateway.outbox set state = 'claimed', lease_until = $2, fence = fence + 1,
            attempts = attempts + 1
          where (payment_id, kind) in (
            select o.payment_id, o.kind from gateway.outbox o
            where o.state in ('ready', 'claimed') and (o.run_at <= $1 or o.run_at > $1 + interval '1 hour')
              and (o.lease_until is null or o.lease_until <= $1 or o.lease_until > $1 + interval '1 hour')
              and (o.kind <> 'paid' or not exists (
                select 1 from gateway.outbox earlier
                where earlier.payment_id = o.payment_id and earlier.kind <> 'paid'
                  and earlier.state in ('ready', 'claimed')))
            order by o.run_at limit $3 for update of o skip locked)
          returning payment_id, kind, at, request_id, attempts, fence
        )
        select due.payment_id, due.kind, due.at, due.request_id, due.attempts, due.fence, p.phone_number_id,
          p.peer, p.locale, p.amount_minor, p.currency, p.description, p.tag
        from due join gateway.payment p on p.payment_id = due.payment_id
        """

    static let release: PostgresStatement = """
        update gateway.outbox set state = 'ready', lease_until = null, attempts = outbox.attempts - 1
        from unnest($1::text[], $2::text[], $3::int8[]) as given (id, kind, fence)
        where payment_id = given.id and outbox.kind = given.kind and outbox.fence = given.fence
        """

    static let renew: PostgresStatement = """
        update gateway.outbox set lease_until = $4
        from unnest($1::text[], $2::text[], $3::int8[]) as given (id, kind, fence)
        where payment_id = given.id and outbox.kind = given.kind and outbox.fence = given.fence
          and state = 'claimed'
        """

    static let finish: PostgresStatement = """
        update gateway.outbox set state = 'done', done_at = $4, lease_until = null, last_error = null
        where payment_id = $1 and kind = $2 and fence = $3
        """

    static let retry: PostgresStatement = """
        update gateway.outbox set state = 'ready', run_at = $4, lease_until = null, last_error = $5
        where payment_id = $1 and kind = $2 and fence = $3
        """

    /// Kept for a person: asking again would be refused again.
    static let park: PostgresStatement = """
        update gateway.outbox set state = 'parked', lease_until = null, last_error = $4
        where payment_id = $1 and kind = $2 and fence = $3
        """
}
