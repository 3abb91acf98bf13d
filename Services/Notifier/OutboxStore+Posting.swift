// Messages that leave as they are posted. A round exists to find out whose turn it is; in a conversation in which
// nothing waits, the message that comes has it. One statement looks whether all is plain and writes such a message as a
// round would have left it; the planner then decides about what the statement relied on, and has the last word.
// Whatever is not plain (a template, a file, something held, a doubt, a pace that is used up) is left to a round.
import Contracts
import Postgres
import World

extension OutboxStore {
    /// What became of messages that were tried.
    struct Posting: Sendable {
        /// Written and marked: the caller's to send.
        var departures: [Departure] = []
        /// Written and marked, but the planner would not have them leave: the caller's to take back.
        var disputed: [Departure] = []
        /// Those whose keys were known already; the rest of what was tried is to be queued.
        var known: Set<String> = []
        /// When the pace of each number that was spent from is full again.
        var fullAt: [String: Timestamp] = [:]
    }

    /// Writes those of `posted` that may leave now, `most` at most, one for each conversation. When this throws,
    /// nothing may leave, and what might be written is in `doubtful`.
    func post(_ posted: [PostedMessage], most: Int, doubtful: inout [Departure]) async throws -> Posting {
        let now = world.now()
        var met: Set<Conversation> = []
        let asked = posted.filter { one in
            // What comes behind one that is left to a round is left to it as well.
            guard met.insert(one.message.conversation).inserted else { return false }
            if let notAfter = one.message.notAfter, now > notAfter { return false }
            if case .document = one.message.content { return false }
            return true
        }
        if asked.isEmpty { return Posting() }
        do {
            let numbers = Set(asked.map(\.message.conversation.phoneNumberId))
            let rows = try await database.batch([
                (MessageQueries.lockNumbers, [.textArray(numbers.sorted())]),
                (MessageQueries.insertSending, values(asked, most, now)),
            ])
            return try posting(rows[1], asked, now)
        } catch {
            if Self.mayBeWritten(error) { doubtful = asked.map { Departure(unsent: $0, now) } }
            throw error
        }
    }

    /// A server that refuses has written nothing; one that stops, or a pooler without it, may say so after it has.
    static func mayBeWritten(_ error: any Error) -> Bool {
        guard let error = error as? PostgresError else { return true }
        return error.mayBeDone || error.kind == .decode || (error.sqlState != nil && !error.changedNothing)
    }

    private func values(_ asked: [PostedMessage], _ most: Int, _ now: Timestamp) -> [PostgresValue] {
        let latest = asked.map {
            PersonPace.latest(OutboxPlanner.weight(OutboundMessage($0, now)), planner.limits, now: now)
        }
        return asked.values(now) + [
            .timestamp(now.advanced(by: MessageStore.lease)),
            .timestampArray(latest.map(\.fullAt)), .timestampArray(latest.map(\.newsFullAt)),
            .timestamp(now.advanced(by: .zero - (Window.length - Window.margin))),
            .textArray(asked.map(\.linkedSubject)), .timestamp(numberPace.latest(now: now)),
            .int8(numberPace.interval.microseconds), .int8(Int64(most)),
            .int8(planner.limits.person.interval.microseconds),
        ]
    }

    private func posting(
        _ rows: PostgresRows, _ asked: [PostedMessage], _ now: Timestamp
    ) throws -> Posting {
        var posting = Posting()
        for row in rows {
            let id = try row.text("message_id")
            guard let one = asked.first(where: { $0.id == id }) else { continue }
            let number = one.message.conversation.phoneNumberId
            if let fullAt = try row.timestampOrNil("number_full_at") {
                posting.fullAt[number] = max(fullAt, posting.fullAt[number] ?? fullAt)
            }
            guard try row.bool("is_new") else {
                posting.known.insert(id)
                continue
            }
            if let departure = departure(of: one, try Self.plainTurn(row), now) {
                posting.departures.append(departure)
            } else {
                posting.disputed.append(Departure(unsent: one, now))
            }
        }
        return posting
    }

    /// What the planner makes of it; nil where it does not leave as the statement has written it.
    private func departure(of posted: PostedMessage, _ turn: ConversationTurn, _ now: Timestamp) -> Departure?
    {
        var turn = turn
        turn.open = [OutboundMessage(posted, now)]
        guard !planner.needsTemplates(turn, now: now),
            case .send(let departure) = planner.decide(turn, pause: nil, now: now),
            departure.body != nil, departure.isChat
        else { return nil }
        return departure
    }
}

extension Departure {
    /// One that may be written as leaving and is going nowhere: enough of it to take it back.
    init(unsent posted: PostedMessage, _ now: Timestamp) {
        self.init(
            message: OutboundMessage(posted, now),
            recipient: MessageRoutes.recipient(posted.message.conversation.peer), isChat: true,
            templateLeft: false, paceBefore: PersonPace(), pace: PersonPace())
    }
}

extension OutboundMessage {
    /// As its row would be read, had it been queued. Its place is behind all others.
    init(_ posted: PostedMessage, _ now: Timestamp) {
        let message = posted.message
        self.init(
            messageId: posted.id, seq: .max, conversation: message.conversation, state: .queued,
            kind: MessageRendering.kind(message.content), locale: message.locale, content: posted.content,
            replyTo: message.replyTo, notAfter: message.notAfter, requestId: posted.requestId,
            traceparent: posted.traceparent, templateOnly: false, attempts: 0, refusals: 0, fence: 0,
            runAt: now,
            updatedAt: now, leaseUntil: nil, coalesceKey: message.coalesceKey, mediaId: nil,
            sellers: message.sellers.flatMap { $0.isEmpty ? nil : Set($0.map(\.text)) },
            identityKnownAt: message.identityKnownAt, said: message.content)
    }
}
