// The SQL of the names that sellers have given to payers' phones. Personal data: read for the seller who named them and
// for nobody else.
import Postgres

enum PayerQueries {
    /// The payers that these sellers have named, the latest first: $1 banks, $2 sellers, $3 how many of each.
    static let payers: PostgresStatement = """
        select mine.bank_id, mine.pos_user_id, known.phone, known.name
        from unnest($1::text[], $2::text[]) as mine (bank_id, pos_user_id)
        cross join lateral (
          select p.phone, p.name from router.payer p
          where p.bank_id = mine.bank_id and p.pos_user_id = mine.pos_user_id
          order by p.used_at desc limit $3) as known
        """

    /// $1 bank, $2 seller, $3 phone, $4 name, $5 now, $6 how many are kept. The names beyond that go.
    static let rememberPayer: PostgresStatement = """
        with kept as (
          insert into router.payer as p (bank_id, pos_user_id, phone, name, used_at)
          values ($1, $2, $3, $4, $5)
          on conflict (bank_id, pos_user_id, phone) do update set name = excluded.name, used_at = excluded.used_at
        )
        delete from router.payer p
        where p.bank_id = $1 and p.pos_user_id = $2 and p.phone <> $3
          and p.used_at <= (
            select o.used_at from router.payer o where o.bank_id = $1 and o.pos_user_id = $2
            order by o.used_at desc offset $6 limit 1)
        """
}
