// What an order lacks and how it is asked for: payers, merchants kept for always, answers that come late. The decision
// core alone.
import Contracts
import Copy
import Money
import Testing
import World

@testable import CommandRouter

private let ringing = Seller(answers: [
    .known(record("moldbank", [merchant("128", "Cafeneaua Veche", rtp: true)]))
])
private let owner = Owner(bankId: "moldbank", posUserId: "pos-moldbank")

private func next(
    _ text: String, _ seller: Seller, _ memory: ConversationMemory, after seconds: Int = 0,
    payers: [KnownPayer] = [], key: String = "in_next"
) -> Decision {
    Decision.on(
        message(.text(text), key: key, at: start.advanced(by: .seconds(seconds))), from: seller,
        remembering: memory, payers: payers)
}

@Suite struct `A request to pay` {
    @Test func `asks for the phone, then for the name, and rings under the first message's key`() throws {
        let asked = decide("/rtp 100 #cafea", ringing)
        #expect(
            text(asked) == Catalogue.text(.payerPhoneAsk, .ro, [.amount: "100,00\u{A0}MDL"]))
        let named = next("069123456", ringing, asked.memory)
        #expect(text(named) == Catalogue.text(.payerNameAsk, .ro))
        let plan = try #require(planned(next("Ion Rusu", ringing, named.memory)))
        #expect(plan.rail == .rtp && plan.payer == Payer(phone: "+37369123456", name: "Ion Rusu"))
        #expect(plan.terminalId == "T128" && plan.charge.tag == "cafea")
        #expect(plan.sourceKey == message(.nothing).key)
    }

    @Test func `needs only the phone of a payer whose name this seller has given before`() throws {
        let payers = [KnownPayer(owner: owner, phone: "+37369123456", name: "Ion Rusu")]
        let plan = try #require(
            planned(next("/rtp 100 069123456", ringing, ConversationMemory(), payers: payers)))
        #expect(plan.payer?.name == "Ion Rusu")
        let renamed = try #require(
            planned(next("/rtp 100 069123456 Ion Popa", ringing, ConversationMemory(), payers: payers)))
        #expect(renamed.payer?.name == "Ion Popa")
        let others = [
            KnownPayer(owner: Owner(bankId: "codrubank", posUserId: "x"), phone: "+37369123456", name: "X")
        ]
        #expect(planned(next("/rtp 100 069123456", ringing, ConversationMemory(), payers: others)) == nil)
        #expect(planned(next("/rtp 100 069123456 Ion Rusu", ringing, ConversationMemory())) != nil)
    }

    @Test func `takes phone and name together, and says what is wrong with either`() throws {
        let asked = decide("/rtp 100", ringing)
        #expect(planned(next("069123456 Ion Rusu", ringing, asked.memory))?.payer?.name == "Ion Rusu")
        let foreign = next("+40721000001", ringing, asked.memory)
        #expect(text(foreign) == Catalogue.text(.payerPhoneForeign, .ro))
        #expect(foreign.memory.question?.kind == .payerPhone)
        // The name first: the phone is still asked for, and the name is kept.
        let nameFirst = next("Ion Rusu", ringing, asked.memory)
        #expect(text(nameFirst)?.contains("069123456") == true)
        #expect(planned(next("069123456", ringing, nameFirst.memory))?.payer?.name == "Ion Rusu")
    }

    @Test(arguments: ["stop", "Nu.", "нет", "nein", "non !", "NO"])
    func `is given up by a no, which is nobody's name`(no: String) {
        let asked = decide("/rtp 100", ringing)
        for memory in [asked.memory, next("069123456", ringing, asked.memory).memory] {
            let given = next(no, ringing, memory)
            #expect(text(given) == Catalogue.text(.requestDropped, .ro) && given.memory.question == nil)
        }
        #expect(
            text(next(no, ringing, ConversationMemory()))?.contains(Catalogue.text(.orderDropped, .ro))
                == false)
    }

    @Test(arguments: ["0691", "069", "06 91", "+37369", "+373 6"])
    func `goes on asking for a phone of which a piece is missing`(piece: String) {
        let asked = decide("/rtp 100", ringing)
        let again = next(piece, ringing, asked.memory)
        #expect(text(again) == Catalogue.text(.payerPhoneUnreadable, .ro))
        #expect(again.memory.question?.kind == .payerPhone)
        // An amount is another charge.
        #expect(next("50", ringing, asked.memory).memory.question == nil)
    }

    @Test func `gives way to another command`() throws {
        let asked = decide("/rtp 100", ringing)
        let link = Seller(answers: [
            .known(
                record(
                    "moldbank",
                    [
                        MerchantRecord(
                            merchantId: "1", name: "A", currency: .mdl, country: "MD",
                            terminals: [TerminalRecord(terminalId: "T", paymentTypes: [.qr, .rtp])],
                            limits: MerchantLimits())
                    ]))
        ])
        let plan = try #require(planned(next("pay 50", link, asked.memory)))
        #expect(plan.rail == .qr && plan.charge.amount.minorUnits == 5_000)
        let named = next("069123456", ringing, asked.memory)
        #expect(next("today", ringing, named.memory).action == .errand(.today))
        #expect(next("today", ringing, named.memory).memory.question == nil)
    }

    @Test func `goes to the one merchant that can ring, and is asked about where several can`() throws {
        let mixed = Seller(answers: [
            .known(record("moldbank", [merchant("1", "Link only"), merchant("2", "Rings", rtp: true)]))
        ])
        #expect(planned(decide("/rtp 5 069123456 Ion", mixed))?.till.merchant.name == "Rings")
        let both = Seller(answers: [
            .known(record("moldbank", [merchant("1", "A", rtp: true), merchant("2", "B", rtp: true)]))
        ])
        let asked = decide("/rtp 5 069123456 Ion", both)
        #expect(rows(asked).map(\.title) == ["1. A", "2. B"])
        let plan = try #require(planned(next("2", both, asked.memory)))
        #expect(plan.rail == .rtp && plan.payer?.name == "Ion" && plan.till.merchant.name == "B")
    }

    @Test func `that no merchant offers is refused with the command for a link`() {
        let words = text(decide("/rtp 100 069123456 Ion #a", one))
        #expect(words?.contains("pay 100 #a") == true)
    }

    @Test func `asks which amount first, and keeps the payer`() throws {
        let asked = decide("/rtp 1.250 069123456 Ion", ringing)
        #expect(asked.memory.question?.kind == .amount)
        let plan = try #require(planned(next("2", ringing, asked.memory)))
        #expect(plan.rail == .rtp && plan.charge.amount.minorUnits == 125 && plan.payer?.name == "Ion")
    }
}

