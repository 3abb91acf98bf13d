// Our plural rules against CLDR's own, which are read from its JSON as what they are: conditions over a number's
// digits. Every whole number to twenty thousand, strides to beyond a million, and every sample CLDR gives, those
// with decimals too.
import FoundationEssentials
import Money
import Testing

@Suite struct `The published plural rules` {
    private func rules(_ language: Language) throws -> [(form: PluralForm, rule: PluralRule)]? {
        guard let data = PublishedData.read("cldr/plurals.json") else { return nil }
        let file = try JSONDecoder().decode(PluralsFile.self, from: data)
        return try #require(file.supplemental.cardinal[language.rawValue]).map { key, text in
            (
                try #require(PluralForm(rawValue: key.replacing("pluralRule-count-", with: ""))),
                try PluralRule(text)
            )
        }
    }

    private func form(_ number: PluralRule.Number, _ rules: [(form: PluralForm, rule: PluralRule)])
        -> PluralForm
    {
        rules.first { $0.form != .other && $0.rule.holds(number) }?.form ?? .other
    }

    @Test(arguments: Language.allCases) func `are ours for every whole number`(language: Language) throws {
        guard let rules = try rules(language) else { return }
        var numbers = Array(0...20_000 as ClosedRange<UInt64>)
        numbers += stride(from: 20_001, through: 1_000_200, by: 97)
        numbers += [999_999, 1_000_000, 1_000_001, 2_000_000, 3_000_011, 1_000_000_000]
        for number in numbers {
            let wanted = form(PluralRule.Number(whole: number, decimals: ""), rules)
            guard PluralForm(number, in: language) == wanted else {
                Issue.record("\(number) is \(wanted) in \(language)")
                return
            }
        }
    }

    @Test(arguments: Language.allCases) func `are ours for every number with decimals`(language: Language)
        throws
    {
        guard let rules = try rules(language) else { return }
        for whole in Array(0...120 as ClosedRange<UInt64>) + [1_000, 1_001, 10_000, 1_000_000, 1_000_001] {
            for decimals in ["0", "00", "1", "5", "01", "50", "99"] {
                let wanted = form(PluralRule.Number(whole: whole, decimals: decimals), rules)
                #expect(
                    PluralForm(whole, showingDecimals: true, in: language) == wanted, "\(whole).\(decimals)")
            }
        }
    }

    @Test(arguments: Language.allCases) func `are ours for every published sample`(language: Language) throws
    {
        guard let rules = try rules(language) else { return }
        var seen = 0
        for (form, rule) in rules {
            for number in rule.samples {
                #expect(
                    PluralForm(number.whole, showingDecimals: !number.decimals.isEmpty, in: language) == form,
                    "\(number)")
                seen += 1
            }
        }
        #expect(seen > 20)
    }
}

/// One CLDR rule: alternatives of conditions, and samples.
private struct PluralRule {
    /// A number as it is shown; CLDR's operands are worked out from this.
    struct Number {
        var whole: UInt64
        var decimals: String

        /// `nil` for n and i of a number with a fraction where only whole numbers could match.
        func operand(_ name: Character) -> UInt64? {
            switch name {
            case "i": whole
            case "n": decimals.allSatisfy { $0 == "0" } ? whole : nil
            case "v": UInt64(decimals.count)
            case "f": UInt64(decimals) ?? 0
            // Compact notation is not ours: its exponent is always zero.
            case "e", "c": 0
            default: nil
            }
        }
    }

    struct Condition {
        var operand: Character
        var modulus: UInt64?
        var isNegated: Bool
        var ranges: [ClosedRange<UInt64>]

        func holds(_ number: Number) -> Bool {
            guard let value = number.operand(operand) else { return isNegated }
            let reduced = modulus.map { value % $0 } ?? value
            return ranges.contains { $0.contains(reduced) } != isNegated
        }
    }

    struct Unreadable: Error { var text: String }

    var alternatives: [[Condition]]
    var samples: [Number]

    init(_ text: String) throws {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        let conditions = String(parts[0])
        alternatives =
            try conditions.allSatisfy(\.isWhitespace)
            ? []
            : conditions.split(separator: " or ").map { alternative in
                try String(alternative).split(separator: " and ").map { try Self.condition(String($0)) }
            }.filter { !$0.isEmpty }
        samples = parts.dropFirst().flatMap { part in
            part.drop { $0 != " " }.split(separator: ",").flatMap { Self.numbers($0) }
        }
    }

    func holds(_ number: Number) -> Bool { alternatives.contains { $0.allSatisfy { $0.holds(number) } } }

    /// "n % 100 = 1..19", "i = 0,1", "v != 0"
    private static func condition(_ text: String) throws -> Condition {
        let words = text.split(separator: " ").map(String.init)
        guard let name = words.first?.first, words.count == 3 || (words.count == 5 && words[1] == "%") else {
            throw Unreadable(text: text)
        }
        let sign = words[words.count - 2]
        guard sign == "=" || sign == "!=" else { throw Unreadable(text: text) }
        let ranges = try words[words.count - 1].split(separator: ",").map { piece -> ClosedRange<UInt64> in
            let ends = piece.replacing("..", with: " ").split(separator: " ").compactMap { UInt64($0) }
            guard let low = ends.first, let high = ends.last else { throw Unreadable(text: text) }
            return low...high
        }
        return Condition(
            operand: name, modulus: words.count == 5 ? UInt64(words[2]) : nil, isNegated: sign == "!=",
            ranges: ranges)
    }

    /// "2~16", "0.0~1.5", "1000000"; compact ones ("1c6") are not ours.
    private static func numbers(_ text: Substring) -> [Number] {
        let ends = text.split(separator: "~").map { $0.filter { !$0.isWhitespace } }
        guard let start = ends.first, !start.contains("c"), start.contains(where: \.isNumber),
            let low = number(start), let high = number(ends[ends.count - 1])
        else { return [] }
        // A range of decimals steps by its last place.
        let places = low.decimals.count
        let scale = (0..<places).reduce(UInt64(1)) { power, _ in power * 10 }
        let first = low.whole * scale + (UInt64(low.decimals) ?? 0)
        let last = high.whole * scale + (UInt64(high.decimals) ?? 0)
        return (first...last).map { step in
            let fraction = String(step % scale)
            let decimals =
                places == 0 ? "" : String(repeating: "0", count: places - fraction.count) + fraction
            return Number(whole: step / scale, decimals: decimals)
        }
    }

    private static func number(_ text: String) -> Number? {
        let parts = text.split(separator: ".")
        guard let whole = UInt64(parts[0]) else { return nil }
        return Number(whole: whole, decimals: parts.count > 1 ? String(parts[1]) : "")
    }
}

private struct PluralsFile: Decodable {
    var supplemental: Supplemental
    struct Supplemental: Decodable {
        var cardinal: [String: [String: String]]
        enum CodingKeys: String, CodingKey { case cardinal = "plurals-type-cardinal" }
    }
}
