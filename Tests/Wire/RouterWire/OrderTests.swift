// Two ingress processes and two routers at one conversation: however their transactions overlap, no router
// sees a later message before an earlier one, and no two of them work on the conversation at once.
import Postgres
import Synchronization
import TestSupport
import Testing
import WhatsApp
import World

@testable import CommandRouter
@testable import WebhookIngress

@Suite(.serialized) struct `The order of a conversation` {
    private func event(_ name: String, from: String = "37369000001") -> WebhookIngress.InboundEvent {
        let now = World.forWireTests.now()
        let item = WebhookItem(
            lane: .messages, dedupKey: name, eventAt: now.seconds, wabaId: "9",
            phoneNumberId: RunningRouter.number, waId: from, userId: nil, opensWindow: true, payload: [1])
        return WebhookIngress.InboundEvent(item, receivedAt: now, requestId: "req_" + name)
    }

    /// As an ingress does it, on a connection of its own: as most batches are kept, or as those with somebody whose
    /// phone is not told, which is how an ingress of the version before keeps all of them.
    private func keep(
        _ events: [WebhookIngress.InboundEvent], _ process: PostgresTransaction, isGeneral: Bool = false
    ) async throws {
        let now = World.forWireTests.now()
        if isGeneral {
            try await process.query(EventQueries.keep, EventRows.general(events, now, true))
        } else {
            let rows = EventRows(events, now: now, tellsOfStatuses: true)
            #expect(rows.statement == EventQueries.keepByPhone)
            try await process.query(rows.statement, rows.values)
        }
    }

    /// The first ingress is in the middle of its commit, held up by an event that a third one is given as
    /// well, when the second ingress gets a later message of the same person.
    @Test(arguments: [true, false], [(false, false), (true, false), (false, true)])
    func `holds when an earlier message is committed late`(
        isKnown: Bool, isGeneral: (first: Bool, second: Bool)
    ) async throws {
        let before = event("w0"), first = event("w1"), second = event("w2")
        let shared = event("x", from: "37369000009")
        try await RunningRouter.with(isWorking: false) { router in
            let ingress = EventStore(commits: router.pool, pool: router.pool, world: .forWireTests)
            if isKnown {
                _ = try await ingress.keep([before])
                _ = try await router.pool.query(
                    "update channel.inbound_event set state = 'done', done_at = now()")
            }
            let (early, writers) = try await router.pool.transaction { third in
                try await self.keep([shared], third)
                var writers = [
                    Task {
                        try await router.pool.transaction {
                            try await keep([first, shared], $0, isGeneral: isGeneral.first)
                        }
                    }
                ]
                try await untilLocked(on: router.pool)
                writers.append(
                    Task {
                        try await router.pool.transaction {
                            try await keep([second], $0, isGeneral: isGeneral.second)
                        }
                    })
                // It waits as well, behind the first: were it let through, it would be the one that is claimed.
                try await untilLocked(2, on: router.pool)
                return (try await router.store.claim(8), writers)
            }
            for writer in writers { try await writer.value }
            var held = early
            while !held.contains(where: { $0.peer == first.waId }) { held += try await router.claimed() }
            #expect(held.filter { $0.peer == first.waId }.map(\.requestId) == ["req_w1"])
        }
    }

    @Test func `holds for four routers and two ingress processes that never rest`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            let ingress = EventStore(commits: router.pool, pool: router.pool, world: .forWireTests)
            let seen = Seen()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for half in 0..<2 {
                    group.addTask { try await self.write(half, to: ingress) }
                }
                for _ in 0..<4 {
                    group.addTask { try await self.work(router.store, seen) }
                }
                try await group.waitForAll()
            }
            #expect(seen.together == 0)
            #expect(seen.orders.count == 4)
            for seqs in seen.orders { #expect(seqs == seqs.sorted()) }
        }
    }

    private func write(_ half: Int, to ingress: EventStore) async throws {
        for index in 0..<60 where index % 2 == half {
            for person in 0..<4 {
                _ = try await ingress.keep([event("w\(person)-\(index)", from: "3736900000\(person)")])
            }
        }
    }

    private func work(_ store: InboundStore, _ seen: Seen) async throws {
        while seen.count < 240 {
            for event in try await store.claim(2) {
                seen.begins(event)
                try await Task.sleep(for: .milliseconds(1))
                seen.ends(event)
                #expect(try await store.finish(event, remembering: event.memory))
            }
        }
    }
}

/// Who works on what, as the tests' routers tell it.
private final class Seen: Sendable {
    private struct State {
        var working: [String: Int] = [:]
        var together = 0
        var done: [String: [Int64]] = [:]
    }
    private let state = Mutex(State())

    var count: Int { state.withLock { $0.done.values.reduce(0) { $0 + $1.count } } }
    var together: Int { state.withLock { $0.together } }
    var orders: [[Int64]] { state.withLock { Array($0.done.values) } }

    func begins(_ event: CommandRouter.InboundEvent) {
        state.withLock { state in
            state.together += state.working[event.peer, default: 0]
            state.working[event.peer, default: 0] += 1
        }
    }

    func ends(_ event: CommandRouter.InboundEvent) {
        state.withLock { state in
            state.working[event.peer, default: 0] -= 1
            state.done[event.peer, default: []].append(event.seq)
        }
    }
}
