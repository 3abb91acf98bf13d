// One connection's life: read, parse, decide by the head, answer in order, until it closes. Pipelined
// answers leave in one write. All its state belongs to one task on one loop.
import Contracts
import EventLoop
import HTTPWire
import Observe
import Problem
import Transport
import World

struct HTTPConnection {
    /// Answers gather up to this size before they are written: what a peer costs that asks and does not read.
    private static let outBytesMax = 16 * 1024
    /// Outside of a body no more is read at once: a head, or what a peer costs that asks faster than it reads.
    private static let headBytesAtOnce = 16 * 1024
    /// After more requests than this out of one read, others have their turn.
    private static let requestsInTurnMax = 16

    let wiring: HTTPServer.Wiring
    let server: HTTPServer
    let place: OpenConnection
    private var stream: ByteStream { place.stream }

    /// Answers that are to leave, and how well their reader takes them.
    private struct Outbox {
        var bytes: [UInt8] = []
        var pace: ReaderPace
    }

    /// What the head decided, kept until the body is there.
    private enum Verdict {
        case serve(Route, [String: String])
        case refuse(Problem, allow: String?)
    }

    func run() async {
        defer { stream.close() }
        var parser = RequestParser(limits: wiring.settings.parser)
        var out = Outbox(
            pace: ReaderPace(
                patience: wiring.settings.writeTime,
                bytesPerSecondMin: wiring.settings.answerBytesPerSecondMin))
        do {
            try await stream.handshake(
                deadlineNs: wiring.world.monotonic() + wiring.settings.headTime.nanoseconds)
            try await serve(&parser, &out)
        } catch let refusal as HTTPRefusal {
            await answer(refusal, &out)
        } catch {
            // The peer went away, was too slow, or we are shutting down: there is nobody to tell.
            wiring.log.debug("connection.ended", ["server": .name(wiring.name)])
        }
    }

    private func serve(_ parser: inout RequestParser, _ out: inout Outbox) async throws {
        var verdict: Verdict?
        var keepAlive = true
        var served = 0
        var phase = Phase.idle
        var phaseBegan = wiring.world.monotonic()
        var servedBefore = 0
        while true {
            while let event = try parser.next() {
                switch event {
                case .head(let head):
                    server.mark(place, busy: true)
                    keepAlive = head.keepAlive
                    let decided = decide(head)
                    verdict = decided
                    switch decided {
                    case .serve(let route, _):
                        parser.bodyBytesMax = route.bodyBytesMax
                        if head.expectsContinue, (head.contentLength ?? 0) <= route.bodyBytesMax {
                            out.bytes += HTTPResponse.continueLine
                            try await flush(&out)
                        }
                    case .refuse(let problem, let allow):
                        // A short body is read and the connection kept; a long one is not worth waiting for.
                        parser.bodyBytesMax = Routes.bodyBytesMax
                        if head.expectsContinue || (head.contentLength ?? .max) > Routes.bodyBytesMax {
                            write(refusal(problem, allow), to: &out, keepAlive: false, head.request.method)
                            try await flush(&out)
                            return await linger()
                        }
                    }
                case .request(let request):
                    guard let decided = verdict.take() else { preconditionFailure("a body without a head") }
                    served += 1
                    keepAlive = keepAlive && served < wiring.settings.requestsPerConnectionMax
                    server.mark(place, worksFor: true)
                    let response = await respond(to: request, decided)
                    server.mark(place, worksFor: false)
                    keepAlive = keepAlive && !server.isDraining && isPeerGood
                    write(response, to: &out, keepAlive: keepAlive, request.method)
                    if !keepAlive {
                        try await flush(&out)
                        return await linger()
                    }
                    if out.bytes.count >= Self.outBytesMax { try await flush(&out) }
                }
            }
            if !out.bytes.isEmpty { try await flush(&out) }
            let next = Phase(of: parser)
            if next == .body { server.mark(place, unfinishedBytes: parser.bodyBytesHeld) }
            if next == .idle { server.mark(place, busy: false) }
            if served - servedBefore > Self.requestsInTurnMax { await Task.yield() }
            // Each message has its own time: the next one's head may have come with the last one's end.
            if next != phase || served != servedBefore {
                phase = next
                servedBefore = served
                phaseBegan = wiring.world.monotonic()
            }
            let deadline = phaseBegan + patience(in: phase, parser, served: served)
            let room = phase == .body ? Int.max : Self.headBytesAtOnce
            let isOpen = try await stream.read(
                deadlineNs: deadline, bytesMax: room, closesWhenCancelled: true
            ) { parser.receive($0) }
            guard isOpen else { return }
        }
    }

    private enum Phase {
        case idle, head, body

        init(of parser: RequestParser) {
            self = parser.isReadingBody ? .body : parser.isReadingHead ? .head : .idle
        }
    }

    /// How long a phase may last from its beginning, however the bytes trickle. A body earns time by the
    /// bytes that have come.
    private func patience(in phase: Phase, _ parser: RequestParser, served: Int) -> Int64 {
        let settings = wiring.settings
        switch phase {
        case .idle: return (served == 0 ? settings.headTime : settings.idle).nanoseconds
        case .head: return settings.headTime.nanoseconds
        case .body:
            let earned = Int64(parser.bodyBytesHeld) * 1_000_000_000 / Int64(settings.bodyBytesPerSecondMin)
            return settings.bodyTime.nanoseconds + earned
        }
    }

