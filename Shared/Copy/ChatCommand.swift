// Writing the command that a seller could have typed, for receipts that offer a new link, and cleaning values
// for message templates. Reading commands is the router's grammar.
package import Money

/// Commands as text a seller can send back.
package enum ChatCommand {
    /// `pay 100 "Cafea" #cafea`; whole amounts without decimals, as people write them.
    package static func pay(_ amount: Money, description: String? = nil, tag: String? = nil) -> String {
        let text = amount.decimalText
        let whole = text.prefix { $0 != "." }
        let zeros = text.dropFirst(whole.count).allSatisfy { $0 == "." || $0 == "0" }
        // Three decimals could be read as a thousand; a fourth, which is zero, leaves no doubt.
        let exact = text.utf8.count - whole.utf8.count == 4 ? text + "0" : text
        var command = "pay " + (zeros ? String(whole) : exact)
        if let description { command += " " + quoted(description) }
        if let tag { command += " #" + tag }
        return command
    }

    /// `rtp 100 +37369123456 Ion Rusu "Cafea" #cafea`.
    package static func requestToPay(
        _ amount: Money, phone: String?, name: String?, description: String? = nil, tag: String? = nil
    ) -> String {
        let words = pay(amount, description: description, tag: tag).split(
            separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        let payer = [phone, name].compactMap { $0 }
        return (["rtp", String(words[1])] + payer + words.dropFirst(2).map(String.init)).joined(
            separator: " ")
    }

    /// In quotes of a kind that does not occur inside, since any of a kind ends a quotation. A text with all
    /// four kinds loses those of the rarest.
    private static func quoted(_ text: String) -> String {
        let kinds: [(open: String, close: String, signs: String)] = [
            ("\"", "\"", "\"“”„‟＂"), ("«", "»", "«»"), ("‹", "›", "‹›"), ("'", "'", "'‘’‚‛`´"),
        ]
        let text = text.unicodeScalars
        for kind in kinds where !text.contains(where: { kind.signs.unicodeScalars.contains($0) }) {
            return kind.open + String(text) + kind.close
        }
        return "‹" + String(String.UnicodeScalarView(text.filter { $0 != "‹" && $0 != "›" })) + "›"
    }
}

/// Values put into message templates.
package enum TemplateValue {
    /// At most this many characters; template texts count against 1,024 with all values filled in.
    package static let charactersMax = 120

    /// One line: any run of white space or control characters becomes one space, the ends are cut, the length
    /// bounded.
    package static func clean(_ text: String) -> String {
        let words = text.split {
            $0.isWhitespace || $0.unicodeScalars.allSatisfy { $0.properties.generalCategory == .control }
        }
        let line = words.joined(separator: " ")
        return line.isEmpty ? "–" : String(line.prefix(charactersMax))
    }
}
