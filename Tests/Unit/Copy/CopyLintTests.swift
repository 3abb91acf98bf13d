// What a careful editor would find in the catalogue: a slot that one language lacks, a quote of another language, a
// space too many, a text too long for where it is shown, a key nobody uses, a sentence that went past it.
import Copy
import FoundationEssentials
import Money
import Testing
import World

@Suite struct `Every text of the catalogue` {
    @Test func `has a key of its own`() {
        #expect(Set(CopyText.keys).count == CopyText.keys.count)
        #expect(CopyText.all.count == CopyText.keys.count * 5)
    }

    @Test(arguments: CopyText.keys) func `has the same slots in five languages, all of them known`(
        key: String
    )
        throws
    {
        let texts = CopyText.of(key)
        let wanted = try #require(texts.first { $0.language == .en }).slots
        for text in texts {
            #expect(text.slots == wanted, "\(text.language)")
            for slot in text.slots { #expect(Slot(rawValue: slot) != nil, "\(slot)") }
            let opening = text.template.count { $0 == "{" }
            #expect(opening == text.template.count { $0 == "}" } && opening >= text.slots.count)
        }
    }

    @Test(arguments: CopyText.all) func `is set as its language sets texts`(text: CopyText) {
        let words = text.template
        for line in words.split(separator: "\n", omittingEmptySubsequences: false) {
            #expect(line.first?.isWhitespace != true && line.last?.isWhitespace != true, "\(line)")
        }
        for wrong in ["  ", "\t", "...", "\u{A0} ", " \u{A0}", "--", " ,", " .", "\n\n\n", "\r"] {
            #expect(!words.contains(wrong), "\(wrong.debugDescription)")
        }
        // Straight quotes stand in the command that is copied, and nowhere else.
        #expect(text.key == "example" || !words.contains("\""))
        #expect(!words.contains("'"))
        let quotes = words.filter { "„”“«»‚‘‹›".contains($0) }
        let allowed: [Language: String] = [.ro: "„”", .ru: "«»", .en: "“”", .fr: "«»", .de: "„“"]
        #expect(quotes.allSatisfy { allowed[text.language]?.contains($0) ?? false }, "\(quotes)")
        #expect(quotes.count.isMultiple(of: 2))
    }

    @Test(arguments: CopyText.all) func `spaces its punctuation as its language does`(text: CopyText) {
        let characters = Array(text.template)
        for (index, sign) in characters.enumerated() where ":;!?»".contains(sign) {
            let before = index > 0 ? characters[index - 1] : " "
            let isInside = index + 1 < characters.count && !characters[index + 1].isWhitespace
            // 14:23 and https: are not sentences.
            if sign == ":", isInside { continue }
            if text.language == .fr {
                #expect("\u{A0}\u{202F}".contains(before), "\(text.template.prefix(index + 1).suffix(20))")
            } else {
                #expect(!before.isWhitespace, "\(text.template.prefix(index + 1).suffix(20))")
            }
        }
        for (index, sign) in characters.enumerated() where sign == "«" && text.language == .fr {
            #expect(index + 1 < characters.count && "\u{A0}\u{202F}".contains(characters[index + 1]))
        }
    }

    @Test(arguments: CopyText.all) func `is spelled with its own language's letters`(text: CopyText) {
        // Comma below, not cedilla; and no word of two alphabets, which only looks right.
        #expect(!text.template.contains { "şţŞŢ".contains($0) })
        for word in text.template.split(whereSeparator: { !$0.isLetter }) {
            let isCyrillic = word.unicodeScalars.contains { (0x400...0x4FF).contains($0.value) }
            let isLatin = word.unicodeScalars.contains { $0.value < 0x250 }
            #expect(!(isCyrillic && isLatin), "\(word)")
            if isCyrillic { #expect(text.language == .ru, "\(word)") }
        }
        let own: [Language: String] = [
            .ro: "ăâîșț", .ru: "", .en: "", .fr: "àâçéèêëîïôùûüœ", .de: "äöüß",
        ]
        for letter in text.template.lowercased() where letter.isLetter && !letter.isASCII {
            let isCyrillic = letter.unicodeScalars.contains { (0x400...0x4FF).contains($0.value) }
            #expect(isCyrillic || own[text.language]?.contains(letter) == true, "\(letter)")
        }
    }

    @Test(arguments: CopyText.all) func `fits where it is shown`(text: CopyText) {
        // Every slot as long as what fills it may be.
        let longest: [String: Int] = [
            "merchant": 100, "bank": 100, "payer": 100, "amount": 32, "limit": 32, "command": 260,
            "reference": 141, "time": 24, "date": 24, "typed": 32, "example": 24, "minutes": 16,
        ]
        let filled = text.slots.reduce(text.template) { filled, slot in
            filled.replacing("{" + slot + "}", with: String(repeating: "x", count: longest[slot] ?? 8))
        }
        #expect(filled.utf16.count <= 1024)
        let isButton = text.key.hasSuffix("Button") || text.key == "receiptRenew"
        if isButton { #expect(text.template.utf16.count <= 20 && text.slots.isEmpty) }
        if text.key.hasSuffix("Each") { #expect(text.template.utf16.count <= 24) }
        // First words of a line that has an amount, a time and a tag behind it.
        if text.key.hasPrefix("status") || (text.key.hasPrefix("receipt") && text.slots.isEmpty && !isButton),
            !text.key.hasSuffix("Advice")
        {
            #expect(text.template.utf16.count <= 40)
        }
        for language in Language.allCases { #expect(language.nativeName.utf16.count <= 24) }
    }

    @Test(arguments: CopyText.keys) func `is something else in every language, or a word all share`(
        key: String
    ) {
        let texts = Set(CopyText.of(key).map(\.template))
        let isCounting = ["One", "Few", "Many", "Other"].contains { key.hasSuffix($0) }
        #expect(texts.count >= (isCounting ? 4 : 5), "\(key)")
    }

    @Test func `is used`() {
        let declared = ["CopyKey.swift", "SaleKey.swift", "Catalogue+", "Sales+"]
        let folders = ["Shared/Copy", "Services/CommandRouter", "Services/Notifier", "Services/EcommGateway"]
        var used: Set<Substring> = []
        for folder in folders {
            for file in ProjectSources.lines(below: folder)
            where !declared.contains(where: file.path.contains) {
                for line in file.lines {
                    // A key is used as ".key": after a dot that does not follow a name.
                    for piece in line.split(separator: ".", omittingEmptySubsequences: false).dropFirst() {
                        used.insert(piece.prefix { $0.isLetter || $0.isNumber })
                    }
                }
            }
        }
        #expect(used.count > 100)
        #expect(CopyText.keys.filter { !used.contains(Substring($0)) } == [])
    }
}

@Suite struct `What a person reads in chat` {
    /// Where what is written goes to a person: labels of message contents, and texts.
    private static let labels = [
        ".text(", "body:", "caption:", "title:", "button:", "header:", "footer:", "detail:", "description:",
    ]
    private static let services = ["Services/CommandRouter", "Services/Notifier", "Services/EcommGateway"]

    @Test func `stands in the catalogue and nowhere else`() {
        var seen = 0
        for folder in Self.services {
            for file in ProjectSources.lines(below: folder) {
                for (number, line) in file.lines.enumerated() {
                    for label in Self.labels {
                        guard let at = line.firstRange(of: label) else { continue }
                        let argument = line[at.upperBound...].drop { $0 == " " }
                        seen += 1
                        guard argument.hasPrefix("\"") else { continue }
                        let literal = argument.dropFirst().prefix { $0 != "\"" }
                        // An interpolation or a sign between values is no words.
                        let words = literal.split(separator: "\\(")[safe: 0] ?? ""
                        let isWords = words.contains(where: \.isLetter) && words.contains(" ")
                        if isWords { Issue.record("\(file.path):\(number + 1) says \(literal)") }
                    }
                }
            }
        }
        #expect(seen > 50)
    }

    /// The grammar's words, which people type, and the plural of nothing else.
    private static let wordLists = [
        "CommandWords.swift", "SpanWords.swift", "CurrencyWords.swift", "Lists.swift", "Strangers.swift",
    ]

    @Test func `has no letters of the five languages outside it`() {
        for folder in Self.services {
            for file in ProjectSources.lines(below: folder)
            where !Self.wordLists.contains(where: file.path.hasSuffix) {
                for (number, line) in file.lines.enumerated() where line.contains("\"") {
                    let code = line.firstRange(of: " //").map { line[..<$0.lowerBound] } ?? line[...]
                    let foreign = code.unicodeScalars.first { scalar in
                        scalar.properties.isAlphabetic && scalar.value >= 0xC0 && scalar.value < 0x530
                    }
                    if let foreign { Issue.record("\(file.path):\(number + 1) holds \(foreign)") }
                }
            }
        }
    }
}

extension Collection {
    fileprivate subscript(safe index: Int) -> Element? {
        index < count ? self[self.index(startIndex, offsetBy: index)] : nil
    }
}
