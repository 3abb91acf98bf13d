// Template management as the Graph API offers it: create, list page by page, edit, delete, look at one, lift a
// pause. The rules are in TemplateDraft.swift and TemplateBoard.swift.

import HTTPServer
import HTTPWire
import JSONWire
import World

struct TemplateRoutes: Sendable {
    static let pageMax = 100

    let stage: Stage
    private var gate: CloudGate { CloudGate(stage: stage) }

    func add(to routes: inout Routes) {
        let account = "/{version}/{nodeId}/message_templates"
        on("POST", account, &routes) { request throws(GraphError) in
            try gate.checkAccount(request)
            let draft = try TemplateDraft(parsing: request.body), now = stage.world.now()
            let entry = try stage.tryAtMeta { cloud throws(GraphError) in
                try cloud.createTemplate(draft, now: now)
            }
            return Self.json { root in
                root.member("id", String(entry.id))
                root.member("status", entry.status.rawValue)
                root.member("category", entry.category)
            }
        }
        on("GET", account, &routes) { request throws(GraphError) in
            try gate.checkAccount(request)
            return try list(request)
        }
        on("DELETE", account, &routes) { request throws(GraphError) in
            try gate.checkAccount(request)
            return try delete(request)
        }
        on("POST", "/{version}/{nodeId}", &routes) { request throws(GraphError) in
            let entry = try find(request), now = stage.world.now()
            let draft = try TemplateDraft(editing: entry, parsing: request.body)
            try stage.tryAtMeta { cloud throws(GraphError) in
                ((), try cloud.editTemplate(entry.id, draft, now: now))
            }
            return Self.success
        }
        on("POST", "/{version}/{nodeId}/unpause", &routes) { request throws(GraphError) in
            let entry = try find(request), now = stage.world.now()
            stage.atMeta { cloud in
                (
                    (),
                    cloud.decideTemplate(
                        entry.name, entry.language, status: .approved, reason: nil, category: nil, now: now)
                        ?? []
                )
            }
            return Self.success
        }
    }

    private func on(
        _ method: String, _ pattern: String, _ routes: inout Routes,
        _ respond: @escaping @Sendable (HTTPRequest) throws(GraphError) -> HTTPResponse
    ) {
        routes.on(method, pattern) { request in
            try await gate.answer(request, at: .templates) { _ throws(GraphError) in try respond(request) }
        }
    }

    static func json(_ write: (inout JSONWriter) -> Void) -> HTTPResponse {
        var json = JSONWriter()
        json.object { write(&$0) }
        return .json(200, json.bytes)
    }

    static var success: HTTPResponse { json { $0.member("success", true) } }

    private func find(_ request: HTTPRequest) throws(GraphError) -> TemplateEntry {
        let id = request.parameters["nodeId"].flatMap { Int64($0) } ?? 0
        guard let entry = stage.atMeta({ ($0.templates.entry(id: id), []) }) else { throw .noObject() }
        return entry
    }

    static func write(_ entry: TemplateEntry, to json: inout JSONWriter) {
        json.object { template in
            template.member("name", entry.name)
            template.member("status", entry.status.rawValue)
            template.member("category", entry.category)
            template.member("language", entry.language)
            template.member("id", String(entry.id))
            template.member("rejected_reason", entry.status == .rejected ? entry.reason : "NONE")
            template.name("components")
            template.raw(entry.components.utf8)
        }
    }

    /// A cursor is the id of the last template of the page before.
    private func list(_ request: HTTPRequest) throws(GraphError) -> HTTPResponse {
        var entries = stage.atMeta { ($0.templates.listed, []) }
        let wanted = request.query("status")?.uppercased(), name = request.query("name")
        let language = request.query("language")
        entries = entries.filter {
            (wanted == nil || $0.status.rawValue == wanted) && (name == nil || $0.name == name)
                && (language == nil || $0.language == language)
        }
        if let cursor = request.query("after"), !cursor.isEmpty {
            guard let at = entries.firstIndex(where: { String($0.id) == cursor }) else { throw .badCursor() }
            entries.removeFirst(at + 1)
        }
        let limit = min(max(request.query("limit").flatMap { Int($0) } ?? 25, 1), Self.pageMax)
        let page = entries.prefix(limit), hasMore = entries.count > limit
        return Self.json { root in
            root.member("data", array: { list in for entry in page { Self.write(entry, to: &list) } })
            guard let last = page.last, let first = page.first else { return }
            root.member(
                "paging",
                object: { paging in
                    paging.member(
                        "cursors",
                        object: { cursors in
                            cursors.member("before", String(first.id))
                            cursors.member("after", String(last.id))
                        })
                    if hasMore {
                        let path = stage.config.publicURL + request.path
                        paging.member("next", "\(path)?limit=\(limit)&after=\(last.id)")
                    }
                })
        }
    }

    private func delete(_ request: HTTPRequest) throws(GraphError) -> HTTPResponse {
        let text = (request.query("hsm_ids") ?? request.query("hsm_id") ?? "").filter {
            $0 != "[" && $0 != "]"
        }
        let ids = text.split(separator: ",").compactMap { Int64($0.filter { $0 != " " }) }
        let name = request.query("name")
        guard name != nil || !ids.isEmpty else { throw .missing("name") }
        let isDone = stage.atMeta { cloud in
            let effects = cloud.deleteTemplates(name: name, ids: ids)
            return (!effects.isEmpty, effects)
        }
        guard isDone else { throw .noObject() }
        return Self.success
    }
}
