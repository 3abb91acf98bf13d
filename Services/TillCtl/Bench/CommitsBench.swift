// `bench commits`: the ingress with one and more connections and one and more commits on each, in one run, since
// which is best depends on the disk and the cores.
import EventLoop
import Glibc

struct CommitsBench {
    let bench: Bench

    func run(_ report: inout BenchReport) async throws {
        let stack = bench.stack
        for key in ["router", "notifier"] { try await stack.kill(key, signal: SIGTERM) }
        for round in 1...2 {
            for (connections, commits) in [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1)] {
                try await stack.kill("ingress", signal: SIGTERM)
                try stack.launch(
                    "ingress",
                    with: [
                        "TILL_INGRESS_CONNECTIONS": String(connections),
                        "TILL_INGRESS_COMMITS": String(commits),
                    ])
                try await stack.awaitReady("ingress")
                _ = try await WebhookBench.flood(bench, count: 5_000, aim: "")
                var (row, costs, _) = try await WebhookBench.flood(
                    bench, count: bench.isQuick ? 30_000 : 100_000, aim: "")
                row.what = "round \(round): \(connections) connections, \(commits) commits on each"
                report.rows.append(row)
                report.rows += costs.filter { $0.what.contains("ingress") || $0.what.contains("all") }
            }
        }
    }
}
