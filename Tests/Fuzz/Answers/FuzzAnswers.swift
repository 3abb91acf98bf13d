// Fuzzes the client's side of HTTP. Promised: no trap, the same answers and the same refusal however the
// bytes are cut, every refusal a 502, bodies bounded.
import FuzzSupport
import HTTPWire

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAnswers(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = FuzzInput(start, count)
    let method = input.choice.isMultiple(of: 4) ? "HEAD" : "GET"
    promise(
        Reading([input.bytes], method) == Reading(input.pieces, method), "the cuts do not matter")
    return 0
}

/// What a client makes of the pieces of one connection, which closes after the last; it asks again after
/// every answer.
private struct Reading: Equatable {
    var answers: [HTTPResponse] = []
    var refusal: HTTPRefusal?

    init(_ pieces: [[UInt8]], _ method: String) {
        var limits = HTTPLimits(bodyBytesMax: 300)
        limits.startLineBytesMax = 128
        limits.headBytesMax = 512
        limits.headerCountMax = 8
        limits.chunkExtensionBytesMax = 24
        limits.trailerBytesMax = 48
        var parser = ResponseParser(method: method, limits: limits)
        do throws(HTTPRefusal) {
            for piece in pieces {
                parser.receive(piece.span)
                while let answer = try parser.next() {
                    note(answer.response, limits)
                    parser.begin(method: method)
                }
            }
            note(try parser.finish().response, limits)
        } catch {
            refusal = error
            promise(error.status == 502, "a client's refusal is a 502")
        }
    }

    private mutating func note(_ answer: HTTPResponse, _ limits: HTTPLimits) {
        promise((200...999).contains(answer.status), "no interim answer is final")
        promise(answer.body.count <= limits.bodyBytesMax, "bodies are bounded")
        answers.append(answer)
    }
}
