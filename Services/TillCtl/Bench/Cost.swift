// What work costs the machine: CPU by process, with PostgreSQL's backends told apart by whose they are. Read
// from /proc, before and after.
import FoundationEssentials
import Glibc

/// CPU seconds by name at one moment.
struct Cost: Sendable {
    private(set) var seconds: [String: Double] = [:]

    /// Of all programs of the stack, each role's backends, the rest of PostgreSQL, and this process.
    static func now(_ stack: Stack) -> Cost {
        var cost = Cost()
        for (key, pid) in stack.pids where key != "postgres" {
            cost.seconds[key] = ProcessFigures.cpuSeconds(pid_t(pid))
        }
        cost.seconds["load generator"] = ProcessFigures.cpuSeconds(getpid())
        if let root = stack.pids["postgres"] {
            // Backends that have ended are in the postmaster's sum of its children.
            cost.seconds["PostgreSQL itself"] = ProcessFigures.cpuSeconds(pid_t(root), withEnded: true)
            for (title, pid) in backends(of: pid_t(root)) {
                cost.seconds[title, default: 0] += ProcessFigures.cpuSeconds(pid)
            }
        }
        return cost
    }

    /// CPU seconds of a server and everything that it started, and of this process.
    static func ofServer(_ root: pid_t) -> Double {
        backends(of: root).map { ProcessFigures.cpuSeconds($0.1) }.reduce(0, +)
            + ProcessFigures.cpuSeconds(root, withEnded: true) + ProcessFigures.cpuSeconds(getpid())
    }

    /// What happened since, without what cost nothing.
    func since(_ before: Cost) -> [(name: String, seconds: Double)] {
        seconds.map { ($0.key, max(0, $0.value - (before.seconds[$0.key] ?? 0))) }
            .filter { $0.1 > 0 }.sorted { $0.1 > $1.1 }
    }

    /// `postgres: till_router till 127.0.0.1(4711) idle` is PostgreSQL for the router.
    private static func backends(of root: pid_t) -> [(String, pid_t)] {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.compactMap { pid_t($0) }.compactMap { pid in
            guard ProcessFigures.parent(pid) == root else { return nil }
            let line = (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)) ?? ""
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\0" })
            guard words.count > 1 else { return nil }
            let who = words[1].hasPrefix("till_") ? words[1].dropFirst(5) : "itself"
            return ("PostgreSQL " + (who == "itself" || who == "super" ? "itself" : "for " + who), pid)
        }
    }
}
