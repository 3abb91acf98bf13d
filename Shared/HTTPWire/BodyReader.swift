// Gathers the body of one message into one array: by length, by chunks, or until the peer closes. The limit
// is asked before memory is, trailers are read, bounded and dropped. Nothing here looks at the head.

/// One body in progress.
struct BodyReader: Sendable {
    enum Mode: Sendable, Equatable {
        case fixed(remaining: Int)
        case chunkSize
        case chunkData(remaining: Int)
        case chunkEnd
        case trailers
        case untilClose
        case done
    }

    /// The most that is reserved on a promise: a Content-Length alone costs the sender nothing.
    static let reservedBytesMax = 256 * 1024

    private(set) var mode = Mode.done
    private var body: [UInt8] = []
    private var scanned = 0
    private var extensionBytes = 0
    private var trailerBytes = 0
    private var bytesMax = 0

    /// Starts a body. Refuses a length beyond `bytesMax` before anything is reserved.
    init(_ mode: Mode, bytesMax: Int) throws(HTTPRefusal) {
        self.mode = mode
        self.bytesMax = bytesMax
        guard case .fixed(let length) = mode else { return }
        guard length <= bytesMax else { throw Self.tooLong }
        body.reserveCapacity(min(length, Self.reservedBytesMax))
        if length == 0 { self.mode = .done }
    }

    /// The body of a message that has none.
    init() {}

    private static var tooLong: HTTPRefusal { HTTPRefusal(413, "a body beyond the limit") }

    /// What has come so far.
    var bytesHeld: Int { body.count }

    /// Hands the body over.
    mutating func take() -> [UInt8] {
        let whole = body
        body = []
        return whole
    }

    /// Takes as many bytes straight from the socket's buffer as belong to a body of known length, and says
    /// how many.
    mutating func receiveDirectly(_ span: Span<UInt8>) -> Int {
        guard case .fixed(let remaining) = mode else { return 0 }
        let taken = min(remaining, span.count)
        body.append(copying: span.extracting(first: taken))
        mode = taken == remaining ? .done : .fixed(remaining: remaining - taken)
        return taken
    }

    /// Moves what belongs to the body out of the inbox. True once the body is complete.
    mutating func read(_ inbox: inout Inbox, limits: HTTPLimits) throws(HTTPRefusal) -> Bool {
        while true {
            switch mode {
            case .done: return true
            case .fixed(let remaining):
                guard !inbox.isEmpty else { return false }
                let left = move(remaining, from: &inbox)
                mode = left == 0 ? .done : .fixed(remaining: left)
            case .untilClose:
                guard inbox.count <= bytesMax - body.count else { throw Self.tooLong }
                _ = move(inbox.count, from: &inbox)
                return false
            case .chunkSize:
                guard let line = try nextLine(inbox, bytesMax: limits.chunkExtensionBytesMax + 18) else {
                    return false
                }
                try beginChunk(inbox, line, limits)
                consumeLine(line, &inbox)
            case .chunkData(let remaining):
                guard !inbox.isEmpty else { return false }
                let left = move(remaining, from: &inbox)
                mode = left == 0 ? .chunkEnd : .chunkData(remaining: left)
            case .chunkEnd:
                guard let line = try nextLine(inbox, bytesMax: 2) else { return false }
                consumeLine(line, &inbox)
                mode = .chunkSize
            case .trailers:
                let left = limits.trailerBytesMax - trailerBytes
                guard let line = try nextLine(inbox, bytesMax: left + 2) else { return false }
                if line.isEmpty { mode = .done } else { try dropTrailer(inbox, line, limits) }
                consumeLine(line, &inbox)
            }
        }
    }

    /// The peer closed: complete if the body lasts until then.
    mutating func finish() -> Bool {
        if mode == .untilClose { mode = .done }
        return mode == .done
    }

    /// Moves at most `count` bytes into the body and returns how many are still missing.
    private mutating func move(_ count: Int, from inbox: inout Inbox) -> Int {
        let taken = min(count, inbox.count)
        body.append(contentsOf: inbox.bytes[inbox.start..<inbox.start + taken])
        inbox.consume(taken)
        return count - taken
    }

    private mutating func beginChunk(
        _ inbox: Inbox, _ line: Range<Int>, _ limits: HTTPLimits
    ) throws(HTTPRefusal) {
        let chunk = try ChunkLine.read(inbox, line)
        extensionBytes += chunk.extensionBytes
        guard extensionBytes <= limits.chunkExtensionBytesMax else {
            throw HTTPRefusal(400, "chunk extensions beyond the limit")
        }
        guard chunk.size <= bytesMax - body.count else { throw Self.tooLong }
        mode = chunk.size == 0 ? .trailers : .chunkData(remaining: chunk.size)
    }

    private mutating func dropTrailer(
        _ inbox: Inbox, _ line: Range<Int>, _ limits: HTTPLimits
    ) throws(HTTPRefusal) {
        let (name, _) = try FieldLine.read(inbox, line)
        try Framing.refuseInTrailer(inbox.bytes.span, name)
        trailerBytes += line.count + 2
        guard trailerBytes <= limits.trailerBytesMax else {
            throw HTTPRefusal(431, "trailers beyond the limit")
        }
    }

    /// The next line without its end; nil if it is not complete. Refuses one that is already too long.
    private mutating func nextLine(_ inbox: Inbox, bytesMax: Int) throws(HTTPRefusal) -> Range<Int>? {
        if mode == .chunkEnd, let first = inbox.first, first != Octets.cr {
            throw HTTPRefusal(400, "junk after the data of a chunk")
        }
        if let lineFeed = try inbox.lineEnd(lineStart: 0, scanned: &scanned, bytesMax: bytesMax + 1) {
            guard mode != .chunkSize || lineFeed < bytesMax else {
                throw HTTPRefusal(400, "a chunk line beyond the limit")
            }
            return 0..<lineFeed - 1
        }
        guard inbox.count <= bytesMax else {
            switch mode {
            case .trailers: throw HTTPRefusal(431, "trailers beyond the limit")
            default: throw HTTPRefusal(400, "a chunk line beyond the limit")
            }
        }
        return nil
    }

    private mutating func consumeLine(_ line: Range<Int>, _ inbox: inout Inbox) {
        inbox.consume(line.count + 2)
        scanned = 0
    }
}
