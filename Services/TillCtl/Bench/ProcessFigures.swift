// What the stack's processes cost: resident memory from /proc, start-up time from their own first log line.
import FoundationEssentials
import Glibc

struct ProcessFigures: Sendable, Encodable {
    var name: String
    var residentMiB: Double
    var startMs: Double

    /// One row for each program of the stack.
    static func read(_ stack: Stack) -> [ProcessFigures] {
        StackPlan.offsets.map(\.key).compactMap { key in
            guard let pid = stack.pid(key) else { return nil }
            return ProcessFigures(
                name: key, residentMiB: resident(pid), startMs: started(stack.plan.logs + "/\(key).log"))
        }
    }

    private static func resident(_ pid: pid_t) -> Double {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return Double(pages * Int(getpagesize())) / 1_048_576
    }

    private struct Line: Decodable {
        var what: String
        var ms: Double?
    }

    /// User and system CPU seconds of a process so far, from fields 14 and 15 of /proc/<pid>/stat.
    static func cpuSeconds(_ pid: pid_t) -> Double {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
        guard let end = text.lastIndex(of: ")") else { return 0 }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[11]), let system = Double(fields[12]) else {
            return 0
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func started(_ log: String) -> Double {
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n").filter { $0.contains("\"service.started\"") }
        let last = lines.last.flatMap { try? JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
        return last?.ms ?? .nan
    }
}
