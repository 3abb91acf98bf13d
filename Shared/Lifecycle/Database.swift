// How a program gets at its database: the pool of a service from its environment, and `<program> migrate`,
// which applies the schema that the program was written against. Each service carries its own, so that it is
// deployed alone.
import Observe
package import Postgres
import Sealing

/// The tables of one service, in the order in which they came to be.
package struct ServiceSchema: Sendable {
    /// The schema's name, which is also the service's name in the table of migrations.
    package let name: String
    package let migrations: [Migration]

    package init(name: String, migrations: [Migration]) {
        self.name = name
        self.migrations = migrations
    }
}

/// What only `migrate` reads.
package enum MigrationKeys {
    package static let url = ConfigKey.required(
        "TILL_MIGRATE_DATABASE_URL", .text, "The database as the owning role, for `migrate` alone.")
    package static let password = ConfigKey.optional(
        "TILL_MIGRATE_PASSWORD_FILE", .secretFile, "The owning role's password.")
    package static let keys = [url, password]
}

extension Environment {
    /// How this program reaches its database, directly or through a pooler. Reads all of
    /// `CommonKeys.database`.
    package mutating func database(applicationName: String) -> PostgresConfiguration {
        let password = secret(CommonKeys.databasePassword)
        return PostgresConfiguration(
            url: text(CommonKeys.databaseURL), password: password?.revealText(),
            applicationName: applicationName,
            connectionsMax: integer(CommonKeys.databaseConnections, in: 1...64),
            preparesStatements: flag(CommonKeys.databasePrepare),
            listenURL: optionalText(CommonKeys.databaseListenURL))
    }
}

extension Setup {
    /// A pool for this service's role, and for LISTEN a connection beside it. Throws
    /// `ConfigurationProblems`; refuses a server that may lose what it has committed, unless TILL_ENV is
    /// `demo`. `plansOnce` as in `PostgresConfiguration`.
    package func database(plansOnce: Bool = false) async throws -> PostgresPool {
        var environment = environment
        var configuration = environment.database(applicationName: name)
        configuration.plansOnce = plansOnce
        let isDemo = environment.text(CommonKeys.environment) == "demo"
        try environment.finish()
        let pool = PostgresPool(configuration, loop: loop, world: world, log: log, metrics: metrics)
        try await requireDurability(pool, isDemo: isDemo)
        return pool
    }
}

extension Program {
    /// Applies the migrations that are missing and prints their names.
    static func migrate(_ schema: ServiceSchema, _ setup: Setup) async throws {
        var environment = setup.environment
        let url = environment.text(MigrationKeys.url)
        let password = environment.secret(MigrationKeys.password)
        try environment.finish()
        let pool = PostgresPool(
            PostgresConfiguration(
                url: url, password: password?.revealText(), applicationName: setup.name + "-migrate",
                connectionsMax: 1),
            loop: setup.loop, world: setup.world, log: setup.log, metrics: setup.metrics)
        let applied = try await Migrations.apply(schema.migrations, service: schema.name, on: pool)
        await pool.close()
        for name in applied { setup.log.info("migration.applied", ["name": .name(name)]) }
        setup.log.info("schema.current", ["schema": .name(schema.name), "applied": .int(applied.count)])
    }
}
