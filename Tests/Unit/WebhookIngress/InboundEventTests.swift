// An item as a row: names that fit an index, times that can be believed, old messages set aside.
import Testing
import WhatsApp
import World

@testable import WebhookIngress

@Suite struct `An event to keep` {
    static let now = Timestamp(seconds: 1_790_000_000)

    private func row(
        _ lane: WebhookLane = .messages, key: String? = "k", at seconds: Int64? = 1_789_999_990,
        payload: [UInt8] = [1], waba: String = "900", opens: Bool = true
    ) -> InboundEvent {
        let item = WebhookItem(
            lane: lane, dedupKey: key, eventAt: seconds, wabaId: waba, phoneNumberId: nil, waId: nil,
            userId: nil, opensWindow: opens, payload: payload)
        return InboundEvent(item, receivedAt: Self.now, requestId: "req_1")
    }

    @Test func `is named by its own name where that fits, and by a hash where not`() {
        #expect(row(key: "wamid.A=").dedupKey == "wamid.A=")
        let long = String(repeating: "x", count: InboundEvent.dedupKeyBytesMax + 1)
        #expect(row(key: long).dedupKey.hasPrefix("sha256:") && row(key: long).dedupKey.utf8.count == 71)
        #expect(row(key: "a\u{0}b").dedupKey.hasPrefix("sha256:"))
        #expect(row(key: "a\u{0}b").dedupKey != row(key: "a\u{0}c").dedupKey)
    }

    @Test func `without a name is the same only when account, time and content are`() {
        let one = row(.account, key: nil)
        #expect(one.dedupKey == row(.account, key: nil).dedupKey)
        #expect(one.dedupKey != row(.account, key: nil, at: 5).dedupKey)
        #expect(one.dedupKey != row(.account, key: nil, payload: [2]).dedupKey)
        #expect(one.dedupKey != row(.account, key: nil, waba: "901").dedupKey)
    }

    @Test(arguments: [nil, 0, -1, 1_790_000_000_000, Int64.max] as [Int64?])
    func `with a time that cannot be believed has none, and opens no window`(seconds: Int64?) {
        let event = row(at: seconds)
        #expect(event.eventAt == Timestamp(seconds: 0) && !event.opensWindow && !event.isParked)
    }

    @Test(arguments: [(7, false), (8, false), (9, true), (1000, true)])
    func `older than any redelivery is set aside`(days: Int64, isParked: Bool) {
        let at = Self.now.seconds - days * 86_400
        #expect(row(at: at).isParked == isParked)
        #expect(!row(.statuses, at: at).isParked, "a late status still settles a message")
    }
}
