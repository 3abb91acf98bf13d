// One round of the outbox: the conversations whose turn it is are locked, decided about, and what is to leave is
// marked, all in one transaction. A crash before its commit has done nothing; after it, every message that may
// have left is marked. The decisions are OutboxPlanner's.
import Contracts
import JobQueue
import Money
import Postgres
import World

struct OutboxStore: Sendable {
    /// The first message of a conversation, and one more to know that others follow.
    static let openMax: Int64 = 2
    /// Held messages that are asked, in order, whether their hold is over.
    static let heldMax: Int64 = 8
    /// A conversation whose message somebody else was writing is asked again after this.
    static let besideWriter = Duration.milliseconds(50)

    let messages: MessageStore
    let templates: TemplateStore
    let planner: OutboxPlanner
    /// Of one business number, for all processes together.
    let numberPace: Pace
    private let floors = ClaimFloors()

    init(messages: MessageStore, templates: TemplateStore, planner: OutboxPlanner, numberPace: Pace) {
        self.messages = messages
        self.templates = templates
        self.planner = planner
        self.numberPace = numberPace
    }

    var database: PostgresPool { messages.database }
    var world: World { messages.world }

    /// What a round did.
    struct Round: Sendable {
        var departures: [Departure] = []
        var stopped: [(message: OutboundMessage, settled: Settled)] = []
        /// As many conversations as were asked for had their turn: more may be due.
        var isFull = false
        /// The next turn that this round knows of.
        var nextTurn: Timestamp?
        /// When each number's pace is full again.
        var fullAt: [String: Timestamp] = [:]
        /// Conversations whose turn stays due, since the round or their number had room for no more.
        var left: [ConversationTurn] = []
        var seen: [ClaimFloors.Seen] = []
    }

    /// At most `free` bubbles; `turns` says how many of each number. What is marked is the caller's to send: when
    /// this throws, nothing may leave, and what might be marked is in `doubtful`.
    func round(
        free: Int, turns: [(number: String, most: Int)], doubtful: inout [Departure]
    ) async throws -> Round {
        let now = world.now()
        var marking: [Departure] = []
        do {
            let looks = floors.looks(turns.map(\.number), world)
            let round = try await database.transaction { session in
                let found = try await read(turns, looks, now, in: session)
                var round = Round(fullAt: found.standing.fullAt)
                if !found.turns.isEmpty { round = try await act(found, free, now, session) { marking = $0 } }
                round.seen = TurnFloors.seen(looks, turns, found.turns, left: round.left)
                return round
            }
            floors.keep(round.seen, endNs: world.monotonic())
            return round
        } catch {
            doubtful = marking
            throw error
        }
    }

    /// Who has a turn, and what is known about their numbers.
    private struct Found {
        var turns: [ConversationTurn] = []
        var standing = Standing()
        var isFull = false
    }

    private func read(
        _ turns: [(number: String, most: Int)], _ looks: [ClaimFloor.Look], _ now: Timestamp,
        in session: PostgresTransaction
    ) async throws -> Found {
        let numbers = PostgresValue.textArray(turns.map(\.number))
        let most = PostgresValue.int8Array(turns.map { Int64($0.most) })
        let rows = try await session.batch([
            (OutboxQueries.numbers, [numbers]),
            (OutboxQueries.turns, [numbers, most, .timestamp(now), .timestampArray(looks.map(\.from))]),
        ])
        var found = Found()
        found.standing = try Self.standing(rows[0], now)
        found.turns = try rows[1].map { row in
            var turn = try Self.turn(row)
            turn.nextAt = try row.timestampOrNil("next_at")
            return turn
        }
        for (number, most) in turns
        where found.turns.count(where: { $0.conversation.phoneNumberId == number }) >= most {
            found.isFull = true
        }
        if !found.turns.isEmpty { try await readMessages(&found.turns, now, in: session) }
        return found
    }

