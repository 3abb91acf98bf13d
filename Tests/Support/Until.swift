// Waiting for something that another process or task will make true, with a limit. For wire tests and
// scenarios; a unit test that waits is in the wrong folder.

/// Ends when `condition` holds; looks every 10 ms. Throws `TookTooLong` after `limit`.
package func until(
    atMost limit: Duration = .seconds(20), _ condition: () async throws -> Bool
) async throws {
    let clock = ContinuousClock(), deadline = clock.now + limit
    while try await !condition() {
        guard clock.now < deadline else { throw TookTooLong() }
        try await Task.sleep(for: .milliseconds(10))
    }
}

package struct TookTooLong: Error {}
