// Rows about persons that a release before left without a moment at which the banks are asked again.
import Lifecycle
import Postgres
import TestSupport
import Testing
import WebhookIngress

@Suite(.serialized) struct `Persons of before whom no bank knew` {
    @Test func `are asked about once more, and nobody else is`() async throws {
        let cluster = try await TemporaryCluster.shared(), schema = WebhookIngressSchema.schema
        let before = schema.migrations.prefix { $0.name != "0010_asked_again" }
        let name = try await cluster.freshDatabase(migrating: [(schema.name, Array(before))])
        try await cluster.script(
            """
            insert into channel.identity_doubt (mark, raised_at, settled_at, owners, look_at) values
              ('37369000001', now() - interval '2 days', now() - interval '1 day', '{}', null),
              ('37369000002', now() - interval '2 days', now() - interval '1 day', '{bank/1}', null),
              ('37369000003', now() - interval '2 days', null, null, null),
              ('37369000004', now() - interval '2 days', now() - interval '1 day', '{}', now() + interval '1 day');
            """, in: name)
        try await cluster.withPool(name, role: "till_owner") { pool in
            _ = try await Migrations.apply(schema.migrations, service: schema.name, on: pool)
        }
        try await cluster.withPool(name) { pool in
            let due = try await pool.query("select mark from channel.identity_doubt where look_at <= now()")
            #expect(try due.map { try $0.text("mark") } == ["37369000001"])
        }
    }
}
