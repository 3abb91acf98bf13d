// The router's metrics, by name and label. Labels are our own words; nothing of a person is ever one.
import Observe

struct RouterMeters: Sendable {
    /// By outcome: charged, charge_refused, errand, replied, suspended, ignored, number_unknown, postponed,
    /// parked, lease_lost.
    let messages: Counter
    /// From the ingress's receipt to the finished row.
    let seconds: Histogram
    /// Banks' answers to "who is this phone": active, blocked, unknown, silent.
    let brokerAnswers: Counter

    init(_ metrics: Metrics) {
        messages = metrics.counter(
            "till_router_messages_total", help: "Inbound messages by what came of them.", labels: ["outcome"])
        seconds = metrics.histogram(
            "till_router_message_seconds", help: "From the webhook's receipt to the finished answer.")
        brokerAnswers = metrics.counter(
            "till_router_broker_answers_total", help: "Answers of brokers to a phone.", labels: ["answer"])
    }
}
