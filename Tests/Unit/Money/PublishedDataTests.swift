// Our small tables against the data they were read from: ISO 4217 minor units, CLDR number symbols and plural
// rules.
import FoundationEssentials
import Money
import Testing

@Suite struct `Published figures` {
    @Test func `agree with our table of minor units for every living currency`() throws {
        guard let data = PublishedData.read("iso4217/codes-all.csv") else { return }
        var seen = 0
        for line in String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).dropFirst() {
            // From the right: names contain commas, the last four columns do not.
            let columns = line.split(separator: ",", omittingEmptySubsequences: false)
            guard columns.count >= 6, columns[columns.count - 1].isEmpty else { continue }
            let code = String(columns[columns.count - 4])
            guard let currency = Currency(rawValue: code) else { continue }
            let digits = Int(columns[columns.count - 2]) ?? 0
            #expect(currency.minorUnitDigits == digits, "\(code)")
            seen += 1
        }
        #expect(seen > 200)
    }

    @Test(arguments: Language.allCases) func `agree with our signs and our place for the code`(
        language: Language
    ) throws {
        guard let data = PublishedData.read("cldr/\(language.rawValue)/numbers.json") else { return }
        let numbers = try #require(try JSONDecoder().decode(NumbersFile.self, from: data).main.values.first)
            .numbers
        let format = AmountFormat(language)
        #expect(numbers.symbols.decimal == format.decimalSign)
        #expect(numbers.symbols.group == format.groupSign)
        #expect(numbers.minimumGroupingDigits == "1")
        #expect(numbers.currency.noCurrency == "#,##0.00")
        #expect(numbers.currency.appendISO == "{0}\u{A0}¤¤")
        let grouped =
            "1" + numbers.symbols.group + "234" + numbers.symbols.group + "567" + numbers.symbols.decimal
            + "89"
        #expect(format.text(Money(minorUnits: 123_456_789, currency: .mdl)) == grouped + "\u{A0}MDL")
    }

    @Test(arguments: Language.allCases) func `agree with our plural rules on every sample`(language: Language)
        throws
    {
        guard let data = PublishedData.read("cldr/plurals.json") else { return }
        let rules = try #require(
            try JSONDecoder().decode(PluralsFile.self, from: data).supplemental.cardinal[language.rawValue])
        var seen = 0
        for (key, rule) in rules {
            let form = try #require(PluralForm(rawValue: key.replacing("pluralRule-count-", with: "")))
            for sample in wholeSamples(rule) {
                #expect(PluralForm(sample, in: language) == form, "\(sample)")
                seen += 1
            }
        }
        #expect(seen > 10)
    }

    /// The numbers after `@integer`: "0, 2~16, 100, …"; compact ones ("1c6") are not ours.
    private func wholeSamples(_ rule: String) -> [UInt64] {
        guard let samples = rule.split(separator: "@").first(where: { $0.hasPrefix("integer ") }) else {
            return []
        }
        return samples.dropFirst("integer ".count).split(separator: ",").flatMap { piece -> [UInt64] in
            let ends = piece.filter { !$0.isWhitespace }.split(separator: "~").map { UInt64($0) }
            if ends.count == 2, let low = ends[0], let high = ends[1] { return Array(low...high) }
            return ends.compactMap { $0 }
        }
    }
}

@Suite struct `An amount in chat` {
    @Test(arguments: [
        (Language.ro, "1.250,00\u{A0}MDL"), (.ru, "1\u{A0}250,00\u{A0}MDL"), (.en, "1,250.00\u{A0}MDL"),
        (.fr, "1\u{202F}250,00\u{A0}MDL"), (.de, "1.250,00\u{A0}MDL"),
    ]) func `has its language's signs and the code last`(language: Language, text: String) {
        #expect(AmountFormat(language).text(Money(minorUnits: 125_000, currency: .mdl)) == text)
    }

    @Test(arguments: [
        (0, "0,00"), (5, "0,05"), (10_000, "100,00"), (99_999, "999,99"), (100_000, "1.000,00"),
        (-125_000, "-1.250,00"), (Int64.min, "-92.233.720.368.547.758,08"),
    ]) func `groups by three from the fourth digit`(minor: Int64, text: String) {
        #expect(AmountFormat(.ro).number(Money(minorUnits: minor, currency: .mdl)) == text)
    }

    @Test func `shows no decimals where the currency has none`() throws {
        let yen = try #require(Currency(rawValue: "JPY"))
        #expect(AmountFormat(.en).text(Money(minorUnits: 1_234_567, currency: yen)) == "1,234,567\u{A0}JPY")
    }
}

private struct NumbersFile: Decodable {
    var main: [String: Locale]
    struct Locale: Decodable { var numbers: Numbers }
    struct Numbers: Decodable {
        var minimumGroupingDigits: String
        var symbols: Symbols
        var currency: CurrencyFormats
        enum CodingKeys: String, CodingKey {
            case minimumGroupingDigits
            case symbols = "symbols-numberSystem-latn"
            case currency = "currencyFormats-numberSystem-latn"
        }
    }
    struct Symbols: Decodable { var decimal: String, group: String }
    struct CurrencyFormats: Decodable {
        var noCurrency: String, appendISO: String
        enum CodingKeys: String, CodingKey {
            case noCurrency = "standard-noCurrency"
            case appendISO = "currencyPatternAppendISO"
        }
    }
}

private struct PluralsFile: Decodable {
    var supplemental: Supplemental
    struct Supplemental: Decodable {
        var cardinal: [String: [String: String]]
        enum CodingKeys: String, CodingKey { case cardinal = "plurals-type-cardinal" }
    }
}
