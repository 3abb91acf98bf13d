// How a program plays the people of the sandbox: says, taps, reads chats, pays. The same routes the page
// uses.
import FoundationEssentials
package import HTTPClient
package import HTTPWire
import JSONWire
package import World

/// A client of the sandbox's own API.
package struct SandboxClient: Sendable {
    private let http: HTTPClient
    let base: HTTPURL

    package init(http: HTTPClient, base: HTTPURL) {
        self.http = http
        self.base = base
    }

    /// A message that reached the fake Meta, as much of it as measurements look at.
    package struct Sent: Sendable {
        package var number: Int64
        package var at: Timestamp
        /// The wamid that it answers.
        package var answers: String?
        /// The #tags in its text: several where several payments are told at once.
        package var tags: [String]
        /// Where its button leads.
        package var url: String?
    }

    private struct Payments: Decodable, Sendable {
        var payments: [Payment]
    }

    private struct Chat: Decodable, Sendable {
        var bubbles: [Bubble]
    }

    private struct Said: Decodable, Sendable {
        var messageId: String
    }

    package struct Failure: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// Writes from a phone; `timestamp` is the message's own, in Unix seconds; `identity` how much of the
    /// person Meta shows from now on; `replyTo` the message that this one answers. Returns its wamid.
    @discardableResult
    package func say(
        _ text: String, from phone: String, timestamp: Int64? = nil, identity: String? = nil,
        replyTo: String? = nil
    ) async throws -> String {
        struct Say: Encodable {
            var text: String
            var timestamp: Int64?
            var identity: String?
            var replyTo: String?
        }
        return try await post(
            "/phones/\(digits(phone))/say",
            Say(text: text, timestamp: timestamp, identity: identity, replyTo: replyTo), Said.self
        ).messageId
    }

    /// Sends a card of the address book.
    @discardableResult
    package func card(_ name: String, _ cardPhone: String, from phone: String) async throws -> String {
        struct Card: Encodable {
            var name: String
            var phone: String
        }
        return try await post(
            "/phones/\(digits(phone))/card", Card(name: name, phone: cardPhone), Said.self
        ).messageId
    }

    /// Taps a row or button of a bubble.
    @discardableResult
    package func tap(_ rowId: String, of messageId: String, from phone: String) async throws -> String {
        struct Tap: Encodable {
            var messageId: String
            var rowId: String
        }
        return try await post(
            "/phones/\(digits(phone))/tap", Tap(messageId: messageId, rowId: rowId), Said.self
        )
        .messageId
    }

    /// The whole chat, oldest first.
    package func chat(_ phone: String) async throws -> [Bubble] {
        try await get("/phones/\(digits(phone))/chat", Chat.self).bubbles
    }

    /// The messages that reached the fake Meta after entry `after`, oldest first.
    package func sent(after: Int64) async throws -> [Sent] {
        let response = try await send(
            ClientRequest(
                url: base, target: "/sandbox/v1/requests?service=meta&after=\(after)", peer: "sandbox",
                answerBytesMax: 64 << 20))
        guard let list = try JSONValue(parsing: response.body)["requests"]?.items else { return [] }
        return list.compactMap { entry in
            guard let number = entry["number"]?.int64,
                let at = entry["at"]?.text.flatMap(Timestamp.init(rfc3339:))
            else { return nil }
            let body = entry["body"]
            let interactive = body?["interactive"]
            let text = body?["text"]?["body"]?.text ?? interactive?["body"]?["text"]?.text ?? ""
            let words = text.split(whereSeparator: { " \n".contains($0) }).filter { $0.hasPrefix("#") }
            return Sent(
                number: number, at: at, answers: body?["context"]?["message_id"]?.text,
                tags: words.map(String.init),
                url: interactive?["action"]?["parameters"]?["url"]?.text)
        }
    }

    package func payments() async throws -> [Payment] {
        try await get("/payments?limit=5000", Payments.self).payments
    }

    package func pay(_ paymentId: String, callbacks: Int = 1) async throws {
        struct Wish: Encodable { var callbacks: Int }
        try await order("/payments/\(paymentId)/pay", Wish(callbacks: callbacks))
    }
    package func decline(_ paymentId: String) async throws { try await act("/payments/\(paymentId)/decline") }

    /// A POST without a body below `/sandbox/v1`.
    package func act(_ target: String) async throws {
        _ = try await send(ClientRequest(method: "POST", url: base, target: "/sandbox/v1" + target))
    }

    /// Fetches a page, as a browser that follows a link does.
    package func open(_ link: String) async throws -> HTTPResponse {
        guard let url = HTTPURL(link) else { throw Failure(description: "the link is not a URL: \(link)") }
        return try await http.send(ClientRequest(url: url, peer: "sandbox"), timeout: .seconds(10))
    }

    func digits(_ phone: String) -> String { String(phone.drop { $0 == "+" }) }

    func get<Answer: Decodable & Sendable>(_ target: String, _ type: Answer.Type) async throws
        -> Answer
    {
        let response = try await send(
            ClientRequest(
                url: base, target: "/sandbox/v1" + target, peer: "sandbox", answerBytesMax: 64 << 20))
        return try Answer(jsonBytes: response.body)
    }

    func post<Answer: Decodable & Sendable>(
        _ target: String, _ body: some Encodable, _ type: Answer.Type
    ) async throws -> Answer {
        let response = try await ask("POST", target, body)
        return try Answer(jsonBytes: response.body)
    }

    /// The same where nobody reads the answer.
    func order(_ target: String, _ body: some Encodable, method: String = "POST") async throws {
        _ = try await ask(method, target, body)
    }

    private func ask(_ method: String, _ target: String, _ body: some Encodable) async throws -> HTTPResponse
    {
        return try await send(
            ClientRequest(
                method: method, url: base, target: "/sandbox/v1" + target,
                headers: ["content-type": "application/json"], body: try body.jsonBytes(), peer: "sandbox"))
    }

    func send(_ request: ClientRequest) async throws -> HTTPResponse {
        let response = try await http.send(request, timeout: .seconds(25))
        guard (200..<300).contains(response.status) else {
            let target = request.target ?? ""
            throw Failure(
                description: "the sandbox answered \(response.status) to \(request.method) \(target)")
        }
        return response
    }
}
