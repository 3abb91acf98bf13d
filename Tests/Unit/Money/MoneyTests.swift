// Money's own promises: exact text both ways, JSON shape, refusals. No vectors by others here.
import FoundationEssentials
import Money
import Testing

@Suite struct `An amount of money` {
    @Test(arguments: [
        ("MDL", 10000, "100.00"), ("MDL", 5, "0.05"), ("MDL", 0, "0.00"), ("MDL", -7, "-0.07"),
        ("JPY", 100, "100"),
        ("KWD", 5, "0.005"), ("KWD", 123_456, "123.456"), ("CLF", 1, "0.0001"),
        ("MDL", Int64.max, "92233720368547758.07"), ("MDL", Int64.min, "-92233720368547758.08"),
    ]) func `is written with exactly its currency's decimals`(code: String, minor: Int64, text: String) throws
    {
        let currency = try #require(Currency(rawValue: code))
        #expect(Money(minorUnits: minor, currency: currency).decimalText == text)
    }

    @Test(arguments: [
        ("MDL", "150.75", 15075), ("MDL", "0.05", 5), ("MDL", "12.5", 1250), ("MDL", "100", 10000),
        ("MDL", "100.0000", 10000), ("MDL", "007", 700), ("JPY", "100.00", 100), ("KWD", "1.234", 1234),
        ("MDL", "92233720368547758.07", Int64.max),
    ]) func `is read from decimal text without rounding`(code: String, text: String, minor: Int64) throws {
        let currency = try #require(Currency(rawValue: code))
        #expect(try Money(decimal: text, currency: currency).minorUnits == minor)
    }

    @Test(arguments: [
        "", ".", "5.", ".5", "+1", "-1", "1,5", "1 000", "1e2", "1.2.3", " 1", "1 ", "\u{661}", "0x10", "NaN",
        "1.5\0",
    ]) func `refuses text that is not plain decimal`(text: String) {
        #expect(throws: DecimalTextRefusal.notDecimal) { try Money(decimal: text, currency: .mdl) }
    }

    @Test func `refuses decimals the currency does not have`() throws {
        #expect(throws: DecimalTextRefusal.tooManyDecimals(allowed: 2)) {
            try Money(decimal: "1.005", currency: .mdl)
        }
        let yen = try #require(Currency(rawValue: "JPY"))
        #expect(throws: DecimalTextRefusal.tooManyDecimals(allowed: 0)) {
            try Money(decimal: "1.5", currency: yen)
        }
    }

    @Test(arguments: ["92233720368547758.08", "9223372036854775808", String(repeating: "9", count: 10_000)])
    func `refuses what does not fit`(text: String) {
        #expect(throws: DecimalTextRefusal.overflow) { try Money(decimal: text, currency: .mdl) }
    }

    @Test func `comes back from its own text for every kind of currency`() throws {
        for code in ["MDL", "JPY", "KWD", "CLF"] {
            let currency = try #require(Currency(rawValue: code))
            for minor: Int64 in [0, 1, 9, 10, 99, 100, 101, 12_345, 999_999_999, .max] {
                let money = Money(minorUnits: minor, currency: currency)
                #expect(try Money(decimal: money.decimalText, currency: currency) == money)
            }
        }
    }

    @Test func `has one JSON shape and refuses a code that is none`() throws {
        let money = Money(minorUnits: 10_000, currency: .mdl)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = try encoder.encode(money)
        #expect(String(decoding: json, as: UTF8.self) == #"{"currency":"MDL","minor":10000}"#)
        #expect(try JSONDecoder().decode(Money.self, from: json) == money)
        for bad in [
            #"{"currency":"mdl","minor":1}"#, #"{"currency":"MDLL","minor":1}"#, #"{"minor":1}"#,
            #"{"currency":"MDL","minor":1.5}"#, #"{"currency":"MDL","minor":"1"}"#,
        ] {
            #expect(throws: DecodingError.self) { try JSONDecoder().decode(Money.self, from: Data(bad.utf8)) }
        }
    }

    @Test func `adds only its own currency and never wraps`() {
        let hundred = Money(minorUnits: 10_000, currency: .mdl)
        #expect(hundred.adding(hundred)?.minorUnits == 20_000)
        #expect(hundred.subtracting(hundred)?.minorUnits == 0)
        #expect(hundred.adding(Money(minorUnits: 1, currency: .eur)) == nil)
        #expect(Money(minorUnits: .max, currency: .mdl).adding(hundred) == nil)
        #expect(Money(minorUnits: .min, currency: .mdl).subtracting(hundred) == nil)
    }
}

@Suite struct `A language` {
    @Test(arguments: [
        ("ro", Language.ro), ("RO", .ro), ("ro-MD", .ro), ("ro_RO", .ro), ("mo", .ro), ("ru-MD", .ru),
        ("en-GB", .en),
        ("fr", .fr), ("DE_de", .de),
    ]) func `is read from any usual tag`(tag: String, language: Language) {
        #expect(Language(tag: tag) == language)
    }

    @Test(arguments: ["", "uk", "rom", "r", "-ro", "english", "🇲🇩"])
    func `is not guessed`(tag: String) { #expect(Language(tag: tag) == nil) }
}
