// The command grammar: text in, command or refusal out. Total and pure: every text of any length in any
// script has an answer, nothing traps, the work is linear. Its EBNF is in this service's README; change both
// together.
package import Money

package enum CommandGrammar {
    /// Scalars in a description. miaPOS publishes no maximum; 140 fits a bank statement line and one chat
    /// bubble line.
    package static let descriptionScalarsMax = 140
    package static let tagScalarsMax = 64
    /// Scalars in a payer's name.
    package static let payerNameScalarsMax = 100

    /// Reads one message for a merchant that charges in `currency`, at most `limit` per payment.
    package static func read(
        _ message: String, currency: Currency, limit: Money? = nil
    ) -> Result<Command, CommandRefusal> {
        do throws(CommandRefusal) {
            return .success(try command(message, ChargeText(currency: currency, limit: limit)))
        } catch {
            return .failure(error)
        }
    }

    /// The number in a message that is only a number, 1...99 ("2", "2.", " 2) "): an answer to a numbered
    /// question.
    package static func choice(_ message: String) -> Int? {
        var text = TypedText(message)
        text.skipSpaces()
        var number = 0
        var digits = 0
        while let digit = text.next?.digit, digits < 3 {
            number = number * 10 + Int(digit)
            digits += 1
            text.advance()
        }
        // The figure of a keycap emoji.
        while digits == 1, let scalar = text.next, scalar == "\u{FE0F}" || scalar == "\u{20E3}" {
            text.advance()
        }
        if let scalar = text.next, scalar == "." || scalar == ")" { text.advance() }
        text.skipSpaces()
        return text.isAtEnd && (1...99).contains(number) && digits < 3 ? number : nil
    }

    /// The phone, the name or both in an answer to the question who pays; any other text is a name. Refused
    /// with `payerPhoneUnreadable`, `payerPhoneForeign` or `payerNameTooLong`; `notACommand` when nothing is
    /// left of the text.
    package static func payer(_ message: String) -> Result<TypedPayer, CommandRefusal> {
        do throws(CommandRefusal) {
            var text = TypedText(message)
            let parts = try RemarkParts.take(from: &text, findsPhone: true)
            if let payer = try TypedPayer(parts) { return .success(payer) }
            guard let payer = try TypedPayer(quoted: parts) else { throw .notACommand }
            return .success(payer)
        } catch {
            return .failure(error)
        }
    }

    /// Whether a message begins as a request to pay, whatever stands behind that.
    static func beginsRequest(_ message: String) -> Bool {
        var text = TypedText(message)
        text.unwrap()
        text.skipMention()
        _ = text.skipSlashes()
        return CommandWords.verb(text.takeVerb()) == .requestToPay
    }

    private static func command(_ message: String, _ charge: ChargeText) throws(CommandRefusal) -> Command {
        var text = TypedText(message)
        text.unwrap()
        text.skipMention()
        let isSlashed = text.skipSlashes()
        let start = text.position
        let word = text.takeVerb()
        if isSlashed { text.skipMention() }
        if word.isEmpty, !isSlashed, text.next == "?", TypedText.isBlank(text, after: 1) { return .help }
        if word.isEmpty, !isSlashed, text.isOnlyPictures { return .thanks }
        if let verb = CommandWords.verb(word), let command = try command(verb, isSlashed, &text, charge) {
            return command
        }
        text.goBack(to: start)
        guard !isSlashed else { throw .notACommand }
        if charge.codes(word) == nil, let command = loneWord(text) { return command }
        guard word.isEmpty || charge.codes(word) != nil else {
            if CommandWords.isNumberInWords(text) { throw .amountInWords }
            if CommandArguments.askWhetherPaid(text) { return .status(reference: nil) }
            throw charge.turned(text).map { .amountNotFirst($0) } ?? .notACommand
        }
        return try charge.payment(&text, orElse: .notACommand)
    }

    /// What a message that begins with a verb asks for; `nil` when what follows says that the word was not
    /// meant as one. After a slash it always was.
    private static func command(
        _ verb: CommandWords.Verb, _ isSlashed: Bool, _ text: inout TypedText, _ charge: ChargeText
    ) throws(CommandRefusal) -> Command? {
        switch verb {
        case .pay, .requestToPay:
            if let sign = text.next, sign.endsSentence || sign == "=" { text.advance() }
            text.skipSpaces()
            guard verb == .requestToPay else {
                guard !text.isAtEnd else { throw .amountMissing }
                return try charge.payment(&text, orElse: .amountMissing)
            }
            return try charge.request(&text)
        case .status: return .status(reference: try CommandArguments.reference(text))
        case .cancel: return .cancel(reference: try CommandArguments.reference(text))
        case .resend:
            do throws(CommandRefusal) {
                return .resend(reference: try CommandArguments.reference(text))
            } catch {
                // "send me a link for 50 lei" is about no payment of before.
                throw charge.turned(text, afterVerb: true).map { .amountNotFirst($0) } ?? error
            }
        case .refund: throw .refundByBank
        case .list: return try CommandArguments.list(text)
        case .export: return .export(try SpanText.span(text))
        case .today:
            if isSlashed || CommandArguments.areAboutToday(text) { return .today }
            // "sales yesterday"; figures may be an amount.
            return text.holdsDigit
                ? nil : (try? SpanText.span(text)).map { $0 == .today ? .today : .export($0) }
        case .merchant: return isSlashed || CommandArguments.areEmpty(text) ? .merchant : nil
        case .language: return CommandArguments.language(text, isSlashed)
        // A digit behind these may be meant as an amount.
        case .help: return isSlashed || !text.holdsDigit ? .help : nil
        case .hello: return isSlashed || !text.holdsDigit ? .hello : nil
        case .thanks: return isSlashed || !text.holdsDigit ? .thanks : nil
        }
    }

    /// A language's name, or a reference as bubbles show it, and nothing else.
    private static func loneWord(_ text: TypedText) -> Command? {
        let words = CommandArguments.words(text, without: [])
        // Two letters alone may be anything.
        if words.contains(where: { $0.count > 2 }), let language = CommandArguments.namedLanguage(text) {
            return .language(language)
        }
        guard words.count == 1 else { return nil }
        let typed = words[0].drop { $0 == "#" || $0 == "№" }
        guard let reference = PaymentReference.canonical(typed), typed == typed.uppercased(),
            typed.contains(where: \.isLetter), typed.first?.isNumber == false
        else { return nil }
        return .status(reference: reference)
    }
}
