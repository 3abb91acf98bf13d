// The templates of a business account as Meta keeps them: listed by pages, created, edited. Without any, the account
// does not let itself be asked.
import HTTPServer
import HTTPWire
import JSONWire
import Synchronization

final class FakeAccount: Sendable {
    struct Template: Sendable {
        var name: String
        var language: String
        var status: String
        var category = "UTILITY"
        var body: String
    }
    /// What happens to the next creation; after the plan they are taken.
    enum Answer: Sendable { case approve, pend, approveAsMarketing, refuse(Int), throttle, takeSilently }

    private struct State {
        var templates: [Template]?
        var plan: [Answer] = []
        var standard = Answer.pend
        var creations = 0
        var edits = 0
        var isOver = false
    }
    private let state = Mutex(State())

    var templates: [Template] { state.withLock { $0.templates ?? [] } }
    var creations: Int { state.withLock { $0.creations } }
    var edits: Int { state.withLock { $0.edits } }

    /// The account lets itself be asked from now on.
    func open(_ templates: [Template] = [], creations: Answer = .pend, _ plan: [Answer] = []) {
        state.withLock { state in
            state.templates = templates
            state.standard = creations
            state.plan = plan
        }
    }

    func set(_ name: String, _ language: String, _ change: @Sendable (inout Template) -> Void) {
        state.withLock { state in
            guard let at = state.templates?.firstIndex(where: { $0.name == name && $0.language == language })
            else { return }
            if var template = state.templates?[at] {
                change(&template)
                state.templates?[at] = template
            }
        }
    }

    func stop() { state.withLock { $0.isOver = true } }

    func add(to routes: inout Routes) {
        routes.on("GET", "/v26.0/{waba}/message_templates") { try self.list($0) }
        routes.on("POST", "/v26.0/{waba}/message_templates") { try await self.create($0) }
        routes.on("POST", "/v26.0/{template}") { try self.edit($0) }
    }

    private func list(_ request: HTTPRequest) throws -> HTTPResponse {
        guard let all = state.withLock({ $0.templates }) else { return error(10, 403) }
        let from = request.query("after").flatMap { Int($0) } ?? 0
        let page = all.indices.dropFirst(from).prefix(15)
        var writer = JSONWriter(capacity: 4_096)
        writer.object {
            $0.member("data", array: { list in for at in page { write(all[at], "\(at + 1)", &list) } })
            $0.member(
                "paging",
                object: {
                    $0.member("cursors", object: { $0.member("after", "\(page.endIndex)") })
                    if page.endIndex < all.count { $0.member("next", "https://graph.example/next") }
                })
        }
        return .json(200, writer.bytes)
    }

    private func write(_ template: Template, _ id: String, _ writer: inout JSONWriter) {
        writer.object {
            $0.member("id", id)
            $0.member("name", template.name)
            $0.member("language", template.language)
            $0.member("status", template.status)
            $0.member("category", template.category)
            $0.member(
                "components",
                array: { list in
                    list.object {
                        $0.member("type", "BODY")
                        $0.member("text", template.body)
                    }
                })
        }
    }

    private func create(_ request: HTTPRequest) async throws -> HTTPResponse {
        let body = try JSONValue(parsing: request.body)
        let (answer, id) = state.withLock { state -> (Answer, Int) in
            let answer = state.plan.isEmpty ? state.standard : state.plan.removeFirst()
            state.creations += 1
            var template = Template(
                name: body["name"]?.text ?? "", language: body["language"]?.text ?? "", status: "PENDING",
                body: body["components"]?[0]?["text"]?.text ?? "")
            switch answer {
            case .approve: template.status = "APPROVED"
            case .approveAsMarketing: (template.status, template.category) = ("APPROVED", "MARKETING")
            case .pend, .takeSilently: break
            case .refuse, .throttle: return (answer, 0)
            }
            state.templates?.append(template)
            return (answer, state.templates?.count ?? 0)
        }
        switch answer {
        case .refuse(let code): return error(code, 400)
        case .throttle: return error(80_007, 400)
        case .takeSilently:
            for _ in 1...600 where !state.withLock({ $0.isOver }) {
                try await Task.sleep(for: .milliseconds(50))
            }
            return .text(500, "too late")
        case .approve: return created(id, "APPROVED", "UTILITY")
        case .approveAsMarketing: return created(id, "APPROVED", "MARKETING")
        case .pend: return created(id, "PENDING", "UTILITY")
        }
    }

    private func edit(_ request: HTTPRequest) throws -> HTTPResponse {
        let body = try JSONValue(parsing: request.body)
        let id = Int(request.parameter("template")) ?? 0
        let isKnown = state.withLock { state -> Bool in
            guard let templates = state.templates, templates.indices.contains(id - 1) else { return false }
            state.edits += 1
            state.templates?[id - 1].body = body["components"]?[0]?["text"]?.text ?? ""
            state.templates?[id - 1].status = "PENDING"
            return true
        }
        return isKnown ? .json(200, Array(#"{"success":true}"#.utf8)) : error(100, 400)
    }

    private func created(_ id: Int, _ status: String, _ category: String) -> HTTPResponse {
        .json(200, Array(#"{"id":"\#(id)","status":"\#(status)","category":"\#(category)"}"#.utf8))
    }

    private func error(_ code: Int, _ status: Int) -> HTTPResponse {
        .json(status, Array(#"{"error":{"message":"no","code":\#(code)}}"#.utf8))
    }
}
