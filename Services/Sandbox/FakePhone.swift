// A phone with WhatsApp on it: who holds it, what it shows, and when it last wrote. Plain state; what reaches
// the business from it is written in MetaWebhook.swift, what the business may send to it is checked in
// OutboundReader.swift.

package import World

/// How much of a person Meta tells the business (business-scoped ids, 2026).
package enum IdentityShown: String, Codable, Sendable {
    /// Phone number and business-scoped id: a person without a username.
    case both
    /// Phone number only, as before April 2026.
    case phone
    /// Business-scoped id only: a person with a username whose number is not shared.
    case hidden
}

/// One phone and its chat with the business.
package struct FakePhone: Sendable {
    /// The newest bubbles kept; a person does not scroll further in a demo.
    static let bubblesMax = 300
    /// Meta shows "typing" for 25 seconds at most, or until the answer.
    static let typingMax: Duration = .seconds(25)
    /// The customer service window.
    static let window: Duration = .seconds(24 * 3600)

    /// E.164 with a plus.
    package private(set) var phone: String
    /// Counts the people who have had this number one after the other.
    package private(set) var generation: Int
    /// Counts the phones that this person has used; with each WhatsApp's key of the person changes.
    package var keyGeneration = 0
    /// The profile name that webhooks carry.
    package var name: String
    package var shown: IdentityShown = .both
    /// Oldest first.
    package private(set) var bubbles: [Bubble] = []
    /// Moves with every change that a screen must show.
    package private(set) var revision: Int64 = 1
    /// The stamp of the person's latest message, which may lie in the past on purpose.
    package private(set) var lastSaid: Timestamp?
    private var typingUntil: Timestamp?

    package init(phone: String, name: String, generation: Int = 0) {
        self.phone = phone
        self.name = name
        self.generation = generation
    }

    /// The same person with another number.
    package mutating func takeNumber(_ number: String) {
        phone = number
        keyGeneration += 1
        revision += 1
    }

    /// Digits without the plus, as Meta writes numbers.
    package var waId: String { String(phone.dropFirst()) }

    /// The business-scoped id of this person: two letters of country, a dot, up to 128 letters and digits.
    /// Made from the number by a mix that is the same in every run, so that a restarted sandbox knows its
    /// people again.
    package var userId: String {
        let whole = generation == 0 ? phone : "\(phone)/\(generation)"
        return "MD." + String(Self.mix(whole) % 9_000_000_000_000_000_000 + 1_000_000_000_000_000_000)
    }

    /// What Meta shows of the person's key, so that a business notices another phone or another person.
    package var identityKey: String {
        String(Self.mix("key/\(phone)/\(generation)/\(keyGeneration)"), radix: 36)
    }

    /// FNV-1a, 64 bits.
    private static func mix(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }

    /// True while the business may write freely.
    package func windowIsOpen(at now: Timestamp) -> Bool {
        guard let lastSaid else { return false }
        return now.since(lastSaid) < Self.window
    }

    /// True while the business is shown as typing.
    package func isTyping(at now: Timestamp) -> Bool { typingUntil.map { now < $0 } ?? false }

    /// Shows a bubble; a person's own also moves the window.
    package mutating func show(_ bubble: Bubble, stamped: Timestamp? = nil) {
        if let at = bubbles.lastIndex(where: { $0.id == bubble.id }) {
            bubbles[at] = bubble
        } else {
            bubbles.append(bubble)
            if bubbles.count > Self.bubblesMax { bubbles.removeFirst(bubbles.count - Self.bubblesMax) }
        }
        switch bubble.direction {
        case .out: lastSaid = stamped ?? Timestamp(microseconds: bubble.at * 1_000)
        case .in: typingUntil = nil
        }
        revision += 1
    }

    /// The bubble with this message id.
    package func bubble(_ id: String) -> Bubble? { bubbles.last { $0.id == id } }

    /// Moves the ticks of a bubble forward; gives the changed bubble, or nil where nothing changed.
    package mutating func tick(_ id: String, _ ticks: Bubble.Ticks) -> Bubble? {
        guard let at = bubbles.lastIndex(where: { $0.id == id }), bubbles[at].status.rank < ticks.rank else {
            return nil
        }
        bubbles[at].status = ticks
        revision += 1
        return bubbles[at]
    }

    /// A read receipt: this message of the person's and all before it turn blue. Gives the changed bubbles.
    package mutating func markRead(upTo id: String) -> [Bubble] {
        guard let last = bubbles.lastIndex(where: { $0.id == id && $0.direction == .out }) else { return [] }
        let unread = bubbles[...last].filter {
            $0.direction == .out && $0.status.rank < Bubble.Ticks.read.rank
        }
        return unread.compactMap { tick($0.id, .read) }
    }

    /// The business asked for the typing indicator.
    package mutating func startTyping(at now: Timestamp) {
        typingUntil = now.advanced(by: Self.typingMax)
        revision += 1
    }
}
