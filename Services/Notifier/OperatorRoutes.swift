// HTTP for whoever is called at night: what stopped and why, and sending it again, one or many. No SQL.
import Contracts
import HTTPServer
import HTTPWire
import Observe
import Problem

struct OperatorRoutes: Sendable {
    static let pageMax = 100
    static let replaysMax = 500

    let store: OperatorStore
    let log: Log
    let wake: @Sendable () -> Void

    var table: Routes {
        var routes = Routes()
        routes.on("GET", "/v1/messages", callers: MessageRoutes.readers) { try await list($0) }
        routes.on("POST", "/v1/messages/{id}/replay", callers: MessageRoutes.operators) {
            try await replay($0)
        }
        routes.on("POST", "/v1/messages/replay", callers: MessageRoutes.operators) {
            try await replayMany($0)
        }
        return routes
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard let state = request.query("state").flatMap(MessageStatusName.init(rawValue:)) else {
            throw Problem(
                .invalid, code: "STATE_MISSING",
                toUser:
                    "state takes one of \(MessageStatusName.allCases.map(\.rawValue).joined(separator: ", "))."
            )
        }
        let cursor = request.query("cursor")
        let before = cursor.flatMap { Int64($0) }
        guard cursor == nil || before != nil else {
            throw Problem(
                .invalid, code: "CURSOR_INVALID", toUser: "cursor is not one that this list has given.")
        }
        let filter = OperatorStore.Filter(
            state: state, reason: request.query("reason"), number: request.query("number"))
        return .encoding(200, try await store.list(filter, before: before, limit: Self.pageMax))
    }

    private func replay(_ request: HTTPRequest) async throws -> HTTPResponse {
        let id = request.parameter("id")
        let known = request.body.isEmpty ? nil : try request.decode(ReplayMessage.self).attempts
        var status = 202
        switch try await store.replay(id, attempts: known, wait: .zero) {
        case .unknown: throw MessageRoutes.unknown
        case .refused(let state):
            throw Problem(
                .conflict, code: "NOT_REPLAYABLE",
                toUser: "The message is \(state.name.rawValue) and is not sent again.")
        // Tried again since the operator looked: the same request, come twice.
        case .leaseLost: status = 200
        case .done:
            log.info("message.replayed", ["messageId": .id(id)])
            wake()
        }
        guard let view = try await store.messages.view(id) else { throw MessageRoutes.unknown }
        return .encoding(status, view)
    }

    private func replayMany(_ request: HTTPRequest) async throws -> HTTPResponse {
        let asked = try request.decode(ReplayMessages.self)
        guard [.parked, .failed, .held].contains(asked.state) else {
            throw Problem(
                .unprocessable, code: "STATE_NOT_REPLAYABLE", toUser: "state takes parked, failed or held.")
        }
        guard (1...Self.replaysMax).contains(asked.limit), !asked.reason.isEmpty else {
            throw Problem(
                .unprocessable, code: "REPLAY_INVALID",
                toUser: "limit takes 1 to \(Self.replaysMax), and reason one that the list shows.")
        }
        let report = try await store.replay(
            OperatorStore.Filter(state: asked.state, reason: asked.reason, number: asked.number),
            limit: asked.limit)
        log.info(
            "messages.replayed",
            ["messages": .int(report.replayed.count), "skipped": .int(report.skipped)])
        wake()
        return .encoding(200, report)
    }
}
