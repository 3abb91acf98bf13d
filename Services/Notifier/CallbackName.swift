// What statuses carry back to us: the message's own id, and which attempt it was. Not a secret and not
// personal data.

/// The value of `biz_opaque_callback_data`.
package enum CallbackName {
    /// The first attempt's is the bare id; a later one's says which attempt it was, so that old news is not
    /// taken for new. `attempt` counts from 1.
    package static func text(_ messageId: String, attempt: Int) -> String {
        attempt == 1 ? messageId : "\(messageId).\(attempt)"
    }

    /// Reads it back; nil when it is none of ours.
    package static func parse(_ text: String) -> (messageId: String, attempt: Int)? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let first = parts.first, first.hasPrefix("msg_"), parts.count <= 2 else { return nil }
        guard parts.count == 2 else { return (String(first), 1) }
        guard let attempt = Int(parts[1]), attempt > 1, String(attempt) == parts[1] else { return nil }
        return (String(first), attempt)
    }
}
