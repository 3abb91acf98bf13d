// Fuzzes the reading of webhooks, whose bytes are signed but are not ours. Promised: every body becomes at
// least one item, every item's payload is JSON, and no key in it can be longer than the body it came from.
import FuzzSupport
import JSONWire
import WhatsApp

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzWebhooks(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let body = Array(UnsafeBufferPointer(start: start, count: count))
    let items = WebhookClassifier.items(in: body)
    promise((1...WebhookClassifier.itemsMax).contains(items.count), "a body becomes items, but not too many")
    promise(items == WebhookClassifier.items(in: body), "a redelivery becomes the same items")
    for item in items {
        promise(
            (try? JSONScanner.check(item.payload, loneSurrogates: .replaced)) != nil, "a payload is JSON")
        promise(item.dedupKey.map { $0.utf8.count <= 3 * count + 2 } ?? true, "a key is bounded")
        promise(item.waId.map { (1...20).contains($0.utf8.count) } ?? true, "a phone is digits")
        promise(item.userId.map { $0.contains { !$0.isNumber } } ?? true, "a user id is no phone")
        promise(!item.opensWindow || item.lane == .messages, "only a message opens the window")
        promise(!item.opensWindow || item.waId != nil || item.userId != nil, "and only a person's")
        if item.lane == .messages {
            _ = try? InboundMessage(envelope: item.payload)
        }
    }
    return 0
}
