// The schema `cap`, which lives in a database of its own that a bank can host.
package import Lifecycle
package import Postgres

/// The migrations of `cap`, run by `tillctl migrate` as the owning role.
package enum CapServiceSchema {
    package static let name = "cap"
    package static let migrations: [Migration] = [
        Migration(name: "0001_cap", bytes: PackageResources._001_cap_sql),
        Migration(name: "0002_trail", bytes: PackageResources._002_trail_sql),
        Migration(name: "0003_lean_trail", bytes: PackageResources._003_lean_trail_sql),
        Migration(name: "0004_confirmation", bytes: PackageResources._004_confirmation_sql),
    ]
    package static let schema = ServiceSchema(name: name, migrations: migrations)
}
