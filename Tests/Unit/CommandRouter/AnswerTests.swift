// Answers as people give them: the number of a row, the name on it, a plain yes or no. A list that was shown is what a
// number is about for as long as its question is the open one; without a question a number is an amount.
import Contracts
import Copy
import Money
import Testing
import World

@testable import CommandRouter

private let able = Seller(answers: [
    .known(record("moldbank", [merchant("128", "Cafeneaua Veche"), merchant("129", "Flori", rtp: true)]))
])

private func next(
    _ text: String, _ before: Decision, _ seller: Seller? = one, after span: Duration = .seconds(5)
) -> Decision {
    Decision.on(
        message(.text(text), key: "in_next", at: start.advanced(by: span)), from: seller,
        remembering: before.memory)
}

@Suite struct `The list of languages` {
    @Test func `is answered by the number of a row, and by no other number`() throws {
        let list = decide("/lang")
        #expect(
            rows(list).map(\.title) == [
                "1. Română", "2. Русский", "3. English", "4. Français", "5. Deutsch",
            ])
        for (typed, language) in [
            ("2", Language.ru), (" 4. ", .fr), ("5)", .de), ("3\u{FE0F}\u{20E3}", .en), ("de", .de),
            ("English please", .en), ("на русском", .ru),
        ] {
            let chosen = next(typed, list)
            #expect(text(chosen) == Catalogue.text(.languageChanged, language), "\(typed)")
            #expect(chosen.memory.language == language && chosen.memory.question == nil, "\(typed)")
            // The question is answered: the same number is an amount again.
            #expect(planned(next("2", chosen))?.charge.amount.minorUnits == 200, "\(typed)")
        }
        #expect(try #require(planned(next("6", list))).charge.amount.minorUnits == 600)
        #expect(try #require(planned(next("2 lei", list))).charge.amount.minorUnits == 200)
        #expect(try #require(planned(next("pay 2", list))).charge.amount.minorUnits == 200)
    }

    @Test func `is what a number is about only while nothing else came between`() throws {
        let list = decide("/lang")
        for between in ["status", "help", "pay 7", "/lang ro", "hello"] {
            let charged = next("2", next(between, list))
            #expect(try #require(planned(charged)).charge.amount.minorUnits == 200, "\(between)")
        }
        let tapped = Decision.on(
            message(.tapped(rows(list)[1].id)), from: one, remembering: list.memory)
        #expect(try #require(planned(next("2", tapped))).charge.amount.minorUnits == 200)
        // Thanks are no answer.
        #expect(text(next("2", next("mersi", list))) == Catalogue.text(.languageChanged, .ru))
        #expect(planned(decide("2"))?.charge.amount.minorUnits == 200)
    }

    @Test func `is closed after its time, which is told once and charges nothing`() throws {
        let late = next("2", decide("/lang"), after: .seconds(601))
        #expect(text(late) == Catalogue.text(.answerLate, .ro) && late.memory.language == nil)
        #expect(try #require(planned(next("2", late, after: .seconds(602)))).charge.amount.minorUnits == 200)
        let stale = next("2", decide("/lang"), after: .seconds(600 + 3_601))
        #expect(try #require(planned(stale)).charge.amount.minorUnits == 200)
    }

    @Test func `takes the place of the merchants that were asked about before`() throws {
        let asked = decide("100", two)
        let list = next("/lang", asked, two)
        #expect(text(next("1", list, two)) == Catalogue.text(.languageChanged, .ro))
        // An old list that is tapped meanwhile asks nothing anew: the merchants are still the question.
        let tapped = Decision.on(message(.tapped("lang.fr")), from: two, remembering: asked.memory)
        #expect(try #require(planned(next("2", tapped, two))).till.merchant.merchantId == "310")
    }

    @Test func `is answered by whoever may not charge, too`() {
        let bank = BankRecord(bankId: "moldbank", name: "Moldbank")
        for seller in [Seller?.none, .unknown, .unreachable, .blocked(bank, .ro), .suspended(bank)] {
            let list = decide("/lang", seller)
            let chosen = next("3", list, seller)
            #expect(text(chosen) == Catalogue.text(.languageChanged, .en))
            #expect(chosen.memory.language == .en)
            #expect(text(next("3", chosen, seller)) != Catalogue.text(.languageChanged, .en))
        }
    }
}

