// What the pool tells of itself: how long statements took, how many failed and why, how many connections are
// open. Names of kinds and SQLSTATE codes only; no statement text, since a metric's series must stay few.
import Observe

struct PostgresInstruments: Sendable {
    let connections: Gauge
    private let seconds: Histogram
    private let failures: Counter
    private let log: Log?

    init(log: Log?, metrics: Metrics) {
        self.log = log
        connections = metrics.gauge("till_postgres_connections", help: "Open connections of the pool.")
        seconds = metrics.histogram(
            "till_postgres_statement_seconds",
            help: "From the call to the last row, waiting for a connection included.")
        failures = metrics.counter(
            "till_postgres_failures_total", help: "Statements and connects that failed, by kind or SQLSTATE.",
            labels: ["kind"])
    }

    func done(_ span: Duration) { seconds.observe(span) }

    func failed(_ error: any Error) {
        guard let error = error as? PostgresError else { return }
        let kind = Self.name(error)
        failures.add(1, [kind])
        // A refusal is the caller's to judge: a unique key that refuses is often the plan.
        if error.sqlState == nil { log?.warn("postgres.failed", ["kind": .name(kind)]) }
    }

    func lostConnection() { log?.warn("postgres.connectionLost") }
    func listening(_ channels: Int) { log?.debug("postgres.listening", ["channels": .int(channels)]) }

    private static func name(_ error: PostgresError) -> String {
        switch error.kind {
        case .server(let sqlState): sqlState
        case .connectionLost: "connectionLost"
        case .connectFailed: "connectFailed"
        case .poolExhausted: "poolExhausted"
        case .timedOut: "timedOut"
        case .decode: "decode"
        case .closed: "closed"
        case .configuration: "configuration"
        case .notDurable: "notDurable"
        case .migrationChanged: "migrationChanged"
        }
    }
}
