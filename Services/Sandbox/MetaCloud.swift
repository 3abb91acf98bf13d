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
        /// Whose word or whose receipt it is; nil for news of the account.
        package var place: Fault.Place = .webhook
        /// The first try carries a signature that is not Meta's.
        package var isForged = false
    }

    /// What follows from a change.
    package enum Effect: Sendable, Equatable {
        case post(Post)
        /// A bubble was added or changed and must be kept.
        case keep(phone: String, Bubble, stamped: Timestamp?)
        case keepTemplate(TemplateEntry)
    }

    /// How long after acceptance the three statuses arrive.
    package struct Pace: Sendable {
        package var sent: Duration = .milliseconds(60)
        package var delivered: Duration = .milliseconds(200)
        package var read: Duration = .milliseconds(900)
        package init() {}
    }

    package let number: BusinessNumber
    let webhook: MetaWebhook
    let pace: Pace
    var phones: [String: FakePhone] = [:]
    var phoneByUserId: [String: String] = [:]
    /// Whose message a read receipt is about.
    var phoneByMessage = BoundedMap<String, String>(entriesMax: 50_000)
    /// The webhooks of what people wrote, to be delivered once more.
    var bodies = BoundedMap<String, [UInt8]>(entriesMax: 10_000)
    package internal(set) var templates: TemplateBoard
    var media = MediaShelf()
    var limits: MetaLimits
    /// What this Meta has seen of the business, in figures.
    package internal(set) var ledger = MetaLedger()

    /// `numberRate`: messages a second that one business number may send.
    package init(
        number: BusinessNumber, templates: ApprovedTemplates, pace: Pace = Pace(), numberRate: Int = 80,
        reviewTime: Duration = .milliseconds(1_500)
    ) {
        self.number = number
        self.pace = pace
        self.templates = TemplateBoard(templates, reviewTime: reviewTime)
        limits = MetaLimits(numberRate: numberRate)
        webhook = MetaWebhook(number)
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

    /// An opaque id in the shape of Meta's, unpredictable and without a number in it.
    static func messageId(_ world: World) -> String {
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
