// The grammar against what people type: the five documented forms, every amount style, every refusal.
import Money
import Testing

@testable import CommandRouter

private func read(_ text: String, _ code: String = "MDL", limit: Int64? = nil) -> Result<
    Command, CommandRefusal
> {
    let currency = Currency(rawValue: code) ?? .mdl
    return CommandGrammar.read(
        text, currency: currency, limit: limit.map { Money(minorUnits: $0, currency: currency) })
}

private func charge(
    _ minor: Int64, _ description: String? = nil, _ tag: String? = nil, _ code: String = "MDL"
)
    -> Charge
{
    Charge(
        amount: Money(minorUnits: minor, currency: Currency(rawValue: code) ?? .mdl),
        description: description, tag: tag)
}

@Suite struct `A command to charge` {
    /// text, description, tag; all of 100 MDL
    static let forms: [(text: String, description: String?, tag: String?)] = [
        ("pay 100", nil, nil), ("pay 100 \"Cafea + croissant\"", "Cafea + croissant", nil),
        ("pay 100 \"Cafea + croissant\" #cafea", "Cafea + croissant", "cafea"),
        ("/pay 100 #cafea", nil, "cafea"),
        ("100", nil, nil), ("100 \"Cafea\" #cafea", "Cafea", "cafea"), ("100 #cafea", nil, "cafea"),
        ("PAY 100", nil, nil), ("Pay 100", nil, nil), ("  pay\t100\n", nil, nil), ("/PAY 100", nil, nil),
        ("pay100", nil, nil), ("pay: 100", nil, nil), ("pay 100.", nil, nil), ("100!", nil, nil),
        ("pay 100 cafea mare", "cafea mare", nil), ("100 cafea, te rog", "cafea, te rog", nil),
        ("pay 100 #a-1_b cafea", "cafea", "a-1_b"), ("pay 100 cafea #masa7 mare", "cafea mare", "masa7"),
        ("pay 100 #стол-5", nil, "стол-5"), ("pay 100 #café", nil, "café"), ("pay 100 #मेज़", nil, "मेज़"),
        ("pay 100 #cafea!", nil, "cafea"), ("pay 100 #cafea, te rog", nil, "cafea"),
        ("pay 100 #", nil, nil),
        ("100\n200", "200", nil), ("100\r\n200", "200", nil), ("100\u{2028}200", "200", nil),
        ("100\t200", "200", nil),
        ("100 de lei", nil, nil), ("pay 100 de lei #a", nil, "a"), ("100 de cafele", "de cafele", nil),
        ("încasez 100", nil, nil), ("incasez 100", nil, nil), ("платить 100", nil, nil),
        ("payez 100", nil, nil),
        ("encaisse 100", nil, nil), ("kassiere 100", nil, nil), ("zahl 100", nil, nil),
        ("bill 100", nil, nil),
        ("100 miere", "miere", nil), ("100 к чаю", "к чаю", nil), ("100 lei 50 foi", "50 foi", nil),
        ("100 mii2", "mii2", nil), ("100#cafea", nil, "cafea"),
        ("100\"Cafea\"#x", "Cafea", "x"),
        ("pay 100 - cafea", "cafea", nil), ("pay 100: cafea", "cafea", nil), ("pay 100 ☕", "☕", nil),
        ("100☕", "☕", nil), ("pay 100 # cafea", "# cafea", nil), ("pay 100 C#", "C#", nil),
        ("pay 100 \"#nu e eticheta\"", "#nu e eticheta", nil), ("pay 100 \"\"", nil, nil),
        ("pay 100 (cafea)", "(cafea)", nil),
        ("pay 100 \"Cafea", "Cafea", nil), ("pay 100 \"Cafea #t", "Cafea", "t"), ("plata 100", nil, nil),
        ("plată 100", nil, nil), ("plata\u{306} 100", nil, nil), ("оплата 100", nil, nil),
        ("ПЛАТЁЖ 100", nil, nil),
        ("payer 100", nil, nil), ("Zahlen 100", nil, nil), ("/încasează 100", nil, nil),
        ("pay 100\u{200B}", nil, nil), ("\u{202E}pay 100\u{202C}", nil, nil), ("pay 100 a\u{0}b", "a b", nil),
        ("pay 100 a\u{202E}b", "ab", nil), ("pay 100   a     b", "a b", nil), ("१००", nil, nil),
        ("pay ١٠٠", nil, nil),
        ("pay 100 👩‍🍳", "👩‍🍳", nil), ("pay 100 2 cafele", "2 cafele", nil), ("100 250g", "250g", nil),
    ]

