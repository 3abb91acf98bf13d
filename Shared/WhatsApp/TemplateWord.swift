// Meta's words for a template's standing, and the way it writes languages. The list of an account, webhooks and error
// codes spell them alike, except that webhooks put a hyphen where the API puts an underscore.

/// One of Meta's words.
package enum TemplateWord: Sendable, Hashable, CaseIterable {
    case approved, reinstated, unarchived, pending, inAppeal, rejected, paused, disabled, archived, deleted
    case pendingDeletion, flagged, limitExceeded, locked
    /// One that this version does not know.
    case unknown

    package init(_ text: String) {
        self =
            switch text.uppercased() {
            case "APPROVED", "ACTIVE": .approved
            case "REINSTATED", "UNPAUSED": .reinstated
            case "UNARCHIVED": .unarchived
            case "PENDING": .pending
            case "IN_APPEAL": .inAppeal
            case "REJECTED": .rejected
            case "PAUSED": .paused
            case "DISABLED": .disabled
            case "ARCHIVED": .archived
            case "DELETED": .deleted
            case "PENDING_DELETION": .pendingDeletion
            case "FLAGGED": .flagged
            case "LIMIT_EXCEEDED": .limitExceeded
            case "LOCKED": .locked
            default: .unknown
            }
    }
}

/// A template's language as Meta names it.
package enum TemplateLanguage {
    /// `en-US`, `en_us` and `en_US` are one code; `en` is another.
    package static func normalized(_ text: String) -> String {
        let parts = text.split(whereSeparator: { $0 == "-" || $0 == "_" })
        guard let first = parts.first else { return text }
        let rest = parts.dropFirst().map { $0.count <= 3 ? $0.uppercased() : String($0) }
        return ([first.lowercased()] + rest).joined(separator: "_")
    }
}
