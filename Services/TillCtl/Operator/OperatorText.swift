// The notifier's answers as text for a terminal: aligned columns, ages instead of stamps, and what to type next. Pure:
// answers and a moment in, lines out.
import Contracts
import World

enum OperatorText {
    static func messages(_ items: [MessageView], hasMore: Bool, state: String, now: Timestamp) -> [String] {
        guard !items.isEmpty else { return ["No message is \(state)."] }
        var lines = [
            "\(hasMore ? "The newest \(items.count)" : count(items.count)) \(state), newest first:", "",
        ]
        lines += table(
            ["MESSAGE", "REASON", "KIND", "TRIES", "AGE", "STOPPED", "PAYMENT"],
            items.map { item in
                [
                    item.messageId, item.reason ?? "-", item.kind, String(item.attempts),
                    age(item.createdAt, now), age(item.updatedAt, now) + " ago", item.subject ?? "-",
                ]
            })
        var reasons: [String: Int] = [:]
        for item in items { if let reason = item.reason { reasons[reason, default: 0] += 1 } }
        if !reasons.isEmpty { lines += [""] }
        for (reason, number) in reasons.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            lines.append("\(reason) (\(number)): \(ReasonAdvice.words(reason))")
        }
        if hasMore { lines += ["", "There are more: --limit N shows them, --reason R narrows."] }
        if OperatorRequest.replayableStates.contains(state), let reason = items.compactMap(\.reason).first {
            let state = state == "parked" ? "" : " --state \(state)"
            lines += [
                "", "One:  tillctl messages replay \(items[0].messageId)",
                "Many: tillctl messages replay --reason \(reason)\(state)",
            ]
        }
        return lines
    }

    static func message(_ view: MessageView, now: Timestamp) -> [String] {
        var rows: [(String, String?)] = [
            ("message", view.messageId), ("state", view.status.rawValue), ("reason", view.reason),
            ("meaning", view.reason.map(ReasonAdvice.words)), ("last error", view.lastError),
            ("kind", view.kind), ("sent as", view.channel), ("tries", String(view.attempts)),
            ("payment", view.subject), ("number", view.phoneNumberId),
        ]
        rows.append(("created", "\(view.createdAt.description) (\(age(view.createdAt, now)) ago)"))
        rows.append(("changed", "\(view.updatedAt.description) (\(age(view.updatedAt, now)) ago)"))
        if let end = view.notAfter {
            let over = end < now ? " (over: a replay would not be sent)" : ""
            rows.append(("not after", end.description + over))
        }
        return rows.compactMap { name, value in value.map { pad(name + ":", 12) + $0 } }
    }

    static func replayed(_ view: MessageView, isNew: Bool) -> String {
        isNew
            ? "\(view.messageId) is \(view.status.rawValue) again"
            : "\(view.messageId) has been tried again already and is \(view.status.rawValue)"
    }

    static func templates(_ list: TemplateList, now: Timestamp) -> [String] {
        var lines = accounts(list.accounts, now)
        let unusable = list.items.filter { !$0.isUsable }
        lines += [
            "\(list.items.count - unusable.count) of \(list.items.count) templates are usable.", "",
        ]
        lines += table(
            ["TEMPLATE", "LANGUAGE", "STATE", "SENT", "CATEGORY", "QUALITY", "SINCE", "LAST USED"],
            list.items.map { item in
                [
                    item.name, item.language, item.state + (item.accountText == nil ? "" : ", changed"),
                    item.isUsable ? "yes" : "NO", item.category ?? "-", item.quality ?? "-",
                    item.stateAt.map { age($0, now) } ?? "-", item.activeAt.map { age($0, now) } ?? "-",
                ]
            })
        let explained = unusable.filter { $0.reason != nil }
        if !explained.isEmpty { lines.append("") }
        lines += explained.map { "\($0.name) (\($0.language)): \($0.reason ?? "")" }
        return lines
    }

    static func diff(_ list: TemplateList, now: Timestamp) -> [String] {
        var lines = accounts(list.accounts, now)
        let odd = list.items.filter { !$0.isUsable || $0.accountText != nil }
        if odd.isEmpty {
            return lines + ["The accounts have every template as it is written here, and all are usable."]
        }
        for item in odd {
            lines.append(
                "\(item.name) (\(item.language)): \(item.state)" + (item.reason.map { ", " + $0 } ?? ""))
            if let theirs = item.accountText { lines += ["  account: \(theirs)", "  here:    \(item.text)"] }
        }
        if odd.contains(where: { $0.accountText != nil }) {
            lines += ["", "To make the account's words ours: tillctl templates sync --edit"]
        }
        return lines
    }

    static func synced(_ report: TemplateSyncReport) -> [String] {
        report.accounts.map { look in
            var parts = ["\(look.listed) in the account", "\(look.created) created", "\(look.edited) edited"]
            if look.refused > 0 { parts.append("\(look.refused) refused by Meta") }
            if look.postponed > 0 { parts.append("\(look.postponed) left for later") }
            if let failure = look.failure { parts.append("stopped: " + failure) }
            return "\(look.wabaId): " + parts.joined(separator: ", ")
        }
    }

    private static func accounts(_ accounts: [TemplateAccountView], _ now: Timestamp) -> [String] {
        accounts.map { account in
            let read = account.syncedAt.map { "read \(age($0, now)) ago" } ?? "never read"
            return "account \(account.wabaId): \(read)"
                + (account.failure.map { ", last look failed: \($0)" } ?? "")
        }
    }

    /// Two spaces between columns, the last one ragged.
    static func table(_ head: [String], _ rows: [[String]]) -> [String] {
        let widths = head.indices.map { column in ([head] + rows).map { $0[column].count }.max() ?? 0 }
        return ([head] + rows).map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += column == row.count - 1 ? cell : pad(cell, widths[column] + 2)
            }
            return line
        }
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func count(_ number: Int) -> String {
        number == 1 ? "1 message is" : "\(number) messages are"
    }

    /// `45s`, `12m`, `3h12m`, `5d4h`.
    static func age(_ moment: Timestamp, _ now: Timestamp) -> String {
        let seconds = max(0, now.seconds - moment.seconds)
        switch seconds {
        case ..<60: return "\(seconds)s"
        case ..<3_600: return "\(seconds / 60)m"
        case ..<86_400: return "\(seconds / 3_600)h\(seconds % 3_600 / 60)m"
        default: return "\(seconds / 86_400)d\(seconds % 86_400 / 3_600)h"
        }
    }
}
