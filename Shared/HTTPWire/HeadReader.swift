// Reads the lines of a head as they arrive, for requests and answers alike: the start line is only located,
// the field lines are checked and their offsets kept. Each byte is looked at once for the line end and once
// for its meaning, however the input is cut. What the start line says is not decided here.

/// One head in progress. All offsets are relative to the inbox's start, which stays put until the head is
/// consumed.
struct HeadReader: Sendable {
    private var scanned = 0
    private var lineStart = 0
    private var emptyLines = 0
    private(set) var startLine: Range<Int>?
    private(set) var framing = Framing()
    /// Bytes of the complete head, its empty line included.
    private(set) var length = 0
    private var fields: [HTTPHeaders.Field] = []

    /// Whether nothing of a head has been seen yet.
    var isUntouched: Bool { scanned == 0 && startLine == nil }

    /// True once the head is complete; its bytes are still in the inbox then.
    mutating func read(
        _ inbox: inout Inbox, limits: HTTPLimits, emptyLinesMax: Int
    ) throws(HTTPRefusal) -> Bool {
        while let lineFeed = try inbox.lineEnd(
            lineStart: lineStart, scanned: &scanned,
            bytesMax: startLine == nil
                ? limits.startLineBytesMax + 2
                : min(limits.headBytesMax + 1, lineStart + limits.fieldBytesMax + 2))
        {
            let line = lineStart..<(lineFeed - 1)
            guard lineFeed < limits.headBytesMax else { throw HTTPRefusal(431, "a head beyond the limit") }
            if startLine == nil {
                guard !line.isEmpty else {
                    emptyLines += 1
                    guard emptyLines <= emptyLinesMax else {
                        throw HTTPRefusal(400, "empty lines before a message")
                    }
                    inbox.consume(2)
                    scanned = 0
                    continue
                }
                guard line.count <= limits.startLineBytesMax else {
                    throw HTTPRefusal(414, "a start line too long")
                }
                startLine = line
                fields.reserveCapacity(12)
            } else if line.isEmpty {
                length = lineFeed + 1
                return true
            } else {
                guard fields.count < limits.headerCountMax else { throw HTTPRefusal(431, "too many fields") }
                fields.append(try readField(inbox, line))
            }
            lineStart = lineFeed + 1
        }
        // One more than the limit, for the CR of a line whose LF is still to come.
        if startLine == nil, inbox.count > limits.startLineBytesMax + 1 {
            throw HTTPRefusal(414, "a start line too long")
        }
        // Whichever of the two limits a sender would meet first is the one it is told, also when all comes at
        // once.
        let fieldEnd = lineStart + limits.fieldBytesMax + 1
        if startLine != nil, fieldEnd < limits.headBytesMax, inbox.count > fieldEnd {
            throw HTTPRefusal(431, "a field beyond the limit")
        }
        if inbox.count > limits.headBytesMax { throw HTTPRefusal(431, "a head beyond the limit") }
        return false
    }

    /// Takes the complete head out of the inbox.
    mutating func takeHeaders(from inbox: inout Inbox) -> HTTPHeaders {
        let headers = HTTPHeaders(octets: inbox.copy(0..<length), fields: fields)
        inbox.consume(length)
        return headers
    }

    private mutating func readField(_ inbox: Inbox, _ line: Range<Int>) throws(HTTPRefusal)
        -> HTTPHeaders.Field
    {
        let (name, value) = try FieldLine.read(inbox, line)
        try framing.note(
            inbox.bytes.span, start: inbox.start, name: name, value: value,
            end: inbox.start + line.upperBound)
        return HTTPHeaders.Field(
            nameStart: UInt32(name.lowerBound - inbox.start), nameCount: UInt32(name.count),
            valueStart: UInt32(value.lowerBound - inbox.start), valueCount: UInt32(value.count))
    }
}

/// One field line (RFC 9112 section 5): a head's and a trailer's are the same.
enum FieldLine {
    /// The name and the value without surrounding blanks, as offsets into the inbox's bytes. Refuses folded
    /// lines, blanks before the colon, empty names and control octets in the value.
    static func read(_ inbox: Inbox, _ line: Range<Int>) throws(HTTPRefusal) -> (Range<Int>, Range<Int>) {
        let span = inbox.bytes.span
        let lower = inbox.start + line.lowerBound
        let upper = inbox.start + line.upperBound
        var colon = lower
        while colon < upper, Octets.isToken(span[colon]) { colon += 1 }
        guard colon < upper, span[colon] == Octets.colon, colon > lower else {
            throw HTTPRefusal(400, "a field line that does not start with a name and a colon")
        }
        var first = colon + 1
        var last = upper
        while first < last, span[first] == Octets.space || span[first] == Octets.tab { first += 1 }
        while last > first, span[last - 1] == Octets.space || span[last - 1] == Octets.tab { last -= 1 }
        var index = first
        while index < last {
            guard Octets.isFieldValue(span[index]) else {
                throw HTTPRefusal(400, "a control octet in a field value")
            }
            index += 1
        }
        return (lower..<colon, first..<last)
    }
}
