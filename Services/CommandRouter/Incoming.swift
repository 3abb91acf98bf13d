// What an inbound message is to the router, once everything about its wire form has been settled.
import Contracts
import Money
import WhatsApp
import World

/// One message from a person, ready to be decided on.
struct Incoming: Sendable, Equatable {
    enum Content: Sendable, Equatable {
        case text(String)
        /// A row or button of ours was tapped; the id is one we made, or once made.
        case tapped(String)
        /// Cards of the person's address book: whom a request to pay is for, where that was asked.
        case cards([InboundMessage.ContactCard])
        /// Something a person sent on purpose that is not text.
        case notText
        /// Nothing to answer: a reaction, an edit, an event about the account, a message Meta could not pass
        /// on.
        case nothing
    }

    var content: Content
    /// Hash of number and message id: the idempotency key of everything this message causes.
    var key: String
    var wamid: String
    /// The wamid of the message that a text replies to.
    var repliedTo: String?
    /// What the message says of who wrote it.
    var marks = IdentityMarks()
    /// The banks that did not say who this is.
    var silentBanks: Set<String> = []
    /// As whom the banks know whoever writes: the answer is for nobody else.
    var sellers: [SellerName] = []
    /// The answer is written in the knowledge of every doubt up to here.
    var identityKnownAt: Timestamp?
    var conversation: Conversation
    /// E.164 with its plus; `nil` when WhatsApp hides it and no earlier message told us.
    var phone: String?
    /// The language for people whose bank is unknown or silent.
    var fallbackLanguage: Language
    var now: Timestamp
    /// When it came. Whether it answers a question is decided by this, so that a message which is worked on
    /// again after minutes of trouble is still the answer that it was, and not a new charge.
    var heardAt: Timestamp

    /// Sorts a message by what it asks of us. Types that nobody has told us about are left alone, since an
    /// answer to something invisible only confuses.
    static func content(of message: InboundMessage) -> Content {
        if message.isGroup { return .nothing }
        switch message.content {
        case .text(let text): return .text(text)
        case .listReply(let id, _), .buttonReply(let id, _): return .tapped(id)
        case .button(let payload, let text):
            return payload.hasPrefix(ReplyButton.renewalPrefix) ? .tapped(payload) : .text(text)
        // A sticker is a nod.
        case .media(let kind, _): return kind == "sticker" ? .nothing : .notText
        case .unsupported(let kind):
            return kind.map { answeredKinds.contains($0) } == true ? .notText : .nothing
        case .contacts(let cards): return .cards(cards)
        case .system: return .nothing
        case .other(let type): return answeredTypes.contains(type) ? .notText : .nothing
        }
    }

    private static let answeredTypes: Set<String> = ["location", "contacts", "order"]
    /// Of what WhatsApp could not pass on, that which a person sent to be read.
    private static let answeredKinds: Set<String> = [
        "gif", "group_invite", "image", "link_preview", "list", "location", "media_placeholder", "order",
        "poll_creation", "product",
    ]

    /// The phone behind a peer, which is its digits or a user id; the digits of the message itself come
    /// second, since the peer is what the ingress settled on.
    static func phone(peer: String, from: String?) -> String? {
        let digits = isDigits(peer) ? peer : from
        return digits.map { "+" + $0 }
    }

    private static func isDigits(_ text: String) -> Bool {
        (5...20).contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) }
    }
}
