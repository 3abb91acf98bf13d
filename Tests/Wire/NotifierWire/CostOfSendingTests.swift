// What one payment costs on its way through the notifier: two messages and six statuses, in CPU time and commits. The
// bounds are generous, since CI's machine is slow and the build may be a debug one; the figures are printed.
import Contracts
import FoundationEssentials
import Money
import Postgres
import TestSupport
import Testing
import World

@Suite(.serialized) struct `The cost of sending` {
    /// A sanitizer's figures say nothing, but fewer of them may find something else.
    private static let messages = Sanitizer.isOn ? 240 : 1_200
    private static let conversations = 60

    /// Looks seldom: each look is a commit of the database whose commits are counted.
    private static func untilAll(_ state: String, _ notifier: RunningNotifier) async throws {
        try await until("all are \(state)", atMost: .seconds(120)) {
            try await Task.sleep(for: .milliseconds(500))
            return try await notifier.count("state = '\(state)'") == messages
        }
    }

    @Test func `is a few commits for many messages and a few statements for many statuses`() async throws {
        let cluster = try await TemporaryCluster.start()
        try await RunningNotifier.with(["TILL_NUMBER_RATE": "1000"], on: cluster) { notifier in
            let peers = (0..<Self.conversations).map { "37369\(100_000 + $0)" }
            for peer in peers { try await notifier.heard(peer) }
            try await Task.sleep(for: .seconds(2))
            let before = try await Spent(notifier, cluster)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for lane in 0..<8 {
                    group.addTask(executorPreference: TestLoop.shared) {
                        for number in stride(from: lane, to: Self.messages, by: 8) {
                            _ = try await notifier.say(
                                .text("Plătit \(number)"), to: peers[number % peers.count])
                        }
                    }
                }
                try await group.waitForAll()
            }
            try await Self.untilAll("accepted", notifier)
            try await Task.sleep(for: .seconds(2))
            let sent = try await Spent(notifier, cluster)
            try await notifier.statusesOfAll(["sent", "delivered", "read"])
            try await Self.untilAll("read", notifier)
            try await Task.sleep(for: .seconds(2))
            let read = try await Spent(notifier, cluster)
            let sending = sent.since(before, per: Self.messages)
            let statuses = read.since(sent, per: 3 * Self.messages)
            print("one message: \(sending.text)")
            print("one status:  \(statuses.text)")
            #expect(sending.commits < 4)
            #expect(statuses.commits < 0.2)
        }
        try await cluster.stop()
    }
}

/// CPU time and commits so far, of the notifier and of its server.
private struct Spent {
    var notifier = 0.0
    var postgres = 0.0
    var commits = 0.0

    /// In CPU microseconds.
    init(_ process: RunningNotifier, _ cluster: TemporaryCluster) async throws {
        for id in process.processIds { notifier += Self.microseconds(of: Int(id)) }
        let server = try readText(cluster.folder + "/data/postmaster.pid").split(separator: "\n")[0]
        for child in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
            guard let id = Int(child), let text = try? readText("/proc/\(id)/status"),
                text.contains("PPid:\t\(server)\n")
            else { continue }
            postgres += Self.microseconds(of: id)
        }
        let row = try await process.pool.query(
            "select xact_commit from pg_stat_database where datname = current_database()"
        ).one()
        commits = Double(try row.int8("xact_commit"))
    }

    private static func microseconds(of id: Int) -> Double {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/task")) ?? []
        return threads.reduce(0) { sum, thread in
            let text = (try? readText("/proc/\(id)/task/\(thread)/schedstat")) ?? ""
            return sum + (text.split(separator: " ").first.flatMap { Double($0) } ?? 0) / 1_000
        }
    }

    func since(_ earlier: Spent, per count: Int) -> Spent {
        var each = self
        each.notifier = (notifier - earlier.notifier) / Double(count)
        each.postgres = (postgres - earlier.postgres) / Double(count)
        each.commits = (commits - earlier.commits) / Double(count)
        return each
    }

    var text: String {
        "\(Int(notifier)) µs in the notifier, \(Int(postgres)) µs in PostgreSQL, "
            + "\(Double(Int(commits * 100)) / 100) commits"
    }
}
