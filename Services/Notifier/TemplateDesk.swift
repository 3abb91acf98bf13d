// What is asked of a business account about its templates: the list, a creation, an edit. One request and its
// meaning; it knows no row and no schedule.
import HTTPClient
import HTTPWire
import Sealing
import WhatsApp

struct TemplateDesk: Sendable {
    /// A page of the list with its components is some 100 KiB; more than this is none.
    static let pageBytesMax = 2 << 20
    static let pageSize = 100
    /// The most templates that an account may have, in pages.
    static let pagesMax = 60

    let graph: GraphSender

    enum Listed: Sendable {
        case all([AccountTemplate])
        /// A word for a person and for the log; nothing is known.
        case failed(String)
    }

    enum Submitted: Sendable {
        case taken(TemplateCreation?)
        /// Meta would not have it.
        case refused(String)
        /// Nothing was done, and nothing more should be tried now.
        case notNow(String)
        /// Nobody knows; the list will tell.
        case unknown(String)
    }

    /// `GET {base}/{version}/{waba}/message_templates`, all pages.
    func list(_ wabaId: String, as number: SendingNumber) async -> Listed {
        var found: [AccountTemplate] = []
        var after: String?
        for _ in 1...Self.pagesMax {
            var target = "\(wabaId)/message_templates?fields=\(TemplateListing.fields)&limit=\(Self.pageSize)"
            if let after { target += "&after=" + PercentEncoding.encodeQueryComponent(after) }
            guard let request = request("GET", target, as: number, []) else { return .failed("token") }
            do throws(HTTPClientFailure) {
                let answer = try await graph.http.send(request, timeout: graph.timeout)
                guard (200...299).contains(answer.status) else { return .failed(Self.word(answer)) }
                guard let page = TemplateListing(parsing: answer.body) else { return .failed("unreadable") }
                found += page.templates
                guard let next = page.after else { return .all(found) }
                after = next
            } catch { return .failed(error.word) }
        }
        return .failed("tooMany")
    }

    /// `POST {base}/{version}/{waba}/message_templates`.
    func create(_ definition: TemplateDefinition, _ wabaId: String, as number: SendingNumber) async
        -> Submitted
    {
        guard let body = try? definition.encoded() else { return .refused("unencodable") }
        return await submit("\(wabaId)/message_templates", body, as: number) { answer in
            TemplateCreation(parsing: answer.body).map { .taken($0) } ?? .unknown("unreadable")
        }
    }

    /// `POST {base}/{version}/{template-id}` with all components; name, language and category cannot change.
    func edit(_ definition: TemplateDefinition, id: String, as number: SendingNumber) async -> Submitted {
        guard let body = try? definition.editBody() else { return .refused("unencodable") }
        return await submit(PercentEncoding.encodePathSegment(id), body, as: number) { _ in .taken(nil) }
    }

    private func submit(
        _ target: String, _ body: [UInt8], as number: SendingNumber, _ read: (HTTPResponse) -> Submitted
    ) async -> Submitted {
        guard let request = request("POST", target, as: number, body) else { return .notNow("token") }
        do throws(HTTPClientFailure) {
            let answer = try await graph.http.send(request, timeout: graph.timeout)
            if (200...299).contains(answer.status) { return read(answer) }
            guard let error = GraphError(parsing: answer.body) else {
                return answer.status >= 500 ? .unknown(Self.word(answer)) : .notNow(Self.word(answer))
            }
            switch GraphErrorReaction.reaction(to: error.code, httpStatus: answer.status).action {
            case .retrySoon, .retryInMinutes, .retrySlowly, .retryPair, .suspend:
                return .notNow(Self.word(answer))
            case .useTemplate, .useOtherTemplate, .usePhone, .drop, .blockIdentity:
                return .refused(Self.word(answer))
            }
        } catch {
            return error.mayBeRepeated ? .notNow(error.word) : .unknown(error.word)
        }
    }

    private func request(
        _ method: String, _ target: String, as number: SendingNumber, _ body: [UInt8]
    ) -> ClientRequest? {
        guard let token = number.accessToken.revealText() else { return nil }
        var headers: HTTPHeaders = ["authorization": "Bearer " + token, "accept": "application/json"]
        if !body.isEmpty { headers.append("content-type", "application/json") }
        return ClientRequest(
            method: method, url: graph.base, target: "/\(graph.version)/\(target)", headers: headers,
            body: body,
            peer: "graph", answerBytesMax: Self.pageBytesMax)
    }

    /// `graph:<code>` where Meta says one, else `http:<status>`.
    private static func word(_ answer: HTTPResponse) -> String {
        GraphError(parsing: answer.body).map { "graph:\($0.code)" } ?? "http:\(answer.status)"
    }
}
