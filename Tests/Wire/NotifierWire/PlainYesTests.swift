// The statement that writes a message as leaving says the planner's plain yes, in another language: both are asked
// about the same rows, at each edge of each bucket and of the window, and what the statement writes is what the
// planner wants. And acceptances that come behind a status.
import Contracts
import Money
import Postgres
import TestSupport
import Testing
import WhatsApp
import World

@testable import Notifier

@Suite(.serialized) struct `The statement that lets a message leave` {
    private static let peer = "37369000001"
    private static let now = Timestamp(seconds: 1_795_000_000)

    private static var stopped: World {
        var world = World.forWireTests
        world.now = { now }
        return world
    }

    /// One message of each weight that a person's pace knows.
    private static func messages(_ bench: OutboxBench) -> [PostedMessage] {
        let outcome = PaymentOutcome(
            kind: .paid, amount: Money(minorUnits: 10_000, currency: .mdl), description: nil, tag: nil,
            at: now,
            paymentId: "pay_1")
        return [(.text("Plătit"), nil), (.outcome(outcome), nil), (.outcome(outcome), "k")].map {
            (content: MessageContent, key: String?) in
            var one = bench.posted("", to: peer)
            one.message.content = content
            one.message.coalesceKey = key
            one.content = (try? MessageRendering.encoded(content)) ?? []
            return one
        }
    }

    /// Moments around every bound that any of the weights has.
    private static func moments(_ latest: [Timestamp]) -> [Timestamp?] {
        [nil] + latest.flatMap { edge in [-1, 0, 1].map { Timestamp(microseconds: edge.microseconds + $0) } }
    }

    @Test func `and the planner agree at every edge, and on what is spent`() async throws {
        try await OutboxBench.with(ratePerSecond: 30, world: Self.stopped) { bench in
            try await bench.know(Self.peer)
            let limits = bench.outbox.planner.limits, number = bench.outbox.numberPace
            let person = [PersonPace.Weight.answer, .news].map {
                PersonPace.latest($0, limits, now: Self.now).fullAt
            }
            let together = limits.together.latest(now: Self.now)
            let opens = Self.now.advanced(by: .zero - (Window.length - Window.margin))
            var cases: [(full: Timestamp?, news: Timestamp?, number: Timestamp?, heard: Timestamp)] = []
            cases += Self.moments(person + [Self.now]).map { ($0, nil, nil, Self.now) }
            cases += Self.moments([together]).map { (nil, $0, nil, Self.now) }
            cases += Self.moments([number.latest(now: Self.now)]).map { (nil, nil, $0, Self.now) }
            cases += Self.moments([opens]).compactMap(\.self).map { (nil, nil, nil, $0) }
            var left = 0
            for one in cases {
                for message in Self.messages(bench) {
                    try await bench.pool.batch([
                        ("update notifier.message set state = 'read'", []),
                        (
                            "update notifier.recipient set full_at = $1, news_full_at = $2, next_at = null",
                            [.timestamp(one.full), .timestamp(one.news)]
                        ),
                        ("update notifier.number_pace set full_at = $1", [.timestamp(one.number)]),
                        (
                            "update channel.conversation set last_inbound_at = $1",
                            [.timestamp(one.heard)]
                        ),
                    ])
                    let expected = self.expected(of: message, one, bench)
                    var doubtful: [Departure] = []
                    let posting = try await bench.outbox.post([message], most: 1, doubtful: &doubtful)
                    #expect(posting.disputed.isEmpty && posting.known.isEmpty && doubtful.isEmpty)
                    #expect(posting.departures.map(\.pace) == [expected?.pace].compactMap(\.self), "\(one)")
                    let row = try await bench.pool.query(
                        """
                        select r.full_at, r.news_full_at, n.full_at as number_full_at
                        from notifier.recipient r, notifier.number_pace n
                        """
                    ).one()
                    #expect(try row.timestampOrNil("full_at") == (expected?.pace.fullAt ?? one.full))
                    #expect(try row.timestampOrNil("news_full_at") == (expected?.pace.newsFullAt ?? one.news))
                    #expect(try row.timestampOrNil("number_full_at") == (expected?.number ?? one.number))
                    #expect(posting.fullAt.values.first == expected?.number)
                    if expected != nil { left += 1 }
                }
            }
            #expect(left > 20 && left < cases.count * 3 - 10, "both answers were met")
        }
    }

