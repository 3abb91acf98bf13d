// A currency is its ISO 4217 alphabetic code and nothing more; the only fact we keep of one is how many
// digits its minor unit has. No names, no symbols, no exchange rates belong here.

/// An ISO 4217 alphabetic code: exactly three upper-case letters A to Z. In JSON it is the bare string.
///
/// The code is checked for shape, not against the list of living currencies: a new code must not need a
/// release.
package struct Currency: RawRepresentable, Sendable, Hashable, Codable {
    package let rawValue: String

    /// `nil` unless `rawValue` is three letters `A`...`Z`, and for three times X, the standard's code for no
    /// currency.
    package init?(rawValue: String) {
        guard rawValue.utf8.count == 3, rawValue.utf8.allSatisfy({ (65...90).contains($0) }),
            !rawValue.utf8.allSatisfy({ $0 == UInt8(ascii: "X") })
        else { return nil }
        self.rawValue = rawValue
    }

    private init(_ code: StaticString) { self.rawValue = code.description }

    package static let mdl = Currency("MDL")
    package static let ron = Currency("RON")
    package static let eur = Currency("EUR")
    package static let inr = Currency("INR")

    /// Digits after the decimal point, 0...4 (ISO 4217 list one). Codes without a minor unit (metals, funds,
    /// test codes) count as 0; every code not in the table has 2.
    package var minorUnitDigits: Int { Self.digitsWhereNotTwo[rawValue] ?? 2 }

    /// How many minor units make one major unit: 1, 1000, 10000, mostly 100.
    package var minorUnitsPerMajor: Int64 {
        (0..<minorUnitDigits).reduce(into: Int64(1)) { power, _ in power *= 10 }
    }

    /// Only these differ from two digits; compared with the published list by a test.
    private static let digitsWhereNotTwo: [String: Int] = [
        "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0,
        "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
        "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
        "CLF": 4, "UYW": 4,
        "XAG": 0, "XAU": 0, "XBA": 0, "XBB": 0, "XBC": 0, "XBD": 0, "XDR": 0, "XPD": 0, "XPT": 0, "XSU": 0,
        "XTS": 0, "XUA": 0,
    ]
}

extension Currency: CustomStringConvertible {
    package var description: String { rawValue }
}
