// Which templates may be sent, by outcome and language, the one to prefer first. Built from the Copy module's texts;
// the files in deploy/templates are the same definitions for the person who reviews them, compared by a test. Knows
// no window.
package import Contracts
package import Copy
package import Money
import World

/// Templates by family. A family is everything that says one outcome: two wordings, each in every language. The first
/// wording's name is the family's.
package struct TemplateCatalogue: Sendable {
    /// The language to fall back to when a person's own has no usable template. Every template exists in it.
    package static let fallbackLanguage = Language.en
    /// What the second wording's name ends in.
    package static let spareSuffix = "_2"

    /// In order of preference.
    private let definitions: [TemplateDefinition]

    /// The first usable definition of a family and language is preferred; `problems` reports one that stands twice.
    package init(_ definitions: [TemplateDefinition]) { self.definitions = definitions }

    /// Two templates per outcome and language, all taken as approved.
    package static let standard = TemplateCatalogue(
        PaymentOutcome.Kind.allCases.flatMap { kind in
            kind.receipt.templateKeys.enumerated().flatMap { rank, key in
                Language.allCases.map { definition(kind, rank: rank, key, $0) }
            }
        })

    /// The template in the person's language, its spare where that is missing, else the same in the fall-back
    /// language, else `nil`.
    package func approved(_ family: String, locale: Language) -> TemplateDefinition? {
        for language in [locale.rawValue, Self.fallbackLanguage.rawValue] {
            let found = definitions.first { $0.language == language && Self.family($0.name) == family }
            if let found { return found }
        }
        return nil
    }

    /// Every definition, by name and then language.
    package var all: [TemplateDefinition] {
        definitions.sorted { ($0.name, $0.language) < ($1.name, $1.language) }
    }

    /// The order in which an account that lacks them is given them: first wordings before spares, receipts of money
    /// before all others.
    package var bySubmission: [TemplateDefinition] {
        definitions.filter { !$0.name.hasSuffix(Self.spareSuffix) }
            + definitions.filter { $0.name.hasSuffix(Self.spareSuffix) }
    }

    /// Those that `isUsable` lets pass, and of each family and language those first that `goesFirst` names.
    package func keeping(
        _ isUsable: (TemplateDefinition) -> Bool,
        first goesFirst: (TemplateDefinition) -> Bool = { _ in false }
    ) -> TemplateCatalogue {
        let usable = definitions.filter(isUsable)
        return TemplateCatalogue(usable.filter(goesFirst) + usable.filter { !goesFirst($0) })
    }

    /// The family of an outcome: `payment_paid`, `payment_failed`, `payment_declined`, `payment_expired`.
    package static func name(_ kind: PaymentOutcome.Kind) -> String { "payment_" + kind.rawValue }

    /// The family that a template's name belongs to.
    package static func family(_ name: String) -> String {
        name.hasSuffix(spareSuffix) ? String(name.dropLast(spareSuffix.count)) : name
    }

    /// The text behind a template of that name, where it is one of an outcome's.
    static func key(_ name: String, of outcome: ReceiptOutcome) -> CopyKey? {
        let rank = name.hasSuffix(spareSuffix) ? 1 : 0
        return outcome.templateKeys.indices.contains(rank) ? outcome.templateKeys[rank] : nil
    }

    private static func definition(
        _ kind: PaymentOutcome.Kind, rank: Int, _ key: CopyKey, _ language: Language
    ) -> TemplateDefinition {
        let receipt = Receipt(
            outcome: kind.receipt, amount: Money(minorUnits: 10_000, currency: .mdl),
            at: Timestamp(seconds: 1_795_264_980), place: .chisinau, description: nil, tag: "cafea")
        var body = Catalogue.template(key, language)
        for (index, slot) in Catalogue.slots(key, language).enumerated() {
            body = body.replacing("{\(slot.rawValue)}", with: "{{\(index + 1)}}")
        }
        return TemplateDefinition(
            name: name(kind) + (rank == 0 ? "" : spareSuffix), language: language.rawValue, body: body,
            samples: receipt.templateValues(key, language), sendTTLSeconds: kind.sendTTLSeconds)
    }
}

extension PaymentOutcome.Kind {
    /// The same outcome in the Copy module's words.
    package var receipt: ReceiptOutcome {
        switch self {
        case .paid: .paid
        case .failed: .failed
        case .declined: .declined
        case .expired: .expired
        }
    }

    /// How long Meta tries to deliver the template. Money received is worth hearing of whenever the phone is on
    /// again; that a link did not work out is stale the next day, that its time was over by the evening.
    var sendTTLSeconds: Int? {
        switch self {
        case .paid: nil
        case .failed, .declined: 43_200
        case .expired: 21_600
        }
    }
}

extension PaymentOutcome {
    /// The outcome with what a receipt must say beside it.
    package var receiptOutcome: ReceiptOutcome {
        guard kind == .paid, let remark else { return kind.receipt }
        return switch remark {
        case .late: .paidLate
        case .again: .paidAgain
        }
    }
}