@Suite struct `The list of merchants` {
    @Test func `is answered by a merchant's name or its beginning`() throws {
        let asked = decide("100 #a", two)
        for typed in ["flori moldova", "Flori", "Flori Moldova."] {
            let plan = try #require(planned(next(typed, asked, two)), "\(typed)")
            #expect(plan.till.merchant.merchantId == "129" && plan.charge.tag == "a", "\(typed)")
            #expect(plan.sourceKey == message(.nothing).key)
        }
        #expect(
            text(next("librăria", decide("comerciant", two), two))
                == Catalogue.text(.merchantSet, .ru, [.merchant: "Librăria Codru"]))
        // Two letters, a name of two rows, and a command choose nothing.
        let twins = Seller(answers: [
            .known(record("moldbank", [merchant("1", "Flori Nord"), merchant("2", "Flori Sud")]))
        ])
        #expect(planned(next("fl", asked, two)) == nil)
        #expect(planned(next("flori", decide("100", twins), twins)) == nil)
        #expect(next("flori", asked, two).memory.question == nil)
        #expect(next("flori", decide("100", twins), twins).memory.question != nil)
    }

    @Test func `is followed by an offer that a yes or a no answers, and no number`() throws {
        let key = Till.Key(bankId: "codrubank", merchantId: "310")
        var offered = decide("status", two)
        offered.memory.question = UsualTill.question(key, "in_1", now: start)
        for yes in ["da", "Да!", "oui", "ok"] {
            let kept = next(yes, offered, two)
            #expect(kept.memory.usualTill == key && kept.memory.question == nil, "\(yes)")
            #expect(text(kept) == Catalogue.text(.merchantSet, .ru, [.merchant: "Librăria Codru"]))
        }
        for no in ["nu", "нет", "Nein."] {
            let each = next(no, offered, two)
            #expect(text(each) == Catalogue.text(.merchantUnset, .ru), "\(no)")
            #expect(each.memory.usualTill == nil && each.memory.question == nil)
        }
        let number = next("1", offered, two)
        #expect(rows(number).count == 2 && number.memory.question?.order?.charge.amount.minorUnits == 100)
        let tapped = Decision.on(
            message(.tapped(UsualTill.id(key))), from: two, remembering: offered.memory)
        #expect(tapped.memory.usualTill == key && tapped.memory.question == nil)
        #expect(
            text(next("da", decide("status", two), two))
                == Catalogue.text(
                    .greeting, .ru,
                    [
                        .merchant: "Flori Moldova, Librăria Codru"
                    ]))
    }
}

@Suite struct `A request to pay, in its own words` {
    private var asked: Decision { decide("/rtp 50 069123456", able) }

    @Test func `was not sent where no bank says who asks for it`() {
        let request = Catalogue.text(.requestNotSent, .ro)
        for typed in ["/rtp 100 069123456 Ion Rusu", "cere 100", "rtp 100 EUR 069123456", "/rtp"] {
            #expect(text(decide(typed, .unreachable)) == request, "\(typed)")
        }
        #expect(text(next("Ion Rusu", asked, .unreachable)) == request)
        #expect(text(next("069123456", decide("/rtp 50", able), .unreachable)) == request)
        for typed in ["pay 100", "100", "100 EUR", "0", "1.250"] {
            #expect(text(decide(typed, .unreachable)) == Catalogue.text(.bankSilent, .ro), "\(typed)")
        }
        #expect(text(next("2", decide("100", two), .unreachable)) == Catalogue.text(.bankSilent, .ru))
        #expect(text(next("100", asked, .unreachable)) == Catalogue.text(.bankSilent, .ro))
        for typed in ["status", "cancel", "today", "list", "salut", "ce faci"] {
            #expect(text(decide(typed, .unreachable)) == Catalogue.text(.bankSilentNow, .ro), "\(typed)")
        }
    }

    @Test func `is given up`() {
        for typed in ["nu", "cancel"] {
            #expect(text(next(typed, asked, able)) == Catalogue.text(.requestDropped, .ro), "\(typed)")
            #expect(text(next(typed, decide("100", two), two)) == Catalogue.text(.orderDropped, .ru))
        }
    }
}
