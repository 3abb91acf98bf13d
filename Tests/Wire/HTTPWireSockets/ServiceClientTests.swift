// One service asking another over real sockets: the headers of every call, and each failure as a Problem
// whose code tells whether the call may be repeated.
import Contracts
import HTTPClient
import HTTPServer
import HTTPWire
import Observe
import Problem
import Sealing
import Testing

@Suite struct `A call between services` {
    private struct Question: Codable, Sendable { var text: String }
    private struct Answer: Codable, Sendable, Equatable { var headers: [String: String] }

    private static let token = String(repeating: "t", count: 40)

    private static func service(_ client: HTTPClient, _ url: HTTPURL, token: String = token) -> ServiceClient
    {
        ServiceClient(
            http: client, baseURL: url, token: Secret(text: token), caller: "router", peer: "gateway")
    }

    private static func url(_ port: UInt16) throws -> HTTPURL {
        try #require(HTTPURL("http://127.0.0.1:\(port)"))
    }

    private static func problem(_ call: () async throws -> Answer) async -> Problem? {
        do { _ = try await call() } catch let problem as Problem { return problem } catch {
            Issue.record(error)
        }
        return nil
    }

    @Test func `carries the token, the request's ids, the key and the body, and decodes the answer`()
        async throws
    {
        var routes = Routes()
        routes.on("POST", "/v1/ask", callers: ["router"]) { request in
            let question = try request.decode(Question.self)
            var headers = ["text": question.text]
            for name in ["idempotency-key", "x-request-id", "content-type", "user-agent"] {
                headers[name] = request.headers.first(name)
            }
            headers["trace"] = RequestContext.current?.traceID
            return .encoding(201, Answer(headers: headers))
        }
        routes.on("DELETE", "/v1/ask", callers: ["router"]) { _ in HTTPResponse(status: 204) }
        let callers = try CallerTokens(CallerTokens.line("router", Secret(text: Self.token)) ?? "")
        try await withServer(routes, callers: callers) { server in
            try await withClient { client in
                let service = Self.service(client, try Self.url(server.port))
                let trace = String(repeating: "a", count: 32)
                let context = RequestContext(
                    requestID: "req_7", traceID: trace, spanID: String(repeating: "b", count: 16))
                let answer = try await RequestContext.$current.withValue(context) {
                    try await service.call(
                        "POST", "/v1/ask", body: Question(text: "a/b"), idempotencyKey: "key-1",
                        as: Answer.self)
                }
                #expect(
                    answer.headers == [
                        "text": "a/b", "idempotency-key": "key-1", "x-request-id": "req_7",
                        "user-agent": "router",
                        "content-type": "application/json", "trace": trace,
                    ])
                _ = try await service.call("DELETE", "/v1/ask", as: ServiceClient.Nothing.self)
            }
        }
    }

    @Test func `hands on the peer's refusal with its code, kind and time to wait`() async throws {
        var routes = Routes()
        routes.on("GET", "/busy") { _ in
            throw Problem(
                .unavailable, code: "RAIL_UNAVAILABLE", toUser: "The bank is down.", retryAfterSeconds: 7)
        }
        // In a broker's own words: what callers reckon with is bounded, and a sign is no part of it.
        for (path, asked) in [("/ages", "9223372036854775807"), ("/signed", "+5"), ("/past", "-5")] {
            routes.on("GET", path) { _ in
                var answer = HTTPResponse(
                    Problem(.unavailable, code: "RAIL_UNAVAILABLE", toUser: "Later."), requestID: nil)
                answer.headers.append("retry-after", asked)
                return answer
            }
        }
        routes.on("GET", "/plain") { _ in .text(502, "bad") }
        routes.on("GET", "/odd") { _ in .text(200, "[]") }
        try await withServer(routes) { server in
            try await withClient { client in
                let service = Self.service(client, try Self.url(server.port))
                let busy = await Self.problem { try await service.call("GET", "/busy", as: Answer.self) }
                #expect(busy?.kind == .unavailable && busy?.code == "RAIL_UNAVAILABLE")
                #expect(busy?.retryAfterSeconds == 7 && busy?.toUser == "The bank is down.")
                for (path, kept) in [("/ages", 86_400), ("/signed", nil), ("/past", nil)] {
                    let later = await Self.problem { try await service.call("GET", path, as: Answer.self) }
                    #expect(later?.retryAfterSeconds == kept, "\(path)")
                }
                let missing = await Self.problem { try await service.call("GET", "/none", as: Answer.self) }
                #expect(missing?.kind == .notFound && missing?.code == "NOT_FOUND")
                for path in ["/plain", "/odd"] {
                    let unreadable = await Self.problem {
                        try await service.call("GET", path, as: Answer.self)
                    }
                    #expect(
                        unreadable?.kind == .badGateway && unreadable?.code == ServiceClient.Code.unreadable)
                }
            }
        }
    }

    @Test func `refuses a name that occurs twice, deep nesting and what is not UTF-8, on either side`()
        async throws
    {
        var routes = Routes()
        routes.on("POST", "/v1/ask") { .text(200, try $0.decode(Question.self).text) }
        routes.on("GET", "/twice") { _ in .json(200, Array(#"{"headers":{},"headers":{"a":"b"}}"#.utf8)) }
        try await withServer(routes) { server in
            try await withClient { client in
                let url = try Self.url(server.port)
                let deep = String(repeating: "[", count: 65) + String(repeating: "]", count: 65)
                for (body, word) in [
                    (Array(#"{"text":"a","text":"b"}"#.utf8), "twice"),
                    (Array(#"{"text":"a","\u0074ext":"b"}"#.utf8), "twice"),
                    (Array(#"{"text":"a","more":{"x":1,"x":2}}"#.utf8), "twice"),
                    (Array("{\"text\":\"a\",\"more\":\(deep)}".utf8), "not JSON"),
                    (Array(#"{"text":""#.utf8) + [0xFF] + Array(#""}"#.utf8), "not JSON"),
                    (Array(#"{"text":"a",}"#.utf8), "not JSON"),
                ] {
                    let request = ClientRequest(method: "POST", url: url, target: "/v1/ask", body: body)
                    let answer = try await client.send(request, timeout: patience)
                    let text = String(decoding: answer.body, as: UTF8.self)
                    #expect(answer.status == 400 && text.contains("INVALID_JSON"), "\(text)")
                    #expect(text.contains(word), "\(text)")
                }
                let service = Self.service(client, url)
                let odd = await Self.problem { try await service.call("GET", "/twice", as: Answer.self) }
                #expect(odd?.code == ServiceClient.Code.unreadable)
            }
        }
    }

    @Test func `tells not sent, lost and late apart`() async throws {
        try await withScript { peer, number in
            _ = try await peer.read(until: "\r\n\r\n")
            if number == 2 { _ = try await peer.readToEnd() }
        } _: { url in
            try await withClient { client in
                let service = Self.service(client, url)
                let lost = await Self.problem { try await service.call("GET", "/", as: Answer.self) }
                #expect(lost?.code == ServiceClient.Code.answerLost && lost?.kind == .unavailable)
                let late = await Self.problem {
                    try await service.call("GET", "/", timeout: .seconds(1), as: Answer.self)
                }
                #expect(late?.code == ServiceClient.Code.timedOut && late?.kind == .timedOut)
                let nobody = Self.service(client, try #require(HTTPURL("http://127.0.0.1:1")))
                let unsent = await Self.problem { try await nobody.call("GET", "/", as: Answer.self) }
                #expect(unsent?.code == ServiceClient.Code.unreachable && unsent?.isRetryable == true)
                #expect(unsent?.toOperator?.contains(Self.token) == false)
            }
        }
    }
}
