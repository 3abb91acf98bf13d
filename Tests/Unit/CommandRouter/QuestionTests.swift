// Questions that wait for an answer: which merchant, which amount. The decision core alone.
import Contracts
import Copy
import Money
import Testing
import World

@testable import CommandRouter

@Suite struct `A seller with several tills` {
    @Test func `is asked which, and any answer makes the one payment of the first message`() throws {
        let asked = decide("pay 100 #a", two)
        let choices = rows(asked)
        #expect(choices.map(\.title) == ["1. Flori Moldova", "2. Librăria Codru"])
        #expect(choices[1].description == "Codrubank · 100,00\u{A0}MDL")
        #expect(asked.memory.question?.kind == .merchant && asked.language == .ru)
        for answer in [Incoming.Content.tapped(choices[1].id), .text("2"), .text(" 2. ")] {
            let decision = Decision.on(message(answer, key: "in_other"), from: two, remembering: asked.memory)
            let plan = try #require(planned(decision))
            #expect(plan.till.merchant.merchantId == "310" && plan.charge.tag == "a")
            #expect(plan.sourceKey == message(.nothing).key)
            #expect(decision.memory.question == nil)
            #expect(decision.memory.lastTill?.merchantId == "310")
        }
    }

    @Test func `finds them in the same order every time`() {
        var memory = ConversationMemory()
        memory.lastTill = Till.Key(bankId: "codrubank", merchantId: "310")
        let titles = ["1. Flori Moldova", "2. Librăria Codru"]
        #expect(rows(decide("100", two, memory)).map(\.title) == titles)
        let unsorted = Seller(answers: [.known(record("moldbank", [merchant("2", "B"), merchant("1", "A")]))])
        #expect(rows(decide("100", unsorted)).map(\.title) == ["1. A", "2. B"])
    }

    @Test func `reads in the link's bubble which one it is for`() throws {
        let asked = decide("100", two)
        #expect(try #require(planned(decide("2", two, asked.memory))).namesMerchant)
        #expect(try #require(planned(decide("100"))).namesMerchant == false)
    }

    @Test func `charges anew with a number that no row has, or with pay before it`() throws {
        let asked = decide("100", two)
        for (typed, minor) in [("3", Int64(300)), ("20", 2_000), ("pay 1", 100), ("pay 2", 200)] {
            let next = decide(typed, two, asked.memory)
            #expect(next.memory.question?.order?.charge.amount.minorUnits == minor, "\(typed)")
        }
    }

