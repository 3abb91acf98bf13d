// What a process knows of itself: its environment, its memory, its CPU time, its standard error.
import FoundationEssentials
import Glibc

func processEnvironment() -> [String: String] { ProcessInfo.processInfo.environment }

/// One write per line, so that lines of several threads do not mix; a full pipe blocks nobody for long.
func writeToStandardError(_ line: [UInt8]) { _ = write(2, line, line.count) }

/// Resident memory from /proc/self/statm, 0 where that cannot be read.
package func residentBytes() -> Int {
    guard let text = try? String(contentsOf: URL(filePath: "/proc/self/statm"), encoding: .utf8) else {
        return 0
    }
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * Int(getpagesize())
}

func cpuSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let whole = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec
    return Double(whole) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
}
