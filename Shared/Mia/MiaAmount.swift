// miaPOS writes amounts as JSON numbers of its own making: `12.5`, `100`, `1775.00`, and `1.23456789E7` where
// its serializer thinks a double is large. They are read digit by digit from that text; no floating point
// touches them.
package import JSONWire
package import Money

/// An amount as the API means it: hundredths of a currency unit, never negative.
package struct MiaAmount: Sendable, Hashable {
    /// Hundredths, 0 or more.
    package let hundredths: Int64

    /// An exponent beyond this cannot be money; it bounds the work a hostile number can ask for.
    private static let exponentMax: UInt64 = 30

    /// Reads the exact source text of a number. Throws `badAmount` for a negative one, more than two decimals
    /// that are not zero, or more than `Int64` holds.
    package init(_ number: JSONNumber) throws(MiaRefusal) {
        var digits: [UInt8] = []
        var decimals: Int64 = 0
        var seenDot = false
        var rest = number.text.utf8[...]
        while let byte = rest.first, byte | 0x20 != UInt8(ascii: "e") {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits.append(byte - 48)
                if seenDot { decimals += 1 }
            case UInt8(ascii: ".") where !seenDot: seenDot = true
            default: throw .badAmount
            }
            rest = rest.dropFirst()
        }
        rest = rest.dropFirst()
        if rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        let exponent = rest.isEmpty ? 0 : Int64(jsonDigits: rest)
        // Magnitude, since the smallest Int64 has no absolute value.
        guard let exponent, exponent.magnitude <= Self.exponentMax else { throw .badAmount }
        var shift = exponent - decimals + 2
        while shift < 0 {
            guard digits.popLast() ?? 0 == 0 else { throw .badAmount }
            shift += 1
        }
        if digits.contains(where: { $0 != 0 }) { digits += [UInt8](repeating: 0, count: Int(shift)) }
        var value: Int64 = 0
        for digit in digits {
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(Int64(digit))
            guard !overflow, !carry else { throw .badAmount }
            value = sum
        }
        hundredths = value
    }

    /// The amount member of an object, as a number or (some senders quote it) as the same text in a string.
    init(member value: JSONValue?) throws(MiaRefusal) {
        guard let text = value?.textOrNumber else { throw .missing("amount") }
        guard let number = JSONNumber(text) else { throw .badAmount }
        try self.init(number)
    }

    /// Our amount as the API wants it. Throws `badAmount` below zero and `badCurrency` when the currency has
    /// decimals that two digits cannot hold.
    package init(_ money: Money) throws(MiaRefusal) {
        guard let number = JSONNumber(money.decimalText), money.minorUnits >= 0 else { throw .badAmount }
        do {
            try self.init(number)
        } catch {
            throw .badCurrency
        }
    }

    /// The amount in a currency's own minor units. Throws `badCurrency` when it has decimals the currency
    /// lacks.
    package func money(in currency: Currency) throws(MiaRefusal) -> Money {
        do {
            return try Money(decimal: twoDecimals, currency: currency)
        } catch {
            throw .badCurrency
        }
    }

    /// `1775.00`: always two decimals, a dot, no grouping. What is signed, and what we send.
    package var twoDecimals: String {
        let cents = hundredths % 100
        return "\(hundredths / 100).\(cents < 10 ? "0" : "")\(cents)"
    }

    /// `12.5`, `100`: without trailing zeros, as the bank writes it in its answers.
    package var shortest: String {
        let cents = hundredths % 100
        if cents == 0 { return "\(hundredths / 100)" }
        return cents % 10 == 0 ? "\(hundredths / 100).\(cents / 10)" : twoDecimals
    }
}

extension JSONWriter {
    /// A member `amount` with the given digits; they come from `MiaAmount`, so they are a number.
    mutating func amount(_ digits: String) {
        name("amount")
        raw(digits.utf8)
    }
}
