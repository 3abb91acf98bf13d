// Stepping over one whole value, whatever is in it, checking every byte of it on the way: the loop that a
// webhook's bytes spend their time in. It uses no recursion and no memory, so a hostile body costs no more
// than its length.

extension JSONLexer {
    /// Where the value that begins at `start` (or behind white space there) ends. `depth` containers are open
    /// already.
    static func endOfValue(
        _ text: Span<UInt8>, _ start: Int, depth: Int, _ surrogates: LoneSurrogates
    ) throws(JSONFailure) -> Int {
        var at = start
        var kinds: UInt64 = 0  // the lowest bit is the innermost open container: 1 an object, 0 an array
        var open = 0
        var ignored = false
        while true {
            at = skipSpace(text, at)
            guard at < text.count else { throw JSONFailure(.unexpectedEnd, at: at) }
            var isComplete = true
            switch text[at] {
            case 0x22: at = try endOfString(text, at + 1, surrogates, escaped: &ignored) + 1
            case 0x2D, 0x30...0x39: at = try endOfNumber(text, at)
            case 0x7B, 0x5B:
                let isObject = text[at] == 0x7B
                guard depth + open < depthMax else { throw JSONFailure(.depthExceeded, at: at) }
                open += 1
                kinds = kinds << 1 | (isObject ? 1 : 0)
                at = skipSpace(text, at + 1)
                guard at < text.count else { throw JSONFailure(.unexpectedEnd, at: at) }
                isComplete = text[at] == (isObject ? 0x7D : 0x5D)
                if isComplete {
                    open -= 1
                    kinds >>= 1
                    at += 1
                } else if isObject {
                    at = try endOfName(text, at, surrogates)
                }
            default: at = try endOfLiteral(text, at)
            }
            if isComplete {
                at = try close(text, at, &kinds, &open, surrogates)
                if open == 0 { return at }
            }
        }
    }

    /// Behind a complete value: closes containers as long as they end here, and steps over the comma (and, in
    /// an object, the next name) before the next value.
    @inline(__always)
    private static func close(
        _ text: Span<UInt8>, _ start: Int, _ kinds: inout UInt64, _ open: inout Int,
        _ surrogates: LoneSurrogates
    ) throws(JSONFailure) -> Int {
        var at = start
        while open > 0 {
            at = skipSpace(text, at)
            guard at < text.count else { throw JSONFailure(.unexpectedEnd, at: at) }
            let isObject = kinds & 1 == 1
            if text[at] == 0x2C {
                guard isObject else { return at + 1 }
                at = skipSpace(text, at + 1)
                return try endOfName(text, at, surrogates)
            }
            guard text[at] == (isObject ? 0x7D : 0x5D) else { throw JSONFailure(.unexpectedByte, at: at) }
            kinds >>= 1
            open -= 1
            at += 1
        }
        return at
    }

    /// A member's name and the colon behind it.
    @inline(__always)
    private static func endOfName(
        _ text: Span<UInt8>, _ start: Int, _ surrogates: LoneSurrogates
    ) throws(JSONFailure) -> Int {
        guard start < text.count else { throw JSONFailure(.unexpectedEnd, at: start) }
        guard text[start] == 0x22 else { throw JSONFailure(.unexpectedByte, at: start) }
        var ignored = false
        let at = skipSpace(text, try endOfString(text, start + 1, surrogates, escaped: &ignored) + 1)
        guard at < text.count else { throw JSONFailure(.unexpectedEnd, at: at) }
        guard text[at] == 0x3A else { throw JSONFailure(.unexpectedByte, at: at) }
        return at + 1
    }
}
