// What becomes of a conversation whose turn it is: which message, in which form, alone or with others, now or when.
// Pure: rows, pace and clock in, one decision out. It is asked inside the transaction that acts on it.
import Contracts
import Money
import WhatsApp
import World

struct OutboxPlanner: Sendable {
    /// A message of the conversation is on its way, and its end brings the next turn. These are for one that came in
    /// the moment of that end: looked at again after as long as the other has been away so far.
    static let besideSendingMin = Duration.milliseconds(20)
    static let besideSendingMax = Duration.seconds(1)

    let numbers: [String: SendingNumber]
    let limits: PersonPace.Limits

    enum Decision: Sendable {
        /// Nothing waits.
        case rest
        case wait(until: Timestamp)
        /// These were held for a reason that is over, and come before all others.
        case release([OutboundMessage])
        /// A message that does not leave now.
        case stop(OutboundMessage, MessageEvent, wait: Duration?)
        case send(Departure)
    }

    /// Why a business number pauses.
    struct Pause: Sendable, Equatable {
        var code: Int
        var until: Timestamp
    }

    /// True when the queued outcomes behind the first message matter: they may be told with it, or pass it.
    func needsNews(_ turn: ConversationTurn, now: Timestamp) -> Bool {
        guard turn.open.count > 1, let head = turn.open.first, isDue(head, now) else { return false }
        if head.kind == "outcome" { return head.coalesceKey != nil && !needsAnswers(turn, now: now) }
        var pace = turn.pace
        return pace.take(.answer, limits, now: now) != nil
    }

    /// True when the first answer behind news that still gathers matters: it does not wait for them.
    func needsAnswers(_ turn: ConversationTurn, now: Timestamp) -> Bool {
        guard turn.open.count > 1, let head = turn.open.first, isDue(head, now),
            Self.weight(head) == .newsTogether
        else { return false }
        var pace = turn.pace
        return pace.take(.newsTogether, limits, now: now) != nil
    }

    /// A template may be needed, so what Meta thinks of them matters.
    func needsTemplates(_ turn: ConversationTurn, now: Timestamp) -> Bool {
        let outcomes = (turn.open + turn.held).filter { $0.kind == "outcome" }
        return outcomes.contains { $0.templateOnly } || (!outcomes.isEmpty && !turn.window.isOpen(at: now))
    }

    func decide(_ turn: ConversationTurn, pause: Pause?, now: Timestamp) -> Decision {
        var turn = turn
        // Neither told with another nor let go while it may not be told at all.
        if let doubt = turn.doubt {
            turn.held.removeAll { doubt.holds($0) }
            turn.news.removeAll { doubt.holds($0) }
        }
        guard let head = turn.open.first else { return .rest }
        if let until = Self.notBefore(head, now) { return .wait(until: until) }
        let decision = decide(head, turn, pause, now)
        // What a seller asked for now, a link for the customer at the counter say, is not kept back by news that we
        // keep back so that they can be told together.
        guard case .wait(let until) = decision, Self.weight(head) == .newsTogether,
            let answer = turn.answers.first
        else { return decision }
        // Answers keep their order among themselves.
        if let later = Self.notBefore(answer, now) { return .wait(until: min(until, later)) }
        let passing = decide(answer, turn, pause, now)
        if case .wait(let later) = passing { return .wait(until: min(until, later)) }
        return passing
    }

    /// When to look again at a message that is not due: it is on its way, its file is, or it is tried again later.
    private static func notBefore(_ message: OutboundMessage, _ now: Timestamp) -> Timestamp? {
        if message.state == .sending {
            let away = min(max(now.since(message.updatedAt), besideSendingMin), besideSendingMax)
            return now.advanced(by: away)
        }
        if let lease = message.leaseUntil, lease >= now { return lease }
        return message.runAt > now ? message.runAt : nil
    }

    /// What becomes of `head`, which is due, where nothing is before it.
    private func decide(
        _ head: OutboundMessage, _ turn: ConversationTurn, _ pause: Pause?, _ now: Timestamp
    ) -> Decision {
        guard let number = numbers[turn.conversation.phoneNumberId] else {
            return .stop(head, .heldBack(.numberUnknown), wait: RetrySchedule.accountWait)
        }
        // Its end is told here by another, which has been told or has its own turn.
        if head.endedAt != nil { return .stop(head, .overtaken, wait: nil) }
        if turn.doubt?.holds(head) ?? false { return .stop(head, .heldBack(.identityDoubt), wait: nil) }
        if let pause { return .stop(head, .heldBack(.account(pause.code)), wait: pause.until.since(now)) }
        let freed = turn.held.filter { $0.seq < head.seq && mayGo($0, turn, number, now) }
        if !freed.isEmpty { return .release(freed) }
        var pace = turn.pace
        if let until = pace.take(Self.weight(head), limits, now: now) {
            // An answer leaves the last of the pace to news, so news may pass it.
            guard head.kind != "outcome", let news = turn.news.first(where: { isDue($0, now) }) else {
                return .wait(until: until)
            }
            pace = turn.pace
            if let later = pace.take(Self.weight(news), limits, now: now) {
                return .wait(until: min(until, later))
            }
            return plan(news, turn, number, pace, now)
        }
        return plan(head, turn, number, pace, now)
    }

