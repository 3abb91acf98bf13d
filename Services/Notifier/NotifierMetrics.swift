// The notifier's numbers. Labels are states, reasons and codes of ours; never a number, a name or a text.
import Contracts
import Observe

struct NotifierMetrics: Sendable {
    let accepted: Counter
    let attempts: Counter
    let statuses: Counter
    let held: Counter
    let parked: Counter
    let waiting: Gauge
    let oldest: Gauge
    let sendTime: Histogram
    let month: Gauge
    let billed: Gauge
    let seen: Counter

    init(_ metrics: Metrics) {
        accepted = metrics.counter(
            "till_notifier_messages_accepted_total", help: "Messages taken by POST /v1/messages.",
            labels: ["kind", "answer"])
        attempts = metrics.counter(
            "till_notifier_attempts_total", help: "Requests to Meta by what they led to.",
            labels: ["channel", "state"])
        statuses = metrics.counter(
            "till_notifier_statuses_total", help: "Status webhooks by what they did.",
            labels: ["status", "result"])
        held = metrics.counter("till_notifier_held_total", help: "Messages held back.", labels: ["reason"])
        parked = metrics.counter(
            "till_notifier_stopped_total", help: "Messages that a person has to look at.",
            labels: ["state", "reason"])
        waiting = metrics.gauge(
            "till_notifier_messages", help: "Messages that are not at their end.", labels: ["state"])
        oldest = metrics.gauge(
            "till_notifier_oldest_message_seconds", help: "Age of the oldest message in a state.",
            labels: ["state"])
        seen = metrics.counter(
            "till_notifier_seen_total", help: "Read marks by what became of them.", labels: ["result"])
        month = metrics.gauge(
            "till_notifier_month_messages", help: "Messages of this month by what they are billed as.",
            labels: ["number", "category", "type"])
        billed = metrics.gauge(
            "till_notifier_month_billed", help: "Messages of this month that are charged for.",
            labels: ["number"])
        sendTime = metrics.histogram("till_notifier_send_seconds", help: "One request to Meta.")
    }

    /// Counts what a settlement led to.
    func count(_ settled: Settled) {
        guard case .done(let state, let effects) = settled, effects.contains(.showOperator) || state.isHeld
        else {
            return
        }
        if state.isHeld { held.add(1, [state.reason?.label ?? ""]) }
        if effects.contains(.showOperator) {
            parked.add(1, [state.name.rawValue, state.reason?.label ?? ""])
        }
    }
}

extension MessageState {
    var isHeld: Bool { if case .held = self { true } else { false } }
}
