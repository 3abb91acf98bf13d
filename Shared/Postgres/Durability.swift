// A 200 to Meta or a bank means that the bytes survive a power cut. A server that was told to lose commits
// cannot keep that promise, so no service starts against one, except where somebody says that it is a demo.

/// Throws `.notDurable` when the server runs with fsync or synchronous_commit off for this session, unless
/// `isDemo`. Every service with a database calls it once, before it accepts anything.
package func requireDurability(_ pool: PostgresPool, isDemo: Bool) async throws {
    let row = try await pool.query(durabilitySettings).one()
    let fsync = try row.text("fsync"), commit = try row.text("synchronous_commit")
    guard fsync == "off" || commit == "off", !isDemo else { return }
    throw PostgresError(.notDurable, operatorText: "fsync=\(fsync) synchronous_commit=\(commit)")
}

private let durabilitySettings: PostgresStatement = """
    select current_setting('fsync') as fsync, current_setting('synchronous_commit') as synchronous_commit
    """
