// The pool's owner of connections and waiting callers, on the loop. Decisions are PoolState's; this file
// opens, hands out, takes back and counts, and adds nothing of its own.
import EventLoop
import Observe
import World

/// A connection that a caller has for a while.
struct PostgresLease: Sendable {
    let member: PoolState.MemberID
    let connection: PostgresConnection
}

actor PoolCore {
    private struct Waiting {
        let continuation: CheckedContinuation<PostgresLease, any Error>
        let timer: Task<Void, Never>
    }

    private let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    let configuration: PostgresConfiguration
    private let world: World
    private let instruments: PostgresInstruments
    private var state: PoolState
    private var connections: [PoolState.MemberID: PostgresConnection] = [:]
    private var waiting: [PoolState.Ticket: Waiting] = [:]
    /// What became of callers whose wait had not begun: between asking and waiting lies a turn of the loop, in which
    /// others run.
    private var settledEarly: [PoolState.Ticket: Result<PostgresLease, any Error>] = [:]
    private var lastFailure: PostgresError?
    private var isClosed = false

    init(
        _ configuration: PostgresConfiguration, loop: EventLoop, world: World,
        instruments: PostgresInstruments
    ) {
        self.configuration = configuration
        self.loop = loop
        self.world = world
        self.instruments = instruments
        state = PoolState(
            connectionsMax: configuration.connectionsMax, depthMax: PostgresConfiguration.pipelineDepthMax,
            waitersMax: PostgresConfiguration.waitersMax)
    }

    /// When a statement that starts now is given up on our side.
    func deadlineNs(_ timeout: Duration?) -> Int64 { loop.nowNs + spanNs(timeout) }

    private func spanNs(_ timeout: Duration?) -> Int64 {
        (timeout ?? (configuration.statementTimeout + PostgresConfiguration.graceForAnswer)).inNanoseconds
    }

    /// One unit on a shared connection. A connection that is lost before anything was sent is replaced
    /// silently.
    func run(_ request: PostgresRequest, timeout: Duration?) async throws -> [PostgresRows] {
        let startNs = loop.nowNs
        let deadlineNs = deadlineNs(timeout)
        let ownNs = configuration.timesEachAlone ? spanNs(timeout) : nil
        do {
            while true {
                let lease = try await take(.shared, deadlineNs: deadlineNs)
                defer { giveBack(lease, .shared) }
                do {
                    let rows = try await lease.connection.perform(
                        request, deadlineNs: deadlineNs, ownNs: ownNs)
                    instruments.done(.nanoseconds(loop.nowNs - startNs))
                    return rows
                } catch let error as PostgresError where error.kind == .connectionLost(sent: false) {
                    continue
                }
            }
        } catch {
            instruments.failed(error)
            throw error
        }
    }

    /// A connection for `use`, at once or when one is free. Throws `.poolExhausted`, `.connectFailed`,
    /// `.closed` or CancellationError.
    func take(_ use: PoolState.Use, deadlineNs: Int64) async throws -> PostgresLease {
        guard !isClosed else { throw PostgresError(.closed) }
        let (answer, effects) = state.ask(use)
        perform(effects)
        switch answer {
        case .use(let id):
            guard let connection = connections[id] else { preconditionFailure("granted what is not open") }
            return PostgresLease(member: id, connection: connection)
        case .refuse: throw PostgresError(.poolExhausted)
        case .wait(let ticket):
            let untilNs = min(deadlineNs, loop.nowNs + configuration.acquireTimeout.inNanoseconds)
            return try await wait(ticket, untilNs)
        }
    }

    private func wait(_ ticket: PoolState.Ticket, _ untilNs: Int64) async throws -> PostgresLease {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if let early = settledEarly.removeValue(forKey: ticket) {
                    return continuation.resume(with: early)
                }
                let timer = Task(executorPreference: loop) { [weak self, loop] in
                    guard (try? await loop.sleep(untilNs: untilNs)) != nil else { return }
                    await self?.waitedTooLong(ticket)
                }
                waiting[ticket] = Waiting(continuation: continuation, timer: timer)
                if Task.isCancelled { dismiss(ticket, CancellationError()) }
            }
        } onCancel: {
            loop.execute { self.assumeIsolated { $0.dismiss(ticket, CancellationError()) } }
        }
    }

    private func waitedTooLong(_ ticket: PoolState.Ticket) {
        let reason =
            state.openCount == 0
            ? lastFailure ?? PostgresError(.connectFailed) : PostgresError(.poolExhausted)
        dismiss(ticket, reason)
    }

    private func dismiss(_ ticket: PoolState.Ticket, _ reason: any Error) {
        let (_, effects) = state.withdrew(ticket)
        perform(effects)
        guard let waiter = waiting.removeValue(forKey: ticket) else { return }
        waiter.timer.cancel()
        waiter.continuation.resume(throwing: reason)
    }

    func giveBack(_ lease: PostgresLease, _ use: PoolState.Use) { perform(state.gaveBack(lease.member, use)) }

    private func perform(_ effects: [PoolState.Effect]) {
        for effect in effects {
            switch effect {
            case .open(let id): Task(executorPreference: loop) { await self.keepOpening(id) }
            case .grant(let ticket, let id):
                guard let connection = connections[id] else {
                    preconditionFailure("granted what is not open")
                }
                settle(ticket, .success(PostgresLease(member: id, connection: connection)))
            }
        }
    }

    /// Tries until it succeeds or nobody waits any more.
    private func keepOpening(_ id: PoolState.MemberID) async {
        var pace = ReconnectPace()
        repeat {
            do {
                let connection = try await PostgresConnection.connect(
                    configuration, loop: loop, onEnd: { self.assumeIsolated { $0.broke(id) } })
                guard !isClosed else { return await connection.close() }
                connections[id] = connection
                lastFailure = nil
                instruments.connections.set(Double(connections.count))
                return perform(state.opened(id))
            } catch {
                let failure =
                    error as? PostgresError ?? PostgresError(.connectFailed, operatorText: "\(error)")
                lastFailure = failure
                instruments.failed(failure)
                // An unusable URL does not get better by waiting.
                if failure.kind == .configuration { dismissAll(failure) }
                // Cancellation cannot reach this task; a sleep that ends early only means a shorter pause.
                try? await loop.sleep(for: pace.next(world.fraction()))
            }
        } while !isClosed && state.hasWaiters
        state.gaveUpOpening(id)
    }

    private func broke(_ id: PoolState.MemberID) {
        guard connections.removeValue(forKey: id) != nil else { return }
        instruments.connections.set(Double(connections.count))
        if !isClosed { instruments.lostConnection() }
        perform(state.broke(id))
    }

    /// Waiting callers fail with `.closed`, statements in flight with `.connectionLost(sent: true)`.
    func close() async {
        guard !isClosed else { return }
        isClosed = true
        dismissAll(PostgresError(.closed))
        for connection in Array(connections.values) { await connection.close() }
    }

    private func dismissAll(_ reason: PostgresError) {
        for ticket in state.dismissAll() { settle(ticket, .failure(reason)) }
    }

    private func settle(_ ticket: PoolState.Ticket, _ result: Result<PostgresLease, any Error>) {
        guard let waiter = waiting.removeValue(forKey: ticket) else { return settledEarly[ticket] = result }
        waiter.timer.cancel()
        waiter.continuation.resume(with: result)
    }
}
