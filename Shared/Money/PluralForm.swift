// CLDR 47 cardinal plural rules of the five languages, for plain numbers. Compact notation ("1c6") has rules of
// its own that no text of ours needs.

/// Which form of a noun a number asks for.
package enum PluralForm: String, CaseIterable, Sendable, Hashable {
    case one, few, many, other

    /// The form for `count` things in `language`: ru 1 платёж, 2 платежа, 5 платежей; ro 2 plăți, 20 de
    /// plăți. With decimals shown, however many and even zeros, `count` is what stands before them: ro 1,0
    /// plăți, fr 1,5 paiement, ru 1,5 платежа.
    package init(_ count: UInt64, showingDecimals: Bool = false, in language: Language) {
        let lastTwo = count % 100
        if showingDecimals {
            switch language {
            case .en, .de, .ru: self = .other
            case .ro: self = .few
            case .fr: self = count < 2 ? .one : .other
            }
            return
        }
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
