// The router's schema as this program was written against it. The SQL is in Migrations and compiled in.
package import Postgres

package enum CommandRouterSchema {
    package static let name = "router"
    package static let migrations = [Migration(name: "0001_router", bytes: PackageResources._0001_router_sql)]
}
