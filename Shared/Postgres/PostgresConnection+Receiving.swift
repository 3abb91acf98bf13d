// What arrives on a session: notifications, results, its end. Each result goes through PipelineState, whose
// outcomes resume the callers; refusals that say nothing of the unit itself are answered by sending it once
// more.
import CPostgres
import EventLoop

extension PostgresConnection {
    /// Reads until the session ends. The connection's one long-lived task; `start` begins it.
    func read() async {
        while isOpen, let watch {
            do { try await watch.readable() } catch { return }
            if isOpen { receive() }
        }
    }

    private func receive() {
        let isAlive = handle.consumeInput()
        while let (channel, payload) = handle.nextNotification() { onNotify?(channel, payload) }
        guard isAlive else { return end(PostgresError(.connectionLost(sent: true))) }
        var endsInARow = 0
        while isOpen, !pipeline.isIdle, !handle.isBusy {
            let result = handle.nextResult()
            endsInARow = result == nil ? endsInARow + 1 : 0
            // One nil separates two commands; libpq that has nothing more while we wait for more is out of
            // step.
            guard endsInARow < 4 else { return end(PostgresError(.connectionLost(sent: true))) }
            take(result)
        }
    }

    private func take(_ result: PostgresResult?) {
        do {
            let outcome = try pipeline.received(answer(result))
            for name in pipeline.takeUnprepared() { forget(name) }
            if let outcome {
                finish(outcome)
                giveOwnTime()
            }
        } catch {
            end(PostgresError(.connectionLost(sent: true)))
        }
    }

    private func answer(_ result: PostgresResult?) throws -> PipelineState<PostgresRows>.Answer {
        guard let result else { return .ended }
        switch result.status {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: return .done(PostgresRows(result: result))
        case PGRES_PIPELINE_SYNC: return .synced
        case PGRES_PIPELINE_ABORTED: return .skipped
        case PGRES_FATAL_ERROR where result.isFromServer && !result.endsSession:
            return .refused(result.refusal)
        // The server ended the session (a restart, an administrator), libpq found it ended, or a COPY began,
        // which we never ask for.
        default: throw PostgresError(.connectionLost(sent: true))
        }
    }

    private func finish(_ outcome: PipelineState<PostgresRows>.Outcome) {
        switch outcome {
        case .done(let id, let rows):
            resumePipelining(id)
            flights.removeValue(forKey: id)?.continuation?.resume(returning: rows)
        case .refused(let id, let error):
            resumePipelining(id)
            guard let flight = flights.removeValue(forKey: id) else { return }
            if flight.request.mustSucceed { end(PostgresError(.connectionLost(sent: true))) }
            let deserves = deservesAnotherTry(flight, error)
            if isOpen, deserves, !flight.wasResent, !flight.request.isInTransaction {
                var again = flight
                again.wasResent = true
                return send(id, again)
            }
            flight.continuation?.resume(throwing: Self.timeoutOr(error))
        }
    }

    private func resumePipelining(_ id: UInt64) {
        guard flights[id]?.request.script != nil else { return }
        if !handle.startPipelining() { end(PostgresError(.connectionLost(sent: true))) }
    }

    /// Refusals that say nothing of the unit itself; all of it was rolled back, so it can be sent once more.
    private func deservesAnotherTry(_ flight: Flight, _ error: PostgresError) -> Bool {
        switch error.sqlState {
        case "26000", "0A000":
            // The name is not known, since preparing it failed ahead of us; or a migration changed the plan's
            // columns.
            for (statement, values) in flight.request.items {
                prepared[StatementKey(statement: statement, types: values.map(\.type))] = nil
            }
            return true
        case "57014": return loop.nowNs &- Self.cancelEchoNs < lastCancelNs  // a neighbour's cancel came late
        default: return false
        }
    }

    private static func timeoutOr(_ error: PostgresError) -> PostgresError {
        error.sqlState == "57014" ? PostgresError(.timedOut, operatorText: error.operatorText) : error
    }

    private func forget(_ name: String) {
        if let key = prepared.first(where: { $0.value == name })?.key { prepared[key] = nil }
    }
}