    /// As a round would decide; what leaves by template is a round's.
    private func expected(
        of message: PostedMessage,
        _ one: (full: Timestamp?, news: Timestamp?, number: Timestamp?, heard: Timestamp),
        _ bench: OutboxBench
    ) -> (pace: PersonPace, number: Timestamp)? {
        var turn = ConversationTurn(
            conversation: message.message.conversation, window: Window(lastInbound: one.heard),
            pace: PersonPace(fullAt: one.full, newsFullAt: one.news))
        turn.open = [OutboundMessage(message, Self.now)]
        guard case .send(let departure) = bench.outbox.planner.decide(turn, pause: nil, now: Self.now),
            departure.isChat,
            case .go(let number) = bench.outbox.numberPace.take(fullAt: one.number, now: Self.now)
        else { return nil }
        return (departure.pace, number)
    }

    @Test func `does not have the last word`() async throws {
        try await OutboxBench.with { bench in
            try await bench.know(Self.peer)
            // Meta would refuse it, which the statement cannot know.
            let long = bench.posted(String(repeating: "ă", count: 5_000), to: Self.peer)
            var doubtful: [Departure] = []
            let posting = try await bench.outbox.post([long], most: 1, doubtful: &doubtful)
            #expect(posting.departures.isEmpty && posting.disputed.map(\.message.messageId) == [long.id])
            let messages = bench.outbox.messages
            #expect(try await messages.isUnheard(posting.disputed[0].message))
            try await messages.takeBack(posting.disputed[0])
            try await until(atMost: .seconds(20)) {
                try await bench.round().stopped.map(\.message.messageId) == [long.id]
            }
        }
    }

    @Test func `leaves a conversation to a round of which it saw another row`() async throws {
        try await OutboxBench.with { bench in
            try await bench.know(Self.peer)
            let other = "37369000002"
            try await bench.know(other)
            let posted = [Self.peer, other].map { bench.posted("Plătit", to: $0) }
            // The statement waits where it has seen its moment, and has locked no conversation yet.
            try await bench.pool.query(
                """
                create function notifier.stopped() returns boolean language plpgsql as $$
                begin
                  if current_query() like '%insert into notifier.message%' then
                    perform pg_advisory_xact_lock(7);
                  end if;
                  return true;
                end $$
                """)
            try await bench.pool.query("alter table notifier.number_pace enable row level security")
            try await bench.pool.query(
                "create policy stopped on notifier.number_pace to till_notifier using (notifier.stopped())")
            try await until(atMost: .seconds(30)) {
                let done = try await bench.post(posted, behind: "select pg_advisory_xact_lock(7)") {
                    // Another process's message has come to its end since.
                    try await $0.query(
                        "update notifier.recipient set full_at = full_at where peer = $1", [.text(Self.peer)])
                }
                guard let done else { return false }
                #expect(done.departures.map(\.message.conversation.peer) == [other])
                return true
            }
        }
    }
}

@Suite(.serialized) struct `An acceptance` {
    private static let peer = "37369000001"

    @Test func `that a status was faster than is nothing to do, unless it says something else`() async throws
    {
        try await OutboxBench.with { bench in
            try await bench.know(Self.peer)
            let departure = try #require(try await bench.postAtOnce("Plătit", to: Self.peer).first)
            let other = "37369000002"
            try await bench.know(other)
            let failed = try #require(try await bench.postAtOnce("Plătit", to: other).first)
            for (message, wamid, word) in [
                (departure.message, "wamid.1", "delivered"), (failed.message, "wamid.2", "failed"),
            ] {
                let payload = """
                    {"status":{"id":"\(wamid)","status":"\(word)","biz_opaque_callback_data":"\(message.messageId)"}}
                    """
                try await bench.pool.query(
                    """
                    insert into channel.inbound_event (lane, dedup_key, event_at, phone_number_id, peer, payload,
                        request_id, received_at, run_at) values ('statuses', $1, $2, $3, '', $4, 'req', $2, $2)
                    """,
                    [
                        .text(wamid), .timestamp(bench.world.now()), .text(OutboxBench.number),
                        .bytes(Array(payload.utf8)),
                    ])
            }
            try await until(atMost: .seconds(20)) {
                var taken: [StatusEvent] = []
                _ = try await bench.statuses.round(taken: &taken)
                return try await bench.ids("state in ('delivered', 'failed')").count == 2
            }
            let messages = bench.outbox.messages
            #expect(try await messages.markAccepted([(departure, "wamid.1")]).isDone == [true])
            #expect(try await messages.markAccepted([(departure, "wamid.other")]).isDone == [false])
            #expect(try await messages.markAccepted([(failed, "wamid.2")]).isDone == [false])
            #expect(try await messages.view(departure.message.messageId)?.status == .delivered)
        }
    }
}
