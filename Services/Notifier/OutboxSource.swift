// When a round of the outbox is worth making. The worker asks whenever a place is free; a round costs a
// transaction, so it is made only when something has happened: a message came, one left its conversation's head,
// a turn has come by the clock.
import EventLoop
import JobQueue
import Postgres
import Synchronization
import World

final class OutboxSource: JobSource {
    /// A round follows the last one by this at least: what comes meanwhile shares it.
    static let gap = Duration.milliseconds(2)
    /// Without a sign, a round is made this often: other processes post into the same outbox.
    static let poll = Duration.milliseconds(700)
    /// A number whose pace is used up gets a few tokens back before it is asked again.
    static let tokensPerRound = 4
    /// Rounds in a row that find only messages which do not leave.
    static let roundsMax = 64

    private struct State {
        var isRung = true
        var lastRound: Timestamp?
        var fullAt: [String: Timestamp] = [:]
        var alarm: Timestamp?
    }

    let store: OutboxStore
    let sender: OutboxSender
    /// For the worker, which is made after its source.
    let onWork = Doorbell()
    private let loop: EventLoop
    private let world: World
    private let state = Mutex(State())

    init(store: OutboxStore, sender: OutboxSender, loop: EventLoop, world: World) {
        self.store = store
        self.sender = sender
        self.loop = loop
        self.world = world
    }

    var lease: Duration { MessageStore.lease }

    /// There may be something to send.
    func ring() {
        state.withLock { $0.isRung = true }
        onWork.ring()
    }

    /// There will be something to send at `moment`.
    func ring(at moment: Timestamp) {
        let now = world.now()
        let isEarlier = state.withLock { state in
            if let alarm = state.alarm, alarm > now, alarm <= moment { return false }
            state.alarm = moment
            return true
        }
        guard isEarlier else { return }
        Task(executorPreference: loop) { [self] in
            // The end of the process is the only thing that cuts it short.
            let span = max(.milliseconds(1), moment.since(world.now()))
            guard (try? await loop.sleep(for: span)) != nil else { return }
            ring()
        }
    }

    /// False while, as far as this process knows, the number's pace is used up.
    func hasTokens(_ number: String) -> Bool {
        guard store.planner.numbers[number] != nil else { return false }
        return store.numberPace.tokens(fullAt: state.withLock { $0.fullAt[number] }, now: world.now()) > 0
    }

    /// What was spent of the numbers' paces without a round.
    func spent(_ fullAt: [String: Timestamp]) {
        state.withLock { $0.fullAt.merge(fullAt) { _, new in new } }
    }

    func claim(_ limit: Int) async throws -> [Departure] {
        for _ in 0..<Self.roundsMax {
            guard try await mayBegin() else { return [] }
            let round = try await makeRound(limit)
            for (message, settled) in round.stopped { sender.stopped(message, settled) }
            if let next = round.nextTurn, next > world.now() { ring(at: next) }
            if round.isFull || !round.stopped.isEmpty { state.withLock { $0.isRung = true } }
            if !round.departures.isEmpty { return round.departures }
        }
        return []
    }

    /// False when nothing has happened since the last round.
    private func mayBegin() async throws -> Bool {
        let now = world.now()
        let (isWanted, pause) = state.withLock { state -> (Bool, Duration) in
            let since = state.lastRound.map { now.since($0) } ?? Self.poll
            // A clock that was put back ends no pause and begins none.
            guard state.isRung || since >= Self.poll || since < .zero else { return (false, .zero) }
            return (true, since < .zero ? .zero : max(.zero, Self.gap - since))
        }
        guard isWanted else { return false }
        if pause > .zero { try await loop.sleep(for: pause) }
        state.withLock { state in
            state.isRung = false
            state.lastRound = world.now()
        }
        return true
    }

    private func makeRound(_ limit: Int) async throws -> OutboxStore.Round {
        let now = world.now()
        let known = state.withLock { $0.fullAt }
        var turns: [(number: String, most: Int)] = []
        for number in store.planner.numbers.keys.sorted() {
            let tokens = store.numberPace.tokens(fullAt: known[number], now: now)
            if tokens == 0 { ring(at: now.advanced(by: store.numberPace.interval * Self.tokensPerRound)) }
            if tokens > 0 { turns.append((number, min(limit, tokens))) }
        }
        if turns.isEmpty { return OutboxStore.Round() }
        var doubtful: [Departure] = []
        do {
            let round = try await store.round(free: limit, turns: turns, doubtful: &doubtful)
            state.withLock { $0.fullAt.merge(round.fullAt) { _, new in new } }
            return round
        } catch {
            // Nothing has left, but a mark may be there.
            state.withLock { $0.isRung = true }
            for departure in doubtful { try await sender.takeBack(departure) }
            throw error
        }
    }

    func release(_ jobs: [Departure]) async throws { for job in jobs { try await sender.takeBack(job) } }

    func renew(_ jobs: [Departure]) async throws { try await store.messages.renew(jobs) }
}
