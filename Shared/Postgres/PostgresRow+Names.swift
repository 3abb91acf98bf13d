// Reading a row by column name, and the getters that refuse NULL. All of it in terms of PostgresRow.swift:
// which types a getter takes is said there, once. A name costs a walk over the columns; loops over many rows
// use the index.
package import World

extension PostgresRow {
    /// The column of this name. Throws `.decode` when the query returns none.
    private func index(_ name: String) throws(PostgresError) -> Int {
        guard let column = result.column(named: name) else { throw .decode("no such column", column: name) }
        return column
    }

    private func present<Value>(_ value: Value?, _ column: Int) throws(PostgresError) -> Value {
        guard let value else { throw .decode("NULL", column: result.columnName(column)) }
        return value
    }

    package func isNull(_ name: String) throws(PostgresError) -> Bool { try isNull(index(name)) }

    package func text(_ column: Int) throws(PostgresError) -> String {
        try present(textOrNil(column), column)
    }
    package func text(_ name: String) throws(PostgresError) -> String { try text(index(name)) }
    package func textOrNil(_ name: String) throws(PostgresError) -> String? { try textOrNil(index(name)) }

    package func int8(_ column: Int) throws(PostgresError) -> Int64 { try present(int8OrNil(column), column) }
    package func int8(_ name: String) throws(PostgresError) -> Int64 { try int8(index(name)) }
    package func int8OrNil(_ name: String) throws(PostgresError) -> Int64? { try int8OrNil(index(name)) }

    package func int4(_ column: Int) throws(PostgresError) -> Int32 { try present(int4OrNil(column), column) }
    package func int4(_ name: String) throws(PostgresError) -> Int32 { try int4(index(name)) }
    package func int4OrNil(_ name: String) throws(PostgresError) -> Int32? { try int4OrNil(index(name)) }

    package func bool(_ column: Int) throws(PostgresError) -> Bool { try present(boolOrNil(column), column) }
    package func bool(_ name: String) throws(PostgresError) -> Bool { try bool(index(name)) }
    package func boolOrNil(_ name: String) throws(PostgresError) -> Bool? { try boolOrNil(index(name)) }

    package func double(_ column: Int) throws(PostgresError) -> Double {
        try present(doubleOrNil(column), column)
    }
    package func double(_ name: String) throws(PostgresError) -> Double { try double(index(name)) }
    package func doubleOrNil(_ name: String) throws(PostgresError) -> Double? { try doubleOrNil(index(name)) }

    package func timestamp(_ column: Int) throws(PostgresError) -> Timestamp {
        try present(timestampOrNil(column), column)
    }
    package func timestamp(_ name: String) throws(PostgresError) -> Timestamp { try timestamp(index(name)) }
    package func timestampOrNil(_ name: String) throws(PostgresError) -> Timestamp? {
        try timestampOrNil(index(name))
    }

    package func bytes(_ column: Int) throws(PostgresError) -> [UInt8] {
        try present(bytesOrNil(column), column)
    }
    package func bytes(_ name: String) throws(PostgresError) -> [UInt8] { try bytes(index(name)) }
    package func bytesOrNil(_ name: String) throws(PostgresError) -> [UInt8]? { try bytesOrNil(index(name)) }

    package func jsonb(_ column: Int) throws(PostgresError) -> [UInt8] {
        try present(jsonbOrNil(column), column)
    }
    package func jsonb(_ name: String) throws(PostgresError) -> [UInt8] { try jsonb(index(name)) }
    package func jsonbOrNil(_ name: String) throws(PostgresError) -> [UInt8]? { try jsonbOrNil(index(name)) }

    package func textArray(_ name: String) throws(PostgresError) -> [String?] { try textArray(index(name)) }

    package func bytesArray(_ name: String) throws(PostgresError) -> [[UInt8]?] {
        try bytesArray(index(name))
    }

    package func int8Array(_ name: String) throws(PostgresError) -> [Int64?] { try int8Array(index(name)) }

    package func timestampArray(_ name: String) throws(PostgresError) -> [Timestamp?] {
        try timestampArray(index(name))
    }

    package func boolArray(_ name: String) throws(PostgresError) -> [Bool] { try boolArray(index(name)) }
}
