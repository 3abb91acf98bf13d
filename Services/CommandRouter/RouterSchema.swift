// The router's schema as this program was written against it. The SQL is in Migrations and compiled in.
package import Lifecycle
package import Postgres

package enum CommandRouterSchema {
    package static let name = "router"
    /// The build turns the first digit of a file's name into an underscore.
    package static let migrations = [
        Migration(name: "0001_router", bytes: PackageResources._001_router_sql),
        Migration(name: "0002_seen_language", bytes: PackageResources._002_seen_language_sql),
        Migration(name: "0003_whole_bot", bytes: PackageResources._003_whole_bot_sql),
        Migration(name: "0004_lean_rows", bytes: PackageResources._004_lean_rows_sql),
    ]
    package static let schema = ServiceSchema(name: name, migrations: migrations)
}
