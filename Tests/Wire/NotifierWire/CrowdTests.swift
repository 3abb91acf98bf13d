// Many conversations at once: that one whose person cannot be reached delays nobody else, that two processes keep one
// number's pace, and what a month costs.
import Contracts
import FoundationEssentials
import HTTPWire
import Money
import Postgres
import TestSupport
import Testing
import World

@Suite(.serialized) struct `A crowd of conversations` {
    private static let conversations = 30
    private static let backlogMax = 200
    /// A sanitizer's notifier takes what it is given in an open loop a tenth as fast.
    private static let apart = Duration.milliseconds(Sanitizer.isOn ? 50 : 5)

    @Test(arguments: [(FakeGraph.Answer.error(131_056, status: 400), 200), (.silence, 40)])
    func `does not wait for one whose person is stuck`(stuck: FakeGraph.Answer, each: Int) async throws {
        let each = Sanitizer.isOn ? each / 10 : each
        try await RunningNotifier.with([
            "TILL_NUMBER_RATE": "1000", "TILL_PERSON_INTERVAL_MS": "1", "TILL_SEND_TIMEOUT_MS": "60000",
        ]) { notifier in
            let peers = (0..<Self.conversations).map { "37369\(100_000 + $0)" }
            for peer in peers { try await notifier.heard(peer) }
            notifier.graph.plan(peers[0], [FakeGraph.Answer](repeating: stuck, count: 400))
            // Posted at a steady pace whatever the answers are, as callers do; a machine that cannot keep that pace
            // would measure its own backlog, so that is bounded.
            var posted = 0
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<each {
                    for peer in peers {
                        if peer != peers[0] { posted += 1 }
                        let wanted = posted - Self.backlogMax
                        try await until("\(wanted) are sent") { notifier.graph.bodies.count >= wanted }
                        group.addTask(executorPreference: TestLoop.shared) {
                            _ = try await notifier.say(.text("\(number)"), to: peer)
                        }
                        try await Task.sleep(for: Self.apart)
                    }
                }
                try await group.waitForAll()
            }
            let others = (Self.conversations - 1) * each
            try await until(atMost: .seconds(30)) {
                try await notifier.count("peer <> '\(peers[0])' and state = 'accepted'") == others
            }
            let row = try await notifier.pool.query(
                """
                select percentile_cont(0.5) within group (order by t.ms) as p50,
                    percentile_cont(0.99) within group (order by t.ms) as p99
                from (select (extract(epoch from a.started_at - m.created_at) * 1000)::float8 as ms
                    from notifier.message m join notifier.attempt a on a.message_id = m.message_id
                    where m.peer <> $1) t
                """, [.text(peers[0])]
            ).one()
            let p50 = try row.double("p50"), p99 = try row.double("p99")
            print("figure: beside a stuck person, from enqueue to send p50 \(p50) ms, p99 \(p99) ms")
            // They would wait for a minute, were they to wait for it; the figure means something on a quiet
            // machine only.
            #expect(p99 < 20_000)
            #expect(notifier.graph.bodies(to: peers[0]).count < 20)
        }
    }

    @Test func `keeps one number's pace from two processes`() async throws {
        try await RunningNotifier.with(["TILL_NUMBER_RATE": "40", "TILL_PERSON_INTERVAL_MS": "1"]) {
            notifier in
            try notifier.startAnother()
            try await until("both are up") { notifier.log.ranges(of: "service.started").count == 2 }
            for index in 0..<20 { try await notifier.heard("37369\(100_000 + index)") }
            for number in 0..<8 {
                for index in 0..<20 {
                    _ = try await notifier.say(.text("\(number)"), to: "37369\(100_000 + index)")
                }
            }
            try await until(atMost: .seconds(30)) { try await notifier.count("state = 'accepted'") == 160 }
            let row = try await notifier.pool.query(
                """
                select max(c) as most from (
                    select (select count(*) from notifier.attempt b
                        where b.started_at >= a.started_at and b.started_at < a.started_at + interval '1 second') as c
                    from notifier.attempt a) t
                """
            ).one()
            let most = try row.int8("most")
            print("figure: two processes at 40/s started \(most) in their busiest second")
            #expect(most <= 40 + 4 + 1)
        }
    }

    @Test func `is counted by number, month and category, once for each bubble`() async throws {
        try await RunningNotifier.with { notifier in
            try await notifier.heard("37369000001")
            let id = try await notifier.say(.text("Bună ziua"), to: "37369000001")
            try await notifier.waitFor(id, .accepted)
            // Nothing stated at first, then Meta's word, then again.
            try await notifier.status("delivered", wamid: "wamid.1")
            try await notifier.waitFor(id, .delivered)
            var report = try await notifier.costs()
            #expect(
                report.numbers.first?.lines == [CostLine(category: "service", type: "unstated", messages: 1)])
            #expect(report.numbers.first?.billed == 0 && report.numbers.first?.freeServiceLeft == 999)
            let pricing = #""pricing":{"category":"service","type":"regular","pricing_model":"PMP"}"#
            try await notifier.status("sent", wamid: "wamid.1", also: pricing)
            try await notifier.status("read", wamid: "wamid.1", also: pricing)
            try await notifier.waitFor(id, .read)
            report = try await notifier.costs()
            #expect(
                report.numbers.first?.lines == [CostLine(category: "service", type: "regular", messages: 1)])
            #expect(report.numbers.first?.billed == 1)
            #expect(try await notifier.get("/v1/costs?month=2026-13").status == 400)
            let none = try await notifier.get("/v1/costs?month=2001-01")
            #expect(String(decoding: none.body, as: UTF8.self) == #"{"month":"2001-01","numbers":[]}"#)
        }
    }

    @Test func `tells early that a message has most likely never arrived, and does not send it again`()
        async throws
    {
        try await RunningNotifier.with([
            "TILL_SEND_TIMEOUT_MS": "3000", "TILL_UNRESOLVED_GRACE_MS": "60000",
        ]) { notifier in
            for peer in ["37369000001", "37369000002"] {
                try await notifier.heard(peer)
                notifier.graph.plan(peer, [.silence])
            }
            let lost = try await notifier.say(.text("unu"), to: "37369000001")
            let quiet = try await notifier.say(.text("unu"), to: "37369000002")
            try await notifier.waitFor(lost, .unresolved)
            let later = try await notifier.say(.text("doi"), to: "37369000001")
            try await notifier.waitFor(later, .accepted)
            try await notifier.status("delivered", wamid: "wamid.3")
            try await notifier.waitFor(later, .delivered)
            try await notifier.pool.query(
                "update notifier.message set evidence_at = evidence_at - interval '13 seconds'")
            try await notifier.waitFor(lost, .parked)
            #expect(try await notifier.view(lost).reason == "neverArrived")
            #expect(try await notifier.view(quiet).status == .unresolved)
            #expect(notifier.graph.bodies.count == 3)
            // The proof came late, and wins.
            try await notifier.status("read", wamid: "wamid.1", callback: lost)
            try await notifier.waitFor(lost, .read)
        }
    }
}

extension RunningNotifier {
    func costs() async throws -> CostReport {
        let answer = try await get("/v1/costs")
        guard answer.status == 200 else { throw Unexpected(what: "status \(answer.status)") }
        return try JSONDecoder().decode(CostReport.self, from: Data(answer.body))
    }
}