    @Test(arguments: forms) func `is read in every form`(text: String, description: String?, tag: String?) {
        #expect(read(text) == .success(.pay(charge(10_000, description, tag))))
    }

    @Test(arguments: [
        "\"Cafea\"", "“Cafea”", "„Cafea”", "„Cafea“", "«Cafea»", "»Cafea«", "'Cafea'", "‘Cafea’", "‚Cafea‘",
        "\"Cafea”",
        "“Cafea\"", "‹Cafea›", "`Cafea`", "„Cafea\"",
    ]) func `understands every kind of quote`(quoted: String) {
        #expect(read("pay 100 \(quoted) #t") == .success(.pay(charge(10_000, "Cafea", "t"))))
        #expect(read("100 \(quoted)") == .success(.pay(charge(10_000, "Cafea"))))
    }

    @Test func `lets one kind of quote stand inside another`() {
        #expect(read("pay 100 'l'eau d'ici' #a") == .success(.pay(charge(10_000, "l'eau d'ici", "a"))))
        #expect(read("pay 100 «Ceai \"verde\"» #a") == .success(.pay(charge(10_000, "Ceai \"verde\"", "a"))))
        #expect(read("pay 100 \"Ceai «verde»\" #a") == .success(.pay(charge(10_000, "Ceai «verde»", "a"))))
    }

    static let amounts: [(text: String, minor: Int64)] = [
        ("100.50", 10_050), ("100,50", 10_050), ("100.5", 10_050), ("0.05", 5), ("0,5", 50),
        ("1 250", 125_000),
        ("1\u{A0}250", 125_000), ("1\u{202F}250,50", 125_050), ("1.250,50", 125_050), ("1,250.50", 125_050),
        ("1'250", 125_000), ("1’250.75", 125_075), ("1 250 000", 125_000_000), ("1.250.000", 125_000_000),
        ("1,250,000.00", 125_000_000), ("12,50,000", 125_000_000), ("12,50,000.50", 125_000_050),
        ("1250", 125_000),
        ("100,-", 10_000), ("100.–", 10_000), ("99.000000", 9_900), ("0.250000", 25), ("1250.00", 125_000),
        ("9 999 999", 999_999_900),
    ]

    @Test(arguments: amounts) func `has an exact amount in every style`(text: String, minor: Int64) {
        #expect(read("pay \(text)") == .success(.pay(charge(minor))))
        #expect(read("\(text)") == .success(.pay(charge(minor))))
        #expect(read("/pay \(text) \"x\" #y") == .success(.pay(charge(minor, "x", "y"))))
    }

    @Test(arguments: [
        "100 MDL", "100 mdl", "100mdl", "100 lei", "100lei", "100 лей", "100 леев.", "MDL 100", "mdl100",
        "100 LEI.",
    ]) func `may name the merchant's own currency`(text: String) {
        #expect(read("pay \(text)") == .success(.pay(charge(10_000))))
        #expect(read("pay \(text) \"Cafea\" #a") == .success(.pay(charge(10_000, "Cafea", "a"))))
    }

    @Test(arguments: [
        ("100 €", "EUR"), ("€100", "EUR"), ("100 euro", "EUR"), ("₹100", "INR"), ("100 rs", "INR"),
        ("100 lei", "RON"), ("100 leu", "RON"), ("$100", "USD"),
    ])
    func `may name another merchant's currency`(text: String, code: String) {
        #expect(read("pay \(text)", code) == .success(.pay(charge(10_000, nil, nil, code))))
    }

