// Phones that every bank has just said it does not know, for some seconds: a flood of messages from one asks the banks
// once. Only "unknown" is ever remembered here; who is a seller, and who is blocked, is asked at every message.
import Sealing
import Synchronization
import World

final class Strangers: Sendable {
    /// A new seller who was turned away waits this long after the bank has written the record down.
    static let remembered = Duration.seconds(5)
    /// The oldest makes room. Sixteen bytes of digest each, so a flood of phones costs a fixed quarter of a
    /// megabyte.
    static let countMax = 4_096

    private struct State {
        var notedAt: [String: Timestamp] = [:]
        /// In the order they were noted; a ring.
        var names: [String] = []
        var oldest = 0
    }

    private let state = Mutex(State())

    /// What a phone is called here: no phone number is kept.
    static func name(_ phone: String, _ banks: [String]) -> String {
        String(SHA256.hex(Array(([phone] + banks).joined(separator: "\n").utf8)).prefix(32))
    }

    func isKnown(_ name: String, at now: Timestamp) -> Bool {
        state.withLock { state in
            guard let notedAt = state.notedAt[name] else { return false }
            let age = now.since(notedAt)
            return age >= .zero && age < Self.remembered
        }
    }

    func note(_ name: String, at now: Timestamp) {
        state.withLock { state in
            if state.notedAt.updateValue(now, forKey: name) != nil { return }
            if state.names.count < Self.countMax {
                state.names.append(name)
            } else {
                state.notedAt[state.names[state.oldest]] = nil
                state.names[state.oldest] = name
                state.oldest = (state.oldest + 1) % Self.countMax
            }
        }
    }
}
