// The fake Meta: the phones of all people, what the business sends them, and what it is told about it. Pure
// state; it decides which webhooks follow and when, and whoever owns it posts them.

package import World

/// Phones and messages. Every change comes back as effects for the owner to perform after its lock is
/// released.
package struct MetaCloud: Sendable {
    /// More strangers than this and the one who wrote longest ago is forgotten; demo sellers write often
    /// enough.
    static let phonesMax = 5_000

    /// A webhook to post: which phone's order it keeps, how long to wait, and the bubble that turns to
    /// "delivered" once the business has answered 200.
    package struct Post: Sendable, Equatable {
        package var lane: String
        package var after: Duration
        package var body: [UInt8]
        package var deliveredBubble: String?
    }

    /// What follows from a change.
    package enum Effect: Sendable, Equatable {
        case post(Post)
        /// A bubble was added or changed and must be kept.
        case keep(phone: String, Bubble, stamped: Timestamp?)
    }

    /// How long after acceptance the three statuses arrive.
    package struct Pace: Sendable {
        package var sent: Duration = .milliseconds(60)
        package var delivered: Duration = .milliseconds(200)
        package var read: Duration = .milliseconds(900)
        package init() {}
    }

    package let number: BusinessNumber
    private let webhook: MetaWebhook
    private let reader: OutboundReader
    private let pace: Pace
    private var phones: [String: FakePhone] = [:]
    private var phoneByUserId: [String: String] = [:]
    /// Whose message a read receipt is about.
    private var phoneByMessage = BoundedMap<String, String>(entriesMax: 50_000)

    package init(number: BusinessNumber, templates: ApprovedTemplates, pace: Pace = Pace()) {
        self.number = number
        self.pace = pace
        webhook = MetaWebhook(number)
        reader = OutboundReader(templates: templates)
    }

    /// The phone with this number, if it has ever been used.
    package func phone(_ number: String) -> FakePhone? { phones[number] }

    /// Makes sure the phone exists, with a profile name.
    package mutating func introduce(_ phone: String, name: String?) {
        if phones[phone] == nil {
            if phones.count >= Self.phonesMax { forgetOldest() }
            let fresh = FakePhone(phone: phone, name: name ?? "WhatsApp user")
            phones[phone] = fresh
            phoneByUserId[fresh.userId] = phone
        } else if let name {
            phones[phone]?.name = name
        }
    }

    private mutating func forgetOldest() {
        let oldest = phones.values.min { ($0.lastSaid?.microseconds ?? 0) < ($1.lastSaid?.microseconds ?? 0) }
        guard let oldest else { return }
        phones[oldest.phone] = nil
        phoneByUserId[oldest.userId] = nil
    }

    /// Every phone that was used, by number.
    package var usedPhones: [FakePhone] {
        phones.values.filter { !$0.bubbles.isEmpty }.sorted { $0.phone < $1.phone }
    }

    /// Puts a kept bubble back after a restart.
    package mutating func restore(_ bubble: Bubble, on phone: String, stamped: Timestamp?) {
        introduce(phone, name: nil)
        phones[phone]?.show(bubble, stamped: stamped)
        if bubble.direction == .out { phoneByMessage.set(bubble.id, phone) }
    }

    /// The person writes. `stamped` may lie in the past; the bubble shows the time it was written at.
    package mutating func say(
        _ text: String, on phone: String, stamped: Timestamp?, shown: IdentityShown?, world: World
    ) -> (id: String, effects: [Effect]) {
        introduce(phone, name: nil)
        if let shown { phones[phone]?.shown = shown }
        let now = world.now(), stamp = stamped ?? now
        let bubble = Bubble(
            id: Self.messageId(world), direction: .out, kind: .text, text: text, at: now.microseconds / 1_000)
        phones[phone]?.show(bubble, stamped: stamp)
        phoneByMessage.set(bubble.id, phone)
        guard let sender = phones[phone] else { return (bubble.id, []) }
        let body = webhook.text(bubble, from: sender, at: stamp)
        return (bubble.id, [.keep(phone: phone, bubble, stamped: stamp), post(phone, body, bubble.id)])
    }

    /// The person taps a row or a button of a message; nil when that message offers no such thing.
    package mutating func tap(
        _ rowId: String, of messageId: String, on phone: String, stamped: Timestamp?, world: World
    ) -> (id: String, effects: [Effect])? {
        guard let sender = phones[phone], let offered = sender.bubble(messageId), offered.direction == .in,
            let row = offered.title(ofRow: rowId)
        else { return nil }
        let now = world.now(), stamp = stamped ?? now
        let bubble = Bubble(
            id: Self.messageId(world), direction: .out, kind: .tap, text: row.title, rowId: rowId,
            replyTo: messageId,
            at: now.microseconds / 1_000)
        phones[phone]?.show(bubble, stamped: stamp)
        phoneByMessage.set(bubble.id, phone)
        let body = webhook.tap(
            bubble, title: row.title, description: row.description, isListRow: row.isListRow, from: sender,
            at: stamp)
        return (bubble.id, [.keep(phone: phone, bubble, stamped: stamp), post(phone, body, bubble.id)])
    }

    private func post(_ phone: String, _ body: [UInt8], _ bubble: String) -> Effect {
        .post(Post(lane: phone, after: .zero, body: body, deliveredBubble: bubble))
    }

    /// The business answered 200 to the webhook of this bubble.
    package mutating func delivered(_ bubble: String, on phone: String) -> [Effect] {
        guard let changed = phones[phone]?.tick(bubble, .delivered) else { return [] }
        return [.keep(phone: phone, changed, stamped: phones[phone]?.lastSaid)]
    }

    /// An answer to POST /messages.
    package enum Answer: Sendable, Equatable {
        case accepted(input: String, waId: String?, userId: String?, messageId: String)
        case success
    }

    /// The business posts to /messages.
    package mutating func send(_ body: [UInt8], world: World) throws(GraphError) -> (Answer, [Effect]) {
        switch try reader.read(body) {
        case .read(let messageId, let typing): return (.success, markRead(messageId, typing, world.now()))
        case .message(let message): return try deliver(message, world)
        }
    }

    private mutating func markRead(_ messageId: String, _ typing: Bool, _ now: Timestamp) -> [Effect] {
        // Meta answers success for ids it does not know as well.
        guard let phone = phoneByMessage[messageId] else { return [] }
        if typing { phones[phone]?.startTyping(at: now) }
        let changed = phones[phone]?.markRead(upTo: messageId) ?? []
        return changed.map { .keep(phone: phone, $0, stamped: phones[phone]?.lastSaid) }
    }

    private mutating func deliver(
        _ message: OutboundRequest.Message, _ world: World
    ) throws(GraphError) -> (Answer, [Effect]) {
        let phoneNumber: String
        if let to = message.to {
            guard let number = E164.normalised(to) else { throw .badValue("to is not a phone number") }
            phoneNumber = number
        } else {
            guard let known = phoneByUserId[message.recipient ?? ""] else { throw .undeliverable() }
            phoneNumber = known
        }
        let now = world.now(), content = message.content
        guard let phone = phones[phoneNumber] else {
            // A number that has never written has no window; a template reaches it all the same.
            guard content.kind == .template else { throw .windowClosed() }
            introduce(phoneNumber, name: nil)
            return try deliver(message, world)
        }
        guard content.kind == .template || phone.windowIsOpen(at: now) else { throw .windowClosed() }
        let bubble = Bubble(
            id: Self.messageId(world), direction: .in, kind: content.kind, text: content.text,
            header: content.header,
            footer: content.footer, buttons: content.buttons, list: content.list, template: content.template,
            replyTo: message.replyTo, at: now.microseconds / 1_000)
        phones[phoneNumber]?.show(bubble)
        let category = content.kind == .template ? "utility" : "service"
        let steps: [(Bubble.Ticks, Duration)] = [
            (.sent, pace.sent), (.delivered, pace.delivered), (.read, pace.read),
        ]
        let statuses: [Effect] = steps.map { ticks, after in
            let status = MetaWebhook.Status(
                messageId: bubble.id, status: ticks, at: now.advanced(by: after), opaque: message.opaque,
                category: category)
            return .post(
                Post(
                    lane: phoneNumber, after: after, body: webhook.status(status, of: phone),
                    deliveredBubble: nil))
        }
        let answer = Answer.accepted(
            input: message.to ?? message.recipient ?? "", waId: message.to == nil ? nil : phone.waId,
            userId: message.to == nil ? phone.userId : nil, messageId: bubble.id)
        return (answer, [.keep(phone: phoneNumber, bubble, stamped: nil)] + statuses)
    }

    /// An opaque id in the shape of Meta's, unpredictable and without a number in it.
    private static func messageId(_ world: World) -> String {
        "wamid.HBgM" + world.hex(16).uppercased() + "AA="
    }
}

/// Phone numbers as paths and bodies spell them.
package enum E164 {
    /// `+` and 7 to 15 digits from `+373 69 000 001`, `37369000001`, `0037369000001`; nil for anything else.
    package static func normalised(_ text: String) -> String? {
        var digits: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 48...57: digits.append(byte)
            case UInt8(ascii: "+") where digits.isEmpty: continue
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "("), UInt8(ascii: ")"): continue
            default: return nil
            }
        }
        if digits.starts(with: [48, 48]) { digits.removeFirst(2) }
        guard (7...15).contains(digits.count), digits.first != 48 else { return nil }
        return "+" + String(decoding: digits, as: UTF8.self)
    }
}