    @Test func `is never put together across a line break`() {
        for gap in ["\n", "\r\n", "\t", "\u{2028}", "\u{85}"] {
            #expect(read("1\(gap)250") == .success(.pay(charge(100, "250"))))
            #expect(read("pay 1\(gap)250 #a") == .success(.pay(charge(100, "250", "a"))))
        }
    }

    @Test func `follows the currency's own number of decimals`() {
        #expect(read("pay 1.250", "JPY") == .success(.pay(charge(1250, nil, nil, "JPY"))))
        #expect(read("pay 100.50", "JPY") == .failure(.amountTooManyDecimals(allowed: 0)))
        #expect(read("pay 1.2345", "KWD") == .failure(.amountTooManyDecimals(allowed: 3)))
        #expect(read("pay 12.3456", "KWD") == .failure(.amountTooManyDecimals(allowed: 3)))
        #expect(read("pay 0.125", "KWD") == .success(.pay(charge(125, nil, nil, "KWD"))))
    }
}

@Suite struct `A text that cannot be charged` {
    static let refusals: [(text: String, refusal: CommandRefusal)] = [
        ("pay", CommandRefusal.amountMissing), ("/pay", .amountMissing),
        ("pay \"Cafea\" 100", .amountNotFirst(charge(10_000, "Cafea"))),
        ("pay #cafea", .amountMissing), ("plata cafea", .amountMissing), ("pay lei", .amountMissing),
        ("pay 0", .amountZero), ("0", .amountZero), ("0.00", .amountZero), ("pay 0,000", .amountZero),
        ("pay -100", .amountNegative), ("-100", .amountNegative), ("pay −5", .amountNegative),
        ("–5 lei", .amountNegative),
        ("pay 100.555", .amountAmbiguous(typed: "100.555", readings: [.pay(charge(10_055_500))])),
        ("pay 1000.555", .amountTooManyDecimals(allowed: 2)),
        ("pay 0.005", .amountTooManyDecimals(allowed: 2)),
        ("pay 1,250.505", .amountTooManyDecimals(allowed: 2)),
        ("pay 12.3456", .amountTooManyDecimals(allowed: 2)),
        ("99999999999999999999", .amountTooLarge), ("pay 92233720368547758.08", .amountTooLarge),
        ("100x", .amountUnreadable), ("5kg", .amountUnreadable), ("10%", .amountUnreadable),
        ("14:30", .amountUnreadable),
        ("21.11.2026", .amountUnreadable), ("100-200", .amountUnreadable), ("2*50", .amountUnreadable),
        ("1.25.00", .amountUnreadable), ("1,2,3", .amountUnreadable), ("1 250,500.00", .amountUnreadable),
        ("069123456", .phoneAlone("+37369123456")), ("007", .amountUnreadable), ("100/2", .amountUnreadable),
        ("1'25", .amountUnreadable), ("100.50.25", .amountUnreadable), ("100@", .amountUnreadable),
        ("pay 100 EUR", .otherCurrency), ("100€", .otherCurrency), ("$100", .otherCurrency),
        ("100 рублей", .otherCurrency),
        ("100 bani", .partOfCurrency), ("pay 100 de bani", .partOfCurrency), ("50 копеек", .partOfCurrency),
        ("pay 20 de euro", .otherCurrency), ("100 de euro", .otherCurrency),
        ("pay 250 mii", .amountInWords),
        ("250 тыс", .amountInWords), ("250 тыс.", .amountInWords), ("pay 250 k", .amountInWords),
        ("250 mie", .amountInWords), ("20 de mii de lei", .amountInWords), ("250k", .amountInWords),
        ("2 mii #a", .amountInWords), ("250 к", .amountInWords), ("250к", .amountInWords),
        ("10 lei 50 bani", .partOfCurrency), ("pay 10 de lei și 50 de bani", .partOfCurrency),
        ("250\nmii", .amountInWords), ("100\nEUR", .otherCurrency), ("¥100", .otherCurrency),
        ("EUR 100", .otherCurrency),
        ("pay 100 #a #b", .severalTags), ("pay 100 #" + String(repeating: "a", count: 65), .tagTooLong),
        ("pay 100 " + String(repeating: "a", count: 141), .descriptionTooLong),
        ("pay 100 \"" + String(repeating: "é", count: 141) + "\"", .descriptionTooLong),
        ("", .notACommand), ("   ", .notACommand), ("/", .notACommand),
        ("#cafea", .notACommand),
        ("cafea 100", .amountNotFirst(charge(10_000, "cafea"))),
        ("payment 100", .amountNotFirst(charge(10_000, "payment"))),
        ("/foo", .notACommand),
        ("+37369123456", .phoneAlone("+37369123456")), ("- cafea", .notACommand), ("ron", .notACommand),
        ("½", .notACommand), ("①", .notACommand), ("Ⅷ", .notACommand), ("lang lang", .notACommand),
    ]

