// What a worker tells of itself: jobs claimed, running, how long they took, and claims that failed.
import Observe

struct JobInstruments: Sendable {
    private let name: String
    private let claimedTotal: Counter
    private let failedTotal: Counter
    private let renewalsFailedTotal: Counter
    private let runningNow: Gauge
    private let seconds: Histogram

    init(name: String, metrics: Metrics) {
        self.name = name
        claimedTotal = metrics.counter("till_jobs_claimed_total", help: "Jobs claimed.", labels: ["worker"])
        failedTotal = metrics.counter(
            "till_jobs_claim_failures_total", help: "Claims that failed.", labels: ["worker"])
        renewalsFailedTotal = metrics.counter(
            "till_jobs_renewal_failures_total", help: "Renewals of leases that failed.", labels: ["worker"])
        runningNow = metrics.gauge("till_jobs_running", help: "Jobs begun and not ended.", labels: ["worker"])
        seconds = metrics.histogram(
            "till_job_seconds", help: "From a job's begin to its end.", labels: ["worker"])
    }

    func claimed(_ count: Int) { if count > 0 { claimedTotal.add(count, [name]) } }
    func claimFailed() { failedTotal.add(1, [name]) }
    func renewalFailed() { renewalsFailedTotal.add(1, [name]) }
    func running(_ count: Int) { runningNow.set(Double(count), [name]) }
    func finished(_ span: Duration) { seconds.observe(span, [name]) }
}
