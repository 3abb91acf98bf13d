// What happens by the clock: leases that ran out, held messages whose hold ended, lost answers that no status
// settled, statuses whose message has become known. Every step is a settlement, so two keepers at once do no
// harm.
import Contracts
import EventLoop
import Observe
import Postgres
import World

struct MessageKeeper: Sendable {
    /// How many rows of one kind are looked at in one round; the rest waits for the next.
    static let batch: Int64 = 200
    static let interval = Duration.seconds(1)
    /// Counting and dropping need not be fresh.
    static let countInterval = Duration.seconds(10)
    /// Ends are remembered this long. An answer is worth a day to whoever writes it and a link its own life, so nothing
    /// that an end has overtaken waits for a month.
    static let endedAge = Duration.seconds(30 * 86_400)
    /// How many of them are forgotten at a time: as many as two hundred payments a second leave in between.
    static let endedBatch: Int64 = 2_000

    let messages: MessageStore
    let statuses: StatusStore
    /// The business numbers of this configuration.
    let numbers: [String]
    let unresolvedGrace: Duration
    let costs: CostDesk
    let loop: EventLoop
    let log: Log
    let metrics: NotifierMetrics
    let wake: @Sendable () -> Void

    /// Runs until cancelled.
    func run() async throws {
        var lastCount: Timestamp?
        while true {
            let now = messages.world.now()
            do {
                try await round(now)
                if lastCount.map({ !(.zero..<Self.countInterval).contains(now.since($0)) }) ?? true {
                    try await messages.forgetClock(now)
                    try await remember(now)
                    try await count(now)
                    try await costs.show()
                    lastCount = now
                }
            } catch let error as PostgresError {
                log.warn("keeper.failed", ["code": .name(error.sqlState ?? "connection")])
            }
            // Jitter, so that several processes do not look at the same moment.
            try await loop.sleep(for: Self.interval * (0.75 + messages.world.fraction() / 2))
        }
    }

    /// One look at everything.
    func round(_ now: Timestamp) async throws {
        let graceAgo = now.advanced(by: .zero - unresolvedGrace)
        let opensAfter = now.advanced(by: .zero - (Window.length - Window.margin))
        try await sweep(KeeperQueries.leaseLost, [.timestamp(now)], .leaseLost, leaseEndedBy: now)
        // Long enough for a status that was merely slower than its neighbours.
        let whileAgo = now.advanced(by: .zero - unresolvedGrace / 5)
        try await sweep(KeeperQueries.laterHeard, [.timestamp(whileAgo)], .laterHeard)
        try await sweep(KeeperQueries.graceEnded, [.timestamp(graceAgo)], .graceEnded)
        try await sweep(KeeperQueries.deadlinePassed, [.timestamp(now)], .deadlinePassed)
        try await sweep(KeeperQueries.holdEnded, [.timestamp(now)], .holdEnded)
        try await sweep(KeeperQueries.windowOpened, [.timestamp(opensAfter)], .holdEnded)
        try await sweep(KeeperQueries.doubtEnded, [], .holdEnded)
        try await messages.database.query(StatusQueries.takeBack, [.timestamp(now)])
        for row in try await messages.database.query(KeeperQueries.orphansFound, [.int8(Self.batch)]) {
            for settled in try await statuses.rejoin(try row.text("wamid")) { metrics.count(settled) }
        }
    }

    private func sweep(
        _ query: PostgresStatement, _ values: [PostgresValue], _ event: MessageEvent,
        leaseEndedBy end: Timestamp? = nil
    ) async throws {
        let rows = try await messages.database.query(query, values + [.int8(Self.batch)])
        for row in rows {
            let messageId = try row.text("message_id")
            var settlement = Settlement(messageId, event)
            settlement.leaseEndedBy = end
            let settled = try await messages.settle(settlement)
            metrics.count(settled)
            guard case .done(let state, let effects) = settled else { continue }
            log.info(
                "message.kept",
                [
                    "messageId": .id(messageId), "state": .name(state.name.rawValue),
                    "reason": .name(state.reason?.text ?? "-"),
                    "isForPerson": .flag(effects.contains(.showOperator)),
                ])
        }
        if event == .holdEnded, !rows.isEmpty { wake() }
    }

    /// What no round would come to by itself.
    private func remember(_ now: Timestamp) async throws {
        let forgotten = try await messages.database.query(
            KeeperQueries.forgotten, [.timestamp(now), .int8(Self.batch)])
        for row in forgotten {
            try await messages.database.query(
                OutboxQueries.askTurn,
                [.text(try row.text("phone_number_id")), .text(try row.text("peer")), .timestamp(now)])
        }
        if !forgotten.isEmpty { wake() }
        let strangers = try await messages.database.query(
            KeeperQueries.strangers, [.textArray(numbers), .int8(Self.batch)])
        for row in strangers {
            var settlement = Settlement(try row.text("message_id"), .heldBack(.numberUnknown))
            settlement.wait = RetrySchedule.accountWait
            metrics.count(try await messages.settle(settlement))
        }
    }

    private func count(_ now: Timestamp) async throws {
        for state in ["queued", "sending", "held", "unresolved", "parked"] {
            metrics.waiting.set(0, [state])
            metrics.oldest.set(0, [state])
        }
        for row in try await messages.database.query(KeeperQueries.counts) {
            let state = try row.text("state")
            metrics.waiting.set(Double(try row.int8("messages")), [state])
            metrics.oldest.set(Double(now.since(try row.timestamp("oldest")).microseconds) / 1e6, [state])
        }
        let oldest = now.advanced(by: .zero - StatusStore.orphanAge)
        try await messages.database.query(KeeperQueries.dropOrphans, [.timestamp(oldest)])
        let oldestEnd = now.advanced(by: .zero - Self.endedAge)
        try await messages.database.query(
            KeeperQueries.dropEnded, [.timestamp(oldestEnd), .int8(Self.endedBatch)])
    }
}
