// Callbacks on their way into their table, and their ends, as parameters of one statement for all that come together.
import Postgres
import World

/// A callback that has just come.
struct NewCallback: Sendable {
    /// Of at most 64 KiB each.
    static let togetherMax = 64

    var callbackId: String
    var receivedAt: Timestamp
    var bankId: String
    var capability: String
    var body: [UInt8]
    var requestId: String
    /// Nil for one that is left to whoever claims it.
    var leaseUntil: Timestamp?

    /// $1 to $7 of `CallbackQueries.keep`.
    static func values(_ rows: [NewCallback]) -> [PostgresValue] {
        [
            .textArray(rows.map(\.callbackId)), .timestampArray(rows.map(\.receivedAt)),
            .textArray(rows.map(\.bankId)), .textArray(rows.map(\.capability)),
            .bytesArray(rows.map(\.body)), .textArray(rows.map(\.requestId)),
            .timestampArray(rows.map(\.leaseUntil)),
        ]
    }
}

/// What a callback turned out to be.
struct CallbackEnd: Sendable {
    var callbackId: String
    var fence: Int64
    var state: String
    var verdict: String?
    var paymentId: String?

    /// $1 to $6 of `CallbackQueries.settle`.
    static func values(_ ends: [CallbackEnd], at now: Timestamp) -> [PostgresValue] {
        [
            .textArray(ends.map(\.callbackId)), .int8Array(ends.map(\.fence)), .timestamp(now),
            .textArray(ends.map(\.state)), .textArray(ends.map(\.verdict)), .textArray(ends.map(\.paymentId)),
        ]
    }
}
