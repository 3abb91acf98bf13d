// What our own texts tell sellers to type is itself understood: examples, the help's commands, what a receipt offers
// to send again.
import Copy
import Money
import Testing

@testable import CommandRouter

private func read(_ text: String) -> Result<Command, CommandRefusal> {
    CommandGrammar.read(text, currency: .mdl)
}

private func charge(_ minor: Int64, _ description: String? = nil, _ tag: String? = nil) -> Charge {
    Charge(amount: Money(minorUnits: minor, currency: .mdl), description: description, tag: tag)
}

@Suite struct `The words we teach` {
    @Test(arguments: Language.allCases) func `are themselves a command with everything in it`(
        language: Language
    ) {
        guard case .success(.pay(let charge)) = read(Catalogue.text(.example, language)) else {
            Issue.record("the example does not parse")
            return
        }
        #expect(charge.amount.minorUnits == 10_000 && charge.description != nil && charge.tag != nil)
    }

    @Test(arguments: [
        charge(10_000), charge(10_050, "Cafea", "a"), charge(5, "Ceai \"verde\" mare"),
        charge(125_000, nil, "стол-5"),
        charge(1, "l'eau"), charge(1, "a ” b"), charge(1, "«a» \"b\" 'c'"), charge(1, "«a» “b”"),
    ]) func `in a receipt lead back to the same charge`(wanted: Charge) {
        let text = ChatCommand.pay(wanted.amount, description: wanted.description, tag: wanted.tag)
        #expect(read(text) == .success(.pay(wanted)), "\(text)")
    }

    /// Lines of the help like "status – how the last payment stands".
    @Test(arguments: Language.allCases) func `in the help are all commands, and all commands are there`(
        language: Language
    ) throws {
        var taught: Set<CommandWords.Verb> = []
        for line in Catalogue.text(.help, language).split(separator: "\n") {
            let parts = line.replacing(" — ", with: " – ").split(separator: " – ")
            guard parts.count == 2 else { continue }
            guard case .success = read(String(parts[0])) else {
                Issue.record("\(line)")
                continue
            }
            let word = parts[0].split(separator: " ")[0].lowercased().replacing("’", with: "'")
            taught.insert(try #require(CommandWords.verb(word), "\(word)"))
        }
        let known: Set<CommandWords.Verb> = [.help, .hello, .thanks, .pay, .refund]
        #expect(taught == Set(CommandWords.Verb.allCases).subtracting(known))
        for line in Catalogue.text(.help, language).split(separator: "\n")[1...3] {
            guard case .success(.pay(let charge)) = read(String(line)) else {
                Issue.record("\(line)")
                continue
            }
            #expect(charge.amount.minorUnits == 10_000)
        }
    }

    @Test(arguments: Language.allCases) func `in a refusal are commands`(language: Language) {
        /// Everything behind the last colon, and every line below the first.
        func examples(_ key: CopyKey) -> [String] {
            let lines = Catalogue.text(key, language).split(separator: "\n").map(String.init)
            if lines.count > 1 { return Array(lines.dropFirst()) }
            return [lines[0].split(separator: ": ").last ?? ""].map(String.init)
        }
        for example in examples(.spanUnreadable) {
            guard case .success(.export) = read(example) else { Issue.record("\(example)"); continue }
        }
        for example in examples(.referenceUnreadable) {
            #expect(read(example) == .success(.status(reference: "K7M2QX")))
        }
        for example in examples(.requestIncomplete) {
            let payer = TypedPayer(phone: "+37369123456", name: "Ion Rusu")
            #expect(read(example) == .success(.requestToPay(charge(10_000), payer: payer)))
        }
        for key in [CopyKey.amountMissing, .amountUnreadable, .amountInWords, .textOnly] {
            guard case .success(.pay) = read(examples(key).last ?? "") else {
                Issue.record("\(key)")
                continue
            }
        }
    }

    @Test(arguments: Language.allCases) func `about payments already made are commands`(language: Language) {
        let taught: [(key: SaleKey, command: Command)] = [
            (.bubbleUnknown, .status(reference: "K7M2QX")), (.exportTooLarge, .export(.today)),
            (.merchantSet, .merchant), (.keepOffer, .merchant),
        ]
        for (key, command) in taught {
            let example = Catalogue.text(key, language).split(separator: ": ").last ?? ""
            #expect(read(String(example)) == .success(command), "\(key)")
        }
    }
}
