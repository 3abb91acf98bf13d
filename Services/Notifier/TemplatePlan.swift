// What a look at an account leads to: which templates are to be created, which edited. Pure: what is known and the
// moment in, a list out, most urgent first. How many of it may be done now is the account's pace.
package import World

/// One thing to do at the account.
package enum TemplateErrand: Hashable, Sendable {
    case create(TemplateDefinition)
    /// `id` is Meta's name of it.
    case edit(TemplateDefinition, id: String)
}

package enum TemplatePlan {
    /// A refused creation is tried again after this long, should a person have mended the cause by then.
    package static let refusedWait = Duration.seconds(86_400)
    /// Meta takes one edit of an approved template in a day.
    package static let editWait = Duration.seconds(86_400)
    /// An unused template of a language that nobody speaks is submitted again with the words it has, well within the
    /// year after which Meta archives it.
    package static let touchWait = Duration.seconds(270 * 86_400)

    /// Creations and edits of one account, for its hour: half of Meta's 100, since a person may be at it as well.
    package static let pace = Pace(interval: .seconds(72), burst: 50)

    /// `editsChanged`: a person asked that the account's words become ours where they differ.
    package static func errands(
        _ definitions: [TemplateDefinition], _ records: [TemplateKey: TemplateRecord], editsChanged: Bool,
        now: Timestamp
    ) -> [TemplateErrand] {
        var creations: [TemplateErrand] = [], edits: [TemplateErrand] = []
        // Two siblings edited at once would both be in review.
        var touched: Set<TemplateKey> = []
        for definition in definitions {
            guard let record = records[TemplateKey(definition)] else { continue }
            if needsCreation(record, now: now) { creations.append(.create(definition)) }
            if let id = record.templateId, needsEdit(record, definition, editsChanged, now: now),
                isSafe(definition, records),
                touched.insert(TemplateKey(TemplateCatalogue.family(definition.name), definition.language))
                    .inserted
            {
                edits.append(.edit(definition, id: id))
            }
        }
        return creations + edits
    }

    private static func needsCreation(_ record: TemplateRecord, now: Timestamp) -> Bool {
        switch record.state {
        case .missing: true
        case .refused: now.since(record.stateAt) >= refusedWait
        case .assumed, .submitted, .pending, .approved, .flagged, .paused, .rejected, .disabled, .archived,
            .deleted, .recategorised:
            false
        }
    }

    private static func needsEdit(
        _ record: TemplateRecord, _ definition: TemplateDefinition, _ editsChanged: Bool, now: Timestamp
    ) -> Bool {
        if let edited = record.editedAt, now.since(edited) < editWait { return false }
        switch record.state {
        case .approved, .flagged, .paused, .rejected:
            return (editsChanged && record.isChanged(from: definition))
                || (record.state == .approved && now.since(record.activeAt) >= touchWait)
        case .assumed, .missing, .submitted, .refused, .pending, .disabled, .archived, .deleted,
            .recategorised:
            return false
        }
    }

    /// An edit goes to review: while it is there, its sibling must be able to do its work.
    private static func isSafe(
        _ definition: TemplateDefinition, _ records: [TemplateKey: TemplateRecord]
    ) -> Bool {
        if records[TemplateKey(definition)]?.state.isUsable != true { return true }
        let family = TemplateCatalogue.family(definition.name)
        let siblingName = definition.name == family ? family + TemplateCatalogue.spareSuffix : family
        return records[TemplateKey(siblingName, definition.language)]?.state.isUsable ?? false
    }
}
