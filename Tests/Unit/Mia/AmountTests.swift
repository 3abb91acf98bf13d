// Amounts of the bank's API: read from the exact text of a number, printed in the two ways the API knows.
import JSONWire
import Mia
import Money
import Testing

@Suite struct `An amount of the bank's API` {
    @Test(arguments: [
        ("100", 10_000, "100.00", "100"), ("12.5", 1_250, "12.50", "12.5"),
        ("1775.00", 177_500, "1775.00", "1775"),
        ("145.25", 14_525, "145.25", "145.25"), ("0.05", 5, "0.05", "0.05"), ("0", 0, "0.00", "0"),
        ("10.0500000", 1_005, "10.05", "10.05"), ("1.23456789E7", 1_234_567_890, "12345678.90", "12345678.9"),
        ("1e2", 10_000, "100.00", "100"), ("12500E-3", 1_250, "12.50", "12.5"), ("0e30", 0, "0.00", "0"),
        ("1E+2", 10_000, "100.00", "100"),
    ])
    func `is read exactly`(text: String, hundredths: Int64, signed: String, shortest: String) throws {
        let amount = try MiaAmount(#require(JSONNumber(text)))
        #expect(amount.hundredths == hundredths)
        #expect(amount.twoDecimals == signed)
        #expect(amount.shortest == shortest)
    }

    @Test(arguments: [
        "10.005", "-1", "-0", "1e-3", "1e31", "1e999999999999999999999", "92233720368547758.08",
        "99999999999999999999", "1e17", "4e-9223372036854775808", "0e9223372036854775807",
    ])
    func `is refused when it is negative, too fine or too large`(text: String) throws {
        let number = try #require(JSONNumber(text))
        #expect(throws: MiaRefusal.badAmount) { try MiaAmount(number) }
    }

    @Test func `holds the largest sum that fits`() throws {
        let amount = try MiaAmount(#require(JSONNumber("92233720368547758.07")))
        #expect(amount.hundredths == .max)
        #expect(amount.twoDecimals == "92233720368547758.07")
    }

    @Test func `becomes money in the currency's own units, or is refused`() throws {
        let amount = try MiaAmount(#require(JSONNumber("12.5")))
        #expect(try amount.money(in: .mdl) == Money(minorUnits: 1_250, currency: .mdl))
        let yen = try #require(Currency(rawValue: "JPY"))
        #expect(throws: MiaRefusal.badCurrency) { try amount.money(in: yen) }
        let whole = try MiaAmount(#require(JSONNumber("12.00")))
        #expect(try whole.money(in: yen) == Money(minorUnits: 12, currency: yen))
    }

    @Test func `is made of our money without a rounding`() throws {
        #expect(try MiaAmount(Money(minorUnits: 15_075, currency: .mdl)).twoDecimals == "150.75")
        #expect(throws: MiaRefusal.badAmount) { try MiaAmount(Money(minorUnits: -1, currency: .mdl)) }
        let dinar = try #require(Currency(rawValue: "KWD"))
        #expect(throws: MiaRefusal.badCurrency) { try MiaAmount(Money(minorUnits: 1_005, currency: dinar)) }
        #expect(try MiaAmount(Money(minorUnits: 1_010, currency: dinar)).twoDecimals == "1.01")
    }
}
