// The bytes that have arrived on a connection and are not used up yet, in one buffer that is reused for every
// message. Finding line ends is here as well, because that is where a bare CR or LF has to be refused. No
// fields, no bodies.

/// Received bytes with a read position. Offsets given to other types are relative to `start`, so that the
/// buffer may be moved together between two reads.
struct Inbox: Sendable {
    /// Room kept while a connection idles: a read between two messages, and what an allocation rounds it to. A
    /// buffer that grew beyond it for one body is given back, or a thousand senders that went silent would keep it.
    static let idleCapacityMax = 20 * 1024

    private(set) var bytes: [UInt8] = []
    private(set) var start = 0

    var count: Int { bytes.count - start }
    var isEmpty: Bool { bytes.count == start }
    var first: UInt8? { isEmpty ? nil : bytes[start] }

    mutating func receive(_ span: Span<UInt8>) {
        if start > 0 {
            bytes.removeSubrange(0..<start)
            start = 0
        }
        bytes.append(copying: span)
    }

    /// Marks the next `count` bytes as used.
    mutating func consume(_ count: Int) {
        start += count
        guard start == bytes.count else { return }
        bytes.removeAll(keepingCapacity: bytes.capacity <= Self.idleCapacityMax)
        start = 0
    }

    /// The next `count` bytes as an array of their own.
    func copy(_ range: Range<Int>) -> [UInt8] {
        Array(bytes[start + range.lowerBound..<start + range.upperBound])
    }

    /// The offset of the LF that ends the line starting at `lineStart`, looking from `scanned` on and moving
    /// it. Nil if the line is not complete within `bytesMax` from the inbox's start: what lies beyond a limit
    /// is not looked at, or the same bytes would be refused for another reason when they come in one read.
    /// A LF without CR and a CR without LF are refused as soon as they are seen (RFC 9112 section 2.2 lets a
    /// recipient take a bare LF as a line end; peers that disagree about it can be made to see different
    /// messages).
    func lineEnd(lineStart: Int, scanned: inout Int, bytesMax: Int) throws(HTTPRefusal) -> Int? {
        let span = bytes.span
        let end = min(span.count, start + bytesMax)
        var index = start + scanned
        while index < end {
            let octet = span[index]
            if octet > Octets.cr {
                index += 1
                continue
            }
            if octet == Octets.lf {
                guard index > start + lineStart, span[index - 1] == Octets.cr else {
                    throw HTTPRefusal(400, "a line ended by a bare LF")
                }
                scanned = index - start + 1
                return index - start
            }
            if octet == Octets.cr {
                guard index + 1 < end else { break }
                guard span[index + 1] == Octets.lf else { throw HTTPRefusal(400, "a bare CR inside a line") }
            }
            index += 1
        }
        scanned = index - start
        return nil
    }
}
