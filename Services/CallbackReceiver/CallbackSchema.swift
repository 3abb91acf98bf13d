// The schema `callback`, which this service owns and nobody else reads.
package import Lifecycle
package import Postgres

/// The migrations of `callback`, run by `tillctl migrate` as the owning role.
package enum CallbackReceiverSchema {
    package static let name = "callback"
    package static let migrations: [Migration] = [
        Migration(name: "0001_callback", bytes: PackageResources._001_callback_sql),
        Migration(name: "0002_retention", bytes: PackageResources._002_retention_sql),
        Migration(name: "0003_strangers", bytes: PackageResources._003_strangers_sql),
        Migration(name: "0004_lean_rows", bytes: PackageResources._004_lean_rows_sql),
    ]
    package static let schema = ServiceSchema(name: name, migrations: migrations)
}