    @Test(arguments: refusals) func `has its own refusal`(text: String, refusal: CommandRefusal) {
        #expect(read(text) == .failure(refusal))
    }

    @Test func `that could be two amounts is asked back with both, the larger first`() {
        #expect(
            read("pay 1.250 \"Cafea\" #a")
                == .failure(
                    .amountAmbiguous(
                        typed: "1.250",
                        readings: [.pay(charge(125_000, "Cafea", "a")), .pay(charge(125, "Cafea", "a"))]))
        )
        #expect(
            read("1,500")
                == .failure(
                    .amountAmbiguous(
                        typed: "1,500", readings: [.pay(charge(150_000)), .pay(charge(150))])))
        #expect(
            read("1.250 lei", limit: 100_000)
                == .failure(.amountAmbiguous(typed: "1.250", readings: [.pay(charge(125))])))
    }

    @Test func `is refused above the limit and accepted at it`() {
        let limit = Money(minorUnits: 500_000, currency: .mdl)
        #expect(read("pay 5000", limit: 500_000) == .success(.pay(charge(500_000))))
        #expect(read("pay 5000,01", limit: 500_000) == .failure(.amountOverLimit(limit)))
        #expect(
            read("9.999", limit: 500) == .failure(.amountOverLimit(Money(minorUnits: 500, currency: .mdl))))
    }
}

@Suite struct `The other commands` {
    static let others: [(text: String, command: Command)] = [
        ("/lang", Command.language(nil)), ("lang", .language(nil)), ("LANG", .language(nil)),
        ("/lang ro", .language(.ro)),
        ("/lang Русский", .language(.ru)), ("limba română", .language(.ro)),
        ("/lang français", .language(.fr)),
        ("/lang xx", .language(nil)), ("sprache deutsch.", .language(.de)), ("язык", .language(nil)),
        ("help", .help),
        ("/help", .help), ("?", .help), ("ajutor", .help), ("помощь!", .help), ("/help pay", .help),
        ("hi", .hello),
        ("Bună ziua!", .hello), ("mulțumesc", .thanks), ("Merci beaucoup !", .thanks), ("thank you", .thanks),
        ("спасибо", .thanks), ("danke", .thanks), ("mersi", .thanks),
        ("cancel", .cancel(reference: nil)), ("Anulează", .cancel(reference: nil)),
        ("annuler", .cancel(reference: nil)), ("stornieren", .cancel(reference: nil)),
        ("/status", .status(reference: nil)),
        ("Здравствуйте", .hello), ("/start", .hello), ("Bonjour, ça va ?", .hello),
    ]

    @Test(arguments: others) func `are understood`(text: String, command: Command) {
        #expect(read(text) == .success(command))
    }

    @Test func `include a Request to Pay`() {
        #expect(read("/rtp 100 \"Chirie\"") == .success(.requestToPay(charge(10_000, "Chirie"), payer: nil)))
        #expect(read("/rtp") == .failure(.requestIncomplete))
    }

    @Test(arguments: [("2", 2), ("2.", 2), (" 2) ", 2), ("10", 10), ("२", 2)])
    func `include a number that answers a question`(text: String, number: Int) {
        #expect(CommandGrammar.choice(text) == number)
    }

    @Test(arguments: ["", "0", "100", "2 lei", "a2", "2.5", "-1", "2..", "١٢٣"])
    func `do not mistake an amount for an answer`(text: String) {
        #expect(CommandGrammar.choice(text) == nil)
    }
}
