// Reads the plan of every statement of every service, over tables with rows and statistics, as a service's session
// plans it once for each session: generic, without sequential scans. What would take longer with each row
// of a table fails here, or stands below with the reason why it may.
import CallbackReceiver
import CapService
import CommandRouter
import EcommGateway
import FoundationEssentials
import Lifecycle
import Notifier
import Postgres
import TestSupport
import Testing
import WebhookIngress

@Suite(.serialized) struct `The statements of the services` {
    /// Tables with as many rows as an installation has accounts, numbers, templates, banks or, of what is billed,
    /// months: reading all of one is reading a page or two.
    static let small: Set<String> = [
        "template_account", "template", "number_pace", "merchant_secret", "merchant", "master_key", "cost",
    ]

    /// What may: the place's file, a part of the statement, and why.
    static let allowed: [(file: String, part: String, why: String)] = [
        ("PaymentQueries", "(created_at, payment_id) < ($11, $12)", "planned with its filters: see below"),
        ("PaymentQueries", "group by currency, tag", "planned with its filters: see below"),
        (
            "KeeperQueries", "from notifier.orphan_status o",
            "from orphans, of which there are few, to their messages"
        ),
    ]

    @Test func `cost the same however much is in the tables`() async throws {
        let cluster = try await TemporaryCluster.shared()
        let till = try await cluster.freshDatabase(migrating: [
            (WebhookIngressSchema.name, WebhookIngressSchema.migrations),
            (CommandRouterSchema.name, CommandRouterSchema.migrations),
            (EcommGatewaySchema.schema.name, EcommGatewaySchema.schema.migrations),
            (CallbackReceiverSchema.name, CallbackReceiverSchema.migrations),
            (NotifierSchema.name, NotifierSchema.migrations),
        ])
        let cap = try await cluster.freshDatabase(migrating: [
            (CapServiceSchema.name, CapServiceSchema.migrations)
        ])
        for database in [till, cap] {
            try await cluster.script(Self.fill, in: database)
        }
        var checked = 0, faults: [String] = []
        for service in StatementsInSource.services {
            guard let statements = StatementsInSource.of(service) else {
                print("skipped, no sources at hand")
                return
            }
            try await cluster.withPool(service == "CapService" ? cap : till) { pool in
                for statement in statements {
                    checked += 1
                    faults += try await Self.faults(of: statement, pool)
                }
            }
        }
        print("\(checked) statements planned")
        #expect(checked > 90, "fewer than there were: are they still found in the sources?")
        #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
    }

