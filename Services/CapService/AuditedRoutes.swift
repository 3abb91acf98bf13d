// No answer without its audit row: every route of the broker goes through here. The row is committed first;
// when it cannot be, the caller gets 503 and nothing of what was found.
import HTTPServer
import HTTPWire
import Observe
import Postgres
import Problem
import World

/// Runs handlers and writes down what they answered.
struct AuditedRoutes: Sendable {
    /// A handler says what it answers, and fills in the entry as it learns more. Where it has committed the entry's
    /// row, it says so in the entry, also when it throws.
    typealias Handler = @Sendable (HTTPRequest, inout AuditEntry) async throws -> HTTPResponse

    let trail: AuditTrail
    let world: World
    let log: Log
    let answers: Counter

    func on(
        _ routes: inout Routes, _ method: String, _ pattern: String, action: StaticString, callers: [String],
        bodyBytesMax: Int = Routes.bodyBytesMax, _ handler: @escaping Handler
    ) {
        routes.on(method, pattern, bodyBytesMax: bodyBytesMax, callers: callers) { request in
            let began = world.monotonic()
            var entry = AuditEntry(action.description, caller: request.caller)
            do {
                let response = try await handler(request, &entry)
                if !entry.isWritten { try await write(entry) }
                tell(action, entry, began)
                return response
            } catch {
                let problem = Self.problem(error)
                // Written as what it is, or as a yes: a refusal is never given under a row that says OK.
                let isSaid = entry.isWritten && entry.outcome == problem.code
                entry.outcome = problem.code
                if problem.kind == .internal {
                    log.error(
                        "answer.failed", ["action": .word(action), "error": .name("\(type(of: error))")])
                }
                if !isSaid { try await write(entry) }
                tell(action, entry, began)
                throw problem
            }
        }
    }

    private func tell(_ action: StaticString, _ entry: AuditEntry, _ began: Int64) {
        answers.add(1, [action.description, entry.outcome])
        log.info(
            action,
            [
                "outcome": .name(entry.outcome), "posUserId": .id(entry.posUserId ?? ""),
                "merchantId": .id(entry.merchantId ?? ""), "ms": .ms(.nanoseconds(world.monotonic() - began)),
            ])
    }

    private func write(_ entry: AuditEntry) async throws(Problem) {
        do { try await trail.append(entry) } catch {
            log.error("audit.notWritten", ["action": .name(entry.action)])
            throw Problem(
                .unavailable, code: "AUDIT_UNAVAILABLE",
                toUser: "The broker cannot keep its records at the moment.",
                toOperator: "\(error)", retryAfterSeconds: 2)
        }
    }

    private static func problem(_ error: any Error) -> Problem {
        if let problem = error as? Problem { return problem }
        if let error = error as? PostgresError, error.isRetryable {
            return Problem(
                .unavailable, code: "BROKER_UNAVAILABLE", toUser: "The broker's database does not answer.",
                toOperator: "\(error)", retryAfterSeconds: 2)
        }
        return Problem(.internal, code: "INTERNAL", toUser: "Something failed inside the broker.")
    }
}
