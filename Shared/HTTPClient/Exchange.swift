// One request and its answer on one connection. From the first written byte on, every failure means that the
// server may have acted. A server that refuses early (413, 401) may answer before it has read everything: its
// answer still counts.
import EventLoop
import HTTPWire
import Transport

struct Exchange {
    let stream: ByteStream
    let deadlineNs: Int64

    /// Writes and reads until the answer is complete. Throws `HTTPClientFailure`, `SystemFailure`,
    /// CancellationError. `isReusable` says whether the connection may carry another request.
    func run(
        _ request: [UInt8], method: String, limits: HTTPLimits
    ) async throws -> (response: HTTPResponse, isReusable: Bool) {
        var parser = ResponseParser(method: method, limits: limits)
        do { try await stream.write(request, deadlineNs: deadlineNs) } catch let failure as SystemFailure {
            guard case .call = failure else { throw failure }
            // The peer stopped reading. If it said why before it did, that is the answer.
            guard let answer = try? await read(&parser) else { throw failure }
            return (answer.response, false)
        }
        let answer = try await read(&parser)
        return (answer.response, answer.keepAlive)
    }

    private func read(_ parser: inout ResponseParser) async throws -> ResponseParser.Answer {
        while true {
            if let answer = try Self.judged({ () throws(HTTPRefusal) in try parser.next() }) { return answer }
            if try await receive(into: &parser) { continue }
            return try Self.judged { () throws(HTTPRefusal) in try parser.finish() }
        }
    }

    /// False at end of stream. A function of its own: the compiler (6.3.1) crashes on the closure inside a
    /// loop.
    private func receive(into parser: inout ResponseParser) async throws -> Bool {
        try await stream.read(deadlineNs: deadlineNs) { parser.receive($0) }
    }

    /// A refusal of the answer, as what it means to the caller.
    private static func judged<Value>(_ body: () throws(HTTPRefusal) -> Value) throws(HTTPClientFailure)
        -> Value
    {
        do { return try body() } catch {
            switch error {
            case .cutShort: throw .answerLost("the connection closed before the answer was complete")
            case .answerTooLong: throw .answerTooLarge
            default: throw .malformedAnswer(error.reason.description)
            }
        }
    }
}
