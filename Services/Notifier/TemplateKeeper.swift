// What happens to templates by the clock: looks at the accounts, held messages let go as soon as a template can
// say them, and the numbers shown in metrics. Led by what is stored, not by events, so nothing is forgotten when
// a process dies between an approval and what follows from it.
import Contracts
import EventLoop
import Observe
import Postgres
import World

struct TemplateKeeper: Sendable {
    static let interval = Duration.seconds(1)
    static let countInterval = Duration.seconds(10)

    let store: TemplateStore
    let messages: MessageStore
    let sync: TemplateSync
    /// The numbers of each account.
    let numbers: [String: [String]]
    /// How many held messages may go in one round: half of what a number may send in a second, so that what happens
    /// now never waits behind what was held.
    let releaseMax: Int
    let loop: EventLoop
    let log: Log
    let metrics: TemplateMetrics
    let messageMetrics: NotifierMetrics
    let wake: @Sendable () -> Void

    /// Runs until cancelled.
    func run() async throws {
        var lastCount: Timestamp?
        while true {
            do {
                for wabaId in sync.accounts {
                    try await release(wabaId)
                    _ = try await sync.look(wabaId)
                }
                let now = store.world.now()
                if lastCount.map({ !(.zero..<Self.countInterval).contains(now.since($0)) }) ?? true {
                    try await count()
                    lastCount = now
                }
            } catch let error as PostgresError {
                log.warn("templates.keeperFailed", ["code": .name(error.sqlState ?? "connection")])
            } catch is TemplateStore.UnreadableState {
                log.warn("templates.keeperFailed", ["code": .word("newerVersion")])
            }
            try await loop.sleep(for: Self.interval * (0.75 + store.world.fraction() / 2))
        }
    }

    /// Lets the oldest held messages go that a usable template can say now.
    private func release(_ wabaId: String) async throws {
        // Most of the time nothing is held, and what may be sent need not be made out.
        guard try await store.hasHeld(numbers[wabaId] ?? []) else { return }
        let catalogue = try await store.usable(wabaId)
        let ids = try await store.releasable(
            wabaId, numbers: numbers[wabaId] ?? [], catalogue, limit: releaseMax)
        for id in ids {
            messageMetrics.count(try await messages.settle(Settlement(id, .holdEnded)))
        }
        guard !ids.isEmpty else { return }
        log.info("messages.released", ["messages": .int(ids.count)])
        wake()
    }

    private func count() async throws {
        for state in TemplateState.allCases { metrics.templates.set(0, [state.rawValue]) }
        for row in try await store.database.query(TemplateQueries.counts) {
            metrics.templates.set(Double(try row.int8("templates")), [try row.text("state")])
        }
    }
}
