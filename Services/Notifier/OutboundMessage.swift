// Rows of the outbox as the sender works on them, with what a round knows about the conversation. Plain data.
import Contracts
import Money
import WhatsApp
import World

/// A message that is open: queued, being sent or held.
struct OutboundMessage: Sendable {
    var messageId: String
    var seq: Int64
    var conversation: Conversation
    var state: MessageStatusName
    var kind: String
    var locale: Language
    var content: [UInt8]
    var replyTo: String?
    var notAfter: Timestamp?
    var requestId: String
    var traceparent: String
    var templateOnly: Bool
    /// Attempts and refusals so far.
    var attempts: Int
    var refusals: Int
    /// Every later write must find this number in the row.
    var fence: Int64
    var runAt: Timestamp
    var updatedAt: Timestamp
    var leaseUntil: Timestamp?
    /// Outcomes of one conversation with the same key may be told in one bubble.
    var coalesceKey: String?
    /// Meta's name of its file, once Meta has it.
    var mediaId: String?
    /// Whose business it is, as `SellerName` spells it. Nil: nobody's in particular.
    var sellers: Set<String>?
    /// Whoever wrote it knew of every doubt about the person up to here.
    var identityKnownAt: Timestamp?
    /// When the end of what it speaks of was posted in its conversation; nil where that leaves it worth telling.
    var endedAt: Timestamp?
    /// Of a link: the payment that it leads to, where that has its end, told here or in another conversation.
    var overSubject: String?
    /// What `content` says, where it has only just been posted; else it is read from there.
    var said: MessageContent?

    /// The number of the attempt that is about to be made.
    var attempt: Int { attempts + 1 }
    /// The fence that the mark of this attempt sets, or the lease under which its file is handed over.
    var markedFence: Int64 { fence + 1 }
}

/// A conversation whose row this process has locked, and what is open in it.
struct ConversationTurn: Sendable {
    var conversation: Conversation
    var window: Window
    var pace: PersonPace
    /// The phone that Meta knows the conversation's person by, where a webhook told it.
    var waId: String?
    /// The identity key of the person whom the router trusts, where Meta tells it.
    var keyHash: String?
    /// What is doubted, or has been, of the person; nil: nothing ever.
    var doubt: PersonDoubt?
    /// Since when its turn is due; nil where no round asked.
    var nextAt: Timestamp?
    /// The first queued or sending ones, at most `OutboxQueries.openMax`, in order.
    var open: [OutboundMessage] = []
    /// The first held ones, in order.
    var held: [OutboundMessage] = []
    /// Queued outcomes from the first on, read only where several may be told at once or may pass.
    var news: [OutboundMessage] = []
    /// The first queued or sending one that is no outcome, read only where it may pass outcomes that gather.
    var answers: [OutboundMessage] = []
    /// What may be sent outside the window, where that may be needed.
    var catalogue = TemplateCatalogue.standard

    /// By phone where one is known: sending to it keeps it visible to us for 30 days more.
    var recipient: OutboundBody.Recipient {
        if let waId, !waId.isEmpty { return .phone(waId) }
        return conversation.peer.utf8.allSatisfy { (0x30...0x39).contains($0) }
            ? .phone(conversation.peer) : .user(conversation.peer)
    }
}

/// A bubble that is about to leave: one message, or several told as one.
struct Departure: Sendable {
    /// Whose name the bubble carries, as the row was before the mark.
    var message: OutboundMessage
    /// Told in the same bubble, in order.
    var members: [OutboundMessage] = []
    var recipient: OutboundBody.Recipient
    /// The identity key that it is for; nil: any.
    var keyHash: String?
    /// What leaves; nil while Meta has to be handed its file first: then nothing is marked, only leased.
    var body: [UInt8]?
    var isChat: Bool
    var templateLeft: Bool
    /// The template it is; nil for the chat form.
    var template: TemplateKey?
    /// Another message of the conversation waited behind it when it left.
    var isFollowed = false
    /// The window this attempt relies on; nil for a template.
    var inboundAt: Timestamp?
    /// When its round has marked it, or would have. Another process that marks the same message after a round whose
    /// mark came to nothing gives its attempt the same number and the same fence.
    var markedAt: Timestamp?
    /// The person's pace before it leaves, and once it has left.
    var paceBefore: PersonPace
    var pace: PersonPace

    /// Every row that this attempt speaks for, in an order that all processes share: locks are taken in it.
    var everybody: [OutboundMessage] { ([message] + members).sorted { $0.messageId < $1.messageId } }
}
