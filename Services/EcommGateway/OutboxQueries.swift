// Every SQL text about what sellers, and their banks' trails, have yet to be told. Rows are known by their number, and
// those of one payment go out in the order in which they became true. All are planned once, perhaps while the tables
// are empty, so their form leaves no choice: reads are `lateral … offset 0`, changes `key = any (array[…])`.
import Postgres

/// Rows that came before one are found by their payment: `not in ('done', 'parked')` says what is open in words that
/// keep the index of all open rows out of it, which nobody can clear of what is done while a snapshot is held open, and
/// `seq + 0` keeps out the index of all numbers.
enum OutboxQueries {
    /// Rows that are due, with what the notifier has to know of the payment. Nothing in it can change any
    /// more, so that a repeat tells the same. Money after our own expiry waits until the expiry has been
    /// told, or the seller would read last what was true first. An hour ahead is due, as it is for payments. None that
    /// is due from before $4 is looked at.
    static let claim = PostgresStatement(
        composed: """
            with due as (
              update gateway.outbox set state = 'claimed', lease_until = $2, fence = fence + 1,
                attempts = attempts + 1
              from (
                select o.seq as free from gateway.outbox o
                where o.state in ('ready', 'claimed') and o.run_at >= $4
                  and (o.run_at <= $1 or o.run_at > $1 + interval '1 hour')
                  and (o.lease_until is null or o.lease_until <= $1 or o.lease_until > $1 + interval '1 hour')
                  and not exists (
                    select 1 from gateway.outbox earlier
                    where earlier.payment_id = o.payment_id and earlier.seq + 0 < o.seq
                      and earlier.state not in ('done', 'parked') offset 0)
                order by o.run_at limit $3 for update of o skip locked) as open
              where seq = any (array[open.free])
              returning seq, payment_id, kind, attempt_id, remark, at, request_id, attempts, fence, run_at
            )
            select due.seq, due.payment_id, due.kind, due.attempt_id, due.remark, due.at, due.request_id,
              due.attempts, due.fence, p.phone_number_id, p.peer, p.locale, p.amount_minor, p.currency,
              p.description, p.tag, p.bank_id, p.pos_user_id, p.rail, due.run_at
            from due cross join lateral (
              select phone_number_id, peer, locale, amount_minor, currency, description, tag, bank_id, pos_user_id, rail
              from gateway.payment where payment_id = due.payment_id offset 0) p
            """)

    /// After a commit whose answer was lost, in one transaction: waits for it to end, and then asks for the outcome of
    /// the payment $1 that it wrote as claimed until $4, which is as good as a name.
    static let waitForWriter: PostgresStatement = """
        select version from gateway.payment where payment_id = $1 for no key update
        """
    static let unheard: PostgresStatement = """
        select seq from gateway.outbox
        where payment_id = $1 and kind = $2 and attempt_id = $3 and lease_until = $4 and fence = 1
          and state is not distinct from 'claimed'
        """

    static let release: PostgresStatement = """
        update gateway.outbox set state = 'ready', lease_until = null, attempts = outbox.attempts - 1
        from unnest($1::int8[], $2::int8[]) as given (seq, fence)
        where outbox.seq = any (array[given.seq]) and outbox.fence = given.fence
        """

    static let renew: PostgresStatement = """
        update gateway.outbox set lease_until = $3
        from unnest($1::int8[], $2::int8[]) as given (seq, fence)
        where outbox.seq = any (array[given.seq]) and outbox.fence = given.fence
          and state is not distinct from 'claimed'
        """

    /// $4 says how each ended, $5 when one that is tried again is due, $6 why. Answers who was still ours, and whether
    /// a later row of the payment had to wait for it. Its commit is not waited for: one whose end is lost with the
    /// server's power is told again under the same key.
    static let end: PostgresStatement = """
        update gateway.outbox o set state = e.state, run_at = coalesce(e.run_at, o.run_at), lease_until = null,
          done_at = case when e.state = 'done' then $3::timestamptz end, last_error = e.code
        from unnest($1::int8[], $2::int8[], $4::text[], $5::timestamptz[], $6::text[])
          as e (seq, fence, state, run_at, code)
        where o.seq = any (array[e.seq]) and o.fence = e.fence
        returning o.seq, e.state <> 'ready' and exists (
          select 1 from gateway.outbox later where later.payment_id = o.payment_id and later.seq + 0 > o.seq
            and later.state not in ('done', 'parked') offset 0) as is_waited_for,
          set_config('synchronous_commit', 'off', true) as durability
        """
}

