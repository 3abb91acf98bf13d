// Messages that leave as they are posted, against PostgreSQL: when one may, what it leaves behind, and what two
// processes at the same conversation make of it.
import Contracts
import EventLoop
import Money
import Postgres
import TestSupport
import Testing
import World

@testable import Notifier

@Suite(.serialized) struct `A message that is posted` {
    @Test func `leaves at once from an idle conversation, marked as a round marks it`() async throws {
        try await OutboxBench.with(personInterval: .seconds(6)) { bench in
            try await bench.know("37369000001")
            let posted = bench.posted("Plătit", to: "37369000001")
            var doubtful: [Departure] = []
            let posting = try await bench.outbox.post([posted], most: 8, doubtful: &doubtful)
            let departure = try #require(posting.departures.first)
            #expect(departure.message.messageId == posted.id)
            #expect(departure.inboundAt != nil)
            #expect(String(decoding: departure.body ?? [], as: UTF8.self).contains("Plătit"))
            let row = try await bench.pool.query(
                """
                select m.state, m.attempts::bigint as attempts, m.fence, m.channel, m.lease_until, a.inbound_at,
                    r.next_at, r.full_at
                from notifier.message m
                join notifier.attempt a on a.message_id = m.message_id and a.attempt = m.attempts
                join notifier.recipient r on r.peer = m.peer where m.message_id = $1
                """, [.text(posted.id)]
            ).one()
            #expect(try row.text("state") == "sending")
            #expect(try row.int8("attempts") == 1)
            #expect(try row.int8("fence") == departure.message.markedFence)
            #expect(try row.text("channel") == "chat")
            #expect(try row.timestampOrNil("lease_until") != nil)
            #expect(try row.timestampOrNil("inbound_at") == departure.inboundAt)
            #expect(try row.timestampOrNil("next_at") == nil)
            #expect(try row.timestampOrNil("full_at") != nil)
            // What comes meanwhile waits for its end, and then has its turn.
            let next = try await bench.post("2", to: "37369000001")
            #expect(try await bench.round().departures.isEmpty)
            #expect(
                try await bench.outbox.messages.markAccepted([(departure, "wamid.1")]).isDone == [true])
            try await until(atMost: .seconds(20)) {
                try await bench.round().departures.map(\.message.messageId) == [next]
            }
        }
    }

    /// What is done to the conversation before.
    static let reasons: [(why: String, script: String)] = [
        ("nobody wrote to the person yet", "delete from notifier.recipient"),
        (
            "the window is closed",
            "update channel.conversation set last_inbound_at = now() - interval '25 hours'"
        ),
        (
            "the window is disproved",
            "update notifier.recipient set disproved_inbound_at = now() + interval '1 hour'"
        ),
        ("another has the turn", "update notifier.recipient set next_at = now()"),
        ("another is on its way", "update notifier.message set state = 'sending', reason = null"),
        ("another is held", "update notifier.message set state = 'held', reason = 'windowClosed'"),
        (
            "the person's pace is used up",
            "update notifier.recipient set full_at = now() + interval '270 seconds'"
        ),
        (
            "the number's pace is used up",
            "update notifier.number_pace set full_at = now() + interval '10 seconds'"
        ),
        (
            "who the person is was doubted once",
            """
            insert into channel.identity_doubt (mark, raised_at, settled_at) values ('37369000001', now(), now())
            """
        ),
        (
            "the number pauses",
            "update notifier.number_pace set paused_until = now() + interval '50 seconds', pause_code = 190"
        ),
    ]

    @Test(arguments: reasons.indices) func `is left to a round while`(place: Int) async throws {
        let (why, script) = Self.reasons[place]
        try await OutboxBench.with { bench in
            try await bench.know("37369000001")
            try await bench.pool.query(PostgresStatement(composed: script))
            var doubtful: [Departure] = []
            let posted = bench.posted("Plătit", to: "37369000001")
            let posting = try await bench.outbox.post([posted], most: 8, doubtful: &doubtful)
            #expect(posting.departures.isEmpty && posting.known.isEmpty, "\(why)")
            #expect(try await bench.ids("true").count == 1, "\(why)")
        }
    }

    @Test func `leaves once for each conversation, and as often as there are places and tokens`() async throws
    {
        try await OutboxBench.with(ratePerSecond: 30) { bench in
            for peer in 1...6 { try await bench.know("3736900000\(peer)") }
            let posted = (1...6).flatMap { peer in
                ["a", "b"].map { bench.posted($0, to: "3736900000\(peer)") }
            }
            var doubtful: [Departure] = []
            try await bench.pool.query("update notifier.number_pace set full_at = null")
            let posting = try await bench.outbox.post(posted, most: 2, doubtful: &doubtful)
            #expect(posting.departures.map(\.message.messageId) == [posted[0].id, posted[2].id])
            // The burst of this number is three.
            try await bench.pool.query("update notifier.number_pace set full_at = null")
            let more = try await bench.outbox.post(Array(posted[4...]), most: 8, doubtful: &doubtful)
            #expect(more.departures.map(\.message.messageId) == [4, 6, 8].map { posted[$0].id })
        }
    }

    @Test func `is not written again under a key that is known`() async throws {
        try await OutboxBench.with { bench in
            try await bench.know("37369000001")
            let posted = bench.posted("Plătit", to: "37369000001")
            var doubtful: [Departure] = []
            let first = try await bench.outbox.post([posted], most: 8, doubtful: &doubtful)
            _ = try await bench.outbox.messages.markAccepted([(first.departures[0], "wamid.1")])
            var again = bench.posted("Plătit", to: "37369000001")
            again.key = posted.key
            let second = try await bench.outbox.post([again], most: 8, doubtful: &doubtful)
            #expect(second.departures.isEmpty && second.known == [again.id])
            #expect(try await bench.ids("convert_from(content, 'UTF8') like '%Plătit%'") == [posted.id])
            #expect(try await bench.pool.query("select 1 from notifier.attempt").count == 2)
        }
    }

    @Test func `is queued again when its commit was not heard of and it never left`() async throws {
        try await OutboxBench.with { bench in
            try await bench.know("37369000001")
            let posted = bench.posted("Plătit", to: "37369000001")
            var doubtful: [Departure] = []
            let posting = try await bench.outbox.post([posted], most: 8, doubtful: &doubtful)
            try await bench.outbox.messages.takeBack(posting.departures[0])
            #expect(try await bench.ids("state = 'queued'") == [posted.id])
            try await until(atMost: .seconds(20)) {
                try await bench.round().departures.map(\.message.messageId) == [posted.id]
            }
        }
    }

    @Test
    func `is known as written by a lost commit whatever became of its lease, and not when a round has it`()
        async throws
    {
        try await OutboxBench.with { bench in
            let messages = bench.outbox.messages
            try await bench.know("37369000001")
            let posted = bench.posted("Plătit", to: "37369000001")
            var doubtful: [Departure] = []
            let posting = try await bench.outbox.post([posted], most: 8, doubtful: &doubtful)
            let lost = posting.departures[0]
            #expect(try await messages.isUnheard(lost.message))
            // The database was away for longer than the lease.
            _ = try await messages.settle(Settlement(posted.id, .leaseLost))
            #expect(try await messages.view(posted.id)?.status == .unresolved)
            #expect(try await messages.isUnheard(lost.message))
            try await messages.takeBack(lost)
            #expect(try await messages.view(posted.id)?.status == .queued)
            #expect(try await !messages.isUnheard(lost.message))
            try await until(atMost: .seconds(20)) { try await !bench.round().departures.isEmpty }
            #expect(try await !messages.isUnheard(lost.message))
            // The commit was not made, what was queued instead is marked by a round.
            let other = bench.posted("Plătit", to: "37369000002")
            try await bench.know("37369000002")
            _ = try await messages.insert([other])
            try await bench.pool.query("update notifier.number_pace set full_at = null")
            let round = try await bench.round().departures
            let marked = try #require(round.first { $0.message.messageId == other.id })
            #expect(marked.message.markedFence == lost.message.markedFence)
            #expect(try await !messages.isUnheard(marked.message))
        }
    }

    @Test func `does not stand behind a number that a hanging round holds`() async throws {
        try await OutboxBench.with { bench in
            try await bench.know("37369000001")
            let posted = bench.posted("Plătit", to: "37369000001")
            let left = try await bench.pool.transaction { session in
                try await session.query("select 1 from notifier.number_pace for update")
                var doubtful: [Departure] = []
                let refused = await #expect(throws: PostgresError.self) {
                    try await bench.outbox.post([posted], most: 8, doubtful: &doubtful)
                }
                #expect(refused?.sqlState == "55P03")
                return doubtful.count
            }
            #expect(left == 0, "nothing was written, so nothing is in doubt")
        }
    }

    @Test func `never overtakes and never meets another of its conversation, whoever posts`() async throws {
        try await OutboxBench.with(ratePerSecond: 1_000, personInterval: .milliseconds(1)) { bench in
            let peers = (0..<4).map { "3736900\(1_000 + $0)" }
            for peer in peers { try await bench.know(peer) }
            let start = ContinuousClock.now
            // Two processes as far as PostgreSQL can see. Each posts, sends and makes rounds.
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<2 {
                    group.addTask(executorPreference: TestLoop.shared) {
                        var number = 0
                        while ContinuousClock.now < start + .seconds(2) {
                            number += 1
                            var departures = try await bench.postAtOnce(
                                "\(lane).\(number)", to: peers[number % 4])
                            departures += try await bench.round().departures
                            for departure in departures {
                                // A second one in flight would be seen beside it.
                                let beside = try await bench.pool.query(
                                    "select 1 from notifier.message where peer = $1 and state = 'sending'",
                                    [.text(departure.message.conversation.peer)])
                                #expect(beside.count == 1)
                            }
                            for departure in departures {
                                _ = try await bench.outbox.messages.markAccepted([
                                    (departure, "w" + bench.world.hex(8))
                                ])
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await until(atMost: .seconds(30)) {
                for departure in try await bench.round().departures {
                    _ = try await bench.outbox.messages.markAccepted([(departure, "w" + bench.world.hex(8))])
                }
                return try await bench.ids("state <> 'accepted'").isEmpty
            }
            // Each attempt began after the end of the one before it.
            let wrong = try await bench.pool.query(
                """
                select 1 from notifier.message m join notifier.message n on n.peer = m.peer and n.seq > m.seq
                join notifier.attempt a on a.message_id = m.message_id
                join notifier.attempt b on b.message_id = n.message_id
                where b.started_at < a.started_at
                """)
            #expect(wrong.isEmpty)
            #expect(try await bench.pool.query("select 1 from notifier.attempt where attempt > 1").isEmpty)
        }
    }
}

extension OutboxBench {
    /// A conversation whose person has just written and has had an answer.
    func know(_ peer: String) async throws {
        try await hear(peer)
        try await post("Bună", to: peer)
        try await pool.query("update notifier.number_pace set full_at = null")
        for departure in try await round().departures {
            _ = try await outbox.messages.markAccepted([(departure, "wamid." + world.hex(8))])
        }
    }

    func posted(_ text: String, to peer: String) -> PostedMessage {
        let message = SendMessage(
            conversation: Conversation(phoneNumberId: Self.number, peer: peer), locale: .ro,
            content: .text(text))
        return PostedMessage(
            id: world.id("msg"), key: "k" + world.hex(8), message: message,
            content: (try? MessageRendering.encoded(message.content)) ?? [], requestId: "req", traceparent: ""
        )
    }

    /// As the service posts: what may not leave is queued.
    func postAtOnce(_ text: String, to peer: String) async throws -> [Departure] {
        let one = posted(text, to: peer)
        var doubtful: [Departure] = []
        let departures: [Departure]
        do { departures = try await outbox.post([one], most: 1, doubtful: &doubtful).departures } catch let
            error
            as PostgresError where error.sqlState == "55P03"
        {
            // Another has held the number for longer than it is waited for.
            departures = []
        }
        if departures.isEmpty { _ = try await outbox.messages.insert([one]) }
        return departures
    }
}
