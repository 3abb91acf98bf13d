// The bodies that Meta posts to a business, byte for byte in Meta's manner: everything above ASCII as \uXXXX
// in lower case, slashes escaped. The signature is made over exactly these bytes by whoever sends them.

import JSONWire
package import World

/// The business account that the sandbox plays.
package struct BusinessNumber: Sendable, Equatable {
    /// WhatsApp Business Account id.
    package var wabaId: String
    package var phoneNumberId: String
    /// Digits, as Meta prints it in metadata.
    package var displayPhoneNumber: String
    /// The name in the head of the chat.
    package var name: String

    package init(wabaId: String, phoneNumberId: String, displayPhoneNumber: String, name: String) {
        self.wabaId = wabaId
        self.phoneNumberId = phoneNumberId
        self.displayPhoneNumber = displayPhoneNumber
        self.name = name
    }
}

/// Builds webhook bodies of the `messages` field.
package struct MetaWebhook: Sendable {
    let number: BusinessNumber

    package init(_ number: BusinessNumber) { self.number = number }

    /// A status of a message that the business sent.
    package struct Status: Sendable, Equatable {
        package var messageId: String
        /// sent, delivered, read or failed.
        package var status: Bubble.Ticks
        package var at: Timestamp
        /// What the business put into `biz_opaque_callback_data`.
        package var opaque: String?
        /// utility for templates, service for everything else.
        package var category: String
        /// Within the free messages of the month.
        package var isFree = false
        /// For `failed`: why.
        package var failure: GraphError?
    }

    /// A text that a person wrote.
    package func text(_ bubble: Bubble, from phone: FakePhone, at stamp: Timestamp) -> [UInt8] {
        message(bubble, from: phone, at: stamp, type: "text") { writer in
            writer.member("text", object: { $0.member("body", bubble.text) })
        }
    }

    /// A card of the person's address book, as WhatsApp passes one on.
    package func card(
        _ bubble: Bubble, name: String, cardPhone: String, from phone: FakePhone, at stamp: Timestamp
    ) -> [UInt8] {
        message(bubble, from: phone, at: stamp, type: "contacts") { writer in
            writer.member(
                "contacts",
                array: { cards in
                    cards.object { card in
                        card.member("name", object: { $0.member("formatted_name", name) })
                        card.member(
                            "phones",
                            array: {
                                $0.object { line in
                                    line.member("phone", cardPhone)
                                    line.member("type", "CELL")
                                }
                            })
                        card.member("origin", "other")
                    }
                })
        }
    }

    /// A tap on a list row or on a reply button.
    package func tap(
        _ bubble: Bubble, title: String, description: String?, isListRow: Bool, from phone: FakePhone,
        at stamp: Timestamp
    ) -> [UInt8] {
        let kind = isListRow ? "list_reply" : "button_reply"
        return message(bubble, from: phone, at: stamp, type: "interactive") { writer in
            writer.member(
                "interactive",
                object: { interactive in
                    interactive.member("type", kind)
                    interactive.member(
                        kind,
                        object: { reply in
                            reply.member("id", bubble.rowId ?? "")
                            reply.member("title", title)
                            reply.member("description", ifAny: description)
                        })
                })
        }
    }

    /// The person pressed a quick reply of a template.
    package func quickReply(_ bubble: Bubble, from phone: FakePhone, at stamp: Timestamp) -> [UInt8] {
        message(bubble, from: phone, at: stamp, type: "button") { writer in
            writer.member(
                "button",
                object: { button in
                    button.member("payload", bubble.rowId ?? "")
                    button.member("text", bubble.text)
                })
        }
    }

    func message(
        _ bubble: Bubble, from phone: FakePhone, at stamp: Timestamp, type: String,
        content: (inout JSONWriter) -> Void
    ) -> [UInt8] {
        envelope { value in
            value.member("contacts", array: { $0.object { contact(&$0, phone) } })
            value.member(
                "messages",
                array: { write(bubble, from: phone, at: stamp, type: type, content: content, to: &$0) })
        }
    }

    func write(
        _ bubble: Bubble, from phone: FakePhone, at stamp: Timestamp, type: String,
        content: (inout JSONWriter) -> Void, to messages: inout JSONWriter
    ) {
        messages.object { message in
            if let replyTo = bubble.replyTo {
                message.member(
                    "context",
                    object: { context in
                        context.member("from", number.displayPhoneNumber)
                        context.member("id", replyTo)
                    })
            }
            if phone.shown != .hidden { message.member("from", phone.waId) }
            if phone.shown != .phone { message.member("from_user_id", phone.userId) }
            message.member("id", bubble.id)
            message.member("timestamp", String(stamp.seconds))
            content(&message)
            message.member("type", type)
        }
    }

    /// A status of a message that the business sent to `phone`.
    package func status(_ status: Status, of phone: FakePhone) -> [UInt8] {
        envelope { value in
            if status.status != .failed {  // a failed status never carries contacts
                value.member("contacts", array: { $0.object { contact(&$0, phone) } })
            }
            value.member(
                "statuses",
                array: { statuses in
                    statuses.object { entry in
                        entry.member("id", status.messageId)
                        entry.member("status", status.status.rawValue)
                        entry.member("timestamp", String(status.at.seconds))
                        if phone.shown != .hidden { entry.member("recipient_id", phone.waId) }
                        if phone.shown != .phone, status.status != .failed {
                            entry.member("recipient_user_id", phone.userId)
                        }
                        entry.member("biz_opaque_callback_data", ifAny: status.opaque)
                        pricing(&entry, status)
                        if let failure = status.failure {
                            entry.member("errors", array: { failure.writeStatus(&$0) })
                        }
                    }
                })
        }
    }

    private func pricing(_ entry: inout JSONWriter, _ status: Status) {
        guard status.status == .sent || status.status == .delivered else { return }
        entry.member(
            "pricing",
            object: { pricing in
                pricing.member("billable", !status.isFree)
                pricing.member("pricing_model", "PMP")
                pricing.member("category", status.category)
                pricing.member("type", status.isFree ? "free_customer_service" : "regular")
            })
    }

    func contact(_ contact: inout JSONWriter, _ phone: FakePhone) {
        contact.member(
            "profile",
            object: { profile in
                profile.member("name", phone.name)
                if phone.shown == .hidden { profile.member("username", "user" + phone.userId.suffix(6)) }
            })
        if phone.shown != .hidden { contact.member("wa_id", phone.waId) }
        if phone.shown != .phone { contact.member("user_id", phone.userId) }
        contact.member("identity_key_hash", phone.identityKey)
    }

    func envelope(_ value: (inout JSONWriter) -> Void) -> [UInt8] {
        entry(at: nil) { changes in
            change("messages", to: &changes) { inner in
                inner.member("messaging_product", "whatsapp")
                metadata(&inner)
                value(&inner)
            }
        }
    }

    func metadata(_ value: inout JSONWriter) {
        value.member(
            "metadata",
            object: { metadata in
                metadata.member("display_phone_number", number.displayPhoneNumber)
                metadata.member("phone_number_id", number.phoneNumberId)
            })
    }

    func change(
        _ field: String, to changes: inout JSONWriter, _ value: (inout JSONWriter) -> Void
    ) {
        changes.object { change in
            change.member("value", object: { value(&$0) })
            change.member("field", field)
        }
    }

    /// News of the account carry the moment they were made, messages do not.
    func entry(at time: Timestamp?, _ changes: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter(escaping: .asMeta, capacity: 700)
        writer.object { root in
            root.member("object", "whatsapp_business_account")
            root.member(
                "entry",
                array: { entries in
                    entries.object { entry in
                        entry.member("id", number.wabaId)
                        if let time { entry.member("time", time.seconds) }
                        entry.member("changes", array: { changes(&$0) })
                    }
                })
        }
        return writer.bytes
    }
}
