// What can go wrong between us and PostgreSQL, as one value. It may be logged as it is: it carries kinds,
// SQLSTATE codes and names of constraints, never a value of a row or parameter.

/// A failure of a statement, a connection or the pool.
package struct PostgresError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// The server refused; the code is one of Appendix A of PostgreSQL's manual.
        case server(sqlState: String)
        /// The connection ended first. `sent` false: nothing reached the server; true: it may have been done.
        case connectionLost(sent: Bool)
        /// No connection could be made in time.
        case connectFailed
        /// All connections were busy until the deadline, or too many callers wait already.
        case poolExhausted
        /// Our deadline or the server's statement_timeout passed. The statement was cancelled, but may have
        /// been done.
        case timedOut
        /// A result does not have the column, type or value that the code expects: a bug on one of the two
        /// sides.
        case decode
        /// The pool was closed, or a transaction was used after its end.
        case closed
        /// The connection URL or a limit in it is not usable, or a statement takes more than fits.
        case configuration
        /// The server would lose commits in a power cut, and nobody said that this is a demo.
        case notDurable
        /// A migration that was applied here has another text in the program.
        case migrationChanged
    }

    package let kind: Kind
    /// The constraint that a 23xxx names, such as `payment_idempotency_key_key`.
    package let constraint: String?
    /// For an operator: the server's words where they cannot hold values, or the name of a column.
    package let operatorText: String

    package init(_ kind: Kind, constraint: String? = nil, operatorText: String = "") {
        self.kind = kind
        self.constraint = constraint
        self.operatorText = operatorText
    }

    /// The SQLSTATE of a server's refusal.
    package var sqlState: String? {
        if case .server(let sqlState) = kind { sqlState } else { nil }
    }

    /// 23505; `constraint` says which.
    package var isUniqueViolation: Bool { sqlState == "23505" }

    /// 23503; `constraint` says which.
    package var isForeignKeyViolation: Bool { sqlState == "23503" }

    /// True when the same work, begun again from its first read, may well succeed: lost races, restarts, full
    /// pools. After `connectionLost(sent: true)` or `timedOut` it may be done already; repeat only what is
    /// idempotent.
    package var isRetryable: Bool {
        switch kind {
        case .connectionLost, .connectFailed, .poolExhausted, .timedOut: true
        case .server(let sqlState): Self.isTransient(sqlState)
        case .decode, .closed, .configuration, .notDurable, .migrationChanged: false
        }
    }

    /// True when what failed may have been done all the same: only its answer is known to be missing. Whoever wrote
    /// rows that it alone would work on has to look for them, or they wait for the end of their leases.
    package var mayBeDone: Bool {
        switch kind {
        case .connectionLost(let sent): sent
        case .timedOut: true
        case .server, .connectFailed, .poolExhausted, .decode, .closed, .configuration, .notDurable,
            .migrationChanged:
            false
        }
    }

    /// Nothing was sent: no connection was to be had within the time for that.
    package var isOfNoConnection: Bool {
        switch kind {
        case .connectFailed, .poolExhausted: true
        case .server, .connectionLost, .timedOut, .decode, .closed, .configuration, .notDurable,
            .migrationChanged:
            false
        }
    }

    /// True for a server's refusal behind which everything is as it was. What speaks of the connection (class 08, which
    /// a pooler says of the server behind it) or of a server that stops (57P) may come after the commit.
    package var changedNothing: Bool {
        sqlState.map { !$0.hasPrefix("08") && !$0.hasPrefix("57P") } ?? false
    }

    /// Serialization failure, deadlock, lock not available, a server that stops, starts or is full.
    private static func isTransient(_ sqlState: String) -> Bool {
        switch sqlState {
        case "40001", "40P01", "55P03", "57014", "57P01", "57P02", "57P03": true
        default: sqlState.hasPrefix("08") || sqlState.hasPrefix("53")
        }
    }

    /// Kind, code and constraint; nothing that came from a row.
    package var description: String {
        let text: String =
            switch kind {
            case .server(let sqlState): "postgres refused: \(sqlState)"
            case .connectionLost(let sent):
                sent ? "postgres connection lost" : "postgres connection lost, nothing sent"
            case .connectFailed: "postgres cannot be reached"
            case .poolExhausted: "postgres pool exhausted"
            case .timedOut: "postgres timed out"
            case .decode: "postgres result not as expected"
            case .closed: "postgres pool closed"
            case .configuration: "postgres configuration not usable"
            case .notDurable: "postgres server is not durable"
            case .migrationChanged: "an applied migration was changed"
            }
        return constraint.map { text + " (" + $0 + ")" } ?? text
    }
}

extension PostgresError {
    static func decode(_ what: String, column: String) -> PostgresError {
        PostgresError(.decode, operatorText: "column \(column): \(what)")
    }

    /// The server's refusal. Messages of class 22 (data exceptions) quote values and are left out; 57014
    /// after a statement_timeout is a timeout like ours.
    static func refused(sqlState: String, message: String, constraint: String?) -> PostgresError {
        let words = sqlState.hasPrefix("22") ? "" : message
        return PostgresError(.server(sqlState: sqlState), constraint: constraint, operatorText: words)
    }
}
