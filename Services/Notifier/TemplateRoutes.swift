// HTTP to templates: what there is and what Meta thinks of it, and a look at the accounts on demand. No SQL.
import Contracts
import HTTPServer
import HTTPWire
import World

struct TemplateRoutes: Sendable {
    let store: TemplateStore
    let sync: TemplateSync

    var table: Routes {
        var routes = Routes()
        routes.on("GET", "/v1/templates", callers: MessageRoutes.readers) { _ in try await list() }
        routes.on("POST", "/v1/templates/sync", callers: MessageRoutes.operators) { try await look($0) }
        return routes
    }

    private func list() async throws -> HTTPResponse {
        var items: [TemplateView] = []
        for wabaId in sync.accounts {
            let records = try await store.records(wabaId)
            items += TemplateCatalogue.standard.all.map {
                Self.view(wabaId, $0, records[TemplateKey($0)])
            }
        }
        let accounts = try await store.accounts().map {
            TemplateAccountView(wabaId: $0.wabaId, syncedAt: $0.syncedAt, failure: $0.failure)
        }
        return .encoding(200, TemplateList(items: items, accounts: accounts))
    }

    private static func view(
        _ wabaId: String, _ definition: TemplateDefinition, _ record: TemplateRecord?
    ) -> TemplateView {
        let state = record?.state ?? .assumed
        var view = TemplateView(
            wabaId: wabaId, name: definition.name, language: definition.language, state: state.rawValue,
            isUsable: state.isUsable && (record?.fits(definition) ?? true), text: definition.body?.text ?? "")
        guard let record else { return view }
        view.accountText = record.isChanged(from: definition) ? record.accountBody : nil
        (view.category, view.quality, view.reason) = (record.category, record.quality, record.reason)
        (view.templateId, view.activeAt) = (record.templateId, record.activeAt)
        view.stateAt = record.stateAt.seconds > 0 ? record.stateAt : nil
        return view
    }

    private func look(_ request: HTTPRequest) async throws -> HTTPResponse {
        let asked = try request.decode(SyncTemplates.self)
        var report = TemplateSyncReport(accounts: [])
        for wabaId in sync.accounts {
            var busy = TemplateLook(wabaId: wabaId)
            busy.failure = "busy"
            report.accounts.append(
                try await sync.look(wabaId, isAsked: true, editsChanged: asked.edit) ?? busy)
        }
        return .encoding(200, report)
    }
}