    /// A connection may last for a hundred thousand requests. Whose certificate has ended, or was checked against files
    /// that have changed, is answered once more and then has to show it anew.
    private var isPeerGood: Bool {
        wiring.tls == nil || stream.isPeerGood(at: wiring.world.now().seconds)
    }

    private func decide(_ head: RequestParser.Head) -> Verdict {
        switch wiring.routes.match(head.request.method, head.request.path) {
        case .none:
            return .refuse(
                Problem(.notFound, code: "NOT_FOUND", toUser: "There is nothing at this path."), allow: nil)
        case .wrongMethod(let allowed):
            let problem = Problem(
                .invalid, code: "METHOD_NOT_ALLOWED", toUser: "This path has other methods.")
            return .refuse(problem, allow: allowed.joined(separator: ", "))
        case .found(let route, var parameters):
            guard let allowed = route.callers else { return .serve(route, parameters) }
            guard
                let caller = wiring.callers?.caller(
                    authorization: head.request.headers.first("authorization"))
            else {
                return .refuse(
                    Problem(.unauthenticated, code: "UNAUTHENTICATED", toUser: "A service token is needed."),
                    allow: nil)
            }
            guard allowed.contains(caller) else {
                return .refuse(
                    Problem(.forbidden, code: "CALLER_NOT_ALLOWED", toUser: "This caller may not do that."),
                    allow: nil)
            }
            parameters[HTTPRequest.callerParameter] = caller
            return .serve(route, parameters)
        }
    }

    private func respond(to request: HTTPRequest, _ verdict: Verdict) async -> HTTPResponse {
        switch verdict {
        case .refuse(let problem, let allow): return refusal(problem, allow)
        case .serve(let route, let parameters):
            var request = request
            request.parameters = parameters
            let context = RequestContext(
                requestID: request.headers.first(ContractHeader.requestID),
                traceparent: request.headers.first(ContractHeader.traceparent), world: wiring.world)
            let handed = request
            return await RequestContext.$current.withValue(context) { await perform(route, handed) }
        }
    }

    private func perform(_ route: Route, _ request: HTTPRequest) async -> HTTPResponse {
        let start = wiring.world.monotonic()
        var response: HTTPResponse
        do { response = try await route.handler(request) } catch let problem as Problem {
            response = HTTPResponse(problem, requestID: RequestContext.current?.requestID)
            if problem.kind == .internal { wiring.log.error("request.failed", ["code": .name(problem.code)]) }
        } catch {
            wiring.log.error(
                "request.failed", ["route": .name(route.pattern), "error": .name("\(type(of: error))")])
            let problem = Problem(.internal, code: "INTERNAL", toUser: "Something went wrong on our side.")
            response = HTTPResponse(problem, requestID: RequestContext.current?.requestID)
        }
        let span = Duration.nanoseconds(wiring.world.monotonic() - start)
        wiring.meters.answered(route.pattern, response.status, span)
        if wiring.settings.logsRequests {
            wiring.log.line(
                .info, "request.answered",
                [
                    "method": .name(route.method), "route": .name(route.pattern),
                    "status": .int(response.status),
                    "ms": .ms(span),
                ], at: response.status >= 500 ? wiring.failureLines : wiring.lines)
        }
        return response
    }

    private func refusal(_ problem: Problem, _ allow: String?) -> HTTPResponse {
        var response = HTTPResponse(problem, requestID: nil)
        if let allow {
            response.status = 405
            response.headers.append("allow", allow)
        }
        wiring.meters.refused(response.status)
        return response
    }

    private func write(_ response: HTTPResponse, to out: inout Outbox, keepAlive: Bool, _ method: String) {
        let date = wiring.meters.dateText(unixSeconds: wiring.world.now().seconds)
        response.serialize(into: &out.bytes, keepAlive: keepAlive, date: date, headOnly: method == "HEAD")
    }

    private func flush(_ out: inout Outbox) async throws {
        let bytes = out.bytes
        // Its room is the writer's now; keeping as much again would double what a slow reader costs.
        out.bytes = []
        var sent = 0
        while sent < bytes.count {
            let end = min(bytes.count, sent + ReaderPace.pieceBytes)
            // Most answers are one piece, and are not copied.
            let piece = end - sent == bytes.count ? bytes : Array(bytes[sent..<end])
            let start = wiring.world.monotonic()
            try await stream.write(piece, deadlineNs: start + out.pace.allowanceNs)
            out.pace.took(piece.count, wiring.world.monotonic() - start)
            sent = end
        }
    }

    /// The parser refused: say so and close. The answer names the policy, never the bytes.
    private func answer(_ refusal: HTTPRefusal, _ out: inout Outbox) async {
        wiring.meters.refused(refusal.status)
        let envelope = ErrorEnvelope(
            Problem(.invalid, code: "BAD_REQUEST", toUser: refusal.reason.description), requestId: nil)
        var response = HTTPResponse.encoding(refusal.status, envelope)
        response.status = refusal.status
        write(response, to: &out, keepAlive: false, "GET")
        do { try await flush(&out) } catch { return }
        await linger()
    }

    /// Ends the connection so that the peer can still read the answer: half-close, then drop what it goes on
    /// sending.
    private func linger() async {
        stream.shutdownWriting()
        let deadline = wiring.world.monotonic() + wiring.settings.linger.nanoseconds
        do {
            while wiring.world.monotonic() < deadline {
                guard try await stream.read(deadlineNs: deadline, { _ in }) else { return }
            }
        } catch {
            wiring.log.debug("connection.ended", ["server": .name(wiring.name)])
        }
    }
}
