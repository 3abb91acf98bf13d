// One row, read by column index. Each getter checks the column's type against what it returns, so that a
// changed query fails loudly at the first row instead of misreading bytes. By name: PostgresRow+Names.swift.
import CPostgres
package import World

/// A row of a result. Getters throw `PostgresError(.decode)` that names the column, never its value: for a
/// column that is not there, another type, NULL where none is allowed, or text that is not UTF-8.
package struct PostgresRow: Sendable {
    let result: PostgresResult
    let row: Int

    /// `text`, `varchar`, `char(n)`, `name`, `json`, and the label of an enum.
    package func textOrNil(_ column: Int) throws(PostgresError) -> String? {
        try read(column, "text", { $0.isText }) { bytes in
            bytes.validText
        }
    }

    /// `bigint`, `integer`, `smallint`, and `numeric` without a fraction, as sum(bigint) is.
    package func int8OrNil(_ column: Int) throws(PostgresError) -> Int64? {
        let type = try type(column)
        return try read(column, "an integer", { [.int8, .int4, .int2, .numeric].contains($0) }) { bytes in
            type == .numeric ? wholeNumeric(bytes.copied) : bytes.signed
        }
    }

    /// `integer` and `smallint`.
    package func int4OrNil(_ column: Int) throws(PostgresError) -> Int32? {
        try read(column, "an integer of 32 bits", { [.int4, .int2].contains($0) }) { bytes in
            bytes.signed.map { Int32(truncatingIfNeeded: $0) }
        }
    }

    package func boolOrNil(_ column: Int) throws(PostgresError) -> Bool? {
        try read(column, "a boolean", { $0 == .bool }) { bytes in bytes.count == 1 ? bytes[0] != 0 : nil }
    }

    /// `double precision` and `real`: percentiles and averages, never money.
    package func doubleOrNil(_ column: Int) throws(PostgresError) -> Double? {
        let type = try type(column)
        return try read(column, "a float", { [.float8, .float4].contains($0) }) { bytes in
            guard let bits = bytes.signed else { return nil }
            return type == .float8
                ? Double(bitPattern: UInt64(bitPattern: bits))
                : Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
        }
    }

    /// `timestamptz`. Infinity is refused.
    package func timestampOrNil(_ column: Int) throws(PostgresError) -> Timestamp? {
        try read(column, "a finite timestamptz", { $0 == .timestamptz }) { bytes in
            bytes.signed.flatMap(PostgresEpoch.moment)
        }
    }

    /// `bytea`.
    package func bytesOrNil(_ column: Int) throws(PostgresError) -> [UInt8]? {
        try read(column, "bytea", { $0 == .bytea }) { bytes in bytes.copied }
    }

    /// `jsonb` and `json` as UTF-8 text.
    package func jsonbOrNil(_ column: Int) throws(PostgresError) -> [UInt8]? {
        let type = try type(column)
        return try read(column, "json", { [.jsonb, .json].contains($0) }) { bytes in
            if type == .json { return bytes.copied }
            return bytes.count > 0 && bytes[0] == 1 ? bytes.extracting(1...).copied : nil
        }
    }

    /// An array of any type that `textOrNil` takes.
    package func textArray(_ column: Int) throws(PostgresError) -> [String?] {
        try array(column, "an array of text", { $0.isText }) { String(validating: $0, as: UTF8.self) }
    }

    package func bytesArray(_ column: Int) throws(PostgresError) -> [[UInt8]?] {
        try array(column, "an array of bytea", { $0 == .bytea }) { Array($0) }
    }

    package func int8Array(_ column: Int) throws(PostgresError) -> [Int64?] {
        try array(column, "an array of integers", { [.int8, .int4, .int2].contains($0) }) { bytes in
            bytes.span.signed
        }
    }

    package func timestampArray(_ column: Int) throws(PostgresError) -> [Timestamp?] {
        try array(column, "an array of timestamptz", { $0 == .timestamptz }) { bytes in
            bytes.span.signed.flatMap(PostgresEpoch.moment)
        }
    }

    package func boolArray(_ column: Int) throws(PostgresError) -> [Bool] {
        let values = try array(column, "an array of booleans", { $0 == .bool }) { $0.first.map { $0 != 0 } }
        guard !values.contains(nil) else { throw decode("NULL", column) }
        return values.compactMap(\.self)
    }

    /// Whether the cell is SQL's NULL.
    package func isNull(_ column: Int) throws(PostgresError) -> Bool {
        _ = try type(column)
        return result.withCell(row, column) { _ in true } == nil
    }

    // MARK: reading a cell

    private func decode(_ what: String, _ column: Int) -> PostgresError {
        .decode(what, column: result.columnName(column))
    }

    private func type(_ column: Int) throws(PostgresError) -> PostgresType {
        guard column >= 0, column < result.columnCount else {
            throw .decode("no such column among \(result.columnCount)", column: String(column))
        }
        return result.type(column)
    }

    /// Nil for NULL; throws for another type and when `body` finds the bytes not to be `what`.
    private func read<Value>(
        _ column: Int, _ what: String, _ accepts: (PostgresType) -> Bool, _ body: (Span<UInt8>) -> Value?
    ) throws(PostgresError) -> Value? {
        let type = try type(column)
        guard accepts(type) else { throw decode("type \(type.rawValue) is not \(what)", column) }
        guard let value = result.withCell(row, column, body) else { return nil }
        guard let value else { throw decode("not \(what)", column) }
        return value
    }

    private func array<Element>(
        _ column: Int, _ what: String, _ accepts: (PostgresType) -> Bool,
        _ body: (ArraySlice<UInt8>) -> Element?
    ) throws(PostgresError) -> [Element?] {
        let bytes = try read(column, what, { _ in true }) { bytes in bytes.copied }
        guard let bytes else { throw decode("NULL", column) }
        var values: [Element?] = []
        do {
            for element in try BinaryArray.elements(bytes, accepts: accepts) {
                guard let element else {
                    values.append(nil)
                    continue
                }
                guard let value = body(element) else { throw decode("not \(what)", column) }
                values.append(value)
            }
        } catch let error as PostgresError { throw error } catch { throw decode("not \(what)", column) }
        return values
    }
}
