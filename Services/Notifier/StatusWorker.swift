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
    /// How long a batch waits for the acceptances that are known. A commit that takes longer than this is stuck, and
    /// statuses can do without.
    private static let settleMax = Duration.milliseconds(250)

    let store: StatusStore
    private let worker: StatusWorker
    private let loop: EventLoop
    /// Writes the acceptances that are known: a status in front of them would have to name its message, and to end
    /// what they end.
    private let settleKnown: @Sendable () async -> Void
    /// A batch follows the last one by a gap at least, unless that one was full, and one does follow on each that found
    /// any: the ingress counts on it. The first status after a quiet moment is taken at once. Nobody waits for a status
    /// as for an answer, and what gathers is cheaper together: those of one message are one write. What a refusal sets
    /// going loses a tenth of a second at most.
    private let looks = Mutex(StatusLooks())
    private let isSettling = Mutex(false)

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
        repeat {
            let wait = looks.withLock { $0.wait(now: store.world.now()) }
            if wait > .zero { try await loop.sleep(for: wait) }
            await settle()
            let rounds = try await look()
            if !rounds.isEmpty { return rounds }
        } while looks.withLock { $0.isOwed }
        return []
    }

    private func look() async throws -> [StatusStore.Round] {
        let began = store.world.now()
        var taken: [StatusEvent] = []
        let rounds: [StatusStore.Round]
        do {
            let round = try await store.round(taken: &taken)
            taken = []
            rounds = round.taken == 0 ? [] : [round]
        } catch {
            if taken.isEmpty { throw error }
            rounds = await worker.oneByOne(taken)
        }
        let found = max(taken.count, rounds.reduce(0) { $0 + $1.taken })
        looks.withLock {
            $0.looked(
                from: began, found: found > 0, isFull: found >= StatusStore.batchMax, now: store.world.now())
        }
        return rounds
    }

    /// Where an earlier batch's acceptances are not settled yet, this one does not wait for them again.
    private func settle() async {
        let isBusy = isSettling.withLock { isSettling in
            defer { isSettling = true }
            return isSettling
        }
        if isBusy { return }
        let (end, ending) = AsyncStream.makeStream(of: Void.self)
        Task(executorPreference: loop) {
            await self.settleKnown()
            self.isSettling.withLock { $0 = false }
            ending.finish()
        }
        let deadline = Task(executorPreference: loop) {
            try? await self.loop.sleep(for: Self.settleMax)
            ending.finish()
        }
        for await _ in end {}
        deadline.cancel()
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
