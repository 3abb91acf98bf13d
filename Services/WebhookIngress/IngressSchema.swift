// The schema `channel`, which this service owns and migrates; other services are granted what they claim.
package import Lifecycle
package import Postgres

/// The migrations of `channel`, applied by `webhook-ingress migrate` as the owning role.
package enum WebhookIngressSchema {
    package static let name = "channel"
    package static let migrations: [Migration] = [
        Migration(name: "0001_channel", bytes: PackageResources._001_channel_sql),
        Migration(name: "0002_unclaimed_lanes", bytes: PackageResources._002_unclaimed_lanes_sql),
        Migration(name: "0003_identity_alarm", bytes: PackageResources._003_identity_alarm_sql),
        Migration(name: "0004_conversation_heads", bytes: PackageResources._004_conversation_heads_sql),
        Migration(name: "0005_cheaper_commits", bytes: PackageResources._005_cheaper_commits_sql),
        Migration(name: "0006_due_since", bytes: PackageResources._006_due_since_sql),
        Migration(name: "0007_identity_doubt", bytes: PackageResources._007_identity_doubt_sql),
        Migration(name: "0008_weeks", bytes: PackageResources._008_weeks_sql),
        Migration(name: "0009_doubted_key", bytes: PackageResources._009_doubted_key_sql),
        Migration(name: "0010_asked_again", bytes: PackageResources._010_asked_again_sql),
        Migration(
            name: "0011_heard_before_the_word", bytes: PackageResources._011_heard_before_the_word_sql),
        Migration(name: "0012_another_word", bytes: PackageResources._012_another_word_sql),
    ]
    package static let schema = ServiceSchema(name: name, migrations: migrations)
}
