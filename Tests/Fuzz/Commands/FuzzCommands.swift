// Fuzzes what sellers type. Promised: every text has an answer, no command leaves the grammar with an amount
// that may not be charged or a part outside its bounds, and a charge written out as a command is read back.
import CommandRouter
import Copy
import FuzzSupport
import Money
import World

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCommands(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = FuzzInput(start, count)
    let codes = ["MDL", "RON", "EUR", "INR", "JPY", "KWD", "UYW"]
    guard let currency = Currency(rawValue: codes[input.choice % codes.count]) else { return 0 }
    let limit = input.choice < 128 ? Money(minorUnits: 1_000_000, currency: currency) : nil
    if let choice = CommandGrammar.choice(input.text) {
        promise((1...99).contains(choice), "a choice is a small number")
    }
    if case .success(let payer) = CommandGrammar.payer(input.text) { check(payer) }
    switch CommandGrammar.read(input.text, currency: currency, limit: limit) {
    case .success(let command): check(command, currency, limit)
    case .failure(.amountAmbiguous(let typed, let readings)):
        promise((1...2).contains(readings.count), "an ambiguous amount has readings")
        let amounts = readings.compactMap { $0.charge?.amount.minorUnits }
        promise(amounts.count == readings.count, "every reading charges")
        promise(amounts == amounts.sorted(by: >), "the larger comes first")
        promise(!typed.unicodeScalars.contains { $0.properties.isAlphabetic }, "only figures are shown again")
        for command in readings { check(command, currency, limit) }
    case .failure(.amountNotFirst(let charge)): check(charge, currency, limit)
    case .failure(.phoneAlone(let phone)): check(TypedPayer(phone: phone))
    case .failure(.amountOverLimit(let over)): promise(over == limit, "the limit is the merchant's")
    case .failure: break
    }
    return 0
}

private func check(_ command: Command, _ currency: Currency, _ limit: Money?) {
    switch command {
    case .pay(let charge): check(charge, currency, limit)
    case .requestToPay(let charge, let payer):
        check(charge, currency, limit)
        if let payer { check(payer) }
    case .status(let reference?), .cancel(let reference?), .resend(let reference?):
        promise(reference.utf8.count == 6, "a reference has six characters")
        promise(
            reference.utf8.allSatisfy { "0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8.contains($0) },
            "and those of its alphabet")
    case .list(let tag, let page):
        if let tag { checkTag(tag) }
        if let page { promise((1...999).contains(page), "a page is a small number") }
    case .export(let span):
        let days = span.days(today: CivilDate(year: 2026, month: 11, day: 21))
        promise(days.first < days.end, "a span has a day")
    case .status, .cancel, .resend, .today, .merchant, .language, .help, .hello, .thanks: break
    }
}

private func check(_ payer: TypedPayer) {
    promise(payer.phone != nil || payer.name != nil, "a payer is somebody")
    if let phone = payer.phone {
        promise(phone.hasPrefix("+373") && phone.utf8.count == 12, "a phone is of this country")
        promise(phone.utf8.dropFirst().allSatisfy { (48...57).contains($0) }, "and has plain digits")
    }
    if let name = payer.name?.unicodeScalars {
        promise((1...CommandGrammar.payerNameScalarsMax).contains(name.count), "a name is bounded")
        promise(
            name.allSatisfy { $0.properties.generalCategory != .control }, "and holds no control character")
    }
}

private func check(_ charge: Charge, _ currency: Currency, _ limit: Money?) {
    promise(charge.amount.currency == currency && charge.amount.minorUnits > 0, "an amount is positive")
    promise(limit.map { charge.amount.minorUnits <= $0.minorUnits } ?? true, "and within the limit")
    if let text = charge.description?.unicodeScalars {
        promise((1...CommandGrammar.descriptionScalarsMax).contains(text.count), "a description is bounded")
        promise(
            text.allSatisfy { $0.properties.generalCategory != .control }, "and holds no control character")
    }
    if let tag = charge.tag { checkTag(tag) }
    let isQuotedInFour = ["‹›", "«»", "\"“”„‟＂", "'‘’‚‛`´"].allSatisfy { kind in
        charge.description?.unicodeScalars.contains { kind.unicodeScalars.contains($0) } ?? false
    }
    guard !isQuotedInFour else { return }
    let written = ChatCommand.pay(charge.amount, description: charge.description, tag: charge.tag)
    promise(
        CommandGrammar.read(written, currency: currency) == .success(.pay(charge)), "\(written) is \(charge)")
}

private func checkTag(_ tag: String) {
    promise((1...CommandGrammar.tagScalarsMax).contains(tag.unicodeScalars.count), "a tag is bounded")
}
