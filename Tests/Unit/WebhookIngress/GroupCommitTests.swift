// Which deliveries share a commit: a table of what is offered and what comes out, and the bounds.
import Testing
import WhatsApp
import World

@testable import WebhookIngress

func event(
    _ key: String, bytes: Int = 10, from person: String = "1", lane: WebhookLane = .messages
) -> InboundEvent {
    let item = WebhookItem(
        lane: lane, dedupKey: key, eventAt: 1_790_000_000, wabaId: "900", phoneNumberId: "800",
        waId: person, userId: nil, opensWindow: true, payload: [UInt8](repeating: 0x20, count: bytes))
    return InboundEvent(item, receivedAt: Timestamp(seconds: 1_790_000_001), requestId: "req_1")
}

private func delivery(
    _ id: UInt64, events: Int = 1, bytes: Int = 100, from person: String = "1",
    lane: WebhookLane = .messages
) -> GroupCommit.Delivery {
    GroupCommit.Delivery(
        id: id, events: (0..<events).map { event("\(id)-\($0)", from: person, lane: lane) }, bytes: bytes)
}

private func taken(from core: inout GroupCommit) throws -> [GroupCommit.Delivery] {
    let batch = core.next()
    return try #require(batch)
}

@Suite struct `Deliveries that come while a commit is under way` {
    @Test func `share the next commit, in their order`() throws {
        var core = GroupCommit(GroupCommit.Limits(commitsMax: 1))
        #expect(core.offer(delivery(1)) == .queued(start: true, remind: false))
        let first = try taken(from: &core)
        #expect(first.map(\.id) == [1])
        #expect(core.offer(delivery(2)) == .queued(start: false, remind: false))
        #expect(core.offer(delivery(3)) == .queued(start: false, remind: false))
        #expect(core.next() == nil, "one commit at a time")
        core.finished(first)
        let second = try taken(from: &core)
        #expect(second.map(\.id) == [2, 3])
        core.finished(second)
        #expect(core.next() == nil && core.waitingEvents == 0 && core.waitingBytes == 0)
    }

    @Test func `fill a commit up to its bounds and never split`() {
        var core = GroupCommit(GroupCommit.Limits(batchEventsMax: 5, batchBytesMax: 1000, commitsMax: 1))
        let sizes = [(1, 3, 10), (2, 3, 10), (3, 9, 10), (4, 1, 600), (5, 1, 600), (6, 1, 10)]
        for (id, events, bytes) in sizes {
            _ = core.offer(delivery(UInt64(id), events: events, bytes: bytes))
        }
        var batches: [[UInt64]] = []
        while let batch = core.next() {
            batches.append(batch.map(\.id))
            core.finished(batch)
        }
        #expect(batches == [[1], [2], [3], [4], [5, 6]])
    }

    @Test func `are refused when too many wait, but a large one is taken alone`() {
        var core = GroupCommit(GroupCommit.Limits(queueEventsMax: 10, queueBytesMax: 1000, commitsMax: 1))
        #expect(core.offer(delivery(1, events: 50)) == .queued(start: true, remind: false))
        #expect(core.offer(delivery(2)) == .full)
        #expect(core.next()?.count == 1)
        #expect(core.offer(delivery(3, events: 9)) == .queued(start: false, remind: false))
        #expect(core.offer(delivery(4, events: 2)) == .full)
        #expect(core.offer(delivery(5, events: 1, bytes: 950)) == .full)
        #expect(core.offer(delivery(6, events: 1)) == .queued(start: false, remind: false))
    }

    @Test func `are committed by several at once where that is allowed`() throws {
        var core = GroupCommit(GroupCommit.Limits(batchEventsMax: 1, commitsMax: 2))
        for id in 1...3 { _ = core.offer(delivery(UInt64(id), from: "\(id)")) }
        let first = try taken(from: &core)
        #expect(first.map(\.id) == [1])
        #expect(core.next()?.map(\.id) == [2])
        #expect(core.next() == nil)
        core.finished(first)
        #expect(core.next()?.map(\.id) == [3])
    }

