// Every SQL text about templates, by name, columns enumerated.
import Postgres

enum TemplateQueries {
    static let all: PostgresStatement = """
        select name, language, state, template_id, category, quality, reason, account_body, state_at, active_at,
            edited_at
        from notifier.template where waba_id = $1
        """

    /// $1 account, $2 name, $3 language, $4 now. Any news is news of a template that has not been heard of.
    static let begin: PostgresStatement = """
        insert into notifier.template (waba_id, name, language, state, state_at, active_at)
        values ($1, $2, $3, 'assumed', timestamptz 'epoch', $4) on conflict do nothing
        """

    static let lock: PostgresStatement = """
        select name, language, state, template_id, category, quality, reason, account_body, state_at, active_at,
            edited_at
        from notifier.template where waba_id = $1 and name = $2 and language = $3 for update
        """

    /// $1 account, $2 name, $3 language, then the row.
    static let store: PostgresStatement = """
        update notifier.template
        set state = $4, template_id = $5, category = $6, quality = $7, reason = $8, account_body = $9,
            state_at = $10, active_at = $11, edited_at = $12
        where waba_id = $1 and name = $2 and language = $3
        """

    /// $1 ids, $2 attempts, $3 accounts, $4 names, $5 languages: what leaves, written with its mark.
    static let note: PostgresStatement = """
        insert into notifier.template_attempt (message_id, attempt, waba_id, name, language)
        select message_id, attempt, waba_id, name, language
        from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::text[])
            as a (message_id, attempt, waba_id, name, language)
        """

    static let ofAttempt: PostgresStatement = """
        select waba_id, name, language from notifier.template_attempt where message_id = $1 and attempt = $2
        """

    /// $1 account, $2 name, $3 language, $4 now.
    static let used: PostgresStatement = """
        update notifier.template set active_at = $4
        where waba_id = $1 and name = $2 and language = $3 and active_at < $4 - interval '1 day'
        """

    static let accounts: PostgresStatement = """
        select waba_id, synced_at, failure from notifier.template_account order by waba_id
        """

    static let know: PostgresStatement = """
        insert into notifier.template_account (waba_id, next_sync_at) values ($1, $2) on conflict do nothing
        """

    /// $1 account, $2 now, $3 end of the lease, $4 also when it is not due. A next look further ahead than a day was
    /// written while a clock was ahead.
    static let takeTurn: PostgresStatement = """
        update notifier.template_account set lease_until = $3
        where waba_id = $1 and ($4 or next_sync_at <= $2 or next_sync_at > $2 + interval '1 day')
            and (lease_until is null or lease_until < $2 or lease_until > $2 + interval '10 minutes')
        """

    static let renewTurn: PostgresStatement = """
        update notifier.template_account set lease_until = $2 where waba_id = $1
        """

    /// $1 account, $2 next look, $3 failure, $4 when it was read; null leaves the last time.
    static let endTurn: PostgresStatement = """
        update notifier.template_account
        set lease_until = null, next_sync_at = $2, failure = $3, synced_at = coalesce($4, synced_at)
        where waba_id = $1
        """

    static let lockEdits: PostgresStatement = """
        select edits_full_at from notifier.template_account where waba_id = $1 for update
        """

    static let keepEdits: PostgresStatement = """
        update notifier.template_account set edits_full_at = $2 where waba_id = $1
        """

    /// $1 numbers.
    static let anyHeld: PostgresStatement = """
        select 1 as is_held from notifier.message
        where state = 'held' and reason = 'templateMissing' and phone_number_id = any ($1) limit 1
        """

    /// $1 numbers, $2 families and $3 languages in pairs, $4 how many. A row of an older program has no family and
    /// is planned anew to find out.
    static let releasable: PostgresStatement = """
        select m.message_id from notifier.message m
        where m.state = 'held' and m.reason = 'templateMissing' and m.phone_number_id = any($1::text[])
            and (m.template_family is null or (m.template_family, m.locale) in (
                select s.family, s.locale from unnest($2::text[], $3::text[]) as s (family, locale)))
        order by m.seq limit $4
        """

    /// $1 account, $2 now. One process in a second, whatever their number: what is let go is paced for all.
    static let takeRelease: PostgresStatement = """
        update notifier.template_account set released_at = $2
        where waba_id = $1 and (released_at is null or released_at <= $2 - interval '750 milliseconds'
            or released_at > $2 + interval '1 minute')
        """

    static let counts: PostgresStatement = """
        select state, count(*) as templates from notifier.template group by state
        """
}
