// What real people type when nobody told them how: dictated, pasted, in the wrong order, half a habit of
// another chat. Each row says what such a seller would thank us for.
import Money
import Testing

@testable import CommandRouter

private func read(_ text: String, limit: Int64? = nil) -> Result<Command, CommandRefusal> {
    CommandGrammar.read(
        text, currency: .mdl, limit: limit.map { Money(minorUnits: $0, currency: .mdl) })
}

private func charge(_ minor: Int64, _ description: String? = nil, _ tag: String? = nil) -> Charge {
    Charge(amount: Money(minorUnits: minor, currency: .mdl), description: description, tag: tag)
}

private func pay(_ minor: Int64, _ description: String? = nil, _ tag: String? = nil) -> Command {
    .pay(Charge(amount: Money(minorUnits: minor, currency: .mdl), description: description, tag: tag))
}

@Suite struct `A seller nobody taught` {
    static let understood: [(text: String, command: Command)] = [
        ("Pay 100.", pay(10_000)), ("pay100", pay(10_000)), ("100!!!", pay(10_000)), ("100 ?", pay(10_000)),
        ("100...", pay(10_000)), ("100 LEI!!!", pay(10_000)), ("100 .", pay(10_000)),
        ("100-cafea", pay(10_000, "cafea")), ("100 -cafea", pay(10_000, "cafea")),
        ("100 - 2 cafele", pay(10_000, "2 cafele")), ("100—«Cafea»", pay(10_000, "Cafea")),
        ("100 și un ceai", pay(10_000, "și un ceai")), ("100 и чай", pay(10_000, "и чай")),
        ("100 две булки", pay(10_000, "две булки")), ("100 с доставкой", pay(10_000, "с доставкой")),
        ("100 + ceai", pay(10_000, "+ ceai")), ("100 lei 5", pay(10_000, "5")), ("100 7", pay(10_000, "7")),
        ("100 lei 50 foi", pay(10_000, "50 foi")), ("100 20 foi", pay(10_000, "20 foi")),
        ("100 lei 150", pay(10_000, "150")), ("100.50 25", pay(10_050, "25")),
        ("@tillbot 250 #invoice-001", pay(25_000, nil, "invoice-001")), ("/pay@till 100", pay(10_000)),
        ("link 100", pay(10_000)), ("ссылка 100", pay(10_000)), ("suma 100", pay(10_000)),
        ("600000.00", pay(60_000_000)), ("69123456 lei", pay(6_912_345_600)),
        ("pay 69123456", pay(6_912_345_600)), ("21.11", pay(2_111)), ("1٬250٫50", pay(125_050)),
        ("١٬٢٥٠٫٥٠", pay(125_050)), ("١٢٫٥", pay(1_250)), ("１００．５０", pay(10_050)), ("1ʼ250", pay(125_000)),
        ("100 https://example.com/a#b", pay(10_000, "https://example.com/a#b")), ("👍", .thanks),
        ("🙏🏽", .thanks), ("❤️", .thanks), ("ok", .thanks), ("Ок!", .thanks),
        ("sales yesterday", .export(.yesterday)), ("сколько вчера?", .export(.yesterday)),
        ("how much today?", .today), ("how much did I make today", .today), ("Wie viel heute?", .today),
        ("wie viel habe ich heute eingenommen", .today), ("combien aujourd’hui ?", .today),
        ("combien aujourd'hui", .today), ("how much yesterday", .export(.yesterday)),
        ("English please", .language(.en)), ("auf Deutsch bitte", .language(.de)),
        ("на русском", .language(.ru)), ("in română", .language(.ro)), ("100\u{200D}", pay(10_000)),
        ("1\u{200C}00 lei", pay(10_000)), ("pay 100 👩\u{200D}🍳", pay(10_000, "👩\u{200D}🍳")),
        ("umsatz gestern", .export(.yesterday)), ("combien hier", .export(.yesterday)),
        ("cât luna asta", .export(.thisMonth)), ("cât", .today), ("a plătit?", .status(reference: nil)),
        ("nu a platit", .status(reference: nil)), ("клиент оплатил?", .status(reference: nil)),
        ("has he paid?", .status(reference: nil)), ("il a payé ?", .status(reference: nil)),
        ("schon bezahlt?", .status(reference: nil)), ("cât s-a plătit?", .today),
    ]

    @Test(arguments: understood) func `is understood`(text: String, command: Command) {
        #expect(read(text) == .success(command))
    }

