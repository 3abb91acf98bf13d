// What people do with their phones: write, answer, tap, take another number. Each becomes a webhook for the
// business and a bubble on the phone.

package import World

extension MetaCloud {
    /// The person writes. `stamped` may lie in the past; the bubble shows the time it was written at.
    package mutating func say(
        _ text: String, on phone: String, stamped: Timestamp?, shown: IdentityShown?,
        replyTo: String? = nil, world: World
    ) -> (id: String, effects: [Effect]) {
        introduce(phone, name: nil)
        if let shown { phones[phone]?.shown = shown }
        let now = world.now(), stamp = stamped ?? now
        let bubble = Bubble(
            id: Self.messageId(world), direction: .out, kind: .text, text: text, replyTo: replyTo,
            at: now.microseconds / 1_000)
        guard let sender = written(bubble, on: phone, stamp) else { return (bubble.id, []) }
        let body = webhook.text(bubble, from: sender, at: stamp)
        return (bubble.id, [.keep(phone: phone, bubble, stamped: stamp), post(phone, body, bubble.id)])
    }

    /// The person sends a card of the address book.
    package mutating func sendCard(
        name: String, cardPhone: String, on phone: String, world: World
    ) -> (id: String, effects: [Effect]) {
        introduce(phone, name: nil)
        let now = world.now()
        let bubble = Bubble(
            id: Self.messageId(world), direction: .out, kind: .text, text: "👤 \(name)\n\(cardPhone)",
            at: now.microseconds / 1_000)
        guard let sender = written(bubble, on: phone, now) else { return (bubble.id, []) }
        let body = webhook.card(bubble, name: name, cardPhone: cardPhone, from: sender, at: now)
        return (bubble.id, [.keep(phone: phone, bubble, stamped: now), post(phone, body, bubble.id)])
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
        guard let holder = written(bubble, on: phone, stamp) else { return nil }
        let body =
            offered.kind == .template
            ? webhook.quickReply(bubble, from: holder, at: stamp)
            : webhook.tap(
                bubble, title: row.title, description: row.description, isListRow: row.isListRow,
                from: holder, at: stamp)
        return (bubble.id, [.keep(phone: phone, bubble, stamped: stamp), post(phone, body, bubble.id)])
    }

    /// Many messages at once, as one POST of Meta may carry them. Nothing is sent: the owner posts the body.
    package mutating func say(
        batch: [(phone: String, text: String, stamped: Timestamp?)], padding: Int, world: World
    ) -> (ids: [String], body: [UInt8], effects: [Effect]) {
        var effects: [Effect] = [], items: [MetaWebhook.Said] = []
        let now = world.now()
        for one in batch {
            introduce(one.phone, name: nil)
            let bubble = Bubble(
                id: Self.messageId(world), direction: .out, kind: .text, text: one.text,
                at: now.microseconds / 1_000)
            let stamp = one.stamped ?? now
            guard let sender = written(bubble, on: one.phone, stamp) else { continue }
            items.append(MetaWebhook.Said(bubble: bubble, phone: sender, at: stamp))
            effects.append(.keep(phone: one.phone, bubble, stamped: stamp))
        }
        return (items.map(\.bubble.id), webhook.batch(items, padding: padding), effects)
    }

    /// The webhook of a message once more, the same bytes; nil when it is no longer known.
    package func redelivery(of messageId: String) -> Effect? {
        guard let body = bodies[messageId], let phone = phoneByMessage[messageId] else { return nil }
        // A lane of its own: a repeated webhook keeps nobody's order.
        return .post(
            Post(lane: phone + "/again", after: .zero, body: body, deliveredBubble: nil, place: .status))
    }

    private mutating func written(_ bubble: Bubble, on phone: String, _ stamp: Timestamp) -> FakePhone? {
        phones[phone]?.show(bubble, stamped: stamp)
        phoneByMessage.set(bubble.id, phone)
        return phones[phone]
    }

    mutating func post(_ phone: String, _ body: [UInt8], _ bubble: String) -> Effect {
        bodies.set(bubble, body)
        return .post(Post(lane: phone, after: .zero, body: body, deliveredBubble: bubble))
    }

    /// The business answered 200 to the webhook of this bubble.
    package mutating func delivered(_ bubble: String, on phone: String) -> [Effect] {
        guard let changed = phones[phone]?.tick(bubble, .delivered) else { return [] }
        return [.keep(phone: phone, changed, stamped: phones[phone]?.lastSaid)]
    }

    // MARK: who holds the phone

    /// How the business hears of a new number.
    package enum Announcement: String, Codable, Sendable {
        /// A system message, a `user_id_update`, both, or nothing at all.
        case message, update, both, nothing
    }

    /// The person takes another number: the chat moves along, the business-scoped id changes. Nil when the
    /// old number is unknown or the new one is in use.
    package mutating func changeNumber(
        of old: String, to new: String, announced: Announcement, world: World
    ) -> [Effect]? {
        guard var person = phones[old], phones[new] == nil else { return nil }
        let previous = person.userId, now = world.now()
        person.takeNumber(new)
        phones[old] = nil
        phones[new] = person
        phoneByUserId[previous] = nil
        phoneByUserId[person.userId] = new
        for bubble in person.bubbles where bubble.direction == .out { phoneByMessage.set(bubble.id, new) }
        var effects: [Effect] = person.bubbles.map { .keep(phone: new, $0, stamped: person.lastSaid) }
        if announced == .message || announced == .both {
            let body = webhook.changedNumber(
                Self.messageId(world), from: old, person: person, previous: previous, at: now)
            effects.append(.post(Post(lane: new, after: .zero, body: body, deliveredBubble: nil)))
        }
        if announced == .update || announced == .both {
            let body = webhook.userIdUpdate(person, previous: previous, at: now)
            effects.append(.post(Post(lane: new, after: .zero, body: body, deliveredBubble: nil)))
        }
        return effects
    }

    /// Somebody else holds this number now (`isAnother`), or the same person on a new phone: WhatsApp's key
    /// of the person changes; another person also has another id, and an empty chat.
    package mutating func changeIdentity(of phone: String, isAnother: Bool, announced: Bool, world: World)
        -> [Effect]?
    {
        guard var person = phones[phone] else { return nil }
        phoneByUserId[person.userId] = nil
        if isAnother {
            person = FakePhone(phone: phone, name: "WhatsApp user", generation: person.generation + 1)
        } else {
            person.keyGeneration += 1
        }
        phones[phone] = person
        phoneByUserId[person.userId] = phone
        guard announced else { return [] }
        let body = webhook.changedIdentity(Self.messageId(world), person, at: world.now())
        return [.post(Post(lane: phone, after: .zero, body: body, deliveredBubble: nil))]
    }
}
