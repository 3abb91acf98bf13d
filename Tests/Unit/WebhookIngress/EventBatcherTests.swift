// Deliveries wait for their commit: none is answered before it, one that the store refuses fails alone, and
// an outage is a 503 for each. Without a database: a commit is a closure.
import Observe
import Problem
import Synchronization
import Testing
import WhatsApp
import World

@testable import WebhookIngress

/// Commits that the test lets happen one by one.
private final class Gate: Sendable {
    private struct State {
        var batches: [[String]] = []
        var waiting: [CheckedContinuation<Void, any Error>] = []
        var seen: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    func commit(_ events: [InboundEvent]) async throws -> KeptCount {
        try await withCheckedThrowingContinuation { continuation in
            let seen = state.withLock { state in
                state.batches.append(events.map(\.dedupKey))
                state.waiting.append(continuation)
                defer { state.seen = [] }
                return state.seen
            }
            for one in seen { one.resume() }
        }
        return KeptCount(fresh: events.count, seenBefore: 0)
    }

    /// Waits until a commit is under way, then lets it end as `failure` says of its batch.
    func end(_ failure: ([String]) -> (any Error)? = { _ in nil }) async {
        await withCheckedContinuation { continuation in
            let isWaiting = state.withLock { state in
                if state.waiting.isEmpty { state.seen.append(continuation) }
                return !state.waiting.isEmpty
            }
            if isWaiting { continuation.resume() }
        }
        let (batch, one) = state.withLock { ($0.batches.last ?? [], $0.waiting.removeFirst()) }
        if let failure = failure(batch) { one.resume(throwing: failure) } else { one.resume() }
    }

    var batches: [[String]] { state.withLock { $0.batches } }
}

@Suite struct `The batcher` {
    private func batcher(
        _ gate: Gate, limits: GroupCommit.Limits = GroupCommit.Limits(),
        pause: @escaping @Sendable () async throws -> Void = { await Task.yield() }
    ) -> EventBatcher {
        let world = World(
            now: { Timestamp(seconds: 0) }, monotonic: { 0 },
            randomBytes: { [UInt8](repeating: 0, count: $0) })
        return EventBatcher(
            limits: limits, world: world, log: .silent(world), metrics: IngressMetrics(Metrics()),
            pause: pause,
            commit: { try await gate.commit($0) })
    }

    private func code(_ batcher: EventBatcher, _ key: String, lane: WebhookLane = .messages) async -> String {
        do {
            try await batcher.keep([event(key, lane: lane)])
            return "kept"
        } catch { return error.code }
    }

    @Test func `answers after the commit, and what came meanwhile shares the next`() async {
        let gate = Gate()
        let batcher = batcher(gate)
        let running = Task { try await batcher.run() }
        async let first = code(batcher, "a")
        await gate.end()
        #expect(await first == "kept")
        async let second = code(batcher, "b")
        await gate.end()
        #expect(await second == "kept")
        #expect(gate.batches == [["a"], ["b"]])
        running.cancel()
        _ = await running.result
        #expect(await code(batcher, "late") == "NOT_KEPT")
    }

    @Test func `keeps statuses behind others with the next message, or when a moment has passed`() async {
        let gate = Gate()
        let (moments, clock) = AsyncStream.makeStream(of: Void.self)
        let batcher = batcher(gate, pause: { for await _ in moments { return } })
        let running = Task { try await batcher.run() }
        // The first waits for nothing.
        async let lone = code(batcher, "s0", lane: .statuses)
        await gate.end()
        #expect(await lone == "kept")
        async let first = code(batcher, "s1", lane: .statuses)
        async let second = code(batcher, "s2", lane: .statuses)
        while batcher.waitingEvents < 2 { await Task.yield() }
        async let message = code(batcher, "m")
        await gate.end()
        #expect(await [first, second, message] == ["kept", "kept", "kept"])
        #expect(gate.batches.map { $0.sorted() } == [["s0"], ["m", "s1", "s2"]])
        // The moment that was asked for has not passed yet; it counts for what comes meanwhile.
        async let third = code(batcher, "s3", lane: .statuses)
        while batcher.waitingEvents < 1 { await Task.yield() }
        #expect(gate.batches.count == 2)
        clock.yield()
        await gate.end()
        #expect(await third == "kept")
        async let fourth = code(batcher, "s4", lane: .statuses)
        while batcher.waitingEvents < 1 { await Task.yield() }
        clock.yield()
        await gate.end()
        #expect(await fourth == "kept")
        // A moment in which nothing came: the next is the first again.
        clock.yield()
        async let fifth = code(batcher, "s5", lane: .statuses)
        await gate.end()
        #expect(await fifth == "kept")
        running.cancel()
        _ = await running.result
    }

