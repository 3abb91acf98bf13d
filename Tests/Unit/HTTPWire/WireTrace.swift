// Plays bytes through a parser and writes down what came out, as values that compare: what the tests of this
// folder assert on. Cutting the input at any place must never change a trace.
import HTTPWire

/// What one side made of a connection's bytes.
struct WireTrace: Equatable, CustomStringConvertible {
    struct Message: Equatable {
        var start: String
        var headers: HTTPHeaders
        var body: [UInt8]
        var keepAlive: Bool
    }

    var messages: [Message] = []
    var heads = 0
    var refusal: HTTPRefusal?
    /// An answer that the end of the connection completed, or that it cut short.
    var endedBy: String = ""

    var description: String {
        let lines = messages.map { "\($0.start) body=\($0.body.count)" } + (refusal.map { ["! \($0)"] } ?? [])
        return lines.joined(separator: " | ") + (heads > messages.count ? " +head" : "") + endedBy
    }

    /// What a server reads from these pieces.
    static func requests(_ pieces: [[UInt8]], limits: HTTPLimits = HTTPLimits()) -> WireTrace {
        var trace = WireTrace()
        var parser = RequestParser(limits: limits)
        var keepAlive = true
        do throws(HTTPRefusal) {
            for piece in pieces {
                parser.receive(piece.span)
                while let event = try parser.next() {
                    switch event {
                    case .head(let head):
                        trace.heads += 1
                        keepAlive = head.keepAlive
                    case .request(let request):
                        trace.messages.append(
                            Message(
                                start: "\(request.method) \(request.target)", headers: request.headers,
                                body: request.body, keepAlive: keepAlive))
                    }
                }
            }
        } catch { trace.refusal = error }
        return trace
    }

    /// What a client reads from these pieces. It asks again as long as the connection may be used; `closes`
    /// ends the connection after the last piece.
    static func answers(
        _ pieces: [[UInt8]], method: String = "GET", closes: Bool = false, limits: HTTPLimits = HTTPLimits()
    ) -> WireTrace {
        var trace = WireTrace()
        var parser = ResponseParser(method: method, limits: limits)
        func note(_ answer: ResponseParser.Answer) {
            trace.messages.append(
                Message(
                    start: "\(answer.response.status)", headers: answer.response.headers,
                    body: answer.response.body,
                    keepAlive: false))
        }
        do throws(HTTPRefusal) {
            for piece in pieces {
                parser.receive(piece.span)
                while let answer = try parser.next() {
                    note(answer)
                    parser.begin(method: method)
                }
            }
        } catch { trace.refusal = error }
        guard closes, trace.refusal == nil else { return trace }
        do throws(HTTPRefusal) {
            note(try parser.finish())
            trace.endedBy = " (at close)"
        } catch { trace.endedBy = " (cut short)" }
        return trace
    }
}

/// Every way to cut `input` that is worth its time: each single cut, byte by byte, and pairs of cuts (all of
/// them for a short input, a fixed sample for a long one).
func cuts(of input: [UInt8]) -> [[[UInt8]]] {
    var ways: [[[UInt8]]] = [input.map { [$0] }]
    guard input.count > 1 else { return ways }
    for cut in 1..<input.count { ways.append([Array(input[..<cut]), Array(input[cut...])]) }
    let step = input.count <= 64 ? 1 : input.count / 12
    for first in stride(from: 1, to: input.count, by: step) {
        for second in stride(from: first + 1, to: input.count, by: step) {
            ways.append([Array(input[..<first]), Array(input[first..<second]), Array(input[second...])])
        }
    }
    return ways
}
