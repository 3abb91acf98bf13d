// What the ingress counts. No label holds anything that came from outside.
import Observe

struct IngressMetrics: Sendable {
    let kept: Counter
    let seenBefore: Counter
    let notOurs: Counter
    let parked: Counter
    let badSignatures: Counter
    let refusedBusy: Counter
    let refusedByStore: Counter
    let commits: Counter
    let commitFailures: Counter
    let commitSeconds: Histogram
    let waiting: Gauge

    init(_ metrics: Metrics) {
        kept = metrics.counter("till_ingress_events_kept_total", help: "Events stored for the first time.")
        seenBefore = metrics.counter(
            "till_ingress_events_repeated_total", help: "Events of redeliveries that were stored before.")
        notOurs = metrics.counter(
            "till_ingress_events_not_ours_total",
            help: "Well-signed events about numbers or accounts not configured, acknowledged and dropped.")
        parked = metrics.counter(
            "till_ingress_events_parked_total", help: "Messages too old to be acted upon, kept aside.")
        badSignatures = metrics.counter(
            "till_ingress_bad_signatures_total", help: "Deliveries refused with 401, by what was wrong.",
            labels: ["what"])
        refusedBusy = metrics.counter(
            "till_ingress_refused_busy_total", help: "Deliveries refused with 503: the queue was full.")
        refusedByStore = metrics.counter(
            "till_ingress_refused_by_store_total", help: "Deliveries that the database refuses for ever.")
        commits = metrics.counter(
            "till_ingress_commits_total", help: "Transactions; events per commit is the batch.")
        commitFailures = metrics.counter(
            "till_ingress_commit_failures_total", help: "Transactions that failed.")
        commitSeconds = metrics.histogram(
            "till_ingress_commit_seconds", help: "One group commit.",
            buckets: [0.0005, 0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5])
        waiting = metrics.gauge("till_ingress_waiting_events", help: "Events that wait for a commit.")
    }
}
