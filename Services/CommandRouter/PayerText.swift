// Whom a Request to Pay is for, from what stands beside the amount or from an answer to the question who pays.

extension TypedPayer {
    /// The payer in what followed an amount; `nil` when there is none. Words outside quotes are the name; so
    /// is the first of two quotations.
    init?(_ parts: RemarkParts) throws(CommandRefusal) {
        let phone: String?
        switch parts.phone {
        case .number(let number)?: phone = number
        case .foreign?: throw .payerPhoneForeign
        case .unreadable?: throw .payerPhoneUnreadable
        case nil: phone = nil
        }
        // Digits outside quotes beside a phone are a second phone or the rest of a mistyped one.
        guard
            phone == nil
                || !parts.unquoted.contains(where: { $0.unicodeScalars.contains { $0.digit != nil } })
        else { throw .payerPhoneUnreadable }
        let words = parts.nameAndDescription.name.filter {
            !CommandWords.phoneLabels.contains($0.lowercased())
        }
        let isSomebody = phone != nil || words.contains { !Self.leadsToName($0) }
        let name = Remark.line(isSomebody ? Array(words.drop(while: Self.leadsToName)) : words)
        guard name.unicodeScalars.count <= CommandGrammar.payerNameScalarsMax else { throw .payerNameTooLong }
        guard phone != nil || !name.isEmpty else { return nil }
        self.init(phone: phone, name: name.isEmpty ? nil : name)
    }

    /// "de la Ion" is Ion.
    private static func leadsToName(_ word: String) -> Bool {
        CommandWords.payerPrepositions.contains(word.lowercased())
    }

    /// An answer that is nothing but words, digits or not, or one quotation: a name.
    init?(quoted parts: RemarkParts) throws(CommandRefusal) {
        let name = Remark.line(parts.pieces.map(\.text))
        guard name.unicodeScalars.count <= CommandGrammar.payerNameScalarsMax else { throw .payerNameTooLong }
        guard !name.isEmpty else { return nil }
        self.init(name: name)
    }
}

extension RemarkParts {
    var unquoted: [String] { pieces.filter { !$0.isQuoted }.map(\.text) }

    /// Thanks and please describe nothing.
    var isCourtesy: Bool {
        !pieces.isEmpty
            && pieces.allSatisfy { piece in
                let word = piece.text.lowercased().filter { $0.isLetter || $0 == "'" || $0 == "’" }
                return !piece.isQuoted
                    && (CommandWords.politeness.contains(word) || CommandWords.verb(word) == .thanks)
            }
    }

    /// The words that are the payer's name: those of the first place where words stand, of those before the amount,
    /// between amount and phone, and behind both. People have no digits in their names: with any among the words,
    /// all of them describe what is paid.
    private var namePlace: Int? {
        guard !unquoted.contains(where: { $0.unicodeScalars.contains { $0.digit != nil } }) else {
            return nil
        }
        return pieces.filter { !$0.isQuoted && !$0.text.unicodeScalars.allSatisfy(\.isPunctuation) }.map(
            \.place
        )
        .min()
    }

    /// The pieces of the payer's name, commas dropped, empty when there is none; and those of the description, which
    /// is everything else.
    var nameAndDescription: (name: [String], description: [String]) {
        let isWordless = !pieces.contains { !$0.isQuoted }
        if isWordless, pieces.count > 1 { return ([pieces[0].text], pieces.dropFirst().map(\.text)) }
        let place = namePlace
        var (name, description): ([String], [String]) = ([], [])
        for piece in pieces {
            guard !piece.isQuoted, piece.place == place else {
                let says = piece.isQuoted || !piece.text.unicodeScalars.allSatisfy(\.isPunctuation)
                if says { description.append(piece.text) }
                continue
            }
            let word = piece.text.unicodeScalars.filter { $0 != "," && $0 != ";" }
            if !word.isEmpty { name.append(String(String.UnicodeScalarView(word))) }
        }
        return (name, description)
    }
}
