// Turns the body of one webhook delivery into items. Total: every signed body becomes at least one item, and
// what cannot be read becomes an item that says so, because the sender repeats for seven days what is not
// acknowledged. No policy (whose number it is, what is kept) and no hashing here.
import JSONWire

package enum WebhookClassifier {
    /// The most items taken out of one delivery. Meta documents 1,000; a body with more than this is kept
    /// whole as one unreadable item rather than multiplied.
    package static let itemsMax = 20_000

    /// The items of `body`, in its order. Called by the ingress after the signature was found good.
    package static func items(in body: [UInt8]) -> [WebhookItem] {
        var walk = WebhookWalk(body)
        do {
            try walk.run()
        } catch {
            return [unreadable(body, wabaId: "", eventAt: nil)]
        }
        if let object = walk.object, walk.scanner.decoded(object) != "whatsapp_business_account" {
            return [WebhookClassification(walk.scanner).foreign()]
        }
        var classification = WebhookClassification(walk.scanner)
        for entry in walk.entries { classification.add(entry) }
        let items = classification.items
        if items.isEmpty || items.count > itemsMax {
            return [unreadable(body, wabaId: items.first?.wabaId ?? "", eventAt: items.first?.eventAt)]
        }
        return items
    }

    /// A body that is not a webhook that we can read, as an item: its bytes in Base64, since they may be no
    /// text.
    static func unreadable(_ body: [UInt8], wabaId: String, eventAt: Int64?) -> WebhookItem {
        var writer = JSONWriter(capacity: body.count * 4 / 3 + 80)
        writer.object {
            $0.member("field", "")
            $0.member("kind", AccountKind.unreadable.rawValue)
            $0.member("wabaId", wabaId)
            $0.member("value", object: { $0.member("base64", base64(body)) })
        }
        return WebhookItem(
            lane: .account, dedupKey: nil, eventAt: eventAt, wabaId: wabaId, phoneNumberId: nil, waId: nil,
            userId: nil, opensWindow: false, payload: writer.bytes)
    }

    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// RFC 4648 section 4.
    static func base64(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        out.reserveCapacity((bytes.count + 2) / 3 * 4)
        var at = 0
        while at < bytes.count {
            let rest = min(3, bytes.count - at)
            var group = UInt32(bytes[at]) << 16
            if rest > 1 { group |= UInt32(bytes[at + 1]) << 8 }
            if rest > 2 { group |= UInt32(bytes[at + 2]) }
            for place in 0..<4 {
                out.append(place <= rest ? alphabet[Int(group >> UInt32(18 - 6 * place) & 63)] : 0x3D)
            }
            at += 3
        }
        return String(decoding: out, as: UTF8.self)
    }
}
