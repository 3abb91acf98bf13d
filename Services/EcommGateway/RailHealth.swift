// What polls have learned of each bank's rail: does it answer? A bank that does not is asked about one payment now
// and then instead of about all of them, so that its silence costs it nothing and other banks no place in the queue.
// Memory of one process; pure but for the lock.
import Synchronization
package import World

package final class RailHealth: Sendable {
    /// One lost answer is a lost answer; this many in a row are a bank that is away.
    private static let failuresMax = 3
    /// How soon a bank that is back is noticed.
    package static let probeGap = Duration.seconds(5)
    /// Over this span all that waited for a bank are asked about once it is back: half of what is promised.
    package static let catchUp = Duration.seconds(20)

    private struct Entry {
        var failures = 0
        var probeAt: Timestamp?
    }
    /// Bounded by the number of banks in the configuration.
    private let entries = Mutex<[String: Entry]>([:])

    package init() {}

    /// Banks that are away.
    package var silent: [String] {
        entries.withLock { $0.filter { $0.value.probeAt != nil }.keys.sorted() }
    }

    package func isSilent(_ bankId: String) -> Bool { entries.withLock { $0[bankId]?.probeAt != nil } }

    /// Banks that are away and may be asked about one payment now; whoever is told so asks.
    package func probes(at now: Timestamp) -> [String] {
        entries.withLock { entries in
            entries.keys.sorted().filter { bank in
                guard let probeAt = entries[bank]?.probeAt else { return false }
                // A clock that was put back must not delay the next look.
                guard probeAt <= now || probeAt.since(now) > Self.probeGap else { return false }
                entries[bank]?.probeAt = now.advanced(by: Self.probeGap)
                return true
            }
        }
    }

    package func answered(_ bankId: String) { entries.withLock { $0[bankId] = nil } }

    package func failed(_ bankId: String, at now: Timestamp) {
        entries.withLock { entries in
            var entry = entries[bankId] ?? Entry()
            entry.failures += 1
            if entry.failures >= Self.failuresMax, entry.probeAt == nil {
                entry.probeAt = now.advanced(by: Self.probeGap)
            }
            entries[bankId] = entry
        }
    }
}
