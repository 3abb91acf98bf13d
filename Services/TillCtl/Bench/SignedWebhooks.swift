// Webhooks as Meta sends them, complete requests with their signature, made before a run so that making them
// costs the run nothing. Every one has its own message id.
import JSONWire
import Sealing
import World

/// Prepares signed requests for one number.
struct SignedWebhooks {
    let key: HMACKey
    let phoneNumberId: String
    let wabaId: String
    let displayPhoneNumber: String
    let host: String

    /// Stamps are whole seconds. With all of them the same, each person would write dozens of words in one second, and
    /// the figures would be those of a rare case; the peers were measured with this many a second.
    private static let stampedPerSecond = 1_000

    /// `count` requests of about 860 bytes of body, from 5,000 people, the last ones stamped with `now`.
    func make(_ count: Int, now: Timestamp, world: World) -> [[UInt8]] {
        (0..<count).map { index in
            let age = (count - 1 - index) / Self.stampedPerSecond
            return request(index, Timestamp(seconds: now.seconds - Int64(age)), world)
        }
    }

    private func request(_ index: Int, _ now: Timestamp, _ world: World) -> [UInt8] {
        let phone = "1650" + String(5_550_000 + index % 5_000)
        let wamid = "wamid." + Base64.encode(Array((phone + world.hex(20)).utf8))
        let text =
            "Buna ziua! Va rog confirmati comanda " + String(index)
            + ", suma totala si ora livrarii la adresa "
            + "din Chisinau, strada Alexei Mateevici 60; daca nu raspund la telefon, lasati pachetul la vecini. "
            + "Multumesc mult pentru ajutor si pentru rabdare, voi mai comanda cu siguranta, o zi frumoasa!"
        let body = Array(
            """
            {"object":"whatsapp_business_account","entry":[{"id":"\(wabaId)","changes":[{"value":{\
            "messaging_product":"whatsapp","metadata":{"display_phone_number":"\(displayPhoneNumber)",\
            "phone_number_id":"\(phoneNumberId)"},"contacts":[{"profile":{"name":"\\u0218tefan Popescu"},\
            "wa_id":"\(phone)","user_id":"MD.\(13_491_208_655_302_000_000 + UInt64(index % 5_000))"}],"messages":[{\
            "from":"\(phone)","from_user_id":"MD.\(13_491_208_655_302_000_000 + UInt64(index % 5_000))",\
            "id":"\(wamid)","timestamp":"\(now.seconds)","type":"text","text":{"body":"\(text)"}}]},\
            "field":"messages"}]}]}
            """.utf8)
        var bytes = Array(
            """
            POST /webhooks/whatsapp HTTP/1.1\r\nHost: \(host)\r\nUser-Agent: facebookexternalua\r\n\
            Accept: */*\r\nContent-Type: application/json\r\nX-Hub-Signature-256: sha256=\
            \(Hex.encode(key.authenticate(body)))\r\nContent-Length: \(body.count)\r\n\r\n
            """.utf8)
        bytes += body
        return bytes
    }
}
