// `bench conversations`: thousands of messages in thirty conversations, one of which is stuck: its bank takes what
// it is asked and never answers. The others must not notice, and this says how long each of them took at the real
// router, from what the ingress and the router wrote into its row.
import EventLoop
import HTTPClient
import HTTPWire
import Postgres
import World

struct ConversationsBench {
    let bench: Bench

    private static let conversations = 30
    /// By this word of its payments the fake bank knows the one that it leaves waiting.
    private static let stuckWord = "blocat"
    /// How long after the last message the others may still take.
    private static let patienceNs: Int64 = 60_000_000_000

    private var count: Int { bench.isQuick ? 1_200 : 6_000 }
    private var perSecond: Int { bench.isQuick ? 100 : 200 }

    func run(_ report: inout BenchReport) async throws {
        let stack = bench.stack, tools = bench.tools
        let phones = try await Bench.enlist(Self.conversations, stack: stack, tools: tools)
        guard let base = HTTPURL(stack.plan.url("sandbox")) else { return }
        let sandbox = SandboxClient(http: tools.http, base: base)
        // The first word of each is answered with more than the later ones.
        for phone in phones { try await sandbox.say("help", from: phone) }
        try await tools.loop.sleep(for: .seconds(3))
        var trouble = Trouble("lost", at: "pay", times: 10_000)
        trouble.mention = Self.stuckWord
        let pool = try connect()
        do {
            // The same without one that is stuck: what the machine makes of it.
            let first = tools.world.now()
            try await say(count / 2, phones, sandbox, of: "help")
            report.rows.append(
                row(
                    "none stuck", try await ended(pool, first, besides: phones[0], of: count / 2),
                    of: count / 2))
            try await sandbox.set(trouble)
            let second = tools.world.now()
            try await say(count, phones, sandbox, of: "pay 1 \"\(Self.stuckWord)\"")
            report.rows.append(
                row("one stuck", try await ended(pool, second, besides: phones[0], of: count), of: count))
            let stuck = try await unfinished(pool, second, of: phones[0])
            report.rows.append(
                BenchRow(
                    what: "  of the stuck one, still waiting at the end",
                    value: "\(stuck) of \(count / Self.conversations)", aim: ""))
        } catch {
            await pool.close()
            throw error
        }
        await pool.close()
        try await sandbox.clearTroubles()
    }

    /// In an open loop, each conversation in turn; `word` is what the first one says.
    private func say(
        _ count: Int, _ phones: [String], _ sandbox: SandboxClient, of word: String
    ) async throws {
        let loop = bench.tools.loop, start = loop.nowNs, perSecond = perSecond
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<count {
                let phone = phones[index % phones.count]
                let text = phone == phones[0] ? word : "help"
                group.addTask(executorPreference: loop) {
                    let due = start + Int64(index) * 1_000_000_000 / Int64(perSecond)
                    if due > loop.nowNs { try await loop.sleep(untilNs: due) }
                    try await sandbox.say(text, from: phone)
                }
            }
            try await group.waitForAll()
        }
    }

    /// What the others say of `count` messages.
    private func ofOthers(_ count: Int) -> Int { count - count / Self.conversations }

    /// From kept to answered, once all of `count` but the stuck one's are: the last may not have been kept yet when
    /// the phone has said it. What is not in time is missing.
    private func ended(_ pool: PostgresPool, _ began: Timestamp, besides stuck: String, of count: Int)
        async throws -> Latencies
    {
        let loop = bench.tools.loop, end = loop.nowNs + Self.patienceNs
        let peer = String(stuck.dropFirst())
        while loop.nowNs < end {
            let done = try await pool.query(
                """
                select count(*) as n from channel.inbound_event
                where lane = 'messages' and received_at >= $1 and peer <> $2 and state = 'done'
                """, [.timestamp(began), .text(peer)]
            ).one().int8("n")
            if done >= ofOthers(count) { break }
            try await loop.sleep(for: .milliseconds(200))
        }
        let rows = try await pool.query(
            """
            select (extract(epoch from done_at - received_at) * 1e9)::int8 as ns from channel.inbound_event
            where lane = 'messages' and received_at >= $1 and peer <> $2 and state = 'done'
            """, [.timestamp(began), .text(peer)])
        var latencies = Latencies()
        for row in rows { latencies.add(try row.int8("ns")) }
        return latencies
    }

    private func unfinished(_ pool: PostgresPool, _ began: Timestamp, of stuck: String) async throws -> Int64
    {
        try await pool.query(
            """
            select count(*) as n from channel.inbound_event
            where lane = 'messages' and received_at >= $1 and peer = $2 and state in ('ready', 'claimed')
            """, [.timestamp(began), .text(String(stuck.dropFirst()))]
        ).one().int8("n")
    }

    private func row(_ what: String, _ others: Latencies, of count: Int) -> BenchRow {
        let lost = ofOthers(count) - others.count
        return BenchRow(
            what:
                "\(count) messages in \(Self.conversations) conversations at \(perSecond)/s, \(what): the others",
            value: Bench.percentiles(others) + (lost > 0 ? ", \(lost) NOT ANSWERED" : ""),
            aim: "p99 under 20 ms")
    }

    private func connect() throws -> PostgresPool {
        let cluster = bench.stack.cluster
        return PostgresPool(
            PostgresConfiguration(
                url: "postgresql://\(cluster.superuser)@127.0.0.1:\(cluster.port)/till",
                password: try bench.stack.secrets.text("postgres-superuser"), applicationName: "bench",
                connectionsMax: 1),
            loop: bench.tools.loop, world: bench.tools.world)
    }
}
