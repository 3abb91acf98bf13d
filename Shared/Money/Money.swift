// An amount of money: whole minor units and a currency, from the chat to the ledger to the wire. Nothing here
// rounds, and no floating-point number can become one or come out of one.

/// An exact amount. In JSON: `{"minor": 10000, "currency": "MDL"}` is one hundred lei.
package struct Money: Sendable, Hashable, Codable {
    /// Bani, cents, paise: the currency's smallest unit. Negative only for differences; no command accepts
    /// one.
    package var minorUnits: Int64
    package var currency: Currency

    package init(minorUnits: Int64, currency: Currency) {
        self.minorUnits = minorUnits
        self.currency = currency
    }

    private enum CodingKeys: String, CodingKey {
        case minorUnits = "minor"
        case currency
    }

    /// The exact decimal text for wires and signatures: ASCII digits, a dot, always as many decimals as the
    /// currency has ("100.00" MDL, "100" JPY, "0.005" KWD), a leading "-" below zero, never a group sign.
    package var decimalText: String {
        let digits = currency.minorUnitDigits
        var text = String(minorUnits.magnitude)
        if digits > 0 {
            if text.utf8.count <= digits {
                text = String(repeating: "0", count: digits + 1 - text.utf8.count) + text
            }
            text.insert(".", at: text.index(text.endIndex, offsetBy: -digits))
        }
        return minorUnits < 0 ? "-" + text : text
    }

    /// The sum, or `nil` when the currencies differ or the sum does not fit.
    package func adding(_ other: Money) -> Money? {
        guard currency == other.currency else { return nil }
        let (sum, overflow) = minorUnits.addingReportingOverflow(other.minorUnits)
        return overflow ? nil : Money(minorUnits: sum, currency: currency)
    }

    /// The difference, or `nil` when the currencies differ or it does not fit.
    package func subtracting(_ other: Money) -> Money? {
        guard currency == other.currency else { return nil }
        let (difference, overflow) = minorUnits.subtractingReportingOverflow(other.minorUnits)
        return overflow ? nil : Money(minorUnits: difference, currency: currency)
    }
}
