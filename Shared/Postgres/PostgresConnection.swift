// One session with the server, on the loop. It sends units, matches answers to callers by PipelineState, and
// ends once: every caller in flight then learns that the connection is lost. It never reconnects; the pool
// and the listener do.
import CPostgres
import EventLoop

/// What one caller asks as a unit: statements that the server does all or none of.
struct PostgresRequest: Sendable {
    var items: [(PostgresStatement, [PostgresValue])]
    /// Part of a transaction that is open already: it cannot be sent again by itself.
    var isInTransaction = false
    /// Several statements in one text, without parameters; only alone on a connection.
    var script: String?
    /// BEGIN and ROLLBACK: if the server refuses, the session is in an unknown state and ends.
    var mustSucceed = false
}

/// A connected session. Everything runs on the loop's thread.
actor PostgresConnection {
    /// More texts than a service has; beyond it statements go unnamed instead of filling the server's memory.
    static let preparedMax = 512
    /// A server that does not react to a cancel within this is taken for dead.
    static let cancelGrace: Duration = .seconds(5)
    /// A neighbour's cancel may hit the statement behind it for about as long as a cancel travels.
    static let cancelEchoNs: Int64 = 2_000_000_000

    struct Flight {
        let request: PostgresRequest
        let continuation: CheckedContinuation<[PostgresRows], any Error>?
        /// While others are ahead of one that has its own time: none.
        var deadlineNs: Int64
        /// How long it may take once nothing is ahead of it; nil: `deadlineNs` holds from the start.
        var ownNs: Int64?
        var wasResent = false
    }

    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    let configuration: PostgresConfiguration
    var handle = PostgresHandle()
    var watch: FileWatch?
    var isOpen = false
    var pipeline = PipelineState<PostgresRows>()
    var flights: [UInt64: Flight] = [:]
    var canceller: PostgresCanceller?
    var prepared: [StatementKey: String] = [:]
    private var nextID: UInt64 = 1
    private var nextName = 1
    private var isFlushing = false
    private var armedForNs: Int64 = .max
    private var watchdog: Task<Void, Never>?
    var lastCancelNs: Int64 = .min
    /// Called once on the loop when the session ends, before its callers learn it.
    var onEnd: (@Sendable () -> Void)?
    var onNotify: (@Sendable (String, String) -> Void)?

    init(_ configuration: PostgresConfiguration, loop: EventLoop) {
        self.configuration = configuration
        self.loop = loop
    }

    /// Sends a unit and waits for its end. Throws PostgresError, or CancellationError when the task is
    /// cancelled; the statement may then have been done all the same. With `ownNs` the deadline is that long after
    /// everything ahead of it has ended.
    func perform(
        _ request: PostgresRequest, deadlineNs: Int64, ownNs: Int64? = nil
    ) async throws -> [PostgresRows] {
        let id = takeID()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if Task.isCancelled { return continuation.resume(throwing: CancellationError()) }
                send(
                    id,
                    Flight(
                        request: request, continuation: continuation, deadlineNs: deadlineNs, ownNs: ownNs))
            }
        } onCancel: {
            loop.execute { self.assumeIsolated { $0.abandon(id, CancellationError()) } }
        }
    }

    /// Sends a unit that a cancelled task must not leave out, such as COMMIT; only the deadline ends the
    /// wait.
    func performUnconditionally(_ request: PostgresRequest, deadlineNs: Int64) async throws -> [PostgresRows]
    {
        try await withCheckedThrowingContinuation { continuation in
            send(takeID(), Flight(request: request, continuation: continuation, deadlineNs: deadlineNs))
        }
    }

    /// Sends a unit whose answer nobody waits for: what follows in the pipeline fails if it does.
    func post(_ request: PostgresRequest, deadlineNs: Int64) {
        send(takeID(), Flight(request: request, continuation: nil, deadlineNs: deadlineNs))
    }

    /// Ends the session; who is in flight learns that it is lost.
    func close() { end(PostgresError(.connectionLost(sent: true))) }

    private func takeID() -> UInt64 {
        defer { nextID += 1 }
        return nextID
    }

    // MARK: sending

    func send(_ id: UInt64, _ asked: Flight) {
        var flight = asked
        guard isOpen else {
            flight.continuation?.resume(throwing: PostgresError(.connectionLost(sent: false)))
            return
        }
        do throws(PostgresError) {
            let encoded = try flight.request.items.map { item throws(PostgresError) in
                try EncodedParameters(item.1)
            }
            if let ownNs = flight.ownNs {
                flight.deadlineNs = pipeline.isIdle ? loop.nowNs + ownNs : .max
            }
            flights[id] = flight
            let wasSent =
                flight.request.script.map { sendScript(id, $0) } ?? sendUnit(id, flight.request, encoded)
            if wasSent { flush() } else { end(PostgresError(.connectionLost(sent: true))) }
        } catch {
            flight.continuation?.resume(throwing: error)
            return
        }
        arm(flight.deadlineNs)
    }

    private func sendUnit(_ id: UInt64, _ request: PostgresRequest, _ encoded: [EncodedParameters]) -> Bool {
        var steps: [PipelineState<PostgresRows>.Step] = []
        for ((statement, _), parameters) in zip(request.items, encoded) {
            let key = StatementKey(statement: statement, types: parameters.types)
            let known = prepared[key]
            guard configuration.preparesStatements, !statement.isPlannedEachTime,
                known != nil || prepared.count < Self.preparedMax
            else {
                steps.append(.execute)
                guard handle.sendOnce(statement.sql, parameters) else { return false }
                continue
            }
            let name = known ?? "till_\(nextName)"
            if known == nil {
                nextName += 1
                prepared[key] = name
                steps.append(.prepare(name: name))
                guard handle.sendPrepare(name, statement.sql, parameters) else { return false }
            }
            steps.append(.execute)
            guard handle.sendPrepared(name, parameters) else { return false }
        }
        pipeline.sent(id, steps)
        return handle.sendSync()
    }

    /// Leaves pipeline mode for one text of several statements. The caller is alone and waited for what it
    /// sent before.
    private func sendScript(_ id: UInt64, _ sql: String) -> Bool {
        guard pipeline.isIdle, handle.stopPipelining() else { return false }
        pipeline.sent(id, [], isScript: true)
        return handle.sendScript(sql)
    }

    private func flush() {
        switch handle.flush() {
        case 0: return
        case 1: if !isFlushing { startFlushing() }
        default: end(PostgresError(.connectionLost(sent: true)))
        }
    }

    /// The socket is full: goes on when it takes more. Reading goes on meanwhile, so neither side can block
    /// the other.
    private func startFlushing() {
        isFlushing = true
        Task(executorPreference: loop) { await self.finishFlushing() }
    }

    private func finishFlushing() async {
        defer { isFlushing = false }
        while isOpen, let watch {
            do { try await watch.writable() } catch { return }
            guard isOpen else { return }
            switch handle.flush() {
            case 0: return
            case 1: continue
            default: return end(PostgresError(.connectionLost(sent: true)))
            }
        }
    }

    // MARK: giving up

    /// One timer serves all in flight: it sleeps until the earliest deadline that was ever asked for.
    private func arm(_ deadlineNs: Int64) {
        guard isOpen, deadlineNs < armedForNs else { return }
        armedForNs = deadlineNs
        watchdog?.cancel()
        watchdog = Task(executorPreference: loop) { [weak self, loop] in
            // A cancelled sleep is a timer that was set anew.
            guard (try? await loop.sleep(untilNs: deadlineNs)) != nil else { return }
            await self?.expire()
        }
    }

    /// The oldest has the server to itself from now on.
    func giveOwnTime() {
        guard let id = pipeline.oldest, let ownNs = flights[id]?.ownNs, flights[id]?.deadlineNs == .max else {
            return
        }
        let deadlineNs = loop.nowNs + ownNs
        flights[id]?.deadlineNs = deadlineNs
        arm(deadlineNs)
    }

    private func expire() {
        armedForNs = .max
        let now = loop.nowNs
        for (id, flight) in flights where flight.deadlineNs <= now { abandon(id, PostgresError(.timedOut)) }
        if let next = flights.values.map(\.deadlineNs).min() { arm(next) }
    }

    /// The caller stops waiting. If the server works on its unit right now, it is asked to stop.
    private func abandon(_ id: UInt64, _ reason: any Error) {
        guard let flight = flights.removeValue(forKey: id) else { return }
        flight.continuation?.resume(throwing: reason)
        guard isOpen else { return }
        // Without its flight a script could not lead back into pipeline mode; its session ends instead.
        if flight.request.script != nil { return end(PostgresError(.connectionLost(sent: true))) }
        if pipeline.oldest == id { cancelOldest(id) }
    }

    private func cancelOldest(_ id: UInt64) {
        guard let canceller else { return }
        lastCancelNs = loop.nowNs
        // Whether the request arrived shows in the pipeline going on. It waits for a server that may be stuck as
        // well, so nothing here waits for it.
        Task(executorPreference: loop) { _ = try? await BlockingThread.run { canceller.cancelIfFew() } }
        Task(executorPreference: loop) { [weak self, loop] in
            guard (try? await loop.sleep(for: Self.cancelGrace)) != nil else { return }
            await self?.endIfStuck(on: id)
        }
    }

    private func endIfStuck(on id: UInt64) {
        if isOpen, pipeline.oldest == id { end(PostgresError(.connectionLost(sent: true))) }
    }

    func end(_ reason: PostgresError) {
        guard isOpen else { return }
        isOpen = false
        watchdog?.cancel()
        watch?.close()
        handle.finish()
        canceller = nil
        _ = pipeline.lost()
        onEnd?()
        onEnd = nil
        let waiting = flights
        flights = [:]
        for flight in waiting.values { flight.continuation?.resume(throwing: reason) }
    }
}
