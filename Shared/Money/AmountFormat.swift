// How an amount looks to a person in each language. Numbers follow CLDR 47 (decimal and group signs, grouping
// by three from the fourth digit); no ICU, because the four facts we need from it fit on one screen.

/// House style for amounts in chat: the number by CLDR, a no-break space, the ISO code ("1.250,00 MDL"), in
/// all five languages. CLDR puts the code first in English when it stands for a symbol, but its own pattern
/// for an appended code (`currencyPatternAppendISO`) is this one everywhere, and a seller who switches
/// languages should find the amount in the same place.
package struct AmountFormat: Sendable, Hashable {
    package let decimalSign: String
    package let groupSign: String

    package init(_ language: Language) {
        switch language {
        case .ro, .de: (decimalSign, groupSign) = (",", ".")
        case .ru: (decimalSign, groupSign) = (",", "\u{A0}")
        case .en: (decimalSign, groupSign) = (".", ",")
        case .fr: (decimalSign, groupSign) = (",", "\u{202F}")
        }
    }

    /// The amount with its code, never breaking across lines: "100,00 MDL".
    package func text(_ money: Money) -> String { number(money) + "\u{A0}" + money.currency.rawValue }

    /// The number alone, always with the currency's decimals: "1 250,00".
    package func number(_ money: Money) -> String {
        let plain = money.decimalText
        let unsigned = money.minorUnits < 0 ? plain.dropFirst() : plain[...]
        let parts = unsigned.split(separator: ".", omittingEmptySubsequences: false)
        let whole = grouped(parts[0])
        let number = parts.count > 1 ? whole + decimalSign + parts[1] : whole
        return money.minorUnits < 0 ? "-" + number : number
    }

    /// A number of things, not below 0: "1 250".
    package func count(_ things: Int) -> String { grouped(String(max(0, things))[...]) }

    private func grouped(_ digits: Substring) -> String {
        var grouped = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { grouped += groupSign }
            grouped.append(digit)
        }
        return grouped
    }
}
