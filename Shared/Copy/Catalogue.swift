// Finding a text and filling it in. The texts themselves are in one file per language beside this one; no
// other file in the project may hold a sentence that a person reads in chat.
package import Money

/// The text catalogue in five languages.
package enum Catalogue {
    /// The text of `key` with its slots filled. Values are inserted as they are and never searched for slots
    /// again, so a merchant called "{amount}" stays that. `{example}` fills itself. A slot without a value
    /// stays visible in braces, which a test refuses for every caller's set of values.
    package static func text(_ key: CopyKey, _ language: Language, _ values: [Slot: String] = [:]) -> String {
        fill(template(key, language), language, values)
    }

    /// The same for what is said once a seller is charging.
    package static func text(_ key: SaleKey, _ language: Language, _ values: [Slot: String] = [:]) -> String {
        fill(template(key, language), language, values)
    }

    /// The text with its slots still in braces.
    package static func template(_ key: SaleKey, _ language: Language) -> String {
        switch language {
        case .ro: romanian(key)
        case .ru: russian(key)
        case .en: english(key)
        case .fr: french(key)
        case .de: german(key)
        }
    }

    /// The text with its slots still in braces.
    package static func template(_ key: CopyKey, _ language: Language) -> String {
        switch language {
        case .ro: romanian(key)
        case .ru: russian(key)
        case .en: english(key)
        case .fr: french(key)
        case .de: german(key)
        }
    }

    /// The slots of a text in the order they appear, for message templates whose parameters have an order.
    package static func slots(_ key: CopyKey, _ language: Language) -> [Slot] {
        template(key, language).split(separator: "{", omittingEmptySubsequences: false).dropFirst().compactMap
        { piece in
            piece.firstIndex(of: "}").flatMap { Slot(rawValue: String(piece[..<$0])) }
        }
    }

    /// "5 minutes" in the form the language's plural rules ask for.
    package static func minutes(_ count: Int, _ language: Language) -> String {
        let key: CopyKey =
            switch PluralForm(UInt64(max(0, count)), in: language) {
            case .one: .minutesOne
            case .few: .minutesFew
            case .many: .minutesMany
            case .other: .minutesOther
            }
        return text(key, language, [.count: AmountFormat(language).count(count)])
    }

    /// "5 payments" in the form the language's plural rules ask for.
    package static func payments(_ count: Int, _ language: Language) -> String {
        let key: SaleKey =
            switch PluralForm(UInt64(max(0, count)), in: language) {
            case .one: .paymentsOne
            case .few: .paymentsFew
            case .many: .paymentsMany
            case .other: .paymentsOther
            }
        return text(key, language, [.count: AmountFormat(language).count(count)])
    }

    private static func fill(_ text: String, _ language: Language, _ values: [Slot: String]) -> String {
        var filled = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{") {
            filled += rest[..<open]
            rest = rest[open...]
            guard let close = rest.firstIndex(of: "}") else { break }
            let name = rest[rest.index(after: open)..<close]
            let slot = Slot(rawValue: String(name))
            if let slot, let value = slot == .example ? template(.example, language) : values[slot] {
                filled += value
            } else {
                filled += rest[...close]
            }
            rest = rest[rest.index(after: close)...]
        }
        return filled + rest
    }
}
