// What Meta's review would refuse about a template, found before it is submitted. Reads definitions, changes
// nothing.
import Money

extension TemplateDefinition {
    /// Meta's limit for a template's body.
    package static let bodyCharactersMax = 1024
    /// With fewer fixed words than this per variable Meta refuses the body; the exact ratio is not published,
    /// so this is a cautious floor of ours.
    package static let wordsPerVariableMin = 2

    /// Everything Meta would refuse, in words for the person who edits the text.
    package var problems: [String] {
        var found: [String] = []
        if name.isEmpty || !name.utf8.allSatisfy(Self.isNameByte) {
            found.append("name has other than a-z 0-9 _")
        }
        if category != "UTILITY" { found.append("category is \(category), not UTILITY") }
        if parameterFormat != "positional" {
            found.append("parameter_format is \(parameterFormat), not positional")
        }
        if let ttl = sendTTLSeconds, !Self.sendTTLRange.contains(ttl) {
            found.append("message_send_ttl_seconds is not within \(Self.sendTTLRange)")
        }
        guard let body else { return found + ["no BODY"] }
        if body.text.utf16.count > Self.bodyCharactersMax {
            found.append("body is over \(Self.bodyCharactersMax)")
        }
        return found + bodyProblems + sampleProblems(body.example?.bodyText.first ?? [])
    }

    private var bodyProblems: [String] {
        let pieces = pieces
        var found: [String] = []
        if Self.isVariable(pieces.first) { found.append("the body starts with a variable") }
        if Self.isVariable(pieces.last) { found.append("the body ends with a variable") }
        for (left, right) in zip(pieces, pieces.dropFirst())
        where Self.isVariable(left) && Self.isVariable(right) {
            found.append("two variables touch")
        }
        var wordCount = 0
        for case .words(let words) in pieces {
            // Punctuation alone reads as nothing to a reviewer: the variables would count as touching or
            // leading.
            if !words.contains(where: { $0.isLetter }) { found.append("no word in \"\(words)\"") }
            wordCount += words.split(whereSeparator: { $0.isWhitespace }).count
        }
        if wordCount < variables.count * Self.wordsPerVariableMin {
            found.append("too few words for its variables")
        }
        if variables != variables.indices.map({ String($0 + 1) }) {
            found.append("variables are not numbered 1, 2, 3 in order")
        }
        return found
    }

    private func sampleProblems(_ samples: [String]) -> [String] {
        if samples.count != variables.count {
            return ["\(samples.count) samples for \(variables.count) variables"]
        }
        return samples.contains("") ? ["an empty sample"] : []
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isVariable(_ piece: Piece?) -> Bool {
        if case .variable = piece { true } else { false }
    }
}

extension TemplateCatalogue {
    /// What is wrong with a set of definitions; empty when they may be used.
    package static func problems(_ definitions: [TemplateDefinition]) -> [String] {
        var found: [String] = []
        var seen: Set<String> = []
        var variables: [String: Int] = [:]
        for definition in definitions {
            let title = "\(definition.name) (\(definition.language))"
            found += definition.problems.map { "\(title): \($0)" }
            if !seen.insert(title).inserted { found.append("\(title): defined twice") }
            let count = definition.variables.count
            // One sender fills all languages with the same values.
            if let others = variables[definition.name], others != count {
                found.append(
                    "\(title): another number of variables than the same template in another language")
            }
            variables[definition.name] = count
        }
        let fallback = fallbackLanguage.rawValue
        for name in variables.keys.sorted()
        where !definitions.contains(where: { $0.name == name && $0.language == fallback }) {
            found.append("\(name): not defined in \(fallback), the language to fall back to")
        }
        return found
    }
}
