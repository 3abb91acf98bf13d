// A message from a person, decoded from the envelope that the classifier kept. Everything in it was chosen by
// whoever wrote it: names and texts prove nothing about who that is. What the message asks for is the
// router's to decide.
package import JSONWire

/// One inbound message. Almost everything is optional since 2026: a person may have a phone, a user id, or
/// both.
package struct InboundMessage: Sendable, Equatable {
    /// What was sent.
    package enum Content: Sendable, Equatable {
        case text(String)
        /// A row of a list message of ours was tapped, maybe weeks later, maybe twice.
        case listReply(id: String, title: String)
        /// A reply button of ours was tapped.
        case buttonReply(id: String, title: String)
        /// A quick-reply button of a template was tapped.
        case button(payload: String, text: String)
        /// `image`, `video`, `audio`, `document` or `sticker`.
        case media(kind: String, caption: String?)
        /// Cards of an address book, never empty. They prove nothing about whoever sent them.
        case contacts([ContactCard])
        case system(SystemEvent)
        /// Meta could not pass on what was sent; the kind, where it says so.
        case unsupported(kind: String?)
        /// A type that we do not act on (location, order, reaction, edit, revoke, …), or one
        /// unknown to us, or one whose promised content is missing.
        case other(type: String)
    }

    /// A card as somebody else's address book has it: neither name nor phones can be believed.
    package struct ContactCard: Sendable, Equatable {
        /// As written on the card, line breaks and all.
        package var name: String?
        /// As written, in any spelling; where a card leaves that out, WhatsApp's digits with a plus. At most
        /// `phonesMax`.
        package var phones: [String]

        package init(name: String?, phones: [String]) {
            self.name = name
            self.phones = phones
        }

        /// More cards than anybody picks, and more phones than anybody has; what is behind is not looked at.
        static let cardsMax = 10, phonesMax = 10

        init(_ json: JSONValue) {
            name = json["name"]?["formatted_name"]?.filledText
            phones = (json["phones"]?.items ?? []).prefix(Self.phonesMax).compactMap { phone in
                phone["phone"]?.filledText ?? phone["wa_id"]?.filledText.map { "+" + $0 }
            }
        }
    }

    /// Something happened to the person's identity. All of these suspend trust until the bank's record
    /// agrees.
    package enum SystemEvent: Sendable, Equatable {
        /// The person now has another phone; the old one is `from`.
        case changedNumber(newWaId: String?, newUserId: String?)
        case changedUserId(newUserId: String?)
        /// Another device or a reinstallation: the keys of this phone are new.
        case identityChanged
        case other(kind: String)
    }

    /// Why an envelope is not a message.
    package enum Refusal: Error, Equatable, Sendable {
        case notJSON(JSONFailure)
        case noMessage
        case noId
    }

    /// The wamid; opaque and of any length.
    package var id: String
    /// Meta's time, in seconds since 1970.
    package var timestamp: Int64?
    /// The person's phone in digits without plus.
    package var from: String?
    /// The person's business-scoped user id.
    package var userId: String?
    package var content: Content
    /// The wamid of the message that was answered or tapped.
    package var contextMessageId: String?
    /// Passed on from another chat.
    package var isForwarded: Bool
    /// Written in a group.
    package var isGroup: Bool
    /// Changes when the person's keys change; only where the identity check is on.
    package var identityKeyHash: String?

    /// Decodes `{"contact":…,"message":{…}}`. Called by the router with what the ingress kept.
    package init(envelope: [UInt8]) throws(Refusal) {
        let root: JSONValue
        do {
            root = try JSONValue(parsing: envelope, loneSurrogates: .replaced)
        } catch { throw .notJSON(error) }
        guard let message = root["message"], !message.members.isEmpty else { throw .noMessage }
        guard let id = message["id"]?.filledText else { throw .noId }
        self.id = id
        let contact = root["contact"]
        timestamp = message["timestamp"]?.int64OrDigits
        from = (message["from"]?.filledText ?? contact?["wa_id"]?.filledText).flatMap(Self.digits)
        userId = message["from_user_id"]?.filledText ?? contact?["user_id"]?.filledText
        let context = message["context"]
        contextMessageId = context?["id"]?.filledText
        isForwarded = context?["forwarded"]?.bool ?? context?["frequently_forwarded"]?.bool ?? false
        isGroup = message["group_id"]?.filledText != nil
        identityKeyHash = contact?["identity_key_hash"]?.filledText
        content = Self.content(of: message)
    }

    private static func digits(_ text: String) -> String? {
        text.utf8.allSatisfy { $0 &- 0x30 < 10 } && text.utf8.count <= 20 ? text : nil
    }

    private static func content(of message: JSONValue) -> Content {
        let type = message["type"]?.text ?? ""
        let inner = message[type]
        switch type {
        case "text":
            if let body = inner?["body"]?.text { return .text(body) }
        case "interactive":
            if let reply = interactive(inner) { return reply }
        case "button":
            let text = inner?["text"]?.text ?? ""
            if let payload = inner?["payload"]?.text ?? inner?["text"]?.text {
                return .button(payload: payload, text: text)
            }
        case "image", "video", "audio", "document", "sticker":
            return .media(kind: type, caption: inner?["caption"]?.text)
        case "system": return .system(systemEvent(inner))
        case "contacts":
            let cards = (inner?.items ?? []).prefix(ContactCard.cardsMax).map { ContactCard($0) }
            if !cards.isEmpty { return .contacts(cards) }
        case "user_id_update":
            return .system(.changedUserId(newUserId: inner?["user_id"]?["current"]?.filledText))
        case "unsupported", "unknown": return .unsupported(kind: message["unsupported"]?["type"]?.text)
        default: break
        }
        return .other(type: type)
    }

    private static func interactive(_ inner: JSONValue?) -> Content? {
        if let reply = inner?["list_reply"], let id = reply["id"]?.text {
            return .listReply(id: id, title: reply["title"]?.text ?? "")
        }
        if let reply = inner?["button_reply"], let id = reply["id"]?.text {
            return .buttonReply(id: id, title: reply["title"]?.text ?? "")
        }
        return nil
    }

    private static func systemEvent(_ inner: JSONValue?) -> SystemEvent {
        let newUser = inner?["user_id"]?.filledText
        switch inner?["type"]?.text {
        case "user_changed_number", "customer_changed_number":
            let phone = inner?["wa_id"]?.filledText ?? inner?["new_wa_id"]?.filledText
            return .changedNumber(newWaId: phone, newUserId: newUser)
        case "user_changed_user_id": return .changedUserId(newUserId: newUser)
        case "customer_identity_changed", "user_identity_changed": return .identityChanged
        case let kind: return .other(kind: kind ?? "")
        }
    }
}
