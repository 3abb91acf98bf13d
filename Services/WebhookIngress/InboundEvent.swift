// A webhook's item as the row that keeps it: its name for deduplication, its time, its conversation. Every
// value is made safe for the statement that many deliveries share, so that none of them can fail the others.
// Pure.
import Sealing
package import WhatsApp
package import World

/// One row to insert into `channel.inbound_event`.
package struct InboundEvent: Sendable, Equatable {
    /// Meta repeats a delivery for at most seven days. What is older cannot be one, so it is kept but not
    /// acted upon.
    package static let actedUponFor: Duration = .seconds(8 * 86_400)
    /// Longer names are hashed: an index entry has room for about 2,700 bytes, and no wamid seen is over 100.
    static let dedupKeyBytesMax = 512
    /// Times behind 2100-01-01 are no times (milliseconds, most likely).
    static let secondsMax: Int64 = 4_102_444_800

    package var lane: WebhookLane
    package var dedupKey: String
    /// 1970-01-01 when the event carries no time that can be believed: a redelivery must repeat it.
    package var eventAt: Timestamp
    package var phoneNumberId: String
    package var waId: String?
    package var userId: String?
    package var payload: [UInt8]
    /// The delivery that brought it; travels through every service that works on it.
    package var requestId: String
    package var opensWindow: Bool
    /// Kept for a person to see, never claimed.
    package var isParked: Bool

    /// Called by the route for each item of a delivery that is ours.
    init(_ item: WebhookItem, receivedAt: Timestamp, requestId: String) {
        let seconds = item.eventAt.flatMap { (1...Self.secondsMax).contains($0) ? $0 : nil }
        lane = item.lane
        eventAt = Timestamp(seconds: seconds ?? 0)
        phoneNumberId = item.phoneNumberId ?? ""
        waId = item.waId
        userId = item.userId
        payload = item.payload
        self.requestId = requestId
        opensWindow = item.opensWindow && seconds != nil
        isParked =
            item.lane == .messages && seconds != nil
            && receivedAt.since(eventAt) > Self.actedUponFor
        dedupKey = Self.dedupKey(item)
    }

    private static func dedupKey(_ item: WebhookItem) -> String {
        if let key = item.dedupKey {
            if key.utf8.count <= dedupKeyBytesMax, !key.utf8.contains(0) { return key }
            return "sha256:" + SHA256.hex(Array(key.utf8))
        }
        // Two events of the same content at different times are two events; a redelivery repeats both.
        let prefix = "\(item.wabaId)\u{1F}\(item.eventAt ?? 0)\u{1F}"
        return "sha256:" + SHA256.hex(Array(prefix.utf8) + item.payload)
    }
}
