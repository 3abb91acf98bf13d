// Writers that are stopped in the middle of their statement, in the server and for no lock. A lock would stop them too,
// but only for as long as the statement waits for locks, and a slow machine may take longer than that to look.
package import Postgres

/// Runs `body` while whoever inserts a row into `table` waits, if `condition` holds for the row, which it calls `new`.
/// Afterwards they go on. `pool` is the superuser's; once in a database.
package func withInsertsHeld<Value: Sendable>(
    into table: String, when condition: String = "true", on pool: PostgresPool,
    _ body: () async throws -> Value
) async throws -> Value {
    for sql in [
        "create table public.held as select 1 as one",
        """
        create function public.wait_while_held() returns trigger language plpgsql security definer as $$
        begin
          while exists (select from public.held) loop perform pg_sleep(0.005); end loop;
          return new;
        end $$
        """,
        """
        create trigger held before insert on \(table) for each row when (\(condition))
        execute function public.wait_while_held()
        """,
    ] { try await pool.query(PostgresStatement(composed: sql)) }
    let outcome: Result<Value, any Error>
    do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
    try await pool.query("delete from public.held")
    return try outcome.get()
}

/// Until somebody is held.
package func untilHeld(on pool: PostgresPool) async throws {
    try await until("somebody is held", atMost: .seconds(30)) {
        try await !pool.query(
            "select 1 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'"
        ).isEmpty
    }
}
