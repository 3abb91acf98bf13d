// Fuzzes what sellers type. Promised: every text has an answer, and no command leaves the grammar with an
// amount that may not be charged or a remark longer than the bank takes.
import CommandRouter
import FuzzSupport
import Money

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzCommands(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = FuzzInput(start, count)
    let codes = ["MDL", "RON", "EUR", "INR", "JPY", "KWD", "UYW"]
    guard let currency = Currency(rawValue: codes[input.choice % codes.count]) else { return 0 }
    let limit = input.choice < 128 ? Money(minorUnits: 1_000_000, currency: currency) : nil
    if let choice = CommandGrammar.choice(input.text) {
        promise((1...99).contains(choice), "a choice is a small number")
    }
    switch CommandGrammar.read(input.text, currency: currency, limit: limit) {
    case .success(.pay(let charge)), .success(.requestToPay(let charge, _)): check(charge, currency, limit)
    case .failure(.amountAmbiguous(_, let readings)):
        promise((1...2).contains(readings.count), "an ambiguous amount has readings")
        for charge in readings.compactMap(\.charge) { check(charge, currency, limit) }
    case .success, .failure: break
    }
    return 0
}

private func check(_ charge: Charge, _ currency: Currency, _ limit: Money?) {
    promise(charge.amount.currency == currency && charge.amount.minorUnits > 0, "an amount is positive")
    promise(limit.map { charge.amount.minorUnits <= $0.minorUnits } ?? true, "and within the limit")
    if let text = charge.description?.unicodeScalars {
        promise((1...CommandGrammar.descriptionScalarsMax).contains(text.count), "a description is bounded")
        promise(
            text.allSatisfy { $0.properties.generalCategory != .control }, "and holds no control character")
    }
    if let tag = charge.tag?.unicodeScalars {
        promise((1...CommandGrammar.tagScalarsMax).contains(tag.count), "a tag is bounded")
    }
}
