// CLDR 47 cardinal plural rules of the five languages, for whole numbers. Fractions and compact notation
// ("1c6") have rules of their own that no text of ours needs.

/// Which form of a noun a whole number asks for.
package enum PluralForm: String, CaseIterable, Sendable, Hashable {
    case one, few, many, other

    /// The form for `count` things in `language`: ru 1 платёж, 2 платежа, 5 платежей; ro 2 plăți, 20 de
    /// plăți.
    package init(_ count: UInt64, in language: Language) {
        let lastTwo = count % 100
        switch language {
        case .en, .de:
            self = count == 1 ? .one : .other
        case .fr:
            self = count < 2 ? .one : count.isMultiple(of: 1_000_000) ? .many : .other
        case .ro:
            self = count == 1 ? .one : count == 0 || (1...19).contains(lastTwo) ? .few : .other
        case .ru:
            switch (count % 10, lastTwo) {
            case (1, let two) where two != 11: self = .one
            case (2...4, let two) where !(12...14).contains(two): self = .few
            default: self = .many
            }
        }
    }
}
