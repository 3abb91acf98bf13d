// The notifier's tables as it was compiled against them. Applied by the migrator as the owner; the service
// itself can create nothing.
package import Lifecycle
package import Postgres

package enum NotifierSchema {
    /// The build turns the first digit of a file's name into an underscore.
    package static let migrations = [
        Migration(name: "0001_outbox", bytes: PackageResources._001_outbox_sql),
        Migration(name: "0002_bubbles", bytes: PackageResources._002_bubbles_sql),
        Migration(name: "0003_conversation_turns", bytes: PackageResources._003_conversation_turns_sql),
        Migration(name: "0004_templates", bytes: PackageResources._004_templates_sql),
        Migration(name: "0005_costs_and_evidence", bytes: PackageResources._005_costs_and_evidence_sql),
        Migration(name: "0006_identity", bytes: PackageResources._006_identity_sql),
        Migration(name: "0007_lean_rows", bytes: PackageResources._007_lean_rows_sql),
        Migration(name: "0008_ended_subjects", bytes: PackageResources._008_ended_subjects_sql),
    ]
    package static let name = "notifier"
    package static let schema = ServiceSchema(name: name, migrations: migrations)
}