    private func isDue(_ message: OutboundMessage, _ now: Timestamp) -> Bool {
        message.state == .queued && message.runAt <= now && message.leaseUntil.map { $0 < now } ?? true
    }

    static func weight(_ message: OutboundMessage) -> PersonPace.Weight {
        guard message.kind == "outcome" else { return .answer }
        return message.coalesceKey == nil ? .news : .newsTogether
    }

    /// A held message could be sent now, so whoever came after it has to wait.
    private func mayGo(
        _ message: OutboundMessage, _ turn: ConversationTurn, _ number: SendingNumber, _ now: Timestamp
    ) -> Bool {
        guard let content = try? MessageRendering.decoded(message.content) else { return false }
        // What ended the hold gives both forms back.
        var again = message
        again.templateOnly = false
        switch form(again, MessageRendering(content, place: number.place), turn, now) {
        case .chat, .template: return true
        case .hold, .expire: return false
        }
    }

    private func form(
        _ message: OutboundMessage, _ rendering: MessageRendering, _ turn: ConversationTurn, _ now: Timestamp
    ) -> DeliveryPlan {
        let question = DeliveryPlan.Question(
            hasChatForm: true, templateName: rendering.templateName, templateOnly: message.templateOnly,
            locale: message.locale, notAfter: message.notAfter)
        return DeliveryPlan.decide(question, window: turn.window, catalogue: turn.catalogue, now: now)
    }

    private func plan(
        _ message: OutboundMessage, _ turn: ConversationTurn, _ number: SendingNumber, _ pace: PersonPace,
        _ now: Timestamp
    ) -> Decision {
        guard var content = message.said ?? (try? MessageRendering.decoded(message.content)) else {
            return .stop(message, .contentUnreadable, wait: nil)
        }
        // Its end was told elsewhere, and whoever asked here has heard of neither.
        if let paymentId = message.overSubject {
            content = MessageRendering.over(content, paymentId, message.locale)
        }
        let rendering = MessageRendering(content, place: number.place)
        var departure = Departure(
            message: message, recipient: turn.recipient, isChat: true, templateLeft: false,
            isFollowed: turn.open.count > 1, paceBefore: turn.pace, pace: pace)
        // What is for a seller alone names the keys that it is for: Meta gives it to no other.
        if message.sellers != nil { departure.keyHash = turn.keyHash }
        let said: OutboundBody.Content
        switch form(message, rendering, turn, now) {
        case .expire: return .stop(message, .deadlinePassed, wait: nil)
        case .hold(let reason): return .stop(message, .heldBack(reason), wait: nil)
        case .template(let definition):
            guard let body = rendering.template(definition) else {
                return .stop(message, .contentUnreadable, wait: nil)
            }
            said = body
            departure.isChat = false
            departure.template = TemplateKey(definition)
        case .chat:
            departure.inboundAt = turn.window.lastInbound
            departure.templateLeft = rendering.templateName != nil
            let digest = OutcomeDigest(leader: message, followers: turn.news, place: number.place, now: now)
            departure.members = digest?.members ?? []
            said =
                digest.map { .text($0.text, previewsLink: false) }
                ?? rendering.chat(message.locale, mediaId: message.mediaId ?? "0")
        }
        guard let body = Self.encoded(departure, said) else {
            return .stop(message, .contentUnreadable, wait: nil)
        }
        // Its body was made to see that Meta would take it; the real one follows the file.
        if message.kind != "document" || message.mediaId != nil || !departure.isChat { departure.body = body }
        return .send(departure)
    }

    /// The body of this attempt; nil when Meta would refuse it.
    static func encoded(_ departure: Departure, _ content: OutboundBody.Content) -> [UInt8]? {
        let name = CallbackName.text(departure.message.messageId, attempt: departure.message.attempt)
        return try? OutboundBody(
            to: departure.recipient, content, callbackData: name, replyTo: departure.message.replyTo,
            identityKeyHash: departure.keyHash
        ).encoded()
    }
}
