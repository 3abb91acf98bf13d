// Takes status webhooks out of the shared event table and lets them settle messages. A status that cannot be
// read is parked at once, one that meets a database error comes again; nothing is lost and nothing blocks the
// others.
import Contracts
import JobQueue
import Observe
import Postgres
import WhatsApp
import World

struct StatusSource: JobSource {
    let store: StatusStore
    var lease: Duration { StatusStore.lease }

    func claim(_ limit: Int) async throws -> [StatusEvent] { try await store.claim(limit) }

    func release(_ jobs: [StatusEvent]) async throws { for job in jobs { try await store.giveBack(job) } }

    func renew(_ jobs: [StatusEvent]) async throws { try await store.renew(jobs) }
}

struct StatusWorker: Sendable {
    let store: StatusStore
    let log: Log
    let metrics: NotifierMetrics
    /// A status can put a message back into the queue.
    let wake: @Sendable () -> Void

    func perform(_ event: StatusEvent) async {
        let context = RequestContext(requestID: event.requestId, traceparent: nil, world: store.world)
        await RequestContext.$current.withValue(context) {
            do { try await apply(event) } catch is CancellationError {
                // The lease ends by itself.
            } catch { await postpone(event, error) }
        }
    }

    private func apply(_ event: StatusEvent) async throws {
        let status: MessageStatus
        do throws(MessageStatus.Refusal) { status = try MessageStatus(envelope: event.payload) } catch {
            metrics.statuses.add(1, ["unreadable", "parked"])
            log.error("status.parked", ["seq": .int(Int(event.seq)), "why": .word("unreadable")])
            return try await store.park(event, error: "unreadable")
        }
        let settled = try await store.apply(status, of: event)
        metrics.count(settled)
        switch settled {
        case .done(let state, let effects):
            metrics.statuses.add(1, [Self.label(status.status), "applied"])
            log.info(
                "message.statusApplied",
                [
                    "status": .name(Self.label(status.status)), "state": .name(state.name.rawValue),
                    "code": .int(status.errors.first?.code ?? 0),
                    "ms": .ms(store.world.now().since(event.receivedAt)),
                ])
            if effects.contains(.switchToTemplate) { wake() }
        case .refused:
            metrics.statuses.add(1, [Self.label(status.status), "refused"])
        case .unknown, .leaseLost:
            metrics.statuses.add(1, [Self.label(status.status), "orphaned"])
        }
    }

    private func postpone(_ event: StatusEvent, _ error: any Error) async {
        let code = (error as? PostgresError)?.sqlState ?? "error"
        let wait = RetrySchedule.wait(afterAttempt: event.attempts, fraction: store.world.fraction())
        do { try await store.postpone(event, error: code, wait: wait) } catch {
            log.warn("status.leftToLease", ["seq": .int(Int(event.seq))])
        }
    }

    /// A word of Meta's that we do not know must not become a label.
    private static func label(_ word: StatusWord) -> String {
        if case .unknown = word { "other" } else { word.text }
    }
}