@Suite struct `The merchant charged for without asking` {
    private let keys = [
        Till.Key(bankId: "moldbank", merchantId: "129"), Till.Key(bankId: "codrubank", merchantId: "310"),
    ]

    @Test func `is chosen by row or number, changed, and given up`() throws {
        let asked = decide("merchant", two)
        #expect(rows(asked).map(\.title) == ["1. Flori Moldova", "2. Librăria Codru"])
        let chosen = next("2", two, asked.memory)
        #expect(chosen.memory.usualTill == keys[1] && chosen.memory.question == nil)
        #expect(text(chosen)?.contains("Librăria Codru") == true)
        let plan = try #require(planned(next("100", two, chosen.memory)))
        #expect(plan.till.key == keys[1] && plan.namesMerchant && !plan.offersUsual)
        let again = next("merchant", two, chosen.memory)
        #expect(rows(again).count == 3 && rows(again)[2].title.hasPrefix("3. "))
        #expect(next("3", two, again.memory).memory.usualTill == nil)
        #expect(rows(next("100", two, next("3", two, again.memory).memory)).count == 2)
        #expect(text(decide("merchant", one))?.contains("Cafeneaua Veche") == true)
    }

    @Test func `is offered once, after the first choice, by buttons without a number`() throws {
        let asked = decide("100", two)
        let first = next("1", two, asked.memory)
        #expect(try #require(planned(first)).offersUsual && first.memory.isUsualOffered)
        let again = next("1", two, next("200", two, first.memory).memory)
        #expect(try #require(planned(again)).offersUsual == false)
        let tills = try #require(planned(first)).till
        guard case .buttons(let body, let buttons) = UsualTill.offer(tills, .ru) else {
            Issue.record("an offer is made of buttons")
            return
        }
        #expect(body.contains("Flori Moldova") && buttons.count == 2)
        let kept = Decision.on(message(.tapped(buttons[0].id)), from: two, remembering: first.memory)
        #expect(kept.memory.usualTill == keys[0])
        let asking = Decision.on(message(.tapped(buttons[1].id)), from: two, remembering: kept.memory)
        #expect(asking.memory.usualTill == nil)
        // The button of a till that is no longer the seller's means nothing any more.
        let gone = Decision.on(message(.tapped(buttons[0].id)), from: one, remembering: ConversationMemory())
        #expect(gone.memory.usualTill == nil && text(gone) == Catalogue.text(.choiceGone, .ro))
    }

