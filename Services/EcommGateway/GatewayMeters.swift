// The gateway's counters. Labels are words of our own enums; nothing of a payment is in them.
package import Observe

package struct GatewayMeters: Sendable {
    /// Payments by the state they came to.
    let payments: Counter
    /// Attempts at a rail by how the call ended.
    let attempts: Counter
    /// Calls to rails.
    let railSeconds: Histogram
    /// News by source and what came of it; mismatches and contradictions want a person.
    let news: Counter
    /// Polls by how they ended.
    let polls: Counter
    /// Outcomes handed to the notifier.
    let told: Counter
    /// Fetches of banks' public keys.
    let keys: Counter
    /// Payments not opened because of a limit.
    let limited: Counter
    /// Events handed to banks' trails.
    let audited: Counter
    /// Rows forgotten, by table.
    let pruned: Counter
    /// Payments that wait in a state that another release of this program knows.
    let foreign: Gauge

    package init(_ metrics: Metrics) {
        payments = metrics.counter(
            "till_gateway_payments_total", help: "Payments by the state they came to.", labels: ["state"])
        attempts = metrics.counter(
            "till_gateway_attempts_total", help: "Attempts at a rail by how the call ended.",
            labels: ["outcome"])
        railSeconds = metrics.histogram(
            "till_gateway_rail_seconds", help: "Calls to rails.", labels: ["call"],
            buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30])
        news = metrics.counter(
            "till_gateway_news_total", help: "News from rails by what came of it.",
            labels: ["source", "outcome"])
        polls = metrics.counter(
            "till_gateway_polls_total", help: "Polls by how they ended.", labels: ["outcome"])
        told = metrics.counter(
            "till_gateway_told_total", help: "Outcomes handed to the notifier.", labels: ["kind", "outcome"])
        keys = metrics.counter(
            "till_gateway_key_fetches_total", help: "Fetches of banks' public keys.", labels: ["outcome"])
        limited = metrics.counter(
            "till_gateway_limited_total", help: "Payments not opened because of a limit.", labels: ["code"])
        audited = metrics.counter(
            "till_gateway_audited_total", help: "Events handed to banks' trails.", labels: ["outcome"])
        pruned = metrics.counter(
            "till_gateway_pruned_total", help: "Rows forgotten because nothing reads them.",
            labels: ["table"])
        foreign = metrics.gauge(
            "till_gateway_foreign_payments",
            help: "Payments under way in a state that this release does not know.")
    }
}

extension RailFailure {
    /// For metrics and the `last_error` column.
    var word: String {
        switch self {
        case .unauthorized: "unauthorized"
        case .refused: "refused"
        case .notDone: "not_done"
        case .answerLost: "answer_lost"
        case .notOffered: "not_offered"
        }
    }
}
