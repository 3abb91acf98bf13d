// Takes status webhooks out of the shared event table, many at a time, and lets them settle messages. A status
// that cannot be read is parked at once, one that the database refuses comes again alone; nothing is lost and
// nothing blocks the others.
import Contracts
import EventLoop
import JobQueue
import Observe
import Postgres
import Synchronization
import WhatsApp
import World

/// A round is the claim and the work together, since both are one transaction; what the worker performs is its
/// report.
final class StatusSource: JobSource {
    /// A batch follows the last one by this at least, unless that one was full, and one does follow on each that found
    /// any: the ingress counts on it. The first status after a quiet moment is taken at once. Nobody waits for a status
    /// as for an answer, and what gathers is cheaper together: those of one message are one write. What a refusal sets
    /// going loses a tenth of a second at most.
    static let gap = StatusPace.gap

    let store: StatusStore
    private let worker: StatusWorker
    private let loop: EventLoop
    /// Writes the acceptances that are known: a status in front of them would have to name its message, and to end
    /// what they end.
    private let settleKnown: @Sendable () async -> Void
    private let lastRound = Mutex<Timestamp?>(nil)

    init(
        store: StatusStore, worker: StatusWorker, loop: EventLoop,
        settleKnown: @escaping @Sendable () async -> Void
    ) {
        self.store = store
        self.worker = worker
        self.loop = loop
        self.settleKnown = settleKnown
    }

    /// Nothing is leased: a batch is held by its transaction.
    var lease: Duration { .seconds(60) }

    func claim(_ limit: Int) async throws -> [StatusStore.Round] {
        let now = store.world.now()
        let since = lastRound.withLock { $0.map { now.since($0) } } ?? Self.gap
        if (.zero..<Self.gap).contains(since) { try await loop.sleep(for: Self.gap - since) }
        await settleKnown()
        var taken: [StatusEvent] = []
        do {
            let round = try await store.round(taken: &taken)
            let isFull = round.taken >= StatusStore.batchMax
            lastRound.withLock { $0 = round.taken == 0 || isFull ? nil : store.world.now() }
            return round.taken == 0 ? [] : [round]
        } catch {
            if taken.isEmpty { throw error }
            return await worker.oneByOne(taken)
        }
    }

    func release(_ jobs: [StatusStore.Round]) async throws {
        for job in jobs { worker.report(job) }
    }

    func renew(_ jobs: [StatusStore.Round]) async throws {}
}

struct StatusWorker: Sendable {
    let store: StatusStore
    let log: Log
    let metrics: NotifierMetrics
    let templates: TemplateReporter
    /// A status can put a message back into the queue.
    let wake: @Sendable () -> Void

    /// The events of a batch that the database refused as a whole.
    func oneByOne(_ events: [StatusEvent]) async -> [StatusStore.Round] {
        var rounds: [StatusStore.Round] = []
        for event in events {
            do { rounds.append(try await store.alone(event)) } catch { await postpone(event, error) }
        }
        return rounds.filter { $0.taken > 0 }
    }

    /// What a round did, for metrics and the log.
    func report(_ round: StatusStore.Round) {
        for event in round.unreadable {
            metrics.statuses.add(1, ["unreadable", "parked"])
            log.error("status.parked", ["seq": .int(Int(event.seq)), "why": .word("unreadable")])
        }
        for change in round.templates { templates.changed(change) }
        for (heard, settled) in round.batch?.outcomes ?? [] {
            let context = RequestContext(
                requestID: heard.event.requestId, traceparent: nil, world: store.world)
            RequestContext.$current.withValue(context) { report(heard, settled) }
        }
    }

    private func report(_ heard: StatusBatch.Heard, _ settled: [Settled]) {
        let word = Self.label(heard.status.status)
        if settled.isEmpty { metrics.statuses.add(1, [word, "ignored"]) }
        for one in settled {
            metrics.count(one)
            switch one {
            case .done(let state, let effects):
                metrics.statuses.add(1, [word, "applied"])
                log.info(
                    "message.statusApplied",
                    [
                        "status": .name(word), "state": .name(state.name.rawValue),
                        "code": .int(heard.status.errors.first?.code ?? 0),
                        "ms": .ms(store.world.now().since(heard.event.receivedAt)),
                    ])
                if effects.contains(.switchToTemplate) { wake() }
            case .refused: metrics.statuses.add(1, [word, "refused"])
            case .unknown, .leaseLost: metrics.statuses.add(1, [word, "orphaned"])
            }
        }
    }

    private func postpone(_ event: StatusEvent, _ error: any Error) async {
        let code = (error as? PostgresError)?.sqlState ?? "error"
        let wait = RetrySchedule.wait(afterAttempt: event.attempts + 1, fraction: store.world.fraction())
        metrics.statuses.add(1, ["any", "postponed"])
        do { try await store.postpone(event, error: code, wait: wait) } catch {
            log.warn("status.leftReady", ["seq": .int(Int(event.seq))])
        }
    }

    /// A word of Meta's that we do not know must not become a label.
    private static func label(_ word: StatusWord) -> String {
        if case .unknown = word { "other" } else { word.text }
    }
}
