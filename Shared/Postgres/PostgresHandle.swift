// The one place that calls libpq on a connection. A PGconn is one noncopyable value inside one actor, on one
// thread at a time; nothing comes between a call and reading its error. Nothing here waits: every call is of
// libpq's non-blocking kind, under the conditions its manual names.
import CPostgres
import Synchronization

/// What PQconnectPoll wants next.
enum ConnectStep { case wantsToRead, wantsToWrite, connected, failed }

// SAFETY: `raw` never leaves, every use passes it to libpq, which checks for NULL; noncopyable, so it is
// freed once.
@safe struct PostgresHandle: ~Copyable {
    /// Nil before the start and after the end; libpq's functions take NULL and fail softly.
    private var raw: OpaquePointer?

    /// A handle of no connection.
    init() { unsafe raw = nil }

    /// Begins to connect; `hostaddr` or a socket path must be among the parameters, so that no name is looked
    /// up.
    init(starting parameters: [String: String]) {
        // SAFETY: the C strings live until the end of the closure, PQconnectStartParams copies them.
        let keys = Array(parameters.keys), values = keys.map { parameters[$0] ?? "" }
        unsafe raw = withCStrings(keys) { keys in
            unsafe withCStrings(values) { values in unsafe PQconnectStartParams(keys, values, 0) }
        }
        // The default prints notices to stderr, values included.
        unsafe _ = PQsetNoticeReceiver(raw, { _, _ in }, nil)
    }

    deinit { unsafe PQfinish(raw) }

    /// Closes the connection now. Idempotent.
    mutating func finish() {
        unsafe PQfinish(raw)
        unsafe raw = nil
    }

    func connectStep() -> ConnectStep {
        switch unsafe PQconnectPoll(raw) {
        case PGRES_POLLING_READING: .wantsToRead
        case PGRES_POLLING_WRITING: .wantsToWrite
        case PGRES_POLLING_OK: .connected
        default: .failed
        }
    }

    var socket: Int32 { unsafe PQsocket(raw) }
    var isAlive: Bool { unsafe PQstatus(raw) == CONNECTION_OK }
    var serverProcess: Int32 { unsafe PQbackendPID(raw) }

    /// libpq's words for the last failure. They name hosts, users and databases, so they are for operators
    /// only.
    var lastMessage: String {
        guard let text = unsafe PQerrorMessage(raw) else { return "" }
        return unsafe String(cString: text).split(separator: "\n").first.map(String.init) ?? ""
    }

    /// After connecting: writes never block, many statements travel before the first answer.
    func startPipelining() -> Bool {
        unsafe PQsetnonblocking(raw, 1) == 0 && PQenterPipelineMode(raw) == 1
    }

    func stopPipelining() -> Bool { unsafe PQexitPipelineMode(raw) == 1 }

    func sendPrepare(_ name: String, _ sql: String, _ parameters: borrowing EncodedParameters) -> Bool {
        unsafe parameters.withPointers { count, types, _, _, _ in
            unsafe PQsendPrepare(raw, name, sql, count, types) == 1
        }
    }

    func sendPrepared(_ name: String, _ parameters: borrowing EncodedParameters) -> Bool {
        unsafe parameters.withPointers { count, _, values, lengths, formats in
            unsafe PQsendQueryPrepared(raw, name, count, values, lengths, formats, 1) == 1
        }
    }

    /// One statement without a name: parsed, bound, executed.
    func sendOnce(_ sql: String, _ parameters: borrowing EncodedParameters) -> Bool {
        unsafe parameters.withPointers { count, types, values, lengths, formats in
            unsafe PQsendQueryParams(raw, sql, count, types, values, lengths, formats, 1) == 1
        }
    }

    /// Ends a unit: the server commits (or rolls back) and forgets an error.
    func sendSync() -> Bool { unsafe PQpipelineSync(raw) == 1 }

    /// Several statements in one text, outside pipeline mode.
    func sendScript(_ sql: String) -> Bool { unsafe PQsendQuery(raw, sql) == 1 }

    /// 0: all is written; 1: wait until the socket takes more; -1: the connection is broken.
    func flush() -> Int32 { unsafe PQflush(raw) }

    /// Reads what has arrived. False when the connection is broken.
    func consumeInput() -> Bool { unsafe PQconsumeInput(raw) == 1 }

    /// True while PQgetResult would block.
    var isBusy: Bool { unsafe PQisBusy(raw) == 1 }

    /// The next result; nil ends the results of a command. Only when not busy.
    func nextResult() -> PostgresResult? {
        guard let result = unsafe PQgetResult(raw) else { return nil }
        return unsafe PostgresResult(owning: result)
    }

    /// The next notification that arrived: channel and payload.
    func nextNotification() -> (channel: String, payload: String)? {
        guard let notification = unsafe PQnotifies(raw) else { return nil }
        defer { unsafe PQfreemem(notification) }
        let channel = unsafe notification.pointee.relname.map { unsafe String(cString: $0) } ?? ""
        let payload = unsafe notification.pointee.extra.map { unsafe String(cString: $0) } ?? ""
        return (channel, payload)
    }

    /// What is needed to cancel from another thread, or nil when there is no connection.
    func canceller() -> PostgresCanceller? {
        guard let raw = unsafe PQgetCancel(raw) else { return nil }
        return unsafe PostgresCanceller(owning: raw)
    }
}

/// A PGcancel: connects anew and asks the server to cancel what the session executes at that moment.
// SAFETY: `raw` is set once and constant; PQcancel is documented as safe from any thread and reads it only.
@safe final class PostgresCanceller: @unchecked Sendable {
    private let raw: OpaquePointer

    init(owning raw: OpaquePointer) { unsafe self.raw = raw }
    deinit { unsafe PQfreeCancel(raw) }

    /// A stuck server keeps a cancel for as long as it likes. More than these at once would take the threads on
    /// which names are looked up; a session that nobody cancels ends after its grace all the same.
    private static let atOnceMax = 2
    private static let atOnce = Atomic<Int>(0)

    /// `cancel`, unless too many wait for their servers already; false then.
    func cancelIfFew() -> Bool {
        defer { Self.atOnce.subtract(1, ordering: .relaxed) }
        guard Self.atOnce.add(1, ordering: .relaxed).newValue <= Self.atOnceMax else { return false }
        return cancel()
    }

    /// Blocks for a connect and a round trip: on a BlockingThread only. False when the request could not be
    /// delivered.
    private func cancel() -> Bool {
        var message = [CChar](repeating: 0, count: 256)
        return unsafe PQcancel(raw, &message, Int32(message.count)) == 1
    }
}

/// Runs `body` over a NULL-terminated array of C strings that live as long as it runs.
private func withCStrings<Value>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value
) -> Value {
    var bytes: [CChar] = []  // holds a zero byte per string at least, or one for none at all
    var offsets: [Int] = []
    for string in strings {
        offsets.append(bytes.count)
        bytes.append(contentsOf: string.utf8.map { CChar(bitPattern: $0) })
        bytes.append(0)
    }
    if bytes.isEmpty { bytes.append(0) }
    return unsafe bytes.withUnsafeBufferPointer { buffer in
        var pointers: [UnsafePointer<CChar>?] = unsafe offsets.map { unsafe buffer.baseAddress! + $0 }
        unsafe pointers.append(nil)
        return unsafe pointers.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
    }
}
