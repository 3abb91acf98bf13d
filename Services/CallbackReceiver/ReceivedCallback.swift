// A callback as it was kept: bytes that prove nothing yet.
import World

/// A row that is ours to work on: claimed, or written as claimed.
struct ReceivedCallback: Sendable, Equatable {
    var callbackId: String
    var bankId: String
    var capability: String
    var body: [UInt8]
    var requestId: String
    var receivedAt: Timestamp
    /// This attempt counted, from 1.
    var attempts: Int
    var fence: Int64
}
