// Reading exact decimal text that a machine wrote: an API's amount field, a configuration value. What people
// type is read by the command grammar instead, which has to guess; nothing here guesses.

/// Why a decimal text is not an amount.
package enum DecimalTextRefusal: Error, Sendable, Hashable {
    /// Anything but ASCII digits with at most one dot between digits; signs, spaces and exponents included.
    case notDecimal
    /// A decimal place that the currency does not have holds something other than zero.
    case tooManyDecimals(allowed: Int)
    /// More minor units than `Int64` holds.
    case overflow
}

extension Money {
    /// Reads "150.75" exactly. Surplus decimals are accepted only when they are zeros ("150.7500"), because
    /// some JSON writers add them; "+1", "-1", "1e2", ".5", "5." and " 5" are refused.
    package init(decimal text: some StringProtocol, currency: Currency) throws(DecimalTextRefusal) {
        var whole: [UInt8] = []
        var decimals: [UInt8] = []
        var seenDot = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                if seenDot { decimals.append(byte - 48) } else { whole.append(byte - 48) }
            case UInt8(ascii: ".") where !seenDot && !whole.isEmpty:
                seenDot = true
            default:
                throw .notDecimal
            }
        }
        guard !whole.isEmpty, seenDot != decimals.isEmpty else { throw .notDecimal }
        try self.init(wholeDigits: whole, decimalDigits: decimals, currency: currency)
    }

    /// Puts an amount together from digit values 0...9, most significant first; both texts may be of any
    /// length. Throws `tooManyDecimals` or `overflow`; called by the decimal text reader and by the command
    /// grammar.
    package init(wholeDigits: [UInt8], decimalDigits: [UInt8], currency: Currency) throws(DecimalTextRefusal)
    {
        let places = currency.minorUnitDigits
        guard decimalDigits.dropFirst(places).allSatisfy({ $0 == 0 }) else {
            throw .tooManyDecimals(allowed: places)
        }
        var minor: Int64 = 0
        for place in 0..<places + wholeDigits.count {
            let decimal = place - wholeDigits.count
            let digit =
                decimal < 0 ? wholeDigits[place] : decimal < decimalDigits.count ? decimalDigits[decimal] : 0
            let (tenfold, overflow) = minor.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(Int64(digit))
            guard !overflow, !carry else { throw .overflow }
            minor = sum
        }
        self.init(minorUnits: minor, currency: currency)
    }
}
