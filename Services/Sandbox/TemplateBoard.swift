// The account's message templates as Meta keeps them: submitted, reviewed after a moment or by a person,
// paused, disabled, moved to another category. Pure state; the webhooks that follow come back as events.

package import World

/// What can be said about a template.
package enum TemplateStatus: String, Codable, Sendable, CaseIterable {
    case pending = "PENDING"
    case approved = "APPROVED"
    case rejected = "REJECTED"
    case paused = "PAUSED"
    case disabled = "DISABLED"
    case archived = "ARCHIVED"
}

/// One template in one language.
package struct TemplateEntry: Codable, Sendable, Equatable {
    package var id: Int64
    package var name: String
    /// With an underscore, as the API writes it.
    package var language: String
    /// UTILITY, MARKETING or AUTHENTICATION.
    package var category: String
    package var status: TemplateStatus
    /// Why it was rejected or paused; NONE otherwise.
    package var reason: String
    /// The JSON text of its components, as they were submitted.
    package var components: String
    package var reviewAt: Timestamp?
    /// Left out of every list; kept because the name stays blocked.
    package var isDeleted: Bool
}

/// A change that Meta tells the business about.
package enum TemplateNews: Sendable, Equatable {
    case status(TemplateEntry)
    case category(TemplateEntry, previous: String)
}

package struct TemplateBoard: Sendable {
    /// Of an account that Meta has not verified.
    static let entriesMax = 250
    static let bodyMax = 1_024
    static let firstId: Int64 = 1_700_000_000_000_001

    /// How reviews end.
    package enum Review: String, Codable, Sendable { case approve, reject, wait }

    /// An account without any template of its own takes every template that is well formed, for tests of
    /// other things.
    let isOpen: Bool
    package private(set) var entries: [TemplateEntry]
    /// From submission to the verdict.
    let reviewTime: Duration
    package var review: Review = .approve

    init(_ approved: ApprovedTemplates, reviewTime: Duration) {
        isOpen = approved.count == 0
        self.reviewTime = reviewTime
        entries = approved.definitions.enumerated().map { index, definition in
            TemplateEntry(
                id: Self.firstId + Int64(index), name: definition.name, language: definition.language,
                category: "UTILITY", status: .approved, reason: "NONE", components: definition.components,
                reviewAt: nil, isDeleted: false)
        }
    }

    package func entry(_ name: String, _ language: String) -> TemplateEntry? {
        entries.first { $0.name == name && $0.language == language && !$0.isDeleted }
    }

    package func entry(id: Int64) -> TemplateEntry? { entries.first { $0.id == id && !$0.isDeleted } }

    /// Those in the account, in the order of their creation.
    package var listed: [TemplateEntry] { entries.filter { !$0.isDeleted } }

    /// `POST /{waba}/message_templates`.
    mutating func create(_ draft: TemplateDraft, now: Timestamp) throws(GraphError) -> TemplateEntry {
        guard entry(draft.name, draft.language) == nil else {
            throw .template("Content in this language already exists for this name.")
        }
        guard listed.count < Self.entriesMax else {
            throw GraphError(
                code: 2_388_019, status: 400, title: "Message template limit exceeded",
                details: "This account has \(Self.entriesMax) templates.")
        }
        let entry = TemplateEntry(
            id: Self.firstId + Int64(entries.count), name: draft.name, language: draft.language,
            category: draft.category, status: .pending, reason: "NONE", components: draft.components,
            reviewAt: review == .wait ? nil : now.advanced(by: reviewTime), isDeleted: false)
        entries.removeAll { $0.name == draft.name && $0.language == draft.language }
        entries.append(entry)
        return entry
    }

    /// `POST /{template-id}`: new components, reviewed again.
    mutating func edit(_ id: Int64, _ draft: TemplateDraft, now: Timestamp) throws(GraphError)
        -> TemplateEntry
    {
        guard let at = entries.firstIndex(where: { $0.id == id && !$0.isDeleted }) else { throw .noObject() }
        guard [.approved, .rejected, .paused].contains(entries[at].status) else {
            throw GraphError(
                code: 2_388_039, status: 400, title: "Message template cannot be edited",
                details: "Its status is \(entries[at].status.rawValue).")
        }
        entries[at].components = draft.components
        entries[at].status = .pending
        entries[at].reviewAt = review == .wait ? nil : now.advanced(by: reviewTime)
        return entries[at]
    }

    /// By name all languages go, by id one. False when there was nothing.
    mutating func delete(name: String?, ids: [Int64]) -> [TemplateEntry] {
        var deleted: [TemplateEntry] = []
        for at in entries.indices where !entries[at].isDeleted && entries[at].status != .disabled {
            guard ids.isEmpty ? entries[at].name == name : ids.contains(entries[at].id) else { continue }
            entries[at].isDeleted = true
            deleted.append(entries[at])
        }
        return deleted
    }

    /// Lets time pass: what was submitted long enough ago gets its verdict.
    mutating func advance(to now: Timestamp) -> [TemplateNews] {
        var news: [TemplateNews] = []
        for at in entries.indices {
            guard entries[at].status == .pending, let due = entries[at].reviewAt, due <= now else { continue }
            entries[at].reviewAt = nil
            entries[at].status = review == .reject ? .rejected : .approved
            entries[at].reason = review == .reject ? "INVALID_FORMAT" : "NONE"
            news.append(.status(entries[at]))
        }
        return news
    }

    /// A person at Meta decides. Empty when nothing changed; nil for a template that is not there.
    mutating func decide(
        _ name: String, _ language: String, status: TemplateStatus?, reason: String?, category: String?
    ) -> [TemplateNews]? {
        let key = entries.firstIndex { $0.name == name && $0.language == language && !$0.isDeleted }
        guard let at = key else { return nil }
        var news: [TemplateNews] = []
        if let category, category != entries[at].category {
            let previous = entries[at].category
            entries[at].category = category
            news.append(.category(entries[at], previous: previous))
        }
        if let status, status != entries[at].status {
            entries[at].status = status
            entries[at].reason = reason ?? "NONE"
            entries[at].reviewAt = nil
            news.append(.status(entries[at]))
        }
        return news
    }

    /// Puts a kept template back after a restart.
    mutating func restore(_ entry: TemplateEntry) {
        if let at = entries.firstIndex(where: { $0.name == entry.name && $0.language == entry.language }) {
            entries[at] = entry
        } else {
            entries.append(entry)
        }
    }
}
