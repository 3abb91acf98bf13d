// Reading what is to be charged: the amount with its currency, then what stands behind it. For a Request to
// Pay that is also the payer, whose phone begins with digits as an amount does.
import Money

/// One merchant's point of view on a message: its currency and its limit.
struct ChargeText {
    var currency: Currency
    var limit: Money?

    /// Amount, currency and remark from the cursor to the end. `noAmount` is what a missing amount means
    /// here.
    func payment(
        _ text: inout TypedText, orElse noAmount: CommandRefusal
    ) throws(CommandRefusal) -> Command {
        if noAmount == .notACommand { try refusePhone(text) }
        let beginning = text
        let typed: TypedAmount
        do throws(CommandRefusal) {
            typed = try amount(&text, orElse: noAmount)
        } catch {
            guard error == noAmount, let charge = turned(beginning) else { throw error }
            throw .amountNotFirst(charge)
        }
        // Of "5 și 50" it is asked already whether both are one amount.
        let mayGoOn = moreDigits(typed, text) != nil
        return try command(typed, text) { (amount, text) throws(CommandRefusal) in
            let parts = try RemarkParts.take(from: &text, findsPhone: false)
            let description = parts.isCourtesy ? nil : try Remark.description(parts.pieces.map(\.text))
            let charge = Charge(amount: amount, description: description, tag: parts.tag)
            if !typed.isNamed, let other = try amountBehind(charge, parts, typed.typed), !mayGoOn {
                throw .amountAmbiguous(typed: typed.typed, readings: [.pay(other), .pay(charge)])
            }
            return .pay(charge)
        }
    }

    /// What the digits may mean, and as they were typed.
    struct TypedAmount {
        var typed: String
        /// Never empty, the larger first.
        var readings: [Money]
        /// Whether it has to be asked which reading was meant, even where only one could be charged.
        var isAmbiguous: Bool
        /// Whether a currency stood beside it.
        var isNamed: Bool
    }

    /// The command for an amount, with what stands from `rest` on; or all the commands it could be.
    func command(
        _ amount: TypedAmount, _ rest: TypedText,
        _ build: (Money, inout TypedText) throws(CommandRefusal) -> Command
    ) throws(CommandRefusal) -> Command {
        var commands: [Command] = []
        var typed = amount.typed
        let more = moreDigits(amount, rest)
        if let more, more.readings == amount.readings {
            // "1500 . 00" is the same either way.
            var rest = more.rest
            return try build(amount.readings[0], &rest)
        }
        if let more {
            typed = more.typed
            for joined in more.readings {
                var rest = more.rest
                commands.append(try build(joined, &rest))
            }
        }
        for reading in amount.readings {
            var rest = more?.plain ?? rest
            do throws(CommandRefusal) {
                commands.append(try build(reading, &rest))
            } catch {
                // "100 50 lei" can only be both together.
                guard more != nil, !commands.isEmpty else { throw error }
            }
        }
        guard commands.count == 1, !amount.isAmbiguous, more == nil else {
            throw .amountAmbiguous(typed: typed, readings: commands)
        }
        return commands[0]
    }

    /// A message that begins with a phone number is not a charge of millions. Without a sign of being one
    /// (a zero, a plus, the country's code), only a mobile number is taken for a phone, and none with a dot
    /// in it: "600000.00" is an amount.
    private func refusePhone(_ text: TypedText) throws(CommandRefusal) {
        var cursor = text
        guard let phone = PhoneText.take(from: &cursor), let first = text.next else { return }
        let isSigned = first == "+" || first == "\u{FF0B}"
        switch phone {
        case .number(let number):
            let typed = text.text(from: text.position, to: cursor.position)
            let isMarked =
                isSigned || first == "(" || first.digit == 0 || typed.hasPrefix(PhoneText.countryCode)
            let isMobile = (first.digit == 6 || first.digit == 7) && !typed.contains(".")
            guard isMarked || isMobile, takeCurrency(&cursor) == nil else { return }
            cursor.skipSpaces()
            guard isMarked || cursor.next?.digit == nil else { return }
            throw .phoneAlone(number)
        case .foreign where isSigned: throw .payerPhoneForeign
        case .unreadable where isSigned: throw .amountUnreadable
        case .foreign, .unreadable: return
        }
    }

    func amount(
        _ text: inout TypedText, orElse noAmount: CommandRefusal, spacesMax: Int = .max,
        phoneFollows: Bool = false
    ) throws(CommandRefusal) -> TypedAmount {
        let beginning = text
        let before = takeCurrency(&text)
        text.skipSpaces()
        if let sign = text.next, Remark.dashes.contains(sign) {
            text.advance()
            text.skipSpaces()
            guard text.next?.digit != nil || text.next?.isCurrencySign == true else { throw noAmount }
            throw .amountNegative
        }
        let start = text.position
        guard
            let amount = AmountText.take(
                from: &text, spacesMax: spacesMax, isCurrency: { codes($0) != nil })
        else {
            throw CommandWords.isNumberInWords(beginning)
                ? .amountInWords : text.isAtSignedDigit ? .amountUnreadable : noAmount
        }
        let typed = text.text(from: start, to: text.position)
        Self.skipEnding(&text)
        guard text.next?.endsSentence != true else { throw .amountUnreadable }
        let after = takeCurrency(&text) ?? takePartitive(&text)
        if after != nil {
            Self.skipEnding(&text)
            guard takeCurrencyAgain(&text) else { throw .otherCurrency }
        }
        guard after != nil || !Self.isMultiplied(text), !Self.goesOnInWords(text) else {
            throw .amountInWords
        }
        guard !Self.isFollowedByZeros(text) else { throw .amountUnreadable }
        guard text.next.map({ Self.mayFollowAmount($0, text.at(1)) }) ?? true,
            !Self.isCalculated(text, phoneFollows: phoneFollows)
        else { throw .amountUnreadable }
        let meaning = amount.meaning(in: currency)
        if case .refused(.amountUnreadable) = meaning { throw .amountUnreadable }
        guard before != .part, after != .part, !isFollowedByCoins(text) else { throw .partOfCurrency }
        guard before != .other, after != .other else { throw .otherCurrency }
        let isAmbiguous = if case .ambiguous = meaning { true } else { false }
        return TypedAmount(
            typed: typed, readings: try acceptable(meaning), isAmbiguous: isAmbiguous,
            isNamed: before != nil || after != nil)
    }

    /// The readings that could be charged, at least one, or why there is none.
    func acceptable(_ meaning: AmountText.Meaning) throws(CommandRefusal) -> [Money] {
        let readings: [Money]
        switch meaning {
        case .exact(let money): readings = [money]
        case .ambiguous(let moneys): readings = moneys
        case .refused(let refusal): throw refusal
        }
        let positive = readings.filter { $0.minorUnits > 0 }
        guard !positive.isEmpty else { throw .amountZero }
        guard let limit else { return positive }
        let within = positive.filter { $0.currency != limit.currency || $0.minorUnits <= limit.minorUnits }
        guard !within.isEmpty else { throw .amountOverLimit(limit) }
        return within
    }
}