    @Test func `is told when a choice is stale or spent`() {
        let asked = decide("100", two)
        let id = rows(asked)[0].id
        let late = message(.tapped(id), at: start.advanced(by: .seconds(601)))
        #expect(
            text(Decision.on(late, from: two, remembering: asked.memory))
                == Catalogue.text(.choiceLate, .ru, [.command: "pay 100"]))
        let spent = Decision.on(message(.tapped(id)), from: two, remembering: asked.memory).memory
        let again = Decision.on(message(.tapped(id)), from: two, remembering: spent)
        #expect(text(again) == Catalogue.text(.choiceGone, .ru))
        #expect(text(Decision.on(message(.tapped("x")), from: one, remembering: asked.memory)) != nil)
    }

    @Test func `answered in time, and is not charged anew because the answer was worked on late`() throws {
        let asked = decide("100", two)
        for answer in [Incoming.Content.text("2"), .tapped(rows(asked)[1].id)] {
            let late = message(
                answer, key: "in_other", at: start.advanced(by: .seconds(1_800)),
                heardAt: start.advanced(by: .seconds(590)))
            let plan = try #require(planned(Decision.on(late, from: two, remembering: asked.memory)))
            #expect(plan.charge.amount.minorUnits == 10_000 && plan.sourceKey == message(.nothing).key)
        }
    }

    @Test func `may have lost the chosen till meanwhile`() {
        let asked = decide("100", two)
        let decision = Decision.on(message(.tapped(rows(asked)[1].id)), from: one, remembering: asked.memory)
        #expect(text(decision) == Catalogue.text(.choiceGone, .ro))
    }

    @Test func `drops the question with the next command`() {
        let asked = decide("100", two)
        let next = decide("55 lei", two, asked.memory)
        #expect(next.memory.question?.order?.charge.amount.minorUnits == 5_500)
        for other in [
            "help", "salut", "cancel", "status", "pay", "pay 0", "100 euro", "250 mii", "1 bani",
        ] {
            #expect(decide(other, two, asked.memory).memory.question == nil, "\(other)")
        }
        #expect(text(decide("cancel", two, asked.memory)) == Catalogue.text(.orderDropped, .ru))
        for idle in ["ok", "👍", "mersi"] {
            #expect(decide(idle, two, asked.memory).memory.question == asked.memory.question, "\(idle)")
        }
    }

    @Test func `is not asked when only one charges in that currency or within that limit`() throws {
        let seller = Seller(answers: [
            .known(record("moldbank", [merchant("1", "A", limit: 1_000), merchant("2", "B", .eur)])),
            .known(record("codrubank", [merchant("3", "C")])),
        ])
        #expect(try #require(planned(decide("100 lei", seller))).till.merchant.name == "C")
        #expect(try #require(planned(decide("100 euro", seller))).till.merchant.name == "B")
        #expect(rows(decide("100", seller)).map(\.title) == ["1. B", "2. C"])
    }

    @Test func `turns the pages of a long list by tap or word, and types any number of it`() throws {
        let many = Seller(answers: [
            .known(record("moldbank", (1...23).map { merchant(String($0), "Shop \(100 + $0)") }))
        ])
        let asked = decide("100", many)
        #expect(rows(asked).count == 10 && rows(asked)[8].title == "9. Shop 109")
        #expect(rows(asked)[9].title == "Mai multe" && rows(asked)[9].description == "10–18")
        let second = Decision.on(
            message(.tapped(rows(asked)[9].id), key: "in_b"), from: many, remembering: asked.memory)
        #expect(rows(second).map(\.title).prefix(2) == ["10. Shop 110", "11. Shop 111"])
        let third = decide("mai multe", many, second.memory)
        #expect(rows(third).map(\.title).dropLast() == (19...23).map { "\($0). Shop \(100 + $0)" })
        #expect(rows(third).last?.description == "1–9")
        for memory in [asked.memory, second.memory, third.memory] {
            let plan = try #require(planned(decide("12", many, memory)))
            #expect(plan.till.merchant.name == "Shop 112" && plan.sourceKey == message(.nothing).key)
        }
        let fromOldPage = Decision.on(
            message(.tapped(rows(asked)[0].id)), from: many, remembering: third.memory)
        #expect(try #require(planned(fromOldPage)).till.merchant.name == "Shop 101")
        #expect(decide("more", many).memory.question == nil)
    }

    @Test func `keeps every list within the chat's limits`() {
        let long = String(repeating: "Ă", count: 80)
        let seller = Seller(answers: [.known(record("moldbank", (1...10).map { merchant(String($0), long) }))]
        )
        for row in rows(decide("100", seller)) {
            #expect(
                row.title.utf16.count <= 24 && (row.description?.utf16.count ?? 0) <= 72
                    && row.id.utf16.count <= 200)
        }
    }
}

@Suite struct `An amount with two readings` {
    @Test func `is asked back and remembered with its description`() throws {
        let asked = decide("pay 1.250 \"Cafea\" #a")
        #expect(rows(asked).map(\.title) == ["1. 1.250,00\u{A0}MDL", "2. 1,25\u{A0}MDL"])
        let decision = Decision.on(message(.text("1"), key: "in_b"), from: one, remembering: asked.memory)
        let plan = try #require(planned(decision))
        #expect(
            plan.charge
                == Charge(amount: Money(minorUnits: 125_000, currency: .mdl), description: "Cafea", tag: "a"))
        #expect(plan.sourceKey == message(.nothing).key)
    }

    @Test func `asks for the merchant next where there are several`() throws {
        let asked = decide("1.250", two)
        let next = Decision.on(message(.text("2"), key: "in_b"), from: two, remembering: asked.memory)
        #expect(rows(next).count == 2 && next.memory.question?.id != asked.memory.question?.id)
        let last = Decision.on(
            message(.tapped(rows(next)[0].id), key: "in_c"), from: two, remembering: next.memory)
        let plan = try #require(planned(last))
        #expect(plan.charge.amount.minorUnits == 125 && plan.sourceKey == message(.nothing).key)
    }
}
