// An amount as people type it, before a currency gives it meaning: runs of digits and the signs between them.
// What "1.250" means depends on how many decimals the currency has, so reading and meaning are two steps.
import Money

/// Digits with the signs between them: `runs` is never empty and one longer than `signs`.
struct AmountText: Equatable {
    /// `fraction` and `group` are the Arabic signs, which mean only one thing each.
    enum Sign: Equatable { case dot, comma, space, apostrophe, fraction, group }

    /// Digit values 0...9 of each run, most significant first; no run is empty.
    var runs: [[UInt8]]
    var signs: [Sign]
    /// Whether digits of two scripts stand in it: "1৪" is fourteen and looks like eighteen.
    var isMixed = false

    /// What the digits mean in a currency.
    enum Meaning: Equatable {
        case exact(Money)
        /// The larger first; one reading may not be an amount of the currency at all.
        case ambiguous([Money])
        case refused(CommandRefusal)
    }

    /// Takes an amount at the cursor, which must be at a digit; `nil` otherwise. Signs between digits belong
    /// to the amount; a space does only when it groups: one to three digits before it, exactly three after
    /// it, and then neither a digit nor a letter, so that "100 250g" charges 100, unless the letters are a
    /// currency: "1 250lei". Of spaces that could group,
    /// at most `spacesMax` do.
    static func take(
        from text: inout TypedText, spacesMax: Int = .max, isCurrency: (String) -> Bool = { _ in false }
    ) -> AmountText? {
        guard let first = text.next, let digit = first.digit else { return nil }
        let zero = first.value - UInt32(digit)
        var amount = AmountText(runs: [], signs: [])
        amount.takeRun(from: &text, zero)
        // Kept while going along, since a message may be all groups.
        var mayGroup = amount.runs[0].count <= 3
        while let scalar = text.next, let sign = sign(scalar), text.at(1)?.digit != nil {
            if sign == .space {
                guard mayGroup, amount.signs.count < spacesMax, Self.groupFollows(text, isCurrency) else {
                    break
                }
            } else {
                mayGroup = false
            }
            text.advance()
            amount.signs.append(sign)
            amount.takeRun(from: &text, zero)
        }
        return amount
    }

    /// What this means in `currency`. Total: every shape has a meaning or a refusal.
    func meaning(in currency: Currency) -> Meaning {
        guard !isMixed, runs[0].count == 1 || runs[0][0] != 0 else { return .refused(.amountUnreadable) }
        guard let last = signs.last else { return Self.amount(runs[0], [], currency) }
        let groupSigns = signs.dropLast()
        if signs.allSatisfy({ $0 == last }) {
            let isGrouped = Self.isGrouped(runs)
            if signs.count == 1, last == .fraction { return Self.amount(runs[0], runs[1], currency) }
            if signs.count == 1, last == .dot || last == .comma {
                guard isGrouped, runs[0] != [0] else { return Self.amount(runs[0], runs[1], currency) }
                guard currency.minorUnitDigits > 0 else {
                    return Self.amount(runs[0] + runs[1], [], currency)
                }
                return either(currency)
            }
            return isGrouped && last != .fraction
                ? Self.amount(runs.flatMap { $0 }, [], currency) : .refused(.amountUnreadable)
        }
        guard last == .dot || last == .comma || last == .fraction, groupSigns[0] != .fraction,
            groupSigns.allSatisfy({ $0 == groupSigns[0] && $0 != last }),
            Self.isGrouped(Array(runs.dropLast()))
        else { return .refused(.amountUnreadable) }
        return Self.amount(runs.dropLast().flatMap { $0 }, runs[runs.count - 1], currency)
    }

    private func either(_ currency: Currency) -> Meaning {
        switch (Self.amount(runs[0] + runs[1], [], currency), Self.amount(runs[0], runs[1], currency)) {
        case (.exact(let grouped), .exact(let decimal)): .ambiguous([grouped, decimal])
        case (.exact(let grouped), _): .ambiguous([grouped])
        case (let refusal, _): refusal
        }
    }

    private static func amount(_ whole: [UInt8], _ decimals: [UInt8], _ currency: Currency) -> Meaning {
        do throws(DecimalTextRefusal) {
            return .exact(try Money(wholeDigits: whole, decimalDigits: decimals, currency: currency))
        } catch {
            switch error {
            case .tooManyDecimals(let allowed): return .refused(.amountTooManyDecimals(allowed: allowed))
            case .overflow: return .refused(.amountTooLarge)
            case .notDecimal: return .refused(.amountUnreadable)
            }
        }
    }

    /// Western grouping (1 250 000) or Indian (12,50,000).
    private static func isGrouped(_ runs: [[UInt8]]) -> Bool {
        guard runs.count > 1, (1...3).contains(runs[0].count), runs[runs.count - 1].count == 3 else {
            return false
        }
        let middle = runs.dropFirst().dropLast()
        return middle.allSatisfy { $0.count == 3 }
            || (runs[0].count < 3 && middle.allSatisfy { $0.count == 2 })
    }

    private static func groupFollows(_ text: TypedText, _ isCurrency: (String) -> Bool) -> Bool {
        guard (1...3).allSatisfy({ text.at($0)?.digit != nil }) else { return false }
        guard let after = text.at(4) else { return true }
        guard after.isLetter else { return after.digit == nil }
        var text = text
        text.advance(4)
        return isCurrency(text.takeWord())
    }

    private mutating func takeRun(from text: inout TypedText, _ zero: UInt32) {
        var digits: [UInt8] = []
        while let scalar = text.next, let digit = scalar.digit {
            if scalar.value - UInt32(digit) != zero { isMixed = true }
            digits.append(digit)
            text.advance()
        }
        runs.append(digits)
    }

    private static func sign(_ scalar: Unicode.Scalar) -> Sign? {
        switch scalar {
        case ".", "\u{FF0E}": .dot
        case ",", "\u{FF0C}": .comma
        case "'", "\u{2019}", "\u{2BC}": .apostrophe
        case "\u{66B}": .fraction
        case "\u{66C}": .group
        default: TypedText.groupingSpaces.contains(scalar) ? .space : nil
        }
    }
}
