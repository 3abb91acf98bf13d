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
    private let base: HTTPURL

    package init(http: HTTPClient, base: HTTPURL) {
        self.http = http
        self.base = base
    }

    /// One bubble of a chat, as much of it as stories look at.
    package struct Bubble: Decodable, Sendable {
        package struct Button: Decodable, Sendable {
            package var title: String
            package var url: String?
        }
        package struct List: Decodable, Sendable {
            package struct Section: Decodable, Sendable { package var rows: [Row] }
            package struct Row: Decodable, Sendable {
                package var id: String
                package var title: String
            }
            package var button: String
            package var sections: [Section]
        }
        package struct Template: Decodable, Sendable {
            package var name: String
            package var language: String
        }
        package var id: String
        /// `in`: from the business; `out`: from the person who holds the phone.
        package var direction: String
        package var kind: String
        package var text: String
        package var buttons: [Button]?
        package var list: List?
        package var template: Template?
        package var replyTo: String?
        package var status: String
        package var at: Int64
    }

    private struct Chat: Decodable, Sendable {
        var bubbles: [Bubble]
    }

    /// A payment at the fake bank.
    package struct Payment: Decodable, Sendable {
        package var paymentId: String
        package var orderId: String
        package var status: String
    }

    /// A message that reached the fake Meta, as much of it as measurements look at.
    package struct Sent: Sendable {
        package var number: Int64
        package var at: Timestamp
        /// The wamid that it answers.
        package var answers: String?
        /// The first #tag in its text.
        package var tag: String?
        /// Where its button leads.
        package var url: String?
    }

    private struct Payments: Decodable, Sendable {
        var payments: [Payment]
    }

    private struct Said: Decodable, Sendable {
        var messageId: String
    }

    package struct Failure: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// Writes from a phone; `timestamp` is the message's own, in Unix seconds. Returns its wamid.
    @discardableResult
    package func say(_ text: String, from phone: String, timestamp: Int64? = nil) async throws -> String {
        struct Say: Encodable {
            var text: String
            var timestamp: Int64?
        }
        return try await post(
            "/phones/\(digits(phone))/say", Say(text: text, timestamp: timestamp), Said.self
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
            let word = text.split(whereSeparator: { " \n".contains($0) }).first { $0.hasPrefix("#") }
            return Sent(
                number: number, at: at, answers: body?["context"]?["message_id"]?.text,
                tag: word.map(String.init),
                url: interactive?["action"]?["parameters"]?["url"]?.text)
        }
    }

    package func payments() async throws -> [Payment] {
        try await get("/payments?limit=5000", Payments.self).payments
    }

    package func pay(_ paymentId: String) async throws { try await act(paymentId, "pay") }
    package func decline(_ paymentId: String) async throws { try await act(paymentId, "decline") }

    private func act(_ paymentId: String, _ verb: String) async throws {
        _ = try await send(
            ClientRequest(method: "POST", url: base, target: "/sandbox/v1/payments/\(paymentId)/\(verb)"))
    }

    /// Fetches a page, as a browser that follows a link does.
    package func open(_ link: String) async throws -> HTTPResponse {
        guard let url = HTTPURL(link) else { throw Failure(description: "the link is not a URL: \(link)") }
        return try await http.send(ClientRequest(url: url, peer: "sandbox"), timeout: .seconds(10))
    }

    private func digits(_ phone: String) -> String { String(phone.drop { $0 == "+" }) }

    private func get<Answer: Decodable & Sendable>(_ target: String, _ type: Answer.Type) async throws
        -> Answer
    {
        let response = try await send(
            ClientRequest(
                url: base, target: "/sandbox/v1" + target, peer: "sandbox", answerBytesMax: 64 << 20))
        return try JSONDecoder().decode(type, from: Data(response.body))
    }

    private func post<Answer: Decodable & Sendable>(
        _ target: String, _ body: some Encodable, _ type: Answer.Type
    ) async throws -> Answer {
        let bytes = Array(try JSONEncoder().encode(body))
        let response = try await send(
            ClientRequest(
                method: "POST", url: base, target: "/sandbox/v1" + target,
                headers: ["content-type": "application/json"], body: bytes, peer: "sandbox"))
        return try JSONDecoder().decode(type, from: Data(response.body))
    }

    private func send(_ request: ClientRequest) async throws -> HTTPResponse {
        let response = try await http.send(request, timeout: .seconds(15))
        guard (200..<300).contains(response.status) else {
            let target = request.target ?? ""
            throw Failure(
                description: "the sandbox answered \(response.status) to \(request.method) \(target)")
        }
        return response
    }
}
