// The gateway's schema as this program was written against it. The SQL is in Migrations and compiled in.
package import Lifecycle
import Postgres

package enum EcommGatewaySchema {
    // The generated name loses the first digit: an identifier cannot begin with one.
    package static let schema = ServiceSchema(
        name: "gateway",
        migrations: [
            Migration(name: "0001_payments", bytes: PackageResources._001_payments_sql),
            Migration(name: "0002_truth", bytes: PackageResources._002_truth_sql),
            Migration(name: "0003_one_answer", bytes: PackageResources._003_one_answer_sql),
            Migration(name: "0004_trails_by_bank", bytes: PackageResources._004_trails_by_bank_sql),
            Migration(name: "0005_lean_rows", bytes: PackageResources._005_lean_rows_sql),
            Migration(name: "0006_one_order", bytes: PackageResources._006_one_order_sql),
            Migration(
                name: "0007_room_for_changes", bytes: PackageResources._007_room_for_changes_sql),
        ])
}
