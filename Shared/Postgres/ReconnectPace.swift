// How long to wait before connecting again: longer after each failure, and never as long as the others. A server that
// comes back must not be met by all its clients in the same moment. Pure; randomness is given.

/// The pauses between attempts to connect.
package struct ReconnectPace: Sendable {
    /// The first pause; doubled after each, up to the last.
    package static let first: Duration = .milliseconds(50)
    package static let last: Duration = .seconds(2)

    private var pause = Self.first

    package init() {}

    /// The next pause: between half and the whole of what is due, by `fraction` from 0 to 1.
    package mutating func next(_ fraction: Double) -> Duration {
        defer { pause = min(pause * 2, Self.last) }
        return pause * (0.5 + 0.5 * min(max(fraction, 0), 1))
    }
}
