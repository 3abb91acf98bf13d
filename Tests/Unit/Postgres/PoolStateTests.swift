// Who gets which connection: the pool's policy as a story of asks, grants and losses, without a server.
import Postgres
import Testing

@Suite struct `The pool's policy` {
    private typealias Effect = PoolState.Effect

    private static func open(_ count: Int, depthMax: Int = 2, waitersMax: Int = 10) -> PoolState {
        var state = PoolState(connectionsMax: count, depthMax: depthMax, waitersMax: waitersMax)
        for id in 1...count {
            _ = state.ask(.alone)
            _ = state.opened(id)
        }
        for id in 1...count { _ = state.gaveBack(id, .alone) }
        return state
    }

    @Test func `opens nothing before somebody asks, and then one`() {
        var state = PoolState(connectionsMax: 2, depthMax: 8, waitersMax: 8)
        let (answer, effects) = state.ask(.shared)
        #expect(answer == .wait(1) && effects == [.open(1)])
        #expect(state.opened(1) == [.grant(1, 1)])
        #expect(state.openCount == 1 && !state.hasWaiters)
    }

    @Test func `shares a busy connection and opens another beside it`() {
        var state = PoolState(connectionsMax: 2, depthMax: 8, waitersMax: 8)
        _ = state.ask(.shared)
        _ = state.opened(1)
        let (answer, effects) = state.ask(.shared)
        #expect(answer == .use(1) && effects == [.open(2)])
        let (third, more) = state.ask(.shared)
        #expect(third == .use(1) && more == [])
        #expect(state.opened(2) == [])
        #expect(state.ask(.shared).0 == .use(2))
    }

    @Test func `lets callers wait when every pipeline is full, in the order they came`() {
        var state = Self.open(1, depthMax: 1)
        #expect(state.ask(.shared).0 == .use(1))
        let (first, _) = state.ask(.shared), (second, _) = state.ask(.shared)
        guard case .wait(let a) = first, case .wait(let b) = second else { return #expect(Bool(false)) }
        #expect(state.gaveBack(1, .shared) == [.grant(a, 1)])
        #expect(state.gaveBack(1, .shared) == [.grant(b, 1)])
    }

    @Test func `gives a transaction a connection that nobody uses`() {
        var state = Self.open(2)
        #expect(state.ask(.shared).0 == .use(1))
        #expect(state.ask(.alone).0 == .use(2))
        #expect(state.ask(.shared).0 == .use(1))
        guard case .wait = state.ask(.shared).0 else { return #expect(Bool(false)) }
    }

    @Test func `keeps later statements from starving a waiting transaction`() {
        var state = Self.open(1, depthMax: 4)
        #expect(state.ask(.shared).0 == .use(1))
        guard case .wait(let transaction) = state.ask(.alone).0,
            case .wait(let statement) = state.ask(.shared).0
        else {
            return #expect(Bool(false))
        }
        #expect(state.gaveBack(1, .shared) == [.grant(transaction, 1)])
        #expect(state.gaveBack(1, .alone) == [.grant(statement, 1)])
    }

    @Test func `reserves no more connections than transactions wait`() {
        var state = Self.open(2, depthMax: 4)
        #expect(state.ask(.shared).0 == .use(1))
        #expect(state.ask(.shared).0 == .use(2))
        guard case .wait = state.ask(.alone).0 else { return #expect(Bool(false)) }
        // One drains for the transaction, the other goes on.
        #expect(state.ask(.shared).0 == .use(2))
        #expect(state.ask(.shared).0 == .use(2))
    }

    @Test func `forgets a reservation when the transaction leaves`() {
        var state = Self.open(1, depthMax: 4)
        _ = state.ask(.shared)
        guard case .wait(let ticket) = state.ask(.alone).0, case .wait(let behind) = state.ask(.shared).0
        else {
            return #expect(Bool(false))
        }
        let (wasWaiting, effects) = state.withdrew(ticket)
        #expect(wasWaiting && effects == [.grant(behind, 1)])
        #expect(state.withdrew(ticket).wasWaiting == false)
    }

    @Test func `refuses callers over the limit at once`() {
        var state = PoolState(connectionsMax: 1, depthMax: 1, waitersMax: 2)
        _ = state.ask(.shared)
        _ = state.ask(.shared)
        #expect(state.ask(.shared).0 == .refuse)
        #expect(state.waiterCount == 2)
        #expect(state.dismissAll() == [1, 2] && !state.hasWaiters)
    }

    @Test func `opens a new connection for those who wait when one breaks`() {
        var state = Self.open(1, depthMax: 1)
        _ = state.ask(.shared)
        guard case .wait(let ticket) = state.ask(.shared).0 else { return #expect(Bool(false)) }
        #expect(state.broke(1) == [.open(2)])
        #expect(state.gaveBack(1, .shared) == [])
        #expect(state.opened(2) == [.grant(ticket, 2)])
    }

    @Test func `opens nothing for a broken connection that nobody misses`() {
        var state = Self.open(1)
        #expect(state.broke(1) == [])
        #expect(state.openCount == 0)
        state.gaveUpOpening(1)
        let (answer, effects) = state.ask(.alone)
        #expect(answer == .wait(2) && effects == [.open(2)])
    }
}

@Suite struct `The pause before connecting again` {
    @Test func `grows to its limit, and differs between those who wait`() {
        var soonest = ReconnectPace(), latest = ReconnectPace()
        var due = ReconnectPace.first
        for _ in 0..<12 {
            #expect(soonest.next(0) == due * 0.5 && latest.next(1) == due)
            due = min(due * 2, ReconnectPace.last)
        }
        #expect(due == ReconnectPace.last)
        // A hundred clients of a server that came back: no two in the same moment.
        var pauses: Set<Duration> = []
        for client in 0..<100 {
            var pace = ReconnectPace()
            pauses.insert(pace.next(Double(client) / 100))
        }
        #expect(pauses.count == 100)
    }
}