    private func readMessages(
        _ turns: inout [ConversationTurn], _ now: Timestamp, in session: PostgresTransaction
    ) async throws {
        var places: [Conversation: Int] = [:]
        for (index, turn) in turns.enumerated() { places[turn.conversation] = index }
        let open = try await session.query(
            OutboxQueries.open,
            Self.keys(turns) + [
                .int8(Self.openMax), .int8(Self.heldMax),
                .timestamp(now.advanced(by: .zero - MediaDesk.age)),
            ])
        for row in open {
            let message = try Self.message(row)
            guard let place = places[message.conversation] else { continue }
            if message.state == .held {
                turns[place].held.append(message)
            } else {
                turns[place].open.append(message)
            }
        }
        try await readTemplates(&turns, now, in: session)
        let curious = turns.filter { planner.needsNews($0, now: now) }
        if !curious.isEmpty {
            let most = Int64(OutcomeDigest.paymentsMax)
            for row in try await session.query(OutboxQueries.news, Self.keys(curious) + [.int8(most)]) {
                let message = try Self.message(row)
                if let place = places[message.conversation] { turns[place].news.append(message) }
            }
        }
        let gathering = turns.filter { planner.needsAnswers($0, now: now) }
        if gathering.isEmpty { return }
        let oldest = PostgresValue.timestamp(now.advanced(by: .zero - MediaDesk.age))
        for row in try await session.query(AnswerQueries.behindNews, Self.keys(gathering) + [oldest]) {
            let message = try Self.message(row)
            if let place = places[message.conversation] { turns[place].answers.append(message) }
        }
    }

    private func act(
        _ found: Found, _ free: Int, _ now: Timestamp, _ session: PostgresTransaction,
        _ marking: ([Departure]) -> Void
    ) async throws -> Round {
        var round = Round(isFull: found.isFull, fullAt: found.standing.fullAt)
        var ended: [(turn: ConversationTurn, nextAt: Timestamp?, pace: PersonPace)] = []
        for turn in found.turns {
            let number = turn.conversation.phoneNumberId
            var nextAt: Timestamp? = now
            switch planner.decide(turn, pause: found.standing.pauses[number], now: now) {
            case .rest: nextAt = nil
            case .wait(let until): nextAt = until
            case .release(let held):
                for message in held {
                    let settlement = Settlement(message.messageId, .holdEnded)
                    _ = try await messages.settle(settlement, in: session, skipsLocked: true)
                }
            case .stop(let message, let event, let wait):
                var settlement = Settlement(message.messageId, event, fence: message.fence)
                settlement.wait = wait
                let settled = try await messages.settle(settlement, in: session, skipsLocked: true)
                round.stopped.append((message, settled))
                if settled == .unknown { nextAt = now.advanced(by: Self.besideWriter) }
            case .send(let departure) where departure.body == nil:
                guard round.departures.count < free else {
                    round.left.append(turn)
                    continue
                }
                round.departures.append(departure)
                continue
            case .send(let departure):
                // Nothing is written for who has to wait for the number: the turn stays due.
                guard round.departures.count < free,
                    case .go(let fullAt) = numberPace.take(fullAt: round.fullAt[number], now: now)
                else {
                    round.left.append(turn)
                    continue
                }
                round.fullAt[number] = fullAt
                round.departures.append(departure)
                continue
            }
            ended.append((turn, nextAt, turn.pace))
        }
        for place in round.departures.indices { round.departures[place].markedAt = now }
        marking(round.departures)
        try await write(&round, ended, now, session)
        return round
    }

