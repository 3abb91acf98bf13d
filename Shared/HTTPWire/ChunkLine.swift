// The line in front of a chunk (RFC 9112 section 7.1): a size in hexadecimal and extensions, which are
// checked against their grammar and forgotten. Blanks are refused everywhere: the RFC lets a recipient
// tolerate them around extensions, and proxies that trim differently have been played against each other with
// them.

enum ChunkLine {
    /// The size, and how many bytes of extension followed it. `line` is relative to the inbox's start.
    static func read(_ inbox: Inbox, _ line: Range<Int>) throws(HTTPRefusal) -> (
        size: Int, extensionBytes: Int
    ) {
        let span = inbox.bytes.span
        let lower = inbox.start + line.lowerBound
        let upper = inbox.start + line.upperBound
        var size = 0
        var index = lower
        while index < upper, let digit = Octets.hexValue(span[index]) {
            guard size < 1 << 58 else { throw HTTPRefusal(400, "a chunk size beyond 62 bits") }
            size = size << 4 | digit
            index += 1
        }
        guard index > lower else { throw HTTPRefusal(400, "a chunk without a size") }
        let sizeEnd = index
        while index < upper {
            guard span[index] == 59 else {
                throw HTTPRefusal(400, "something other than digits in a chunk size")
            }
            index = try token(span, index + 1, upper)
            guard index < upper, span[index] == 61 else { continue }
            index =
                index + 1 < upper && span[index + 1] == 34
                ? try quoted(span, index + 2, upper) : try token(span, index + 1, upper)
        }
        return (size, upper - sizeEnd)
    }

    private static func token(_ span: Span<UInt8>, _ from: Int, _ end: Int) throws(HTTPRefusal) -> Int {
        var index = from
        while index < end, Octets.isToken(span[index]) { index += 1 }
        guard index > from else { throw HTTPRefusal(400, "an empty part in a chunk extension") }
        return index
    }

    /// The offset after the closing quote.
    private static func quoted(_ span: Span<UInt8>, _ from: Int, _ end: Int) throws(HTTPRefusal) -> Int {
        var index = from
        while index < end {
            guard Octets.isFieldValue(span[index]) else { break }
            if span[index] == 34 { return index + 1 }
            index += span[index] == 92 ? 2 : 1
        }
        throw HTTPRefusal(400, "an unfinished string in a chunk extension")
    }
}
