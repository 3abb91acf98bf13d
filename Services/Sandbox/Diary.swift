// Chats and payments on disk, so that a restart of the sandbox forgets neither: one JSON object a line, the
// last word about a thing wins. Written in the background; a power cut may cost the last fifth of a second of
// a test.

import EventLoop
import FoundationEssentials
import Glibc
import JSONWire
import Observe
import Synchronization
import World

/// One remembered change.
struct DiaryLine: Codable, Sendable {
    struct Said: Codable, Sendable {
        var phone: String
        var bubble: Bubble
        /// Microseconds since 1970: the stamp that moved the window.
        var stamped: Int64?
    }
    var said: Said?
    var payment: BankPayment?
    var template: TemplateEntry?

    /// Of what thing this is a word.
    fileprivate var subject: String {
        if let said { return "b" + said.phone + " " + said.bubble.id }
        if let payment { return "p" + payment.bankId + " " + payment.paymentId }
        return "t" + (template.map { String($0.id) } ?? "")
    }

    /// The later word, which keeps what only the earlier one said.
    fileprivate func followed(by later: DiaryLine) -> DiaryLine {
        var both = later
        if both.said?.stamped == nil { both.said?.stamped = said?.stamped }
        return both
    }
}

/// Appends lines to `sandbox.jsonl` in the state folder; without a folder it keeps nothing.
final class Diary: Sendable {
    /// Things with unwritten words while the disk is slow; over it the newest are lost, not the process.
    static let unwrittenMax = 20_000
    /// A longer file is rewritten at start with only what is still remembered.
    static let fileBytesMax = 32 * 1024 * 1024
    static let interval: Duration = .milliseconds(200)

    private let path: String?
    private let log: Log
    private let fileMax: Int
    /// A thing says much in a fifth of a second, and only its last word counts.
    private struct Unwritten {
        var lines: [DiaryLine] = []
        var places: [String: Int] = [:]
    }
    private let unwritten = Mutex(Unwritten())
    private let isTorn = Mutex(false)
    /// How long the file was when it was read.
    private let readBytes = Mutex(0)

    init(folder: String?, log: Log, fileMax: Int = Diary.fileBytesMax) throws {
        self.fileMax = fileMax
        path = folder.map { $0 + "/sandbox.jsonl" }
        self.log = log
        if let folder {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
    }

    /// What earlier runs wrote, in order. A torn last line is left out.
    func read() throws -> [DiaryLine] {
        guard let path, FileManager.default.fileExists(atPath: path) else { return [] }
        let decoder = JSONDecoder()
        let bytes = Array(try Data(contentsOf: URL(filePath: path)))
        readBytes.withLock { $0 = bytes.count }
        // A torn last line must not swallow the next one.
        if let last = bytes.last, last != 0x0A { isTorn.withLock { $0 = true } }
        return bytes.split(separator: 0x0A).compactMap { line in
            try? decoder.decode(DiaryLine.self, from: Data(line))
        }
    }

    /// Replaces the file by these lines when it has grown too long. At start only, before anything is
    /// appended.
    func compact(_ lines: () -> [DiaryLine]) throws {
        guard let path, readBytes.withLock({ $0 }) > fileMax else { return }
        var bytes: [UInt8] = []
        for line in lines() { bytes += try Self.encoded(line) }
        let beside = path + ".new"
        try? FileManager.default.removeItem(atPath: beside)
        try Self.append(bytes, to: beside)
        guard rename(beside, path) == 0 else { throw SystemFailure.call("rename", code: errno) }
    }

    func keep(_ line: DiaryLine) {
        guard path != nil else { return }
        unwritten.withLock { unwritten in
            let subject = line.subject
            if let place = unwritten.places[subject] {
                unwritten.lines[place] = unwritten.lines[place].followed(by: line)
            } else if unwritten.lines.count < Self.unwrittenMax {
                unwritten.places[subject] = unwritten.lines.count
                unwritten.lines.append(line)
            }
        }
    }

    private static func encoded(_ line: DiaryLine) throws -> [UInt8] {
        try line.jsonBytes() + [0x0A]
    }

    /// Writes what has gathered, five times a second, and once more at the end.
    func run(on loop: EventLoop) async throws {
        while true {
            try await loop.sleep(for: Self.interval)
            await flush()
        }
    }

    func flush() async {
        guard let path else { return }
        let lines = unwritten.withLock { unwritten in
            defer { unwritten = Unwritten() }
            return unwritten.lines
        }
        guard !lines.isEmpty else { return }
        let torn: [UInt8] = isTorn.withLock { isTorn in
            defer { isTorn = false }
            return isTorn ? [0x0A] : []
        }
        do {
            try await BlockingThread.run {
                try Self.append(try lines.reduce(into: torn) { $0 += try Self.encoded($1) }, to: path)
            }
        } catch { log.error("state.unwritten") }
    }

    private static func append(_ bytes: [UInt8], to path: String) throws {
        let file = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SystemFailure.call("open", code: errno) }
        defer { close(file) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            guard written > 0 else { throw SystemFailure.call("write", code: errno) }
            rest = rest.dropFirst(written)
        }
    }
}
