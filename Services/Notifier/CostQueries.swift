// The SQL of what is billed. A bubble is counted with the first status that counts, in that status's transaction,
// so it is counted once whatever comes twice; a price that is stated later replaces the one that was guessed.
import Postgres

enum CostQueries {
    /// $1 wamids, $2 numbers, $3 categories, $4 types, $5 months as 2026-11.
    static let count: PostgresStatement = """
        with asked as (
            select wamid, phone_number_id, category, type, month
            from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
                as a (wamid, phone_number_id, category, type, month)),
        mine as (
            select s.wamid, s.priced, a.phone_number_id, a.category, a.type, a.month
            from asked a
            cross join lateral (
                select wamid, priced from notifier.accepted_send where wamid = a.wamid offset 0 for update) s
            where s.priced is null or (split_part(s.priced, '/', 2) = 'unstated' and a.type <> 'unstated')),
        named as (
            update notifier.accepted_send s set priced = mine.category || '/' || mine.type || '/' || mine.month
            from mine where s.wamid = any (array[mine.wamid])),
        change as (
            select phone_number_id, month, category, type, 1 as more from mine
            union all
            select phone_number_id, split_part(priced, '/', 3), split_part(priced, '/', 1), split_part(priced,
                '/', 2), -1
            from mine where priced is not null)
        insert into notifier.cost (phone_number_id, month, category, type, messages)
        select phone_number_id, (month || '-01')::date, category, type, sum(more) from change
        group by phone_number_id, month, category, type having sum(more) <> 0
        order by phone_number_id, month, category, type
        on conflict (phone_number_id, month, category, type) do update
        set messages = notifier.cost.messages + excluded.messages
        """

    /// $1 month as 2026-11.
    static let month: PostgresStatement = """
        select phone_number_id, category, type, messages from notifier.cost
        where month = ($1 || '-01')::date and messages > 0 order by phone_number_id, category, type
        """
}
