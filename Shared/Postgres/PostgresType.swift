// The object ids of the PostgreSQL types we send or read, from the server's pg_type.dat, where they never
// change. Only numbers and their relations live here; how a value is written or read is in PostgresValue and
// PostgresRow.

/// A type's object id (oid), fixed for PostgreSQL's built-in types since they were added.
package struct PostgresType: Sendable, Hashable, RawRepresentable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    static let bool = PostgresType(rawValue: 16)
    static let bytea = PostgresType(rawValue: 17)
    static let name = PostgresType(rawValue: 19)
    static let int8 = PostgresType(rawValue: 20)
    static let int2 = PostgresType(rawValue: 21)
    static let int4 = PostgresType(rawValue: 23)
    static let text = PostgresType(rawValue: 25)
    static let json = PostgresType(rawValue: 114)
    static let float4 = PostgresType(rawValue: 700)
    static let float8 = PostgresType(rawValue: 701)
    static let unknown = PostgresType(rawValue: 705)
    static let boolArray = PostgresType(rawValue: 1000)
    static let byteaArray = PostgresType(rawValue: 1001)
    static let int4Array = PostgresType(rawValue: 1007)
    static let textArray = PostgresType(rawValue: 1009)
    static let int8Array = PostgresType(rawValue: 1016)
    static let bpchar = PostgresType(rawValue: 1042)
    static let varchar = PostgresType(rawValue: 1043)
    static let timestamptz = PostgresType(rawValue: 1184)
    static let timestamptzArray = PostgresType(rawValue: 1185)
    static let numeric = PostgresType(rawValue: 1700)
    static let jsonb = PostgresType(rawValue: 3802)
    static let jsonbArray = PostgresType(rawValue: 3807)

    /// The lowest oid of a type made by a user. Enums are such types, and their binary form is the label's
    /// text.
    private static let firstOfUsers: UInt32 = 16_384

    /// True where the binary form is the text itself in the client's encoding, which we fix to UTF-8.
    var isText: Bool {
        switch self {
        case .text, .varchar, .bpchar, .name, .unknown, .json: true
        default: rawValue >= Self.firstOfUsers
        }
    }
}
