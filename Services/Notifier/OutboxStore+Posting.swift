// Messages that leave as they are posted. A round exists to find out whose turn it is; in a conversation in which
// nothing waits, the message that comes has it. So it is decided about before it is written, by the same planner and
// under the same locks as in a round, and written as a round would have left it: one commit instead of two, and no
// claim. Whatever is not plain (a template, a file, something held, a pace that is used up) is left to a round.
import Contracts
import Postgres
import World

extension OutboxStore {
    /// What became of messages that were tried.
    struct Posting: Sendable {
        /// Written and marked: the caller's to send.
        var departures: [Departure] = []
        /// Those whose keys were known already; the rest of what was tried is to be queued.
        var known: Set<String> = []
        /// When each number's pace is full again.
        var fullAt: [String: Timestamp] = [:]
    }

    /// Writes those of `posted` that may leave now, `most` at most, one for each conversation. When this throws,
    /// nothing may leave, and what might be written is in `doubtful`.
    func post(_ posted: [PostedMessage], most: Int, doubtful: inout [Departure]) async throws -> Posting {
        let now = world.now()
        var marking: [Departure] = []
        do {
            return try await database.transaction { session in
                let places = posted.map(\.message.conversation)
                let numbers = Set(places.map(\.phoneNumberId)).sorted()
                let rows = try await session.batch([
                    (OutboxQueries.numbersBriefly, [.textArray(numbers)]),
                    (
                        OutboxQueries.idle,
                        [.textArray(places.map(\.phoneNumberId)), .textArray(places.map(\.peer))]
                    ),
                    (
                        OutboxQueries.ended,
                        [
                            .textArray(posted.map(\.id)), .textArray(posted.map(\.linkedSubject)),
                            .textArray(places.map(\.phoneNumberId)), .textArray(places.map(\.peer)),
                        ]
                    ),
                ])
                let ended = Set(try rows[2].map { try $0.text("message_id") })
                var standing = try Self.standing(rows[0], now)
                var idle: [Conversation: ConversationTurn] = [:]
                for turn in try rows[1].map(Self.turn) { idle[turn.conversation] = turn }
                var leaving: [(posted: PostedMessage, departure: Departure)] = []
                for one in posted where leaving.count < most {
                    // A round puts it aside.
                    if ended.contains(one.id) { continue }
                    guard let turn = idle.removeValue(forKey: one.message.conversation),
                        let departure = leavesNow(one, turn, &standing, now)
                    else { continue }
                    leaving.append((one, departure))
                }
                if leaving.isEmpty { return Posting(fullAt: standing.fullAt) }
                marking = leaving.map(\.departure)
                let new = try await write(leaving, standing, now, session)
                return Posting(
                    departures: marking.filter { new.contains($0.message.messageId) },
                    known: Set(marking.map(\.message.messageId)).subtracting(new), fullAt: standing.fullAt)
            }
        } catch {
            doubtful = marking
            throw error
        }
    }

    /// The departure of a message whose conversation is idle; nil where a round has to look.
    private func leavesNow(
        _ posted: PostedMessage, _ turn: ConversationTurn, _ standing: inout Standing, _ now: Timestamp
    ) -> Departure? {
        var turn = turn
        turn.open = [OutboundMessage(posted, now)]
        let number = turn.conversation.phoneNumberId
        guard !planner.needsTemplates(turn, now: now),
            case .send(let departure) = planner.decide(turn, pause: standing.pauses[number], now: now),
            departure.body != nil, departure.isChat,
            case .go(let fullAt) = numberPace.take(fullAt: standing.fullAt[number], now: now)
        else { return nil }
        standing.fullAt[number] = fullAt
        return departure
    }

    private func write(
        _ leaving: [(posted: PostedMessage, departure: Departure)], _ standing: Standing, _ now: Timestamp,
        _ session: PostgresTransaction
    ) async throws -> Set<String> {
        let departures = leaving.map(\.departure)
        let numbers = Set(departures.map(\.message.conversation.phoneNumberId)).sorted()
        let rows = try await session.end(with: [
            (
                MessageQueries.insertSending,
                leaving.map(\.posted).values(now) + [
                    .timestampArray(departures.map(\.inboundAt)),
                    .timestamp(now.advanced(by: MessageStore.lease)),
                    .timestampArray(departures.map(\.pace.fullAt)),
                    .timestampArray(departures.map(\.pace.newsFullAt)),
                    .textArray(numbers), .timestampArray(numbers.map { standing.fullAt[$0] }),
                ]
            )
        ])
        return Set(try rows[0].map { try $0.text("message_id") })
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
