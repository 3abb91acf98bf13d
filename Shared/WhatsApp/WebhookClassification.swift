// Decides what each place of a walked webhook is: its lane, its name for deduplication, whose it is and
// whether it opens the customer service window. Payloads are cut from the sender's own bytes.
import JSONWire

struct WebhookClassification {
    let scanner: JSONScanner
    private(set) var items: [WebhookItem] = []
    private var wabaId = ""
    private var entryTime: Int64?

    init(_ scanner: JSONScanner) { self.scanner = scanner }

    /// Kinds of message by which a person renews the 24 h window. Undocumented ones (reaction, system,
    /// unsupported, edit, revoke) are left out: a window thought open too long costs refused messages, one
    /// closed too early a template.
    private static let windowOpeners: Set<String> = [
        "text", "image", "video", "audio", "document", "sticker", "interactive", "button", "location",
        "contacts", "order",
    ]

    mutating func add(_ entry: EntryPlace) {
        wabaId = entry.id.map(scanner.decoded) ?? ""
        entryTime = entry.time
        if entry.changes.isEmpty { add(.unreadable, field: "", phone: nil, raw: entry.range) }
        for change in entry.changes { add(change) }
    }

    private mutating func add(_ change: ChangePlace) {
        guard let value = change.value, let field = change.field.map(scanner.decoded) else {
            return add(.unreadable, field: "", phone: nil, raw: change.range)
        }
        let phone = change.phoneNumberId.map(scanner.decoded)
        let count = change.messages.count + change.statuses.count
        if field == "user_id_update", addUserUpdates(scanner.bytes[value], phone: phone) { return }
        guard field == "messages", count > 0 || change.errors != nil else {
            return add(AccountKind(field: field), field: field, phone: phone, raw: value)
        }
        let isAlone = count == 1
        let contacts = ContactIndex(change.contacts, in: scanner)
        for message in change.messages {
            add(message: message, of: contacts, phone: phone, isAlone: isAlone)
        }
        for status in change.statuses {
            add(status: status, of: contacts, phone: phone, isAlone: isAlone)
        }
        if let errors = change.errors { add(.errors, field: field, phone: phone, raw: errors) }
    }

    private mutating func add(message: ItemPlace, of contacts: ContactIndex, phone: String?, isAlone: Bool) {
        guard let id = message.id else {
            return add(.unreadable, field: "messages", phone: phone, raw: message.range)
        }
        let contact = contacts.contact(message.from, message.fromUser, isAlone: isAlone)
        let payload = envelope(contact, "message", message.range)
        if message.group != nil {
            return add(
                .groupMessage, field: "messages", phone: phone, value: payload, dedupKey: scanner.decoded(id),
                at: message.timestamp)
        }
        let waId = digits(message.from) ?? digits(contact?.waId)
        let userId = userId(message.fromUser) ?? userId(contact?.userId)
        let opens = message.type.map { Self.windowOpeners.contains(scanner.decoded($0)) } ?? false
        items.append(
            WebhookItem(
                lane: .messages, dedupKey: scanner.decoded(id), eventAt: message.timestamp ?? entryTime,
                wabaId: wabaId, phoneNumberId: phone, waId: waId, userId: userId,
                opensWindow: opens && (waId != nil || userId != nil), payload: payload))
    }

    /// What a person's new user id is to whoever keeps conversations: a message of the old one, in the order
    /// of that conversation. The phone beside it may already be the new one, so it names nobody here. False
    /// when nothing of it can be read.
    private mutating func addUserUpdates(_ value: ArraySlice<UInt8>, phone: String?) -> Bool {
        guard let updates = UserIdUpdate.all(in: Array(value)), !updates.isEmpty else { return false }
        for update in updates {
            items.append(
                WebhookItem(
                    lane: .messages, dedupKey: update.name(phoneNumberId: phone ?? ""),
                    eventAt: update.timestamp ?? entryTime, wabaId: wabaId, phoneNumberId: phone, waId: nil,
                    userId: update.previous, opensWindow: false,
                    payload: update.envelope(phoneNumberId: phone ?? "")))
        }
        return true
    }

