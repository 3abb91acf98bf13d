// What is known of one template in one business account, and what follows from it for sending. Plain data and pure
// questions; the SQL is the store's.
package import World

/// A template's name and language.
package struct TemplateKey: Hashable, Sendable {
    package var name: String
    package var language: String

    package init(_ name: String, _ language: String) {
        self.name = name
        self.language = language
    }

    package init(_ definition: TemplateDefinition) { self.init(definition.name, definition.language) }
}

/// One row of `notifier.template`.
package struct TemplateRecord: Hashable, Sendable {
    package var key: TemplateKey
    package var state: TemplateState
    package var templateId: String?
    package var category: String?
    package var quality: String?
    package var reason: String?
    package var accountBody: String?
    package var stateAt: Timestamp
    package var activeAt: Timestamp
    package var editedAt: Timestamp?

    package init(key: TemplateKey, state: TemplateState, stateAt: Timestamp, activeAt: Timestamp) {
        self.key = key
        self.state = state
        self.stateAt = stateAt
        self.activeAt = activeAt
    }

    /// The account's words differ from ours.
    package func isChanged(from definition: TemplateDefinition) -> Bool {
        accountBody.map { $0 != definition.body?.text } ?? false
    }

    /// Our values still fit the account's words: as many variables as we fill.
    package func fits(_ definition: TemplateDefinition) -> Bool {
        accountBody.map { Set(TemplateDefinition.variables($0)) == Set(definition.variables) } ?? true
    }
}

extension TemplateCatalogue {
    /// Unused for this long, a template goes before its sibling once, so that it is never unused for the year after
    /// which Meta archives it.
    package static let restMax = Duration.seconds(180 * 86_400)

    /// What may be sent now, as far as `records` know; a template that they do not know counts as approved.
    package func usable(_ records: [TemplateKey: TemplateRecord], now: Timestamp) -> TemplateCatalogue {
        keeping { definition in
            records[TemplateKey(definition)].map { $0.state.isUsable && $0.fits(definition) } ?? true
        } first: { definition in
            guard definition.name.hasSuffix(Self.spareSuffix) else { return false }
            return records[TemplateKey(definition)].map { now.since($0.activeAt) > Self.restMax } ?? false
        }
    }
}
