// Which templates may be sent, by name and language. Built from the Copy module's texts; the files in
// deploy/templates are the same definitions for the person who registers them with Meta, compared by a test.
// Knows no window.
package import Contracts
package import Copy
package import Money
import World

/// The approved templates.
package struct TemplateCatalogue: Sendable {
    /// The language to fall back to when a person's own has no approved template. Every template exists in
    /// it.
    package static let fallbackLanguage = Language.en

    private let byName: [String: [String: TemplateDefinition]]

    /// The first definition of a (name, language) pair wins; `problems` reports the second.
    package init(_ definitions: [TemplateDefinition]) {
        var byName: [String: [String: TemplateDefinition]] = [:]
        for definition in definitions where byName[definition.name]?[definition.language] == nil {
            byName[definition.name, default: [:]][definition.language] = definition
        }
        self.byName = byName
    }

    /// One template per outcome and language, all taken as approved.
    package static let standard = TemplateCatalogue(
        PaymentOutcome.Kind.allCases.flatMap { kind in Language.allCases.map { definition(kind, $0) } })

    /// The template in the person's language, else in the fall-back language, else `nil`.
    package func approved(_ name: String, locale: Language) -> TemplateDefinition? {
        guard let languages = byName[name] else { return nil }
        return languages[locale.rawValue] ?? languages[Self.fallbackLanguage.rawValue]
    }

    /// Every definition, by name and then language: the answer of `GET /v1/templates`.
    package var all: [TemplateDefinition] {
        byName.values.flatMap(\.values).sorted { ($0.name, $0.language) < ($1.name, $1.language) }
    }

    /// `payment_paid`, `payment_failed`, `payment_declined`, `payment_expired`.
    package static func name(_ kind: PaymentOutcome.Kind) -> String { "payment_" + kind.rawValue }

    private static func definition(_ kind: PaymentOutcome.Kind, _ language: Language) -> TemplateDefinition {
        let receipt = Receipt(
            outcome: kind.receipt, amount: Money(minorUnits: 10_000, currency: .mdl),
            at: Timestamp(seconds: 1_795_264_980), place: .chisinau, description: nil, tag: "cafea")
        let values = receipt.templateValues(language)
        guard let key = kind.receipt.templateKey else {
            preconditionFailure("an outcome that is told has a template: \(kind.rawValue)")
        }
        let slots = Catalogue.slots(key, language)
        var body = Catalogue.template(key, language)
        for (index, slot) in slots.enumerated() {
            body = body.replacing("{\(slot.rawValue)}", with: "{{\(index + 1)}}")
        }
        return TemplateDefinition(
            name: name(kind), language: language.rawValue, body: body,
            samples: values)
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
}
