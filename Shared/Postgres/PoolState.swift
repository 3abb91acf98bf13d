// Who gets which connection, and when another one is opened. Pure: connections and callers are numbers,
// waiting and connecting are effects that the owner performs. Statements share a connection by pipelining; a
// transaction has one alone. Waiters are served in the order they came.

/// The connections of one pool and the callers that wait for one.
package struct PoolState {
    package typealias MemberID = Int
    package typealias Ticket = UInt64

    /// How a connection is used: by statements of many callers, or by one transaction alone.
    package enum Use: Sendable, Equatable { case shared, alone }

    /// What the owner has to do.
    package enum Effect: Sendable, Equatable {
        /// Open a connection and report `opened` or `gaveUpOpening`.
        case open(MemberID)
        /// The caller with this ticket has this connection.
        case grant(Ticket, MemberID)
    }

    /// What a caller is told at once.
    package enum Answer: Sendable, Equatable {
        case use(MemberID)
        case wait(Ticket)
        /// Too many wait already.
        case refuse
    }

    private struct Member {
        var isOpen = false
        var isAlone = false
        /// No new statements: a waiting transaction gets it when those in flight are done.
        var isReserved = false
        var load = 0
    }

    private struct Waiter {
        let ticket: Ticket
        let use: Use
    }

    private let connectionsMax: Int
    private let depthMax: Int
    private let waitersMax: Int
    private var members: [MemberID: Member] = [:]
    private var waiters: [Waiter] = []
    private var nextMember = 1
    private var nextTicket: Ticket = 1

    package init(connectionsMax: Int, depthMax: Int, waitersMax: Int) {
        self.connectionsMax = connectionsMax
        self.depthMax = depthMax
        self.waitersMax = waitersMax
    }

    package var hasWaiters: Bool { !waiters.isEmpty }
    package var waiterCount: Int { waiters.count }
    package var openCount: Int { members.values.count { $0.isOpen } }

    /// A caller wants a connection now.
    package mutating func ask(_ use: Use) -> (Answer, [Effect]) {
        if waiters.isEmpty, let id = candidate(for: use) {
            let busy = use == .shared && members[id]?.load != 0
            take(id, use)
            return (.use(id), busy ? openAnother() : [])
        }
        guard waiters.count < waitersMax else { return (.refuse, []) }
        let ticket = nextTicket
        nextTicket += 1
        waiters.append(Waiter(ticket: ticket, use: use))
        // Those who came first are served first, but a statement passes a transaction that waits for a drain.
        let effects = settle()
        if let granted = effects.compactMap({ $0.memberGranted(to: ticket) }).first {
            return (.use(granted), effects.filter { $0.memberGranted(to: ticket) == nil })
        }
        return (.wait(ticket), effects)
    }

    /// A connection is ready.
    package mutating func opened(_ id: MemberID) -> [Effect] {
        members[id]?.isOpen = true
        return settle()
    }

    /// The owner stopped trying to open this one, since nobody waits any more.
    package mutating func gaveUpOpening(_ id: MemberID) { members[id] = nil }

    /// A caller is done with a connection that it had for `use`.
    package mutating func gaveBack(_ id: MemberID, _ use: Use) -> [Effect] {
        guard var member = members[id] else { return settle() }
        if use == .alone { member.isAlone = false } else { member.load -= 1 }
        members[id] = member
        return settle()
    }

    /// A connection is gone. What was in flight on it is the owner's to fail; `gaveBack` may still come for
    /// it.
    package mutating func broke(_ id: MemberID) -> [Effect] {
        members[id] = nil
        return settle()
    }

    /// A waiting caller left. False when it was granted a connection in the meantime.
    package mutating func withdrew(_ ticket: Ticket) -> (wasWaiting: Bool, [Effect]) {
        guard let index = waiters.firstIndex(where: { $0.ticket == ticket }) else { return (false, []) }
        waiters.remove(at: index)
        return (true, settle())
    }

    /// Everybody who waits, in order; nobody waits afterwards.
    package mutating func dismissAll() -> [Ticket] {
        defer { waiters = [] }
        return waiters.map(\.ticket)
    }

    // MARK: policy

    private func candidate(for use: Use) -> MemberID? {
        var best: (id: MemberID, load: Int)?
        for (id, member) in members where member.isOpen && !member.isAlone {
            if use == .shared, member.isReserved || member.load >= depthMax { continue }
            if use == .alone, member.load != 0 { continue }
            // Ties go to the older connection, so that few stay warm instead of all lukewarm.
            if best.map({ (member.load, id) < ($0.load, $0.id) }) ?? true { best = (id, member.load) }
        }
        return best?.id
    }

    private mutating func take(_ id: MemberID, _ use: Use) {
        switch use {
        case .shared: members[id]?.load += 1
        case .alone: members[id]?.isAlone = true
        }
    }

    /// Serves whom it can, in order. A transaction that finds no idle connection reserves the one with least
    /// to finish, so that statements that come later cannot keep it busy for ever. More connections are
    /// opened for the rest.
    private mutating func settle() -> [Effect] {
        for id in members.keys { members[id]?.isReserved = false }
        var effects: [Effect] = []
        var left: [Waiter] = []
        for waiter in waiters {
            if let id = candidate(for: waiter.use) {
                take(id, waiter.use)
                effects.append(.grant(waiter.ticket, id))
                continue
            }
            left.append(waiter)
            if waiter.use == .alone { reserveOne() }
        }
        waiters = left
        var wanted = waiters.count - members.values.count { !$0.isOpen }
        while wanted > 0, members.count < connectionsMax {
            effects.append(open())
            wanted -= 1
        }
        return effects
    }

    private mutating func reserveOne() {
        let busy = members.filter { $0.value.isOpen && !$0.value.isAlone && !$0.value.isReserved }
        if let least = busy.min(by: { ($0.value.load, $0.key) < ($1.value.load, $1.key) }) {
            members[least.key]?.isReserved = true
        }
    }

    private mutating func openAnother() -> [Effect] {
        let isOpening = members.values.contains { !$0.isOpen }
        return isOpening || members.count >= connectionsMax ? [] : [open()]
    }

    private mutating func open() -> Effect {
        let id = nextMember
        nextMember += 1
        members[id] = Member()
        return .open(id)
    }
}

extension PoolState.Effect {
    fileprivate func memberGranted(to ticket: PoolState.Ticket) -> PoolState.MemberID? {
        if case .grant(ticket, let id) = self { id } else { nil }
    }
}