    private mutating func add(status: ItemPlace, of contacts: ContactIndex, phone: String?, isAlone: Bool) {
        guard let id = status.id, let word = status.status else {
            return add(.unreadable, field: "messages", phone: phone, raw: status.range)
        }
        let isGroup = status.recipientType.map(scanner.decoded) == "group"
        let person = isGroup ? status.participant : status.recipient ?? status.from
        let user = isGroup ? status.participantUser : status.recipientUser
        let contact = contacts.contact(person, user, isAlone: isAlone)
        let type = status.type.map(scanner.decoded)
        let isPayment = type == "payment"
        var key = scanner.decoded(id) + "|" + scanner.decoded(word)
        if isGroup, let member = status.participantUser ?? status.participant {
            key += "|" + scanner.decoded(member)
        }
        if let type, !isPayment { key += "|" + type }
        items.append(
            WebhookItem(
                lane: isPayment ? .payments : .statuses, dedupKey: isPayment ? nil : key,
                eventAt: status.timestamp ?? entryTime, wabaId: wabaId, phoneNumberId: phone,
                waId: digits(person) ?? digits(contact?.waId),
                userId: userId(user) ?? userId(contact?.userId),
                opensWindow: false, payload: envelope(contact, "status", status.range)))
    }

    private mutating func add(_ kind: AccountKind, field: String, phone: String?, raw: Range<Int>) {
        add(kind, field: field, phone: phone, value: scanner.bytes[raw], dedupKey: nil, at: nil)
    }

    private mutating func add(
        _ kind: AccountKind, field: String, phone: String?, value: some Collection<UInt8>, dedupKey: String?,
        at seconds: Int64?
    ) {
        var writer = JSONWriter(capacity: value.count + field.utf8.count + 80)
        writer.object {
            $0.member("field", field)
            $0.member("kind", kind.rawValue)
            $0.member("wabaId", wabaId)
            $0.name("value")
            $0.raw(value)
        }
        items.append(
            WebhookItem(
                lane: .account, dedupKey: dedupKey, eventAt: seconds ?? entryTime, wabaId: wabaId,
                phoneNumberId: phone, waId: nil, userId: nil, opensWindow: false, payload: writer.bytes))
    }

    /// A body whose `object` is another product's.
    func foreign() -> WebhookItem {
        var copy = self
        copy.add(.foreign, field: "", phone: nil, raw: 0..<scanner.bytes.count)
        return copy.items[0]
    }

    private func envelope(_ contact: ContactPlace?, _ name: String, _ range: Range<Int>) -> [UInt8] {
        var writer = JSONWriter(capacity: (contact?.range.count ?? 0) + range.count + 40)
        writer.object {
            if let contact {
                $0.name("contact")
                $0.raw(scanner.bytes[contact.range])
            }
            $0.name(name)
            $0.raw(scanner.bytes[range])
        }
        return writer.bytes
    }

    /// Digits only, at most 20 of them (E.164 has 15; test numbers have had more); anything else is no phone.
    private func digits(_ text: JSONText?) -> String? {
        guard let text, !text.isEscaped, (1...20).contains(text.range.count),
            scanner.bytes[text.range].allSatisfy({ $0 &- 0x30 < 10 })
        else { return nil }
        return scanner.decoded(text)
    }

    /// Opaque, but bounded and printable: two letters, a point and up to 128 more are documented. Digits
    /// alone are no user id: as a conversation's name they would be taken for the phone of somebody else.
    private func userId(_ text: JSONText?) -> String? {
        guard let text, !text.isEscaped, text.range.count <= 160,
            scanner.bytes[text.range].allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            !scanner.bytes[text.range].allSatisfy({ $0 &- 0x30 < 10 })
        else { return nil }
        return scanner.decoded(text)
    }
}

extension AccountKind {
    init(field: String) {
        switch field {
        case "smb_message_echoes", "message_echoes": self = .echo
        case "history": self = .history
        default: self = .change
        }
    }
}
