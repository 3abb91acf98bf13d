// Rows of parameters as columns: what a statement takes for one row, an `unnest` takes as an array for many. Pure.
import Postgres
import World

enum PostgresColumns {
    /// `rows` have the same kinds of values in the same places; there is one at least. Each value becomes an array with
    /// one element for each row, each array the arrays of all rows one behind the other. Behind them comes, for each of
    /// `groups` (places of arrays that have the same count in a row), the number of the row, from 1, that each element
    /// is of.
    static func of(_ rows: [[PostgresValue]], groups: [Range<Int>] = []) -> [PostgresValue] {
        rows[0].indices.map { place in column(rows.map { $0[place] }) }
            + groups.map { group in
                .int8Array(
                    rows.enumerated().flatMap { number, row in
                        repeatElement(Int64(number + 1), count: elements(row[group.lowerBound]))
                    })
            }
    }

    private static func elements(_ value: PostgresValue) -> Int {
        switch value {
        case .textArray(let values): values.count
        case .bytesArray(let values): values.count
        case .int8Array(let values): values.count
        case .timestampArray(let values): values.count
        case .boolArray(let values): values.count
        case .jsonbArray(let values): values.count
        case .text, .bytes, .int8, .int4, .bool, .timestamp, .jsonb:
            preconditionFailure("a group is of arrays")
        }
    }

    private static func column(_ values: [PostgresValue]) -> PostgresValue {
        switch values[0] {
        case .text, .textArray: .textArray(values.flatMap(texts))
        case .bytes, .bytesArray: .bytesArray(values.flatMap(bytes))
        case .int4, .int8, .int8Array: .int8Array(values.flatMap(numbers))
        case .timestamp, .timestampArray: .timestampArray(values.flatMap(moments))
        case .bool, .boolArray, .jsonb, .jsonbArray: preconditionFailure("no payment has such a column")
        }
    }

    private static func texts(_ value: PostgresValue) -> [String?] {
        switch value {
        case .text(let one): [one]
        case .textArray(let many): many
        default: preconditionFailure(mixed)
        }
    }

    private static func bytes(_ value: PostgresValue) -> [[UInt8]?] {
        switch value {
        case .bytes(let one): [one]
        case .bytesArray(let many): many
        default: preconditionFailure(mixed)
        }
    }

    private static func numbers(_ value: PostgresValue) -> [Int64?] {
        switch value {
        case .int8(let one): [one]
        case .int4(let one): [one.map(Int64.init)]
        case .int8Array(let many): many
        default: preconditionFailure(mixed)
        }
    }

    private static func moments(_ value: PostgresValue) -> [Timestamp?] {
        switch value {
        case .timestamp(let one): [one]
        case .timestampArray(let many): many
        default: preconditionFailure(mixed)
        }
    }

    private static let mixed = "rows of one statement have the same kinds of values"
}
