// An SQL text that stands in the source. It can be made from a literal only by accident-free means: values
// never become part of it, they travel beside it as parameters.

/// A statement with `$1`, `$2` … for its parameters. Prepared once per connection where the configuration
/// allows it.
package struct PostgresStatement: Sendable, Hashable, ExpressibleByStringLiteral {
    package let sql: String
    /// Planned with its values at each execution, never prepared: for filters of which most are absent, where one
    /// plan for all of them would read the table. Costs the planning, so not for what runs often.
    package var isPlannedEachTime = false

    let textHash: Int

    package init(stringLiteral sql: StaticString) { self.init(composed: sql.description) }

    /// For texts put together from names that stand in the source, such as `listen` with a channel's name.
    package init(composed sql: String, isPlannedEachTime: Bool = false) {
        self.sql = sql
        textHash = sql.hashValue
        self.isPlannedEachTime = isPlannedEachTime
    }
}

extension PostgresStatement {
    /// First in a transaction. $1, as the server writes times (`250ms`): how long each later statement of it waits for
    /// a row or table that somebody holds, before it is refused with 55P03.
    package static let lockPatience: PostgresStatement =
        "select set_config('lock_timeout', $1, true) as patience"
}

/// What a prepared statement is known by on a connection: the same text with other types is another
/// statement. Texts are long and looked up for each execution, so their hash is made once.
struct StatementKey: Hashable {
    let statement: PostgresStatement
    let types: [PostgresType]

    func hash(into hasher: inout Hasher) { hasher.combine(statement.textHash) }

    static func == (a: Self, b: Self) -> Bool {
        // Equal texts are mostly the same literal, which `String` sees without reading them.
        a.statement.textHash == b.statement.textHash && a.statement.sql == b.statement.sql
            && a.types == b.types
    }
}
