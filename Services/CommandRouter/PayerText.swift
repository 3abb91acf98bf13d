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
        let isNamed = parts.name.contains { !CommandWords.payerPrepositions.contains($0.lowercased()) }
        let name = Remark.line(
            Array(
                parts.name.filter { !CommandWords.phoneLabels.contains($0.lowercased()) }
                    .drop {
                        CommandWords.payerPrepositions.contains($0.lowercased()) && (isNamed || phone != nil)
                    }))
        guard name.unicodeScalars.count <= CommandGrammar.payerNameScalarsMax else { throw .payerNameTooLong }
        guard phone != nil || !name.isEmpty else { return nil }
        self.init(phone: phone, name: name.isEmpty ? nil : name)
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
    private var quoted: [String] { pieces.filter(\.isQuoted).map(\.text) }

    /// People have no digits in their names: such words describe what is paid.
    private var namesByWords: Bool {
        !unquoted.isEmpty && !unquoted.contains { $0.unicodeScalars.contains { $0.digit != nil } }
    }

    /// The pieces of the payer's name; empty when there is none.
    var name: [String] { namesByWords ? unquoted : unquoted.isEmpty && quoted.count > 1 ? [quoted[0]] : [] }

    /// The pieces of the description; everything that is not the name.
    var description: [String] {
        if namesByWords { return quoted }
        return unquoted.isEmpty && quoted.count > 1 ? Array(quoted.dropFirst()) : pieces.map(\.text)
    }
}
