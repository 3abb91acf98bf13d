// The command `bench`: which measurement, on which stack, and what is left behind, which is nothing.
import FoundationEssentials
import Glibc
import Lifecycle

extension Commands {
    /// What is measured.
    package enum BenchKind: String, Sendable, CaseIterable {
        /// Parsing, HTTP and HMAC, payments, webhooks, memory: the table of the README.
        case all
        /// Payments through all six services: latencies, what one costs and whom, the rate that holds.
        case payments
        /// Webhooks alone.
        case webhooks
        /// The ingress with other numbers of connections and commits.
        case commits
        /// HTTP and HMAC without a database.
        case http
        /// The same beside nginx, node and Starlette, where they are installed.
        case peers
        case queue
        /// Thirty conversations at the router, one of them stuck.
        case conversations
        /// Millions of events and payments in the tables.
        case growth
        /// Two million requests in a loop, and 1,000 connections at each service.
        case memory
    }

    package struct BenchOptions: Sendable {
        package var kind = BenchKind.all
        package var isJSON = false
        package var isQuick = false
        /// Events of `growth`; a tenth of it are payments.
        package var rows = 10_000_000

        package init() {}
    }

    /// `bench`: prints the table, or the report as JSON.
    package static func bench(_ options: Options, _ bench: BenchOptions) async throws {
        // A thousand connections are more than a shell allows.
        DescriptorLimit.raise()
        let tools = try Tools()
        var report = BenchReport(machine: Machine.lines())
        switch bench.kind {
        case .http:
            if options.isFresh { try removeData(options.folder) }
            try FileManager.default.createDirectory(
                atPath: options.folder + "/logs", withIntermediateDirectories: true)
            try await PeersBench(options: options, bench: bench, tools: tools).run(&report)
        case .all, .payments, .webhooks, .commits, .peers, .queue, .conversations, .growth, .memory:
            try await onStack(options, bench, tools, &report)
        }
        if bench.isJSON {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            print(String(decoding: try encoder.encode(report), as: UTF8.self))
        } else {
            print(report.table)
        }
    }

    private static func onStack(
        _ options: Options, _ bench: BenchOptions, _ tools: Tools, _ report: inout BenchReport
    ) async throws {
        // Meta's limit of an upgraded number: the default 80 a second would be all that the last rows
        // measure. And one address is all that a load generator has.
        let stack = try await start(
            options, tools, portBase: try options.portBase ?? freeBase(),
            extra: [
                "notifier": ["TILL_NUMBER_RATE": "1000"], "sandbox": ["TILL_SANDBOX_NUMBER_RATE": "1000"],
                "ingress": ["TILL_CONNECTIONS_PER_ADDRESS": "100000"],
            ], isMeasured: true, say: note)
        do {
            if let commits = try await Machine.commitsPerSecond(options.folder, loop: tools.loop) {
                report.machine.append(
                    "\(Bench.fixed(commits, 0)) commits/s on this disk (pg_test_fsync, fdatasync)")
            }
            let whole = Bench(stack: stack, tools: tools, options: bench)
            switch bench.kind {
            case .queue:
                try await QueueBench(
                    cluster: stack.cluster, secrets: stack.secrets, tools: tools, isQuick: bench.isQuick
                ).run(&report)
                try await ConversationsBench(bench: whole).run(&report)
            case .conversations: try await ConversationsBench(bench: whole).run(&report)
            case .growth: try await GrowthBench(bench: whole).run(&report)
            case .memory: try await MemoryBench(bench: whole).run(&report)
            case .commits: try await CommitsBench(bench: whole).run(&report)
            case .http, .payments, .webhooks: try await whole.run(&report)
            case .all, .peers:
                try await PeersBench(
                    options: options, bench: bench, tools: tools, cluster: stack.cluster,
                    secrets: stack.secrets
                ).run(&report)
                try await whole.run(&report)
            }
        } catch {
            await stack.stop()
            throw error
        }
        await stack.stop()
        // Gigabytes of made-up rows are nobody's wish.
        if bench.kind == .growth { try removeData(options.folder) }
    }
}
