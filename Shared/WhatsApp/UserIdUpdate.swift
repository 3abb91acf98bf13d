// A person's business-scoped user id was replaced: the webhook field `user_id_update`, the only place where Meta names
// the old id and the new one. The id follows the phone number, so a new one means that the number may have
// changed hands.
import JSONWire

struct UserIdUpdate: Equatable {
    /// As many as one delivery may hold of anything.
    static let countMax = 1_000

    var previous: String
    var current: String?
    /// Meta's time in seconds since 1970.
    var timestamp: Int64?
    /// The element as Meta sent it.
    var value: JSONValue

    /// The updates of a change's value; nil when it is none, or when one of them names no old id.
    static func all(in value: [UInt8]) -> [UserIdUpdate]? {
        guard
            let root = try? JSONValue(parsing: value, loneSurrogates: .replaced),
            let elements = root["user_id_update"]?.items, elements.count <= countMax
        else { return nil }
        var updates: [UserIdUpdate] = []
        for element in elements {
            guard let previous = element["user_id"]?["previous"]?.filledText.flatMap(userId) else {
                return nil
            }
            updates.append(
                UserIdUpdate(
                    previous: previous,
                    current: element["user_id"]?["current"]?.filledText.flatMap(userId),
                    timestamp: element["timestamp"]?.int64OrDigits, value: element))
        }
        return updates
    }

    /// What a redelivery repeats: number, old id and new id.
    func name(phoneNumberId: String) -> String {
        "user_id_update|" + phoneNumberId + "|" + previous + "|" + (current ?? "")
    }

    /// The form of a message, for `InboundMessage` to read.
    func envelope(phoneNumberId: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.member(
                "message",
                object: { message in
                    message.member("id", name(phoneNumberId: phoneNumberId))
                    message.member("type", "user_id_update")
                    message.member("from_user_id", previous)
                    message.name("user_id_update")
                    message.value(value)
                })
        }
        return writer.bytes
    }

    /// As the classifier takes a user id: printable, bounded, and not digits alone.
    private static func userId(_ text: String) -> String? {
        let isPlain = text.utf8.count <= 160 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        return isPlain && !text.utf8.allSatisfy { $0 &- 0x30 < 10 } ? text : nil
    }
}
