// A parameter of a statement: a Swift value with the PostgreSQL type it is sent as. Every case knows its oid,
// so the server never guesses a type, and all of them travel in binary format. Nothing here knows a
// connection.
package import World

/// One parameter. The arrays exist for `unnest`: hundreds of rows in one statement, each value appended once.
package enum PostgresValue: Sendable, Equatable {
    /// UTF-8 text. U+0000, which PostgreSQL cannot hold in text, is kept as U+FFFD: see `StorableText`.
    case text(String?)
    /// `bytea`.
    case bytes([UInt8]?)
    case int8(Int64?)
    case int4(Int32?)
    case bool(Bool?)
    /// `timestamptz`, exact to the microsecond.
    case timestamp(Timestamp?)
    /// `jsonb`, given as UTF-8 JSON; the server checks it. An escaped U+0000 is kept as U+FFFD, as in text.
    case jsonb([UInt8]?)
    case textArray([String?])
    case bytesArray([[UInt8]?])
    case int8Array([Int64?])
    case timestampArray([Timestamp?])
    case boolArray([Bool])
    /// As `jsonb`, each.
    case jsonbArray([[UInt8]?])

    /// The type it is sent as.
    var type: PostgresType {
        switch self {
        case .text: .text
        case .bytes: .bytea
        case .int8: .int8
        case .int4: .int4
        case .bool: .bool
        case .timestamp: .timestamptz
        case .jsonb: .jsonb
        case .textArray: .textArray
        case .bytesArray: .byteaArray
        case .int8Array: .int8Array
        case .timestampArray: .timestamptzArray
        case .boolArray: .boolArray
        case .jsonbArray: .jsonbArray
        }
    }

    /// Appends the binary form. False for NULL, for which nothing is appended.
    func append(to bytes: inout [UInt8]) -> Bool {
        switch self {
        case .text(let value?): StorableText.append(value, to: &bytes)
        case .bytes(let value?): bytes.append(contentsOf: value)
        case .int8(let value?): bytes.appendBigEndian(value)
        case .int4(let value?): bytes.appendBigEndian(value)
        case .bool(let value?): bytes.append(value ? 1 : 0)
        case .timestamp(let value?): bytes.appendBigEndian(PostgresEpoch.onTheWire(value))
        case .jsonb(let value?):
            Self.append(jsonb: value, to: &bytes)
        case .text(nil), .bytes(nil), .int8(nil), .int4(nil), .bool(nil), .timestamp(nil), .jsonb(nil):
            return false
        case .textArray(let values):
            BinaryArray.append(values, of: .text, to: &bytes) { StorableText.append($0, to: &$1) }
        case .bytesArray(let values):
            BinaryArray.append(values, of: .bytea, to: &bytes) { $1.append(contentsOf: $0) }
        case .int8Array(let values):
            BinaryArray.append(values, of: .int8, to: &bytes) { $1.appendBigEndian($0) }
        case .timestampArray(let values):
            BinaryArray.append(values, of: .timestamptz, to: &bytes) {
                $1.appendBigEndian(PostgresEpoch.onTheWire($0))
            }
        case .boolArray(let values):
            BinaryArray.append(values, of: .bool, to: &bytes) { $1.append($0 ? 1 : 0) }
        case .jsonbArray(let values):
            BinaryArray.append(values, of: .jsonb, to: &bytes) { Self.append(jsonb: $0, to: &$1) }
        }
        return true
    }

    private static func append(jsonb value: [UInt8], to bytes: inout [UInt8]) {
        bytes.append(1)  // the version of jsonb's binary form, jsonb_recv() knows no other
        StorableText.append(json: value, to: &bytes)
    }
}

/// PostgreSQL counts microseconds from 2000-01-01T00:00:00Z, we count them from 1970.
enum PostgresEpoch {
    /// 10,957 days between the two epochs.
    static let offsetMicroseconds: Int64 = 10_957 * 86_400 * 1_000_000

    /// Saturates to PostgreSQL's own -infinity at the far end of the past, which no event of ours reaches.
    static func onTheWire(_ moment: Timestamp) -> Int64 {
        let (value, overflow) = moment.microseconds.subtractingReportingOverflow(offsetMicroseconds)
        return overflow ? .min : value
    }

    /// Nil for infinity and -infinity, which are no moments.
    static func moment(_ wire: Int64) -> Timestamp? {
        if wire == .max || wire == .min { return nil }
        let (value, overflow) = wire.addingReportingOverflow(offsetMicroseconds)
        return overflow ? nil : Timestamp(microseconds: value)
    }
}

extension [UInt8] {
    /// Network byte order, as every binary form of PostgreSQL has it.
    mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        var shift = type(of: value).bitWidth - 8
        while shift >= 0 {
            append(UInt8(truncatingIfNeeded: value >> shift))
            shift -= 8
        }
    }

    /// Writes over four bytes that were reserved before their value was known.
    mutating func putBigEndian(_ value: Int32, at index: Int) {
        self[index] = UInt8(truncatingIfNeeded: value >> 24)
        self[index + 1] = UInt8(truncatingIfNeeded: value >> 16)
        self[index + 2] = UInt8(truncatingIfNeeded: value >> 8)
        self[index + 3] = UInt8(truncatingIfNeeded: value)
    }
}
