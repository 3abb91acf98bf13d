// What stopped, as an operator asks for it, and what an operator decides about it. Every replay is a settlement
// under a lock, and never of a message that has been tried again since it was looked at.
import Contracts
import Postgres
import World

struct OperatorStore: Sendable {
    let messages: MessageStore
    /// Between two messages of one bulk replay: half of what the numbers may send, so that what happens now goes on.
    let spread: Duration

    struct Filter: Sendable {
        var state: MessageStatusName
        /// With its code or without; nil for any.
        var reason: String?
        /// Meta's id of one business number; nil for all.
        var number: String?

        var values: [PostgresValue] { [.text(state.rawValue), .text(reason), .text(number)] }
    }

    /// One page, newest first. `before` is the cursor of the page before.
    func list(_ filter: Filter, before: Int64?, limit: Int) async throws -> Page<MessageView> {
        let rows = try await messages.database.query(
            OperatorQueries.list, filter.values + [.int8(before ?? .max), .int8(Int64(limit + 1))])
        let items = try rows.prefix(limit).map(MessageStore.view)
        let last = rows.count > limit ? try rows[limit - 1].int8("seq") : nil
        return Page(items: items, nextCursor: last.map { String($0) })
    }

    /// Queues one message again. `.leaseLost`: it has been tried again since it had `attempts`.
    func replay(_ messageId: String, attempts: Int?, wait: Duration) async throws -> Settled {
        var settlement = Settlement(messageId, .replayAsked)
        settlement.attemptsKnown = attempts
        settlement.wait = wait
        return try await messages.settle(settlement)
    }

    /// Queues the oldest that stopped for a reason, one after the other in time. What is done when this ends early
    /// stays done, and asking again goes on with the rest.
    func replay(_ filter: Filter, limit: Int) async throws -> ReplayReport {
        let rows = try await messages.database.query(
            OperatorQueries.stopped, filter.values + [.int8(Int64(limit + 1))])
        var report = ReplayReport(replayed: [], skipped: 0, spreadMs: 0, hasMore: rows.count > limit)
        for row in rows.prefix(limit) {
            let id = try row.text("message_id")
            let wait = spread * report.replayed.count
            let settled = try await replay(id, attempts: Int(try row.int4("attempts")), wait: wait)
            if case .done = settled { report.replayed.append(id) } else { report.skipped += 1 }
            report.spreadMs = Int(wait.milliseconds)
        }
        return report
    }
}

enum OperatorQueries {
    /// $1 state, $2 reason or its first word, $3 number, $4 sequence number of the last row seen, $5 how many.
    static let list: PostgresStatement = """
        select message_id, seq, state, kind, channel, reason, told_in, attempts, created_at, updated_at,
            phone_number_id,
            subject, not_after, last_error
        from notifier.message
        where state = $1 and ($2::text is null or reason = $2 or split_part(reason, ':', 1) = $2)
            and ($3::text is null or phone_number_id = $3) and seq < $4
        order by seq desc limit $5
        """

    /// $1 state, $2 reason or its first word, $3 number, $4 how many. Oldest first.
    static let stopped: PostgresStatement = """
        select message_id, attempts from notifier.message
        where state = $1 and (reason = $2 or split_part(reason, ':', 1) = $2)
            and ($3::text is null or phone_number_id = $3)
        order by seq limit $4
        """
}
