// Fuzzes the three readers of amounts: decimal text of machines, numbers of the bank, and what people type.
// Promised: no trap, and what one of them accepts means the same to the others.
import CommandRouter
import FuzzSupport
import JSONWire
import Mia
import Money

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzAmounts(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = FuzzInput(start, count)
    let codes = ["MDL", "RON", "EUR", "INR", "JPY", "KWD", "UYW"]
    guard let currency = Currency(rawValue: codes[input.choice % codes.count]) else { return 0 }
    let text = input.text
    if let money = try? Money(decimal: text, currency: currency) {
        promise(money.minorUnits >= 0, "decimal text has no sign")
        let again = try? Money(decimal: money.decimalText, currency: currency)
        promise(again == money, "decimal text is read as it was written")
        checkTyped(money)
    }
    if let number = JSONNumber(text), let amount = try? MiaAmount(number) {
        promise(amount.hundredths >= 0, "the bank's amounts are not negative")
        for written in [amount.twoDecimals, amount.shortest] {
            let again = try? JSONNumber(written).map(MiaAmount.init)
            promise(again == amount, "an amount of the bank is read as it was written")
        }
        if let money = try? amount.money(in: .mdl) {
            promise(money.minorUnits == amount.hundredths, "hundredths of a leu are bani")
        }
    }
    if case .success(.pay(let charge)) = CommandGrammar.read("pay " + text, currency: currency) {
        promise(charge.amount.minorUnits > 0, "a typed amount is positive")
        checkTyped(charge.amount)
    }
    return 0
}

/// An amount that we show, typed back in the same language's writing, is that amount or is asked about.
private func checkTyped(_ money: Money) {
    guard money.minorUnits > 0 else { return }
    let shown = Language.allCases.map { AmountFormat($0).text(money) } + [money.decimalText]
    for text in shown {
        switch CommandGrammar.read("pay " + text, currency: money.currency) {
        case .success(.pay(let charge)): promise(charge.amount == money, "\(text) is \(charge.amount)")
        case .failure(.amountAmbiguous(_, let readings)):
            promise(readings.contains { $0.charge?.amount == money }, "\(text) can be \(money)")
        case let other: promise(false, "\(text) is an amount, not \(other)")
        }
    }
}
