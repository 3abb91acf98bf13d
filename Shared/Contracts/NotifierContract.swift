// notifier: everything that is said in a chat goes through here. Callers say what is to be told; how it is
// told (chat message or template, now or later) is decided at the moment of sending.
package import Money
package import World

/// `POST /v1/messages` with `Idempotency-Key`. 202 `MessageAccepted` (200 when done before); 409
/// `IDEMPOTENCY_CONFLICT`, with the kind and the subject of what the key was used for.
package struct SendMessage: Codable, Sendable, Equatable {
    package var conversation: Conversation
    package var locale: Language
    package var content: MessageContent
    /// After this moment the message is worthless and expires instead of being sent.
    package var notAfter: Timestamp?
    /// The wamid that this message answers, shown as a quote.
    package var replyTo: String?
    /// The paymentId that the message speaks of, so that a reply to its bubble can be understood (`lookup`).
    package var subject: String?
    /// Payments that have come to their end with this message, at most `endsMax`, beside an outcome's own: a link to
    /// one that still waits in this conversation, and an answer about it that was taken before, are not told any more.
    package var ends: [String]?
    /// Messages of one conversation with the same key, all of them outcomes, may be told as one when they would
    /// otherwise queue. Nil: told alone.
    package var coalesceKey: String?
    /// Whose business it is, at most `sellersMax`: it is told to nobody whom the banks know as others, nor while it
    /// is doubtful who holds the phone. Nil: nobody's in particular.
    package var sellers: [SellerName]?
    /// Whoever wrote it knew of every doubt about the person's identity up to here and meant the message for whom
    /// it found; a later doubt holds it. Nil: any does.
    package var identityKnownAt: Timestamp?

    /// One at each of as many banks as anybody has.
    package static let sellersMax = 20
    /// An order is renewed a few times.
    package static let endsMax = 50

    package init(
        conversation: Conversation, locale: Language, content: MessageContent, notAfter: Timestamp? = nil,
        replyTo: String? = nil, subject: String? = nil, ends: [String]? = nil, coalesceKey: String? = nil,
        sellers: [SellerName]? = nil, identityKnownAt: Timestamp? = nil
    ) {
        self.conversation = conversation
        self.locale = locale
        self.content = content
        self.notAfter = notAfter
        self.replyTo = replyTo
        self.subject = subject
        self.ends = ends
        self.coalesceKey = coalesceKey
        self.sellers = sellers
        self.identityKnownAt = identityKnownAt
    }
}

/// A person as one bank knows them.
package struct SellerName: Codable, Sendable, Hashable {
    package var bankId: String
    package var posUserId: String

    package init(bankId: String, posUserId: String) {
        self.bankId = bankId
        self.posUserId = posUserId
    }

    /// One word, as it stands in rows. Neither part has a slash or a space (`isPlain`).
    package var text: String { bankId + "/" + posUserId }

    /// Both parts are 1 to 64 of A-Z a-z 0-9 . _ -, as brokers give them.
    package var isPlain: Bool {
        [bankId, posUserId].allSatisfy { part in
            (1...64).contains(part.utf8.count)
                && part.utf8.allSatisfy {
                    switch $0 {
                    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2E, 0x2D: true
                    default: false
                    }
                }
        }
    }

    /// The words with spaces between them; nil for nobody.
    package static func joined(_ names: [SellerName]?) -> String? {
        guard let names, !names.isEmpty else { return nil }
        return names.map(\.text).joined(separator: " ")
    }
}

/// `POST /v1/seen`: 202. The person's message gets its two blue ticks and, with `typing`, the three dots until
/// our answer (25 s at most). Best effort: never retried, never queued behind a message, free of charge.
package struct MarkSeen: Codable, Sendable, Equatable {
    package var conversation: Conversation
    package var wamid: String
    package var typing: Bool

    package init(conversation: Conversation, wamid: String, typing: Bool) {
        self.conversation = conversation
        self.wamid = wamid
        self.typing = typing
    }
}

/// What is to be told. `outcome` has a Utility template for when the window is closed; everything else is a chat
/// message and waits for an open window.
package enum MessageContent: Codable, Sendable, Equatable {
    /// Finished text in the person's language, at most 4,096 UTF-16 units.
    case text(String)
    /// A question whose answer is a row. At most ten rows.
    case list(body: String, button: String, rows: [ListRow])
    /// A payment link as a call-to-action button; `body` also works as text and contains no URL.
    case link(body: String, button: String, url: String)
    /// A question with one to three answers of one tap. Body at most 1,024 UTF-16 units; the buttons' titles and
    /// ids all differ.
    case buttons(body: String, buttons: [ReplyButton])
    /// A file, at most `documentBytesMax` before base64. `mediaType` is one that the channel carries:
    /// `text/csv`, `text/plain`, `application/pdf`. Caption at most 1,024; the file's name at most 240, without
    /// slashes and control characters.
    case document(caption: String?, filename: String, mediaType: String, base64: String)

    /// Some ten thousand payments as CSV; what is larger belongs into the API, not into a chat.
    package static let documentBytesMax = 1 << 20
    /// How a payment ended.
    case outcome(PaymentOutcome)
}

