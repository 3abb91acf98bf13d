// Where the server is and how we behave towards it. The URL is libpq's own (RFC 3986 form or keyword=value),
// read by libpq; what we add to it is here. A password may stand in the URL or come from a file: neither is
// ever printed.
import CPostgres

/// How one program reaches one database.
package struct PostgresConfiguration: Sendable, CustomStringConvertible {
    /// `postgresql://user@host:port/db?sslmode=verify-full`, or `postgresql:///db?host=/run/postgresql` for a
    /// socket.
    package var url: String
    /// Wins over a password inside the URL. A trailing newline, as files have it, is cut off.
    package var password: String?
    /// Shown in pg_stat_activity; the service's name.
    package var applicationName: String
    /// Connections are opened when needed, up to this many.
    package var connectionsMax: Int
    /// The server stops a statement after this; our own deadline lies `graceForAnswer` behind it.
    package var statementTimeout: Duration
    /// The server ends a session that leaves a transaction open for this long.
    package var idleInTransactionTimeout: Duration = .seconds(30)
    /// How long a caller waits for a connection before `.poolExhausted` or `.connectFailed`.
    package var acquireTimeout: Duration = .seconds(5)
    /// How long one attempt to connect may take.
    package var connectTimeout: Duration = .seconds(5)
    /// False behind PgBouncer in transaction mode: nothing is prepared by name, no session setting is sent.
    package var preparesStatements: Bool
    /// Each prepared statement is planned once per connection, for any values, instead of at every execution while
    /// the server believes that values help. For programs none of whose statements has a filter that may be absent.
    package var plansOnce = false
    /// A statement that is sent behind others on its connection has the time that it would have had alone: its own
    /// begins when those have ended. Otherwise our deadline covers what is ahead as well. For programs that send few
    /// at once, since whoever is last waits for everybody's time.
    package var timesEachAlone = false
    /// Where LISTEN connects, past a pooler. Nil: `url`, or no listening at all when `preparesStatements` is
    /// false.
    package var listenURL: String?

    /// More than this many callers waiting for a connection is an outage; the next one is refused at once.
    package static let waitersMax = 4_096
    /// How many statements may be in flight on one connection before callers wait.
    package static let pipelineDepthMax = 64
    /// For the network and for statements ahead in the pipeline.
    static let graceForAnswer: Duration = .seconds(5)

    package init(
        url: String, password: String? = nil, applicationName: String = "till", connectionsMax: Int = 4,
        statementTimeout: Duration = .seconds(10), preparesStatements: Bool = true, listenURL: String? = nil
    ) {
        self.url = url
        self.password = password
        self.applicationName = applicationName
        self.connectionsMax = max(1, connectionsMax)
        self.statementTimeout = statementTimeout
        self.preparesStatements = preparesStatements
        self.listenURL = listenURL
    }

    /// Never the URL: it may hold a password.
    package var description: String { "PostgresConfiguration(\(applicationName))" }

    /// The same server for LISTEN, on one connection of its own; nil when only a pooler is known.
    var forListening: PostgresConfiguration? {
        guard listenURL != nil || preparesStatements else { return nil }
        var direct = self
        direct.url = listenURL ?? url
        direct.preparesStatements = true
        direct.applicationName = applicationName + " listen"
        return direct
    }

    /// What libpq gets, as keyword and value. Throws `.configuration` when libpq cannot read the URL; its own
    /// message is withheld, since it may quote the password.
    func parameters() throws(PostgresError) -> [String: String] {
        var message: UnsafeMutablePointer<CChar>?
        guard let options = unsafe PQconninfoParse(url, &message) else {
            unsafe PQfreemem(message)
            throw PostgresError(.configuration, operatorText: "the database URL cannot be read")
        }
        defer { unsafe PQconninfoFree(options) }
        var given: [String: String] = [:]
        var next = unsafe options
        while let keyword = unsafe next.pointee.keyword {
            if let value = unsafe next.pointee.val {
                unsafe given[String(cString: keyword)] = String(cString: value)
            }
            unsafe next += 1
        }
        if let password {
            given["password"] = String(password.prefix { $0 != "\n" && $0 != "\r" && $0 != "\r\n" })
        }
        return given.merging(defaults) { theirs, _ in theirs }.merging(fixed) { _, ours in ours }
    }

    /// Taken where the URL says nothing. Keepalives find a dead peer within a minute; GSSAPI would cost a
    /// round trip.
    private var defaults: [String: String] {
        var defaults = [
            "gssencmode": "disable", "keepalives_idle": "30", "keepalives_interval": "10",
            "keepalives_count": "3",
            "tcp_user_timeout": "30000", "application_name": applicationName,
        ]
        // A pooler refuses settings it does not track, and would leak them to the next client.
        if preparesStatements {
            // A plan made while a table was empty reads it whole, and a prepared plan lives as long as its
            // connection: where an index serves, it is used from the first row on. Compiling plans never
            // pays for short statements.
            defaults["options"] =
                "-c statement_timeout=\(Self.milliseconds(statementTimeout)) -c TimeZone=UTC"
                + " -c enable_seqscan=off -c jit=off"
                + (plansOnce ? " -c plan_cache_mode=force_generic_plan" : "")
                + " -c idle_in_transaction_session_timeout=\(Self.milliseconds(idleInTransactionTimeout))"
        }
        return defaults
    }

    /// Whatever the URL says: our texts are UTF-8.
    private var fixed: [String: String] { ["client_encoding": "UTF8"] }

    private static func milliseconds(_ span: Duration) -> Int64 {
        let (seconds, attoseconds) = span.components
        return seconds * 1_000 + attoseconds / 1_000_000_000_000_000
    }
}