    @Test func `yields where it cannot take the charge, or is no longer there`() throws {
        let seller = Seller(answers: [
            .known(record("moldbank", [merchant("1", "Lei"), merchant("2", "Euro", .eur)]))
        ])
        var memory = ConversationMemory()
        memory.usualTill = Till.Key(bankId: "moldbank", merchantId: "1")
        #expect(try #require(planned(next("100 euro", seller, memory))).till.merchant.name == "Euro")
        #expect(try #require(planned(next("100", seller, memory))).till.merchant.name == "Lei")
        memory.usualTill = Till.Key(bankId: "moldbank", merchantId: "gone")
        #expect(rows(next("100", seller, memory)).count == 2)
    }
}

@Suite struct `An answer that comes late` {
    @Test func `is told so once, with what to type, and charges nothing`() {
        let asked = decide("pay 100 #a", two)
        let late = next("2", two, asked.memory, after: 601)
        #expect(text(late) == Catalogue.text(.choiceLate, .ru, [.command: "pay 100 #a"]))
        #expect(late.memory.question == nil)
        let meant = next("2", two, late.memory, after: 620)
        #expect(meant.memory.question?.order?.charge.amount.minorUnits == 200)
        let nextDay = next("2", two, asked.memory, after: 86_400)
        #expect(nextDay.memory.question?.order?.charge.amount.minorUnits == 200)
        let other = next("3", two, asked.memory, after: 700)
        #expect(other.memory.question?.order?.charge.amount.minorUnits == 300)
    }

    @Test func `is recognised for a payer too`() {
        let asked = decide("/rtp 100", ringing)
        let late = next("069123456", ringing, asked.memory, after: 700)
        #expect(
            text(late) == Catalogue.text(.choiceLate, .ro, [.command: "rtp 100 +37369123456"]))
        #expect(planned(late) == nil && late.memory.question == nil)
        let usual = decide("merchant", two)
        #expect(text(next("1", two, usual.memory, after: 700)) == Catalogue.text(.answerLate, .ru))
    }
}

@Suite struct `A question between two messages` {
    @Test func `survives nothing that takes the right to charge away`() {
        let asked = decide("100", two)
        let blocked = Seller.blocked(BankRecord(bankId: "moldbank", name: "Moldbank"), .ru)
        for answer in [Incoming.Content.text("1"), .tapped(rows(asked)[0].id)] {
            let refused = Decision.on(message(answer, key: "in_b"), from: blocked, remembering: asked.memory)
            #expect(text(refused) == Catalogue.text(.sellerBlocked, .ru, [.bank: "Moldbank"]))
        }
        // Blocked at one bank only: the row of that bank is gone, the other one charges.
        let half = Seller(answers: [
            .known(record("moldbank", [merchant("129", "Flori Moldova")], .blocked)),
            .known(record("codrubank", [merchant("310", "Librăria Codru")], .active, .ru)),
        ])
        #expect(text(next("1", half, asked.memory)) == Catalogue.text(.choiceGone, .ru))
        #expect(planned(next("2", half, asked.memory))?.till.merchant.name == "Librăria Codru")
    }

    @Test func `belongs to the newest charge, and an older list's row to none`() throws {
        let first = decide("100", two)
        let second = next("200", two, first.memory, key: "in_00000000000000000000000000000002")
        let old = Decision.on(
            message(.tapped(rows(first)[0].id), key: "in_c"), from: two, remembering: second.memory)
        #expect(text(old) == Catalogue.text(.choiceGone, .ru))
        #expect(old.memory.question == second.memory.question)
        let plan = try #require(planned(next("1", two, old.memory)))
        #expect(plan.charge.amount.minorUnits == 20_000 && plan.sourceKey.hasSuffix("0002"))
    }
}