package struct ListRow: Codable, Sendable, Equatable {
    /// At most 200 characters; an opaque handle that the router resolves.
    package var id: String
    /// At most 24 characters.
    package var title: String
    /// At most 72 characters.
    package var description: String?

    package init(id: String, title: String, description: String? = nil) {
        self.id = id
        self.title = title
        self.description = description
    }
}

package struct ReplyButton: Codable, Sendable, Equatable {
    /// At most 256 characters; an opaque handle that the router resolves.
    package var id: String
    /// At most 20 characters.
    package var title: String
    /// What the id of every button (and the payload of every template's button) that stands for a renewal
    /// handle begins with; the handle follows.
    package static let renewalPrefix = "renew."

    package init(id: String, title: String) {
        self.id = id
        self.title = title
    }

    /// A fresh link for the order of an ended payment, in one tap.
    package init(renewing handle: String, title: String) {
        self.init(id: Self.renewalPrefix + handle, title: title)
    }
}

package struct PaymentOutcome: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable, CaseIterable { case paid, failed, declined, expired }
    package var kind: Kind
    package var amount: Money
    package var description: String?
    package var tag: String?
    package var at: Timestamp
    package var paymentId: String
    /// What a receipt of money must say beside the amount.
    package enum Remark: String, Codable, Sendable, CaseIterable {
        /// After the link had been told expired or cancelled.
        case late
        /// The payment had been paid already: money to give back.
        case again
    }
    package var remark: Remark?
    /// Of an ended link: the handle for a fresh one (`RenewalHandle`), shown as a button where buttons are.
    package var renewal: String?
    /// `rtp` of a request to pay, whose end is not a link's. Nil: of a link.
    package var rail: PaymentType?

    package init(
        kind: Kind, amount: Money, description: String?, tag: String?, at: Timestamp, paymentId: String,
        remark: Remark? = nil, renewal: String? = nil, rail: PaymentType? = nil
    ) {
        self.kind = kind
        self.amount = amount
        self.description = description
        self.tag = tag
        self.at = at
        self.paymentId = paymentId
        self.remark = remark
        self.renewal = renewal
        self.rail = rail
    }
}

package struct MessageAccepted: Codable, Sendable, Equatable {
    package var messageId: String

    package init(messageId: String) { self.messageId = messageId }
}

/// Every state of an outbound message; the same words in SQL, JSON, tests and docs. Transitions are the
/// notifier's.
package enum MessageStatusName: String, Codable, Sendable, CaseIterable {
    case queued, sending, accepted, sent, delivered, read, failed, held, unresolved, expired, parked
}

/// `GET /v1/messages/{messageId}`: no text and no phone number in it.
package struct MessageView: Codable, Sendable, Equatable {
    package var messageId: String
    package var status: MessageStatusName
    /// `text`, `list`, `link`, `buttons`, `document`, `outcome`.
    package var kind: String
    /// `chat` or `template`, once sent.
    package var channel: String?
    package var reason: String?
    /// The message in whose bubble this one was told, when several were told as one.
    package var toldIn: String?
    package var attempts: Int
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
    /// Meta's id of our own business number.
    package var phoneNumberId: String?
    /// The payment that it speaks of.
    package var subject: String?
    /// After this moment it is not sent any more.
    package var notAfter: Timestamp?
    /// `graph:<code>`: what Meta said last.
    package var lastError: String?

    package init(
        messageId: String, status: MessageStatusName, kind: String, channel: String?, reason: String?,
        toldIn: String? = nil, attempts: Int, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.messageId = messageId
        self.status = status
        self.kind = kind
        self.channel = channel
        self.reason = reason
        self.toldIn = toldIn
        self.attempts = attempts
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// `GET /v1/costs?month=2026-11`: what was billed in a month, by number; the running month without `month`.
package struct CostReport: Codable, Sendable, Equatable {
    /// Calendar month in UTC.
    package var month: String
    package var numbers: [NumberCost]

    package init(month: String, numbers: [NumberCost]) {
        self.month = month
        self.numbers = numbers
    }
}

package struct NumberCost: Codable, Sendable, Equatable {
    package var phoneNumberId: String
    /// Messages that Meta charges for, as it said or, where it did not say, by its rules.
    package var billed: Int64
    /// Of the free service messages of the month.
    package var freeServiceLeft: Int64
    package var lines: [CostLine]

    package init(phoneNumberId: String, billed: Int64, freeServiceLeft: Int64, lines: [CostLine]) {
        self.phoneNumberId = phoneNumberId
        self.billed = billed
        self.freeServiceLeft = freeServiceLeft
        self.lines = lines
    }
}

package struct CostLine: Codable, Sendable, Equatable {
    /// `service`, `utility`, …
    package var category: String
    /// Meta's word for who pays; `unstated` where no status said it.
    package var type: String
    package var messages: Int64

    package init(category: String, type: String, messages: Int64) {
        self.category = category
        self.type = type
        self.messages = messages
    }
}
