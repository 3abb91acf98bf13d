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
    /// A handler says what it answers, and fills in the entry as it learns more. When `isWritten`, its row was
    /// committed by the handler: together with the change it describes, or once for all its repeats.
    struct Answer: Sendable {
        var response: HTTPResponse
        var isWritten = false
    }
    typealias Handler = @Sendable (HTTPRequest, inout AuditEntry) async throws -> Answer

    let store: CapStore
    let world: World
    let log: Log
    let answers: Counter

    func on(
        _ routes: inout Routes, _ method: String, _ pattern: String, action: StaticString, callers: [String],
        _ handler: @escaping Handler
    ) {
        routes.on(method, pattern, callers: callers) { request in
            let began = world.monotonic()
            var entry = AuditEntry(action.description, caller: request.caller)
            do {
                let answer = try await handler(request, &entry)
                if !answer.isWritten { try await write(entry) }
                tell(action, entry, began)
                return answer.response
            } catch {
                let problem = Self.problem(error)
                entry.outcome = problem.code
                if problem.kind == .internal {
                    log.error(
                        "answer.failed", ["action": .word(action), "error": .name("\(type(of: error))")])
                }
                try await write(entry)
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
        do { try await store.append(entry) } catch {
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