    /// All services have their statements planned once for each connection (`plansOnce`). A plan lives until a table is
    /// counted again, so it has to be right also when it was made over tables that nobody has counted yet, over tables
    /// just counted as empty, and over a handful of rows, where any index is as cheap as the right one.
    @Test(arguments: StatementsInSource.services, ["never counted", "empty", "a few rows"])
    func `are planned right from the first minute`(service: String, tables: String) async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase(
            migrating: service == "CapService"
                ? [(CapServiceSchema.name, CapServiceSchema.migrations)]
                : [
                    (WebhookIngressSchema.name, WebhookIngressSchema.migrations),
                    (CommandRouterSchema.name, CommandRouterSchema.migrations),
                    (EcommGatewaySchema.schema.name, EcommGatewaySchema.schema.migrations),
                    (CallbackReceiverSchema.name, CallbackReceiverSchema.migrations),
                    (NotifierSchema.name, NotifierSchema.migrations),
                ])
        switch tables {
        case "empty": try await cluster.script("analyze", in: database)
        case "a few rows":
            try await cluster.script(
                Self.fill.replacing("generate_series(1, 4000)", with: "generate_series(1, 5)"), in: database)
        default: break
        }
        guard let statements = StatementsInSource.of(service) else {
            return print("skipped, no sources at hand")
        }
        try await cluster.withPool(database) { pool in
            var faults: [String] = []
            for statement in statements { faults += try await Self.faults(of: statement, pool) }
            #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
        }
    }

    /// The filters that people use, planned with their values as the service has them planned.
    @Test(arguments: [
        (
            "one seller's page", "'bank_id1', null, null, '{}', 'pos_user_id1', null, null, null, null, null",
            false
        ),
        (
            "one merchant's page", "null, 'merchant_id1', null, '{}', null, null, null, null, null, null",
            false
        ),
        ("a page of all", "null, null, null, '{}', null, null, null, null, null, null", false),
        (
            "one seller's day",
            "'bank_id1', null, null, '{}', 'pos_user_id1', null, null, null, now(), now()", true
        ),
        (
            "one merchant's day", "null, 'merchant_id1', null, '{}', null, null, null, null, now(), now()",
            true
        ),
    ])
    func `find payments by an index`(filter: (name: String, values: String, isTotals: Bool)) async throws {
        let cluster = try await TemporaryCluster.shared()
        let database = try await cluster.freshDatabase(migrating: [
            (EcommGatewaySchema.schema.name, EcommGatewaySchema.schema.migrations)
        ])
        try await cluster.script(Self.fill, in: database)
        guard let statements = StatementsInSource.of("EcommGateway") else {
            return print("skipped, no sources at hand")
        }
        let part = filter.isTotals ? "group by currency, tag" : "(created_at, payment_id) < ($11, $12)"
        let statement = try #require(
            statements.first { $0.place.contains("PaymentQueries") && $0.sql.contains(part) })
        try await cluster.withPool(database) { pool in
            try await pool.transaction { session in
                try await session.query("set local plan_cache_mode = force_custom_plan")
                try await session.query("set local enable_seqscan = off")
                try await session.query(PostgresStatement(composed: "prepare listing as \(statement.sql)"))
                let values = filter.values + (filter.isTotals ? "" : ", null, null, 20")
                let rows = try await session.query(
                    PostgresStatement(composed: "explain (format json) execute listing(\(values))"))
                let json = try rows.one().jsonbOrNil(0) ?? []
                let plan = try JSONDecoder().decode([Plan].self, from: Data(json))
                let scans = plan[0].root.whole.filter { $0.relation == "payment" }
                #expect(scans.allSatisfy { $0.type != "Seq Scan" })
                // A page may also be found by walking the payments from the newest until it is full.
                #expect(scans.contains { $0.condition != nil } || plan[0].root.isLimited)
            }
        }
    }

    private static func faults(of statement: SourceStatement, _ pool: PostgresPool) async throws -> [String] {
        if allowed.contains(where: { statement.place.contains($0.file) && statement.sql.contains($0.part) }) {
            return []
        }
        let indexes = try await indexes(pool)
        do {
            let json = try await explained(statement.sql, pool)
            let plans = try JSONDecoder().decode([Plan].self, from: Data(json.utf8))
            return plans.flatMap { $0.faults(indexes, small: small) }.map {
                "\(statement.place) \($0)"
            }
        } catch let error as PostgresError {
            return [
                "\(statement.place) cannot be planned: \(error.operatorText) \(error.sqlState ?? "")"
            ]
        }
    }

    private static func indexes(_ pool: PostgresPool) async throws -> [String: [IndexFacts]] {
        let rows = try await pool.query(
            """
            select c.relname::text as name, t.relname::text as table, i.indpred is not null as is_partial,
              array(select pg_get_indexdef(i.indexrelid, k, true) from generate_series(1, i.indnkeyatts) k) as columns
            from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid
            """)
        var indexes: [String: [IndexFacts]] = [:]
        for row in rows {
            indexes[try row.text("name"), default: []].append(
                IndexFacts(
                    table: try row.text("table"), columns: try row.textArray("columns").compactMap(\.self),
                    isPartial: try row.bool("is_partial")))
        }
        return indexes
    }

    private static func explained(_ sql: String, _ pool: PostgresPool) async throws -> String {
        let count = parameters(of: sql)
        // The services say each parameter's type. Here the server says; where it cannot, these are tried in turn.
        let candidates = ["text", "timestamptz", "bigint", "integer"]
        var types = (1...max(count, 1)).prefix(count).map { number in
            sql.contains("$\(number) + interval") || sql.contains("$\(number) - interval")
                ? "timestamptz" : "unknown"
        }
        var guessed: Int?
        for attempt in 0...(count * candidates.count) {
            do {
                return try await pool.transaction { session in
                    try await session.query("set local plan_cache_mode = force_generic_plan")
                    try await session.query("set local enable_seqscan = off")
                    try await session.query("set local jit = off")
                    let list = types.isEmpty ? "" : "(" + types.joined(separator: ", ") + ")"
                    let name = "plan_\(UInt64.random(in: 0...UInt64.max))"
                    try await session.query(PostgresStatement(composed: "prepare \(name)\(list) as \(sql)"))
                    let values =
                        types.isEmpty ? "" : "(" + types.map { _ in "null" }.joined(separator: ", ") + ")"
                    let rows = try await session.query(
                        PostgresStatement(composed: "explain (format json) execute \(name)\(values)"))
                    return try String(decoding: rows.one().jsonbOrNil(0) ?? [], as: UTF8.self)
                }
            } catch let error as PostgresError
                where ["42P18", "42P08", "42883"].contains(error.sqlState)
                && attempt < count * candidates.count
            {
                // Not told which: the one that was guessed at last.
                let digits = error.operatorText.split(separator: "$").last?.prefix { $0.isNumber } ?? ""
                guard let number = error.sqlState == "42883" ? guessed : Int(digits),
                    (1...count).contains(number)
                else { throw error }
                let tried = candidates.firstIndex(of: types[number - 1]) ?? -1
                guard tried + 1 < candidates.count else { throw error }
                types[number - 1] = candidates[tried + 1]
                guessed = number
            }
        }
        return "[]"
    }

    private static func parameters(of sql: String) -> Int {
        sql.split(separator: "$").dropFirst().compactMap { Int($0.prefix { $0.isNumber }) }.max() ?? 0
    }

    /// Rows that mean nothing, in every table, enough that no plan is chosen because a table is small. What a
    /// column may hold is no matter to a plan, so the checks go.
    private static let fill = """
        do $do$
        declare
          it record;
          names text;
          made text;
        begin
          for it in select c.conname, c.conrelid::regclass as place from pg_constraint c
            join pg_namespace n on n.oid = c.connamespace
            where c.contype in ('c', 'f') and c.conparentid = 0 and c.coninhcount = 0
              and n.nspname in ('channel', 'router', 'gateway', 'callback', 'notifier', 'cap')
          loop
            execute format('alter table %s drop constraint %I', it.place, it.conname);
          end loop;
          set session_replication_role = replica;
          for it in select c.oid, c.oid::regclass as place from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p') and not c.relispartition
              and n.nspname in ('channel', 'router', 'gateway', 'callback', 'notifier', 'cap')
          loop
            select string_agg(quote_ident(a.attname), ', ' order by a.attnum),
              string_agg(case
                when t.typname = 'text' then quote_literal(a.attname) || ' || i'
                when t.typname in ('int8', 'int4', 'int2') then 'i'
                when t.typname = 'bool' then 'i % 2 = 0'
                when t.typname = 'timestamptz'
                  then 'now() + (i % 6 - 2) * interval ''1 day'' + i * interval ''1 second'''
                when t.typname = 'date' then 'current_date - i % 300'
                when t.typname = 'bytea' then 'int8send(i)'
                when t.typname = 'jsonb' then '''{}''::jsonb'
                when t.typname = 'uuid' then 'md5(i::text)::uuid'
                else 'null' end, ', ' order by a.attnum)
            into names, made
            from pg_attribute a join pg_type t on t.oid = a.atttypid
            where a.attrelid = it.oid and a.attnum > 0 and not a.attisdropped and a.attidentity = ''
              and a.attgenerated = '';
            execute format('insert into %s (%s) select %s from generate_series(1, 4000) as i',
              it.place, names, made);
          end loop;
        end
        $do$;
        analyze;
        """
}
