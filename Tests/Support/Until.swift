// Waiting for something that another process or task will make true, with a limit. For wire tests and
// scenarios; a unit test that waits is in the wrong folder.

/// Ends when `condition` holds; looks every 10 ms. Throws `TookTooLong` after `limit`, with `what` was waited for; a
/// sanitizer's process has five times as long.
package func until(
    _ what: String = "", atMost limit: Duration = .seconds(30), _ condition: () async throws -> Bool
) async throws {
    let clock = ContinuousClock(), deadline = clock.now + limit * Sanitizer.slowness
    while try await !condition() {
        guard clock.now < deadline else { throw TookTooLong(what: what) }
        try await Task.sleep(for: .milliseconds(10))
    }
}

package struct TookTooLong: Error {
    package var what: String
}
