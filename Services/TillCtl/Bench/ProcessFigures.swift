// What the stack's processes cost: resident memory from /proc, start-up time from their own first log line.
import FoundationEssentials
import Glibc

struct ProcessFigures: Sendable, Encodable {
    var name: String
    var residentMiB: Double
    var startMs: Double
    /// The most it ever had, after all measurements.
    var peakMiB: Double?

    /// One row for each program of the stack.
    static func read(_ stack: Stack) -> [ProcessFigures] {
        StackPlan.offsets.map(\.key).compactMap { key in
            guard let pid = stack.pid(key) else { return nil }
            return ProcessFigures(
                name: key, residentMiB: resident(pid), startMs: started(stack.plan.logs + "/\(key).log"))
        }
    }

    static func resident(_ pid: pid_t) -> Double {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/statm", encoding: .utf8)) ?? ""
        let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        return Double(pages * Int(getpagesize())) / 1_048_576
    }

    private struct Line: Decodable {
        var what: String
        var ms: Double?
    }

    /// User and system CPU seconds of a process so far, from fields 14 and 15 of /proc/<pid>/stat; with those of
    /// its children that have ended, 16 and 17.
    static func cpuSeconds(_ pid: pid_t, withEnded: Bool = false) -> Double {
        let fields = stat(pid)
        guard fields.count > 14 else { return 0 }
        let ticks = fields[11...(withEnded ? 14 : 12)].compactMap { Double($0) }.reduce(0, +)
        return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    static func parent(_ pid: pid_t) -> pid_t? {
        let fields = stat(pid)
        return fields.count > 1 ? pid_t(fields[1]) : nil
    }

    /// The fields behind the program's name, which may hold anything.
    private static func stat(_ pid: pid_t) -> [Substring] {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
        guard let end = text.lastIndex(of: ")") else { return [] }
        return text[text.index(after: end)...].split(separator: " ")
    }

    /// The most memory that a process ever had, in MiB.
    static func peakMiB(_ pid: pid_t) -> Double {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(whereSeparator: { " \t".contains($0) }).compactMap { Double($0) }.first ?? 0)
            / 1_024
    }

    private static func started(_ log: String) -> Double {
        let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n").filter { $0.contains("\"service.started\"") }
        let last = lines.last.flatMap { try? JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
        return last?.ms ?? .nan
    }
}
