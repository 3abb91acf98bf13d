// An SQL text that stands in the source. It can be made from a literal only by accident-free means: values
// never become part of it, they travel beside it as parameters.

/// A statement with `$1`, `$2` … for its parameters. Prepared once per connection where the configuration
/// allows it.
package struct PostgresStatement: Sendable, Hashable, ExpressibleByStringLiteral {
    package let sql: String
    /// Planned with its values at each execution, never prepared: for filters of which most are absent, where one
    /// plan for all of them would read the table. Costs the planning, so not for what runs often.
    package var isPlannedEachTime = false

    package init(stringLiteral sql: StaticString) { self.sql = sql.description }

    /// For texts put together from names that stand in the source, such as `listen` with a channel's name.
    package init(composed sql: String, isPlannedEachTime: Bool = false) {
        self.sql = sql
        self.isPlannedEachTime = isPlannedEachTime
    }
}

/// What a prepared statement is known by on a connection: the same text with other types is another
/// statement.
struct StatementKey: Hashable {
    let sql: String
    let types: [PostgresType]
}
