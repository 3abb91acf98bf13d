// Reads what the services append to their log files and keeps the newest lines for the page. Log lines hold
// no personal data by construction (Shared/Observe), so what is shown here needs no further filter but a
// bound.

import EventLoop
import FoundationEssentials
import Glibc
import JSONWire
import Synchronization
import World

/// One line of a service's log as the page shows it.
struct ActivityLine: Codable, Sendable, Equatable {
    var cursor: Int64 = 0
    /// Milliseconds since 1970.
    var at: Int64
    var level: String
    var service: String
    var requestId: String?
    /// What happened, with the few fields that tell it apart.
    var what: String
    var ms: Double?

    private static let wordsMax = 3
    private static let shown = [
        "method", "route", "status", "kind", "channel", "reason", "state", "lane", "outcome",
    ]

    /// Nil for a line that is not a log line of ours, or of no interest to a person.
    init?(parsing line: some Collection<UInt8>) {
        guard let json = try? JSONValue(parsing: Array(line), duplicates: .kept),
            let what = json["what"]?.filledText,
            let service = json["service"]?.filledText,
            let at = json["ts"]?.text.flatMap(Timestamp.init(rfc3339:))
        else { return nil }
        let level = json["level"]?.text ?? "info"
        let route = json["route"]?.text ?? ""
        guard level != "debug", !route.contains("/health/"), !route.contains("/metrics") else { return nil }
        self.at = at.microseconds / 1_000
        self.level = level == "warn" ? "warning" : level
        self.service = service
        requestId = json["requestId"]?.filledText
        var words = [what]
        for name in Self.shown {
            let word = json[name]?.textOrNumber
            if let word, !words.contains(word), words.count <= Self.wordsMax { words.append(word) }
        }
        self.what = String(words.joined(separator: "  ").prefix(160))
        ms = json["ms"]?.number.flatMap { Double($0.text) }
    }
}

/// Follows every `*.log` of one folder.
final class LogTail: Sendable {
    static let linesMax = 1_000
    static let interval: Duration = .milliseconds(300)
    /// One look takes at most this much of a file; a busier one is shown with gaps.
    static let readMax = 512 * 1024
    /// Of a file that was there before us, only the end is of interest.
    static let backlogMax = 32 * 1024
    /// After this long without a question nobody looks at the page, and reading every line of every service would be
    /// the dearest thing that the sandbox does.
    static let attention: Duration = .seconds(20)

    private struct State {
        var askedNs: Int64?
        var offsets: [String: Int] = [:]
        var lines = Ring<ActivityLine>(entriesMax: LogTail.linesMax)
    }
    private let folder: String?
    private let loop: EventLoop
    private let state = Mutex(State())

    init(folder: String?, loop: EventLoop) {
        self.folder = folder
        self.loop = loop
    }

    /// Lines after the cursor, oldest first, and the cursor to ask with next. The first question after a while wakes
    /// the reading, so its lines come with the next one.
    func after(_ cursor: Int64, limit: Int = 200) -> (cursor: Int64, lines: [ActivityLine]) {
        state.withLock { state in
            state.askedNs = loop.nowNs
            // A cursor from an earlier run of the sandbox starts anew.
            let from = cursor > state.lines.lastNumber ? 0 : cursor
            let found = state.lines.after(from, limit: limit).map { number, line in
                var line = line
                line.cursor = number
                return line
            }
            return (state.lines.lastNumber, found)
        }
    }

    func run() async throws {
        guard let folder else {
            while true { try await loop.sleep(for: .seconds(3600)) }
        }
        while true {
            guard isWatched else {
                try await loop.sleep(for: Self.interval)
                continue
            }
            let offsets = state.withLock { $0.offsets }
            let (moved, fresh) = try await BlockingThread.run { Self.look(folder, offsets) }
            state.withLock { state in
                state.offsets = moved
                for line in fresh { state.lines.append(line) }
            }
            try await loop.sleep(for: Self.interval)
        }
    }

    private var isWatched: Bool {
        state.withLock { $0.askedNs.map { loop.nowNs - $0 < Self.attention.nanoseconds } ?? false }
    }

    /// Reads on from the offsets; gives new offsets and the new lines of all files in the order of their
    /// times.
    private static func look(_ folder: String, _ offsets: [String: Int]) -> ([String: Int], [ActivityLine]) {
        var moved: [String: Int] = [:], fresh: [ActivityLine] = []
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.hasSuffix(".log") {
            let file = open(folder + "/" + name, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { continue }
            defer { close(file) }
            let size = Int(lseek(file, 0, SEEK_END))
            var from = offsets[name] ?? max(0, size - backlogMax)
            if from > size { from = 0 }  // the file was begun anew
            from = max(from, size - readMax)
            var bytes = [UInt8](repeating: 0, count: min(readMax, size - from))
            let count = bytes.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, off_t(from)) }
            let read = bytes.prefix(max(0, count))
            // A line still being written waits for its end.
            let end = read.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
            moved[name] = from + end
            fresh += read[..<end].split(separator: 0x0A).compactMap { ActivityLine(parsing: $0) }
        }
        // Equal times keep their order within a file.
        return (
            moved,
            fresh.enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(
                \.element)
        )
    }
}
