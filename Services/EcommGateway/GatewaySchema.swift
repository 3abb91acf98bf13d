// The gateway's schema as this program was written against it. The SQL is in Migrations and compiled in.
package import Postgres

package enum EcommGatewaySchema {
    package static let name = "gateway"
    // The generated name loses the first digit: an identifier cannot begin with one.
    package static let migrations: [Migration] = [
        Migration(name: "0001_payments", bytes: PackageResources._001_payments_sql)
    ]
}
