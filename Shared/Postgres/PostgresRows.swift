// A statement's result: rows that read their cells from the server's binary answer when they are asked, not
// before.
import CPostgres

/// The rows of one statement, in the server's order.
package struct PostgresRows: Sendable, RandomAccessCollection {
    let result: PostgresResult

    package var startIndex: Int { 0 }
    package var endIndex: Int { result.rowCount }

    package subscript(index: Int) -> PostgresRow {
        precondition(index >= 0 && index < result.rowCount, "no such row")
        return PostgresRow(result: result, row: index)
    }

    /// How many rows the command changed, or returned for a `select`.
    package var affected: Int { result.affected }

    /// The only row, nil when there is none. Throws `.decode` when there are several.
    package func atMostOne() throws(PostgresError) -> PostgresRow? {
        guard count <= 1 else {
            throw PostgresError(.decode, operatorText: "\(count) rows where one was expected")
        }
        return first
    }

    /// The only row. Throws `.decode` when there is none or several.
    package func one() throws(PostgresError) -> PostgresRow {
        guard let row = try atMostOne() else {
            throw PostgresError(.decode, operatorText: "no row where one was expected")
        }
        return row
    }
}
