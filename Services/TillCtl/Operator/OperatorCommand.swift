// Runs one operator's request against a notifier: asks, and prints what was answered. What a line means is read by
// OperatorRequest, and how an answer looks is said by OperatorText.
import Contracts
import EventLoop
import FoundationEssentials
import HTTPClient
import HTTPWire
import JSONWire
import Problem
import Sealing
import World

package struct OperatorCommand: Sendable {
    /// Messages in one bulk request, and on one page of a list.
    static let step = 100

    let request: OperatorRequest
    let notifier: ServiceClient
    let tools: Commands.Tools
    let say: @Sendable (String) -> Void

    /// Throws a sentence when the URL or the token's file is none.
    package init(
        _ request: OperatorRequest, _ tools: Commands.Tools, say: @escaping @Sendable (String) -> Void
    ) throws {
        guard let url = HTTPURL(request.notifier) else {
            throw OperatorRequest.Misread("\(request.notifier) is no URL")
        }
        guard let text = try? String(contentsOfFile: request.tokenFile, encoding: .utf8) else {
            throw OperatorRequest.Misread(
                "\(request.tokenFile) cannot be read: it should hold tillctl's token")
        }
        let token = String(text.drop { $0.isWhitespace }.prefix { !$0.isWhitespace })
        self.request = request
        self.tools = tools
        self.say = say
        notifier = ServiceClient(
            http: tools.http, baseURL: url, token: Secret(text: token), caller: "tillctl", peer: "notifier")
    }

    /// False: something that was asked for was refused, and has been said. Throws `Problem` when the notifier refuses
    /// the whole or does not answer.
    package func run() async throws -> Bool {
        let now = tools.world.now()
        switch request.ask {
        case .listMessages(let state, let reason, let number, let limit):
            try await list(state, reason, number, limit, now)
        case .showMessage(let id):
            let view = try await notifier.call("GET", "/v1/messages/" + id, as: MessageView.self)
            try show(view) { OperatorText.message($0, now: now) }
        case .replayMessages(let ids): return try await replay(ids)
        case .replayAll(let state, let reason, let number, let limit):
            try await replayAll(state, reason, number, limit)
        case .listTemplates:
            let list = try await notifier.call("GET", "/v1/templates", as: TemplateList.self)
            try show(list) { OperatorText.templates($0, now: now) }
        case .diffTemplates:
            let list = try await notifier.call("GET", "/v1/templates", as: TemplateList.self)
            try show(list) { OperatorText.diff($0, now: now) }
        case .syncTemplates(let edit):
            let report = try await notifier.call(
                "POST", "/v1/templates/sync", body: SyncTemplates(edit: edit), timeout: .seconds(300),
                as: TemplateSyncReport.self)
            try show(report, OperatorText.synced)
            return report.accounts.allSatisfy { $0.failure == nil }
        }
        return true
    }

    private func show<Answer: Encodable>(_ answer: Answer, _ text: (Answer) -> [String]) throws {
        guard request.isJSON else { return text(answer).forEach(say) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        say(String(decoding: try encoder.encode(answer), as: UTF8.self))
    }

    private func list(
        _ state: String, _ reason: String?, _ number: String?, _ limit: Int, _ now: Timestamp
    ) async throws {
        var items: [MessageView] = []
        var cursor: String?
        repeat {
            var target = "/v1/messages?state=" + state
            for (name, value) in [("reason", reason), ("number", number), ("cursor", cursor)] {
                if let value { target += "&\(name)=" + PercentEncoding.encodeQueryComponent(value) }
            }
            let page = try await notifier.call("GET", target, as: Page<MessageView>.self)
            items += page.items
            cursor = page.nextCursor
        } while cursor != nil && items.count < limit
        let isCut = cursor != nil || items.count > limit
        items = Array(items.prefix(limit))
        try show(Page(items: items, nextCursor: isCut ? cursor : nil)) {
            OperatorText.messages($0.items, hasMore: isCut, state: state, now: now)
        }
    }

    /// Looks first: with the tries that it saw, a request whose answer was lost can be made again and sends once.
    private func replay(_ ids: [String]) async throws -> Bool {
        var isDone = true
        for id in ids {
            do {
                let seen = try await notifier.call("GET", "/v1/messages/" + id, as: MessageView.self)
                let answer = try await notifier.send(
                    "POST", "/v1/messages/\(id)/replay", body: ReplayMessage(attempts: seen.attempts))
                guard (200..<300).contains(answer.status) else {
                    isDone = false
                    say("\(id) is \(seen.status.rawValue) and is not sent again")
                    continue
                }
                let view = try MessageView(jsonBytes: answer.body)
                try show(view) { [OperatorText.replayed($0, isNew: answer.status == 202)] }
            } catch let problem as Problem where problem.kind == .notFound {
                isDone = false
                say("\(id) is not known to this notifier")
            }
        }
        return isDone
    }

    private func replayAll(_ state: String, _ reason: String, _ number: String?, _ limit: Int) async throws {
        guard let name = MessageStatusName(rawValue: state) else {
            throw OperatorRequest.Misread("\(state) is no state")
        }
        var total = ReplayReport(replayed: [], skipped: 0, spreadMs: 0, hasMore: true)
        while total.hasMore, total.replayed.count < limit {
            let asked = ReplayMessages(
                state: name, reason: reason, number: number,
                limit: min(Self.step, limit - total.replayed.count))
            let report = try await notifier.call(
                "POST", "/v1/messages/replay", body: asked, timeout: .seconds(60), as: ReplayReport.self)
            total.replayed += report.replayed
            total.skipped += report.skipped
            (total.spreadMs, total.hasMore) = (report.spreadMs, report.hasMore)
            if report.replayed.isEmpty { break }
            // The next ones follow those that have just been given their turns.
            if report.hasMore, total.replayed.count < limit {
                if !request.isJSON { say("\(total.replayed.count) queued again …") }
                try await tools.loop.sleep(for: .milliseconds(report.spreadMs))
            }
        }
        try show(total) { total in
            [
                "\(total.replayed.count) queued again"
                    + (total.skipped > 0 ? ", \(total.skipped) had changed meanwhile" : "")
                    + (total.hasMore ? "; there are more" : "")
            ]
        }
    }
}

extension Commands {
    /// `messages …` and `templates …`: the exit code. 64: the line cannot be read; 1: refused, or no answer.
    package static func operate(_ words: [String], complain: (String) -> Void) async -> Int32 {
        await exitCode(usage: OperatorRequest.usage, complain) {
            let request = try OperatorRequest(words, environment: ProcessInfo.processInfo.environment)
            let tools = try Tools(tls: request.tls.context())
            return try await OperatorCommand(request, tools) { print($0) }.run()
        }
    }
}
