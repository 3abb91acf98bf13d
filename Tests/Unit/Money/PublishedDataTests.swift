// Our small tables against the data they were read from: ISO 4217 minor units, CLDR number symbols and patterns.
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

    /// The number is written a second time here, by CLDR's pattern and symbols and nothing of ours.
    @Test(arguments: Language.allCases) func `agree with how we write amounts and counts`(language: Language)
        throws
    {
        guard let data = PublishedData.read("cldr/\(language.rawValue)/numbers.json") else { return }
        let numbers = try #require(try JSONDecoder().decode(NumbersFile.self, from: data).main.values.first)
            .numbers
        let format = AmountFormat(language)
        let codes = ["MDL", "EUR", "JPY", "KWD", "UYW"]
        var minor: [Int64] =
            Array(0...1_200) + [9_999, 10_000, 99_999, 100_000, 999_999, 1_000_000, 1_000_001]
        minor += stride(from: 1_201, through: 100_000_000, by: 99_991)
        minor += minor.map { -$0 } + [.max, .min]
        for code in codes {
            let currency = try #require(Currency(rawValue: code))
            for amount in minor {
                let money = Money(minorUnits: amount, currency: currency)
                let written = numbers.write(amount, decimals: currency.minorUnitDigits)
                guard format.number(money) == written else {
                    Issue.record("\(amount) \(code) is \(written), not \(format.number(money))")
                    return
                }
                let shown = numbers.currency.appendISO.replacing("{0}", with: written)
                #expect(format.text(money) == shown.replacing("¤¤", with: code))
            }
        }
        for count in [0, 1, 999, 1_000, 12_345, 999_999, 1_000_000] {
            #expect(format.count(count) == numbers.write(Int64(count), decimals: 0))
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
        /// By CLDR's own words: the primary group is as long as the run behind the pattern's last comma, and
        /// begins to be cut off when as many digits as the minimum stand before it.
        func write(_ minor: Int64, decimals: Int) -> String {
            let pattern = currency.noCurrency.split(separator: ".")[0]
            let size = pattern.split(separator: ",").last?.count ?? 3
            var digits = Array(String(minor.magnitude))
            while digits.count <= decimals { digits.insert("0", at: 0) }
            let fraction = digits.suffix(decimals)
            let whole = Array(digits.dropLast(decimals))
            var written = ""
            for (index, digit) in whole.enumerated() {
                let left = whole.count - index
                if index > 0, left % size == 0, whole.count >= size + (Int(minimumGroupingDigits) ?? 1) {
                    written += symbols.group
                }
                written.append(digit)
            }
            if decimals > 0 { written += symbols.decimal + String(fraction) }
            return (minor < 0 ? symbols.minusSign : "") + written
        }

        var minimumGroupingDigits: String
        var symbols: Symbols
        var currency: CurrencyFormats
        enum CodingKeys: String, CodingKey {
            case minimumGroupingDigits
            case symbols = "symbols-numberSystem-latn"
            case currency = "currencyFormats-numberSystem-latn"
        }
    }
    struct Symbols: Decodable { var decimal: String, group: String, minusSign: String }
    struct CurrencyFormats: Decodable {
        var noCurrency: String, appendISO: String
        enum CodingKeys: String, CodingKey {
            case noCurrency = "standard-noCurrency"
            case appendISO = "currencyPatternAppendISO"
        }
    }
}
