// notifier: the message templates, what Meta thinks of them, and looks at the business accounts on demand.
package import World

/// `GET /v1/templates`: what is sent outside the window, and what Meta thinks of it.
package struct TemplateList: Codable, Sendable, Equatable {
    package var items: [TemplateView]
    package var accounts: [TemplateAccountView]

    package init(items: [TemplateView], accounts: [TemplateAccountView]) {
        self.items = items
        self.accounts = accounts
    }
}

/// One template in one business account.
package struct TemplateView: Codable, Sendable, Equatable {
    package var wabaId: String
    package var name: String
    package var language: String
    /// `assumed` until the account has been asked; then one of the notifier's own words for Meta's.
    package var state: String
    package var isUsable: Bool
    /// Our text; `accountText` is the account's where it is known to differ.
    package var text: String
    package var accountText: String?
    /// Meta's words, where it said them.
    package var category: String?
    package var quality: String?
    package var reason: String?
    package var templateId: String?
    package var stateAt: Timestamp?
    /// The last sending, creation or edit that is known.
    package var activeAt: Timestamp?

    package init(
        wabaId: String, name: String, language: String, state: String, isUsable: Bool, text: String
    ) {
        self.wabaId = wabaId
        self.name = name
        self.language = language
        self.state = state
        self.isUsable = isUsable
        self.text = text
    }
}

/// When an account was last read, and why not.
package struct TemplateAccountView: Codable, Sendable, Equatable {
    package var wabaId: String
    package var syncedAt: Timestamp?
    package var failure: String?

    package init(wabaId: String, syncedAt: Timestamp?, failure: String?) {
        self.wabaId = wabaId
        self.syncedAt = syncedAt
        self.failure = failure
    }
}

/// `POST /v1/templates/sync`: looks at every account now. 200 `TemplateSyncReport`.
package struct SyncTemplates: Codable, Sendable, Equatable {
    /// Makes the account's words ours where they differ, as far as Meta takes edits.
    package var edit: Bool

    package init(edit: Bool) { self.edit = edit }
}

package struct TemplateSyncReport: Codable, Sendable, Equatable {
    package var accounts: [TemplateLook]

    package init(accounts: [TemplateLook]) { self.accounts = accounts }
}

/// What one look at one account did.
package struct TemplateLook: Codable, Sendable, Equatable {
    package var wabaId: String
    /// Templates in the account, ours and others'.
    package var listed = 0
    package var created = 0
    package var edited = 0
    package var refused = 0
    /// Left for a later look: the hour's creations are used up, or Meta asked for a pause.
    package var postponed = 0
    /// Why the account could not be read or written; `busy` while another look is under way.
    package var failure: String?

    package init(wabaId: String) { self.wabaId = wabaId }
}