    @Test func `tells each sender of an outage to come again`() async {
        let gate = Gate()
        let batcher = batcher(gate)
        let running = Task { try await batcher.run() }
        async let first = code(batcher, "a")
        await gate.end { _ in Problem(.unavailable, code: "X", toUser: "") }
        #expect(await first == "NOT_KEPT")
        running.cancel()
        _ = await running.result
    }

    @Test func `refuses alone what the store refuses for ever`() async {
        let gate = Gate()
        let batcher = batcher(gate, limits: GroupCommit.Limits())
        // Both wait before the first commit begins, so they share it.
        async let good = code(batcher, "good")
        async let bad = code(batcher, "bad")
        while batcher.waitingEvents < 2 { await Task.yield() }
        let running = Task { try await batcher.run() }
        // The shared commit, then each alone.
        for _ in 0..<3 { await gate.end { $0.contains("bad") ? EventsRefused(code: "22021") : nil } }
        #expect(await good == "kept")
        #expect(await bad == "EVENT_REFUSED")
        running.cancel()
        _ = await running.result
    }

    @Test func `tells the sender when too many wait, and those that wait when it stops`() async {
        let gate = Gate()
        let batcher = batcher(gate, limits: GroupCommit.Limits(queueEventsMax: 1))
        async let first = code(batcher, "a")
        while batcher.waitingEvents < 1 { await Task.yield() }
        #expect(await code(batcher, "b") == "BUSY")
        let running = Task { () async throws in
            withUnsafeCurrentTask { $0?.cancel() }
            try await batcher.run()
        }
        _ = await running.result
        #expect(await first == "NOT_KEPT")
        #expect(gate.batches.isEmpty)
    }
}

@Suite struct `The desk of commits` {
    private actor Desk {}

    /// On another executor than its connection's, each commit would wait for the answers to the one before.
    @Test func `is where a commit is sent from`() async {
        let desk = Desk()
        let world = SeededWorld(seed: 1).world
        let sentFromDesk = Mutex<[Bool]>([])
        let batcher = EventBatcher(
            limits: GroupCommit.Limits(), world: world, log: .silent(world),
            metrics: IngressMetrics(Metrics()), pause: { await Task.yield() },
            commit: { events in
                let here: (any Actor)? = #isolation
                sentFromDesk.withLock { $0.append(here === desk) }
                return KeptCount(fresh: events.count, seenBefore: 0)
            })
        let running = Task { try await batcher.run(on: desk) }
        for key in ["a", "b"] { _ = try? await batcher.keep([event(key)]) }
        #expect(sentFromDesk.withLock { $0 } == [true, true])
        running.cancel()
        _ = await running.result
    }
}

@Suite struct `The lanes of commits` {
    @Test func `lead a person always the same way, whichever identity a message shows, and use all lanes`() {
        var seen: Set<Int> = []
        for index in 0..<64 {
            var known = event("w\(index)")
            known.waId = "3736900\(index)"
            known.userId = "MD.\(index)"
            var nameless = known
            nameless.waId = nil
            let lane = CommitLanes.lane(of: known, among: 3)
            #expect(CommitLanes.lane(of: nameless, among: 3) == lane)
            #expect((0..<3).contains(lane))
            seen.insert(lane)
        }
        #expect(seen == [0, 1, 2])
    }
}
