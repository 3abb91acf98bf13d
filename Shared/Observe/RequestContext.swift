// Which request a task works for. It travels as a task local inside a process, as X-Request-Id and W3C
// traceparent between processes, and as a column where work waits in a table, so that one seller's message
// keeps one id all the way.
package import World

/// The ids of the request that the current task works for.
package struct RequestContext: Sendable, Equatable {
    /// `req_…`, ours, or a caller's own of up to 80 letters, digits and `_ . : -`.
    package var requestID: String
    /// 32 lower-case hex digits, not all zero (W3C Trace Context, section 3.2.2.3).
    package var traceID: String { givenTrace ?? Self.hex(drawn.0) + Self.hex(drawn.1) }
    /// 16 lower-case hex digits: our own span, the parent of whatever we call.
    package var spanID: String { givenSpan ?? Self.hex(drawn.2) }

    private let givenTrace: String?
    private let givenSpan: String?
    /// Made text only when somebody writes it down or hands it on, which few requests out of many thousand need.
    private let drawn: (UInt64, UInt64, UInt64)

    @TaskLocal package static var current: RequestContext?

    package init(requestID: String, traceID: String, spanID: String) {
        self.requestID = requestID
        givenTrace = traceID
        givenSpan = spanID
        drawn = (0, 0, 0)
    }

    /// Takes over a caller's ids where they are well formed and makes new ones where they are not.
    package init(requestID: String?, traceparent: String?, world: World) {
        let given = requestID.flatMap { Self.isUsable($0) ? $0 : nil }
        self.requestID = given ?? world.id("req")
        // Both ids from one draw: randomness is the dearest part of a context, and every request makes one.
        let bytes = world.randomBytes(24)
        drawn = (Self.number(bytes[0..<8]), Self.number(bytes[8..<16]), Self.number(bytes[16..<24]))
        givenTrace = traceparent.flatMap(Self.traceID(of:))
        givenSpan = nil
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    package static func == (one: RequestContext, other: RequestContext) -> Bool {
        one.requestID == other.requestID && one.traceID == other.traceID && one.spanID == other.spanID
    }

    /// The header that tells the next service who is asking: `00-<trace>-<span>-01`.
    package var traceparent: String { "00-" + traceID + "-" + spanID + "-01" }

    /// 1 to 80 letters, digits and `_ . : -`.
    package static func isUsable(_ id: String) -> Bool {
        let bytes = id.utf8
        return (1...80).contains(bytes.count)
            && bytes.allSatisfy {
                switch $0 {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x5F, 0x2E, 0x3A, 0x2D: true
                default: false
                }
            }
    }

    private static func traceID(of traceparent: String) -> String? {
        let bytes = Array(traceparent.utf8)
        guard bytes.count == 55, bytes[2] == 0x2D, bytes[35] == 0x2D, bytes[52] == 0x2D,
            bytes[0...1].elementsEqual("00".utf8), bytes[3..<35].allSatisfy(isHex),
            bytes[36..<52].allSatisfy(isHex),
            bytes[3..<35].contains(where: { $0 != 0x30 })
        else { return nil }
        return String(decoding: bytes[3..<35], as: UTF8.self)
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }
}