    @Test func `are sent behind a commit under way when enough of them wait, and all at its end`() throws {
        var core = GroupCommit(GroupCommit.Limits(commitsMax: 2, aheadEventsMin: 3))
        #expect(core.offer(delivery(1, from: "a")) == .queued(start: true, remind: false))
        let first = try taken(from: &core)
        #expect(core.offer(delivery(2, from: "b")) == .queued(start: false, remind: false))
        #expect(core.offer(delivery(3, from: "c")) == .queued(start: false, remind: false))
        #expect(core.next() == nil && !core.mayBegin)
        #expect(core.offer(delivery(4, from: "d")) == .queued(start: true, remind: false))
        let second = try taken(from: &core)
        #expect(second.map(\.id) == [2, 3, 4])
        #expect(
            core.offer(delivery(5, events: 9, from: "e")) == .queued(start: false, remind: false),
            "two are under way")
        core.finished(first)
        let third = try taken(from: &core)
        #expect(third.map(\.id) == [5])
        #expect(core.offer(delivery(6, from: "f")) == .queued(start: false, remind: false))
        core.finished(second)
        #expect(core.next() == nil)
        core.finished(third)
        #expect(core.next()?.map(\.id) == [6])
    }

    @Test(arguments: [("b", true), ("a", false)])
    func `are sent behind others only when these have nothing of the same person`(
        who: String, goesAhead: Bool
    ) throws {
        var core = GroupCommit(GroupCommit.Limits(commitsMax: 2, aheadEventsMin: 2))
        _ = core.offer(delivery(1, from: "a"))
        let first = try taken(from: &core)
        _ = core.offer(delivery(2, from: "c"))
        _ = core.offer(delivery(3, from: who))
        #expect(core.next()?.map(\.id) == (goesAhead ? [2, 3] : nil))
        #expect(!core.mayBegin, "or a worker would ask again and again")
        core.finished(first)
        #expect(core.next()?.map(\.id) == (goesAhead ? nil : [2, 3]))
    }

    @Test func `leave a person's later ones, and all behind them, for the commit after`() throws {
        var core = GroupCommit(GroupCommit.Limits(commitsMax: 2, aheadEventsMin: 2))
        _ = core.offer(delivery(1, from: "a"))
        let first = try taken(from: &core)
        for (id, who) in [(2, "b"), (3, "c"), (4, "a"), (5, "d")] {
            _ = core.offer(delivery(UInt64(id), from: who))
        }
        #expect(core.next()?.map(\.id) == [2, 3])
        #expect(core.next() == nil)
        core.finished(first)
        #expect(core.next()?.map(\.id) == [4, 5])
    }

    @Test func `come out once each, in order, however many there are`() {
        let limits = GroupCommit.Limits(
            batchEventsMax: 7, queueEventsMax: 100_000, queueBytesMax: 1 << 30, commitsMax: 1)
        var core = GroupCommit(limits)
        var out: [UInt64] = []
        for id in 1...5000 {
            _ = core.offer(delivery(UInt64(id)))
            if id % 3 == 0, let batch = core.next() {
                out += batch.map(\.id)
                core.finished(batch)
            }
        }
        out += core.abandon().map(\.id)
        #expect(out == (1...5000).map(UInt64.init))
        #expect(core.waitingEvents == 0 && core.waitingBytes == 0 && core.next() == nil)
    }
}

@Suite struct `Deliveries of statuses alone` {
    private func statuses(_ id: UInt64, events: Int = 1) -> GroupCommit.Delivery {
        delivery(id, events: events, lane: .statuses)
    }

    /// One that came after a quiet moment, committed: those that come now are patient.
    private func begun(_ limits: GroupCommit.Limits = GroupCommit.Limits()) throws -> GroupCommit {
        var core = GroupCommit(limits)
        #expect(core.offer(statuses(100)) == .queued(start: true, remind: true), "nothing is on its way")
        let batch = try taken(from: &core)
        #expect(batch.map(\.id) == [100])
        core.finished(batch)
        return core
    }

    @Test func `are committed at once after a quiet moment`() throws {
        var core = try begun()
        #expect(core.patienceEnded() == (false, false), "nothing came meanwhile")
        #expect(core.offer(statuses(1)) == .queued(start: true, remind: true))
    }

    @Test
    func `wait for company behind others, and go with the next message in the order in which they came`()
        throws
    {
        var core = try begun()
        #expect(core.offer(statuses(1)) == .queued(start: false, remind: false))
        #expect(core.offer(statuses(2)) == .queued(start: false, remind: false))
        #expect(core.next() == nil)
        #expect(core.offer(delivery(3)) == .queued(start: true, remind: false))
        let batch = try taken(from: &core)
        #expect(batch.map(\.id) == [1, 2, 3])
        // What came meanwhile waits beyond the commit's end, but not beyond the moment that was asked for.
        #expect(core.offer(statuses(4)) == .queued(start: false, remind: false))
        core.finished(batch)
        #expect(core.next() == nil)
        #expect(core.patienceEnded() == (true, true), "more of them may come")
        let late = try taken(from: &core)
        #expect(late.map(\.id) == [4])
        core.finished(late)
        #expect(core.offer(statuses(5)) == .queued(start: false, remind: false))
        #expect(core.patienceEnded() == (true, true))
        #expect(core.next()?.map(\.id) == [5])
    }

    @Test func `wait no longer when a moment has passed, nor when there are many`() throws {
        var core = try begun(GroupCommit.Limits(aheadEventsMin: 3))
        #expect(core.offer(statuses(1)) == .queued(start: false, remind: false))
        #expect(core.patienceEnded() == (true, true))
        let first = try taken(from: &core)
        #expect(core.offer(statuses(2)) == .queued(start: false, remind: false))
        #expect(core.patienceEnded() == (false, true), "a commit is under way")
        core.finished(first)
        let second = try taken(from: &core)
        #expect(second.map(\.id) == [2], "its moment has passed meanwhile")
        core.finished(second)
        #expect(core.offer(statuses(3, events: 2)) == .queued(start: false, remind: false))
        #expect(core.offer(statuses(4)) == .queued(start: true, remind: false))
        #expect(core.next()?.map(\.id) == [3, 4])
        #expect(core.patienceEnded() == (false, false), "nothing waits")
    }

    @Test func `are patient only when nothing else is in them`() throws {
        var core = try begun()
        let mixed = GroupCommit.Delivery(
            id: 1, events: [event("s", lane: .statuses), event("a", lane: .account)], bytes: 1)
        #expect(core.offer(mixed) == .queued(start: true, remind: false))
    }

    @Test func `that a full commit leaves over are the next one`() throws {
        var core = try begun(GroupCommit.Limits(batchEventsMax: 2, commitsMax: 1))
        for id in 1...3 { _ = core.offer(statuses(UInt64(id))) }
        let first = try taken(from: &core)
        #expect(first.map(\.id) == [1, 2])
        core.finished(first)
        #expect(core.next()?.map(\.id) == [3])
    }
}
