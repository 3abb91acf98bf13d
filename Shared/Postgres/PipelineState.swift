// What is in flight on one connection, in order, and what each answer of the server means for it. Pure: no
// libpq, no clock, no continuation. A unit is what one sync ends: one statement or a batch, all or nothing.
// The payload of a result is a type parameter, so that tests need no server.

/// The units sent on one connection and not yet answered, oldest first.
package struct PipelineState<Rows> {
    package typealias UnitID = UInt64

    /// What the server was asked within a unit. `prepare` carries the name that must be forgotten when it
    /// fails.
    package enum Step: Sendable, Equatable { case prepare(name: String), execute }

    /// One answer, as it comes off the connection.
    package enum Answer {
        /// A command was done.
        case done(Rows)
        /// A command was refused; the rest of its unit will be skipped.
        case refused(PostgresError)
        /// A command was not tried, since an earlier one of its unit was refused.
        case skipped
        /// The results of a command are complete. Ends a script; between pipelined commands it means nothing.
        case ended
        /// The unit is over.
        case synced
    }

    /// What has become of the oldest unit.
    package enum Outcome {
        /// Every statement was done; the results of `execute` steps in order.
        case done(UnitID, [Rows])
        /// The first refusal; nothing of the unit was kept by the server.
        case refused(UnitID, PostgresError)
    }

    /// The server answered what was not asked: the connection cannot be trusted any more.
    package enum Desync: Error, Equatable { case answerWithoutQuestion, tooManyAnswers, tooFewAnswers }

    private struct Unit {
        let id: UnitID
        let steps: [Step]
        let isScript: Bool
        var answered = 0
        var refusal: PostgresError?
    }

    private var units: [Unit] = []
    /// The first unit that is still open; the ones before it are dropped in blocks, so that taking is cheap.
    private var first = 0
    /// Results of the oldest unit, beside the array of units so that appending copies nothing.
    private var rows: [Rows] = []
    /// Names whose preparing was refused or skipped: the owner must not rely on them.
    private var unprepared: [String] = []

    package init() {}

    package var isIdle: Bool { first == units.count }
    package var count: Int { units.count - first }
    /// The unit that the server works on.
    package var oldest: UnitID? { isIdle ? nil : units[first].id }

    /// A unit went out, with what it asks in order. A script has no steps and no sync.
    package mutating func sent(_ id: UnitID, _ steps: [Step], isScript: Bool = false) {
        units.append(Unit(id: id, steps: steps, isScript: isScript))
    }

    /// Takes one answer. An outcome when it was the last one of the oldest unit.
    package mutating func received(_ answer: Answer) throws(Desync) -> Outcome? {
        guard !isIdle else {
            if case .ended = answer { return nil }
            throw .answerWithoutQuestion
        }
        switch answer {
        case .done(let result):
            if units[first].isScript {
                rows.append(result)
            } else if case .execute = try nextStep() {
                rows.append(result)
            }
            return nil
        case .refused(let error):
            if units[first].refusal == nil { units[first].refusal = error }
            if !units[first].isScript { forget(try nextStep()) }
            return nil
        case .skipped:
            forget(try nextStep())
            return nil
        case .ended: return units[first].isScript ? finish() : nil
        case .synced:
            guard !units[first].isScript, units[first].answered == units[first].steps.count else {
                throw .tooFewAnswers
            }
            return finish()
        }
    }

    /// Names to forget since the last call.
    package mutating func takeUnprepared() -> [String] {
        defer { unprepared = [] }
        return unprepared
    }

    /// The connection is gone: every unit that was still open, oldest first.
    package mutating func lost() -> [UnitID] {
        defer {
            units = []
            first = 0
            rows = []
        }
        return units[first...].map(\.id)
    }

    private mutating func nextStep() throws(Desync) -> Step {
        let answered = units[first].answered
        guard answered < units[first].steps.count else { throw .tooManyAnswers }
        units[first].answered += 1
        return units[first].steps[answered]
    }

    private mutating func forget(_ step: Step) {
        if case .prepare(let name) = step { unprepared.append(name) }
    }

    private mutating func finish() -> Outcome {
        let unit = units[first]
        defer {
            rows = []
            first += 1
            if first == units.count || first >= 64 {
                units.removeFirst(first)
                first = 0
            }
        }
        return unit.refusal.map { .refused(unit.id, $0) } ?? .done(unit.id, rows)
    }
}