    static let refused: [(text: String, refusal: CommandRefusal)] = [
        ("o sută", CommandRefusal.amountInWords), ("o sută de lei", .amountInWords),
        ("pay două sute", .amountInWords), ("сто лей", .amountInWords), ("cent lei", .amountInWords),
        ("hundertfünfzig", .amountInWords), ("zahlen hundert", .amountInWords), ("250 mii", .amountInWords),
        ("100 și jumătate", .amountInWords), ("100 lei si jumate", .amountInWords),
        ("100 с половиной", .amountInWords), ("100 and a half", .amountInWords),
        ("100 et demi", .amountInWords), ("100 einhalb", .amountInWords),
        ("100 lei și cincizeci de bani", .amountInWords), ("pay 100 лей и пятьдесят", .amountInWords),
        ("100-150", .amountUnreadable), ("100 - 150", .amountUnreadable),
        ("100 - 150 lei", .amountUnreadable),
        ("2 x 50", .amountUnreadable), ("2 х 50 лей", .amountUnreadable), ("2 x50", .amountUnreadable),
        ("2 × 50", .amountUnreadable), ("2 по 50", .amountUnreadable), ("2 mal 50", .amountUnreadable),
        ("100 + 50", .amountUnreadable), ("100 lei + 10%", .amountUnreadable), ("100 / 2", .amountUnreadable),
        ("100+50", .amountUnreadable), ("100 = 5", .amountUnreadable), (".50", .amountUnreadable),
        ("pay ,5", .amountUnreadable), ("+100", .amountUnreadable), ("+40 100", .amountUnreadable),
        ("1৪0", .amountUnreadable), ("1٫250٫5", .amountUnreadable),
        ("1٫255", .amountTooManyDecimals(allowed: 2)),
        ("069123456", .phoneAlone("+37369123456")), ("69123456", .phoneAlone("+37369123456")),
        ("+373 69 123 456", .phoneAlone("+37369123456")), ("(069) 123-456 Ion", .phoneAlone("+37369123456")),
        ("37369123456", .phoneAlone("+37369123456")), ("+40 712 345 678", .payerPhoneForeign),
        ("100 mdl #a #b", .severalTags), ("https://example.com/100", .notACommand), ("pay", .amountMissing),
        ("cancel 100", .referenceUnreadable), ("14:30", .amountUnreadable), ("21.11.2026", .amountUnreadable),
        ("100%", .amountUnreadable), ("5 %", .amountUnreadable), ("100 -5%", .amountUnreadable),
        ("2 buc 50 lei", .amountUnreadable), ("2 buc x 50", .amountUnreadable),
        ("2 la 50", .amountUnreadable),
        ("2 bucăți la 50 lei", .amountUnreadable), ("5 apă 12lei", .amountUnreadable),
        ("1 0000", .amountUnreadable), ("100р", .otherCurrency), ("100 lei euro", .otherCurrency),
        ("cafea - 100 lei", .amountNotFirst(charge(10_000, "cafea"))),
        ("Cafea mare 100 lei #masa5", .amountNotFirst(charge(10_000, "Cafea mare", "masa5"))),
        ("vreau să încasez 100 de lei", .amountNotFirst(charge(10_000))),
        ("je voudrais encaisser 40 lei", .amountNotFirst(charge(4_000))),
        ("can you make a link for 30 lei?", .amountNotFirst(charge(3_000))),
        ("выстави счет на 100 лей", .amountNotFirst(charge(10_000))),
        ("schick mir einen link über 30", .amountNotFirst(charge(3_000))),
        ("trimite-mi un link de 50 lei #a", .amountNotFirst(charge(5_000, nil, "a"))),
        ("cafea 100 de lei", .amountNotFirst(charge(10_000, "cafea"))),
        ("cafea cu link 100", .amountNotFirst(charge(10_000))),
        ("resend 100", .referenceUnreadable), ("trimite 50 lei", .referenceUnreadable),
        ("platit 100", .amountNotFirst(charge(10_000, "platit"))),
        ("a plătit cineva ceva prin linkul acela de ieri", .notACommand),
        ("sales 100", .amountNotFirst(charge(10_000))), ("total 1.12", .amountNotFirst(charge(112))),
        ("hello 100", .amountNotFirst(charge(10_000))), ("Total: 100 lei", .amountNotFirst(charge(10_000))),
        ("încasează de la Ion 100 lei", .amountNotFirst(charge(10_000, "de la Ion"))),
        ("www.x.md 100", .notACommand), ("list ieri", .listUnreadable),
        ("069123456 100", .phoneAlone("+37369123456")), ("refund", .refundByBank),
        ("/refund K7M2QX", .refundByBank), ("ramburs 100", .refundByBank),
        ("возврат", .refundByBank), ("nu stiu", .notACommand),
    ]

    @Test(arguments: refused) func `is told what to write instead`(text: String, refusal: CommandRefusal) {
        #expect(read(text) == .failure(refusal))
    }

    /// text, as it is shown, what it may mean
    static let asked: [(text: String, typed: String, readings: [Command])] = [
        ("100 lei 50", "100 50", [pay(10_050), pay(10_000, "50")]),
        ("100 50", "100 50", [pay(10_050), pay(10_000, "50")]),
        ("100 50 lei", "100 50", [pay(10_050)]),
        ("1 250 50 #a", "1 250 50", [pay(125_050, nil, "a"), pay(125_000, "50", "a")]),
        ("pay 100 50 \"Cafea\"", "100 50", [pay(10_050, "Cafea"), pay(10_000, "50 Cafea")]),
        ("1  250", "1 250", [pay(125_000), pay(100, "250")]),
        ("1.250", "1.250", [pay(125_000), pay(125)]),
        ("10 00", "10 00", [pay(100_000), pay(1_000)]),
        ("10 , 50", "10 , 50", [pay(1_050), pay(1_000, "50")]),
        ("10. 5", "10 5", [pay(1_050), pay(1_000, "5")]),
        ("100 și 50", "100 50", [pay(10_050), pay(10_000, "și 50")]),
        ("pay 5 și 50", "5 50", [pay(550), pay(500, "și 50")]),
        ("pay 5 and 50", "5 50", [pay(550), pay(500, "and 50")]),
        ("pay 5 и 50 #a", "5 50", [pay(550, nil, "a"), pay(500, "и 50", "a")]),
        ("pay 5 et 500", "5", [pay(50_000, "5 et"), pay(500, "et 500")]),
        ("3 cafele 100", "3", [pay(10_000, "3 cafele"), pay(300, "cafele 100")]),
    ]

    @Test(arguments: asked) func `is asked which amount was meant`(
        text: String, typed: String, readings: [Command]
    ) {
        #expect(read(text) == .failure(.amountAmbiguous(typed: typed, readings: readings)))
    }

    @Test func `is offered only what the limit allows, and still asked`() {
        #expect(
            read("100 50", limit: 10_000)
                == .failure(.amountAmbiguous(typed: "100 50", readings: [pay(10_000, "50")])))
    }
}
