// What the figures were measured on: a figure without its machine says nothing.
import CLinux
import EventLoop
import FoundationEssentials
import Glibc

/// The machine's words for the head of a report.
enum Machine {
    /// CPU, cores, kernel, PostgreSQL, and who shares them.
    static func lines() -> [String] {
        var name = utsname()
        uname(&name)
        let kernel = withUnsafeBytes(of: &name.release) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        return [
            "\(cores) cores, \(model); \(memoryGiB) GiB; Linux \(kernel)",
            "\(postgres); PostgreSQL, fake bank and Meta, and the load generator on the same machine",
        ]
    }

    static var cores: Int { Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    private static var memoryGiB: Int {
        (Int(sysconf(Int32(_SC_PHYS_PAGES))) * Int(getpagesize())) >> 30
    }

    private static var model: String {
        let cpu = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let line = cpu.split(separator: "\n").first { $0.hasPrefix("model name") }
        let words = line.map { $0.split(separator: ":").dropFirst().joined(separator: ":") } ?? ""
        return words.isEmpty ? "unknown CPU" : String(words.drop { $0 == " " })
    }

    private static var postgres: String {
        guard let binaries = PostgresCluster.findBinaries() else { return "no PostgreSQL" }
        let parts = binaries.split(separator: "/")
        let folder = parts.dropLast().last.map(String.init) ?? ""
        let text = Run.output(binaries + "/postgres", ["--version"])
        return text.isEmpty
            ? "PostgreSQL \(folder)" : text.replacing("postgres (PostgreSQL)", with: "PostgreSQL")
    }

    /// Commits a second that the disk under `folder` takes, by PostgreSQL's own tool; nil where it is missing.
    static func commitsPerSecond(_ folder: String, loop: EventLoop) async throws -> Double? {
        guard let binaries = PostgresCluster.findBinaries(), access(binaries + "/pg_test_fsync", X_OK) == 0
        else { return nil }
        let text = try await BlockingThread.run {
            Run.output(binaries + "/pg_test_fsync", ["-s", "1", "-f", folder + "/fsync-test"])
        }
        // The first of the lines is of one 8 KiB write, as a commit is.
        let line = text.split(separator: "\n").first { $0.contains("fdatasync") && $0.contains("ops/sec") }
        return line?.split(separator: " ").compactMap { Double($0) }.first
    }
}

/// A program whose output is what matters. Blocks: on a thread that may.
enum Run {
    /// Standard output, empty when it cannot be run or fails.
    static func output(_ path: String, _ arguments: [String], environment: [String: String] = [:]) -> String {
        let file = "/tmp/till-run-\(getpid())-\(till_monotonic_ns())"
        defer { unlink(file) }
        var all = ["PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin", "LC_ALL": "C", "HOME": "/tmp"]
        all.merge(environment) { _, new in new }
        guard
            let child = try? Child.start(
                name: path, path: path, arguments: arguments, environment: all, log: file)
        else { return "" }
        while true {
            if let ending = child.reap() {
                guard ending == .exited(0) else { return "" }
                let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
                return text.split(separator: "\n").joined(separator: "\n")
            }
            usleep(5_000)
        }
    }
}