    private func write(
        _ round: inout Round, _ ended: [(turn: ConversationTurn, nextAt: Timestamp?, pace: PersonPace)],
        _ now: Timestamp, _ session: PostgresTransaction
    ) async throws {
        var ended = ended
        if !round.departures.isEmpty {
            let lease = now.advanced(by: MessageStore.lease)
            let marked = try await mark(round.departures.filter { $0.body != nil }, now, session)
                .union(try await self.lease(round.departures.filter { $0.body == nil }, lease, session))
            let asked = round.departures
            round.departures = asked.filter { $0.everybody.allSatisfy { marked.contains($0.messageId) } }
            try await keepMembers(round.departures, session)
            try await keepTemplates(round.departures, session)
            for departure in asked {
                let turn = ConversationTurn(
                    conversation: departure.message.conversation, window: Window(lastInbound: nil),
                    pace: departure.pace)
                let isOff = departure.everybody.allSatisfy { marked.contains($0.messageId) }
                // Its end brings the conversation's next turn.
                let nextAt = departure.body == nil ? lease : isOff ? nil : now.advanced(by: Self.besideWriter)
                ended.append((turn, nextAt, departure.body == nil ? departure.paceBefore : departure.pace))
                if !isOff { try await unmark(departure, marked, session) }
            }
        }
        if ended.isEmpty { return }
        round.nextTurn = ended.compactMap(\.nextAt).min()
        let numbers = Set(round.departures.map(\.message.conversation.phoneNumberId)).sorted()
        _ = try await session.end(with: [
            (
                OutboxQueries.endTurns,
                Self.keys(ended.map(\.turn)) + [
                    .timestampArray(ended.map(\.nextAt)), .timestampArray(ended.map(\.pace.fullAt)),
                    .timestampArray(ended.map(\.pace.newsFullAt)),
                ]
            ),
            (
                OutboxQueries.keepPace,
                [.textArray(numbers), .timestampArray(numbers.map { round.fullAt[$0] })]
            ),
        ])
    }

    private func mark(
        _ departures: [Departure], _ now: Timestamp, _ session: PostgresTransaction
    ) async throws -> Set<String> {
        if departures.isEmpty { return [] }
        var rows: [(OutboundMessage, Departure, String?)] = []
        for departure in departures {
            rows.append((departure.message, departure, nil))
            for member in departure.members { rows.append((member, departure, departure.message.messageId)) }
        }
        let marked = try await session.query(
            OutboxQueries.mark,
            [
                .textArray(rows.map(\.0.messageId)), .int8Array(rows.map(\.0.fence)),
                .textArray(rows.map { $0.1.isChat ? "chat" : "template" }),
                .timestampArray(rows.map(\.1.inboundAt)), .textArray(rows.map(\.2)),
                .timestamp(now.advanced(by: MessageStore.lease)), .timestamp(now),
            ])
        return Set(try marked.map { try $0.text("message_id") })
    }

    private func lease(
        _ departures: [Departure], _ end: Timestamp, _ session: PostgresTransaction
    ) async throws -> Set<String> {
        if departures.isEmpty { return [] }
        let leased = try await session.query(
            OutboxQueries.lease,
            [
                .textArray(departures.map(\.message.messageId)), .int8Array(departures.map(\.message.fence)),
                .timestamp(end),
            ])
        return Set(try leased.map { try $0.text("message_id") })
    }

    private func keepMembers(_ departures: [Departure], _ session: PostgresTransaction) async throws {
        let members = departures.flatMap { departure in departure.members.map { (departure.message, $0) } }
        if members.isEmpty { return }
        try await session.query(
            OutboxQueries.keepMembers,
            [
                .textArray(members.map(\.0.messageId)), .int8Array(members.map { Int64($0.0.attempt) }),
                .textArray(members.map(\.1.messageId)), .int8Array(members.map { Int64($0.1.attempt) }),
            ])
    }

    /// Not everybody of a bubble could be marked, so it does not leave: those who were are queued again.
    private func unmark(
        _ departure: Departure, _ marked: Set<String>, _ session: PostgresTransaction
    ) async throws {
        for message in departure.everybody where marked.contains(message.messageId) {
            let settlement = Settlement(message.messageId, .notSent, fence: message.markedFence)
            _ = try await messages.settle(settlement, in: session)
        }
    }
}