enum BankAuditQueries {
    /// The same of events for banks' trails, of each bank in $3 by itself: $4 of it at most, and none that is due from
    /// before its $5. Money and the banks' handles come from the receipt.
    static let claim = PostgresStatement(
        composed: """
            with mine as materialized (
              select o.seq
              from unnest($3::text[], $4::bigint[], $5::timestamptz[]) as b (bank_id, most, begin_at)
              cross join lateral (
                select t.seq from gateway.bank_audit t
                where t.bank_id = b.bank_id and t.state in ('ready', 'claimed') and t.run_at >= b.begin_at
                  and (t.run_at <= $1 or t.run_at > $1 + interval '1 hour')
                  and (t.lease_until is null or t.lease_until <= $1 or t.lease_until > $1 + interval '1 hour')
                  and not exists (
                    select 1 from gateway.bank_audit earlier
                    where earlier.payment_id = t.payment_id and earlier.seq + 0 < t.seq
                      and earlier.state not in ('done', 'parked') offset 0)
                order by t.run_at limit b.most for update of t skip locked) as o
            ), due as (
              update gateway.bank_audit a set state = 'claimed', lease_until = $2, fence = a.fence + 1,
                attempts = a.attempts + 1
              from mine where a.seq = any (array[mine.seq])
              returning a.seq, a.payment_id, a.action, a.attempt_id, a.at, a.request_id, a.attempts, a.fence, a.run_at
            )
            select due.seq, due.payment_id, due.action, due.attempt_id, due.at, due.request_id, due.attempts,
              due.fence, p.bank_id, p.pos_user_id, p.merchant_id, p.terminal_id, p.rail, p.amount_minor, p.currency,
              r.swift_message_id, r.swift_payer_bank, due.run_at
            from due cross join lateral (
              select bank_id, pos_user_id, merchant_id, terminal_id, rail, amount_minor, currency
              from gateway.payment where payment_id = due.payment_id offset 0) p
            left join lateral (
              select swift_message_id, swift_payer_bank from gateway.receipt
              where attempt_id = due.attempt_id and due.action like 'payment.paid%' offset 0) r on true
            """)

    static let release: PostgresStatement = """
        update gateway.bank_audit set state = 'ready', lease_until = null, attempts = bank_audit.attempts - 1
        from unnest($1::int8[], $2::int8[]) as given (seq, fence)
        where bank_audit.seq = any (array[given.seq]) and bank_audit.fence = given.fence
        """

    static let renew: PostgresStatement = """
        update gateway.bank_audit set lease_until = $3
        from unnest($1::int8[], $2::int8[]) as given (seq, fence)
        where bank_audit.seq = any (array[given.seq]) and bank_audit.fence = given.fence
          and state is not distinct from 'claimed'
        """

    /// $4 says how each ended, $5 when one that is tried again is due, $6 why. Answers who was still ours, and whether
    /// a later row of the payment had to wait for it. Its commit is not waited for: one whose end is lost with the
    /// server's power is told again under the same key.
    static let end: PostgresStatement = """
        update gateway.bank_audit o set state = e.state, run_at = coalesce(e.run_at, o.run_at), lease_until = null,
          done_at = case when e.state = 'done' then $3::timestamptz end, last_error = e.code
        from unnest($1::int8[], $2::int8[], $4::text[], $5::timestamptz[], $6::text[])
          as e (seq, fence, state, run_at, code)
        where o.seq = any (array[e.seq]) and o.fence = e.fence
        returning o.seq, e.state <> 'ready' and exists (
          select 1 from gateway.bank_audit later where later.payment_id = o.payment_id and later.seq + 0 > o.seq
            and later.state not in ('done', 'parked') offset 0) as is_waited_for,
          set_config('synchronous_commit', 'off', true) as durability
        """
}
