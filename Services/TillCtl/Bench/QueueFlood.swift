// A queue that never ends, without and with a snapshot held open: at the rate that is aimed for, and as fast as it
// goes. The same span is run without a snapshot first, since a table that grows, its checkpoints and its cold pages
// slow down whatever is held. CPU for each job says it where others share the machine.
import EventLoop
import Glibc
import Postgres
import World

struct QueueFlood {
    let table: QueueTable
    let holder: PostgresPool
    let loop: EventLoop
    /// The server, whose CPU is counted together with ours.
    let postgres: pid_t
    let isQuick: Bool

    /// Jobs a second of the aim.
    private static let rate = 25_000.0
    /// Jobs waiting at most where the queue goes as fast as it can.
    private static let waitingMax = 40_000

    private struct Window {
        var perSecond: Double
        /// For each job.
        var microseconds: Double
    }

    private var span: Double { isQuick ? 15 : 180 }
    private var window: Double { isQuick ? 4 : 20 }

    func run() async throws -> [BenchRow] {
        let paced = try await compare(rate: Self.rate, span: span)
        // At full speed a third of the span makes several times as many jobs.
        let full = try await compare(rate: nil, span: isQuick ? span : span / 3)
        return rows("at \(Int(Self.rate))/s", paced, span)
            + rows("at full speed", full, isQuick ? span : span / 3)
    }

    private func rows(_ name: String, _ pair: (free: Window, held: Window), _ span: Double) -> [BenchRow] {
        let (free, held) = pair
        func loss(_ share: Double) -> String { Bench.fixed(max(0, share) * 100, 1) + " %" }
        return [
            BenchRow(
                what: "queue \(name): after \(Int(span)) s beside a held snapshot",
                value: "\(Bench.fixed(held.perSecond, 0))/s, without \(Bench.fixed(free.perSecond, 0))/s, "
                    + "loss " + loss(1 - held.perSecond / free.perSecond), aim: "under 10 %"),
            BenchRow(
                what: "  CPU µs for a job, server and worker",
                value: "\(Bench.fixed(held.microseconds, 1)), without \(Bench.fixed(free.microseconds, 1)), "
                    + "more by " + loss(held.microseconds / free.microseconds - 1), aim: "under 10 %"),
        ]
    }

    private func compare(rate: Double?, span: Double) async throws -> (free: Window, held: Window) {
        let stop = Tally(false)
        let feeding = Task(executorPreference: loop) { try await feed(rate, stop) }
        defer { stop.change { $0 = true } }
        let free = try await last(of: span)
        let holding = Task(executorPreference: loop) {
            try await holder.transaction { session in
                try await session.query("set transaction isolation level repeatable read")
                try await session.query("select count(*) from pg_class")
                while !stop.value { try await loop.sleep(for: .milliseconds(50)) }
            }
        }
        let held = try await last(of: span)
        stop.change { $0 = true }
        try await feeding.value
        try await holding.value
        // What is left is not the next one's.
        while try await waiting() > 0 { try await loop.sleep(for: .milliseconds(50)) }
        return (free, held)
    }

    private func waiting() async throws -> Int64 {
        try await table.pool.query("select count(*) as n from job where state in ('ready', 'claimed')").one()
            .int8("n")
    }

    private func feed(_ rate: Double?, _ stop: Tally<Bool>) async throws {
        let start = loop.nowNs, done = table.finished
        var added = 0
        while !stop.value {
            let due = rate.map { Int(Double(loop.nowNs - start) / 1e9 * $0) }
            let wanted = due.map { $0 - added } ?? (Self.waitingMax - (added - (table.finished - done)))
            if wanted >= (rate == nil ? 10_000 : 250) {
                try await table.add(min(wanted, 10_000))
                added += min(wanted, 10_000)
            } else {
                try await loop.sleep(for: .milliseconds(5))
            }
        }
    }

    /// The last seconds of a span.
    private func last(of span: Double) async throws -> Window {
        try await loop.sleep(for: .seconds(max(0, span - window)))
        let begun = table.finished, start = loop.nowNs, cpu = Cost.ofServer(postgres)
        try await loop.sleep(for: .seconds(window))
        let jobs = Double(max(1, table.finished - begun))
        return Window(
            perSecond: jobs / (Double(loop.nowNs - start) / 1e9),
            microseconds: (Cost.ofServer(postgres) - cpu) * 1e6 / jobs)
    }
}
