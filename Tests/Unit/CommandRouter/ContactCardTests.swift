// A card of the address book in answer to the question who pays.
import Contracts
import Copy
import Money
import Testing
import WhatsApp
import World

@testable import CommandRouter

private let able = Seller(answers: [
    .known(record("moldbank", [merchant("128", "Cafeneaua Veche", rtp: true)]))
])

private func card(_ name: String?, _ phones: String...) -> InboundMessage.ContactCard {
    .init(name: name, phones: phones)
}

private func asked(_ typed: String) -> ConversationMemory { decide(typed, able).memory }

private func sends(
    _ cards: [InboundMessage.ContactCard], _ memory: ConversationMemory, at: Timestamp = start
) -> Decision {
    Decision.on(message(.cards(cards), key: "in_card", at: at), from: able, remembering: memory)
}

@Suite struct `A card of the address book` {
    @Test func `gives a request to pay its phone and its name, under the key of the request`() throws {
        for written in ["+373 69 123 456", "069123456", "069-123-456", "+37369123456"] {
            let plan = try #require(planned(sends([card("Ion Rusu", written)], asked("/rtp 100"))))
            #expect(plan.payer == Payer(phone: "+37369123456", name: "Ion Rusu"), "\(written)")
            #expect(plan.rail == .rtp && plan.charge.amount == Money(minorUnits: 10_000, currency: .mdl))
            #expect(plan.sourceKey == message(.notText).key)
        }
    }

    @Test func `leaves a name that the seller has typed, and asks for one that it lacks`() {
        let named = planned(sends([card("Ion R. Client", "069123456")], asked("/rtp 100 Ion Rusu")))
        #expect(named?.payer?.name == "Ion Rusu")
        for name in [nil, "", "+373 69 123 456", String(repeating: "a", count: 101)] {
            let decision = sends([card(name, "069123456")], asked("/rtp 100"))
            #expect(text(decision) == Catalogue.text(.payerNameAsk, .ro))
            #expect(decision.memory.question?.order?.payer?.phone == "+37369123456")
        }
        // Sent again for the name: the card's.
        let waiting = asked("/rtp 100 069123456")
        #expect(planned(sends([card("Ion\nRusu\u{202E}", "069123456")], waiting))?.payer?.name == "Ion Rusu")
    }

    @Test func `is asked about again when it does not say one phone, and the question stays`() {
        let cases: [([InboundMessage.ContactCard], String?)] = [
            ([card("A", "+40721123456")], Catalogue.text(.payerPhoneForeign, .ro)),
            ([card("A")], nil), ([card("A", "12")], nil), ([card("A", "nu are")], nil),
            ([card("A", "069123456"), card("B", "069123457")], nil),
            ([card("A", "069123456", "079123456")], nil),
        ]
        for (cards, words) in cases {
            let memory = asked("/rtp 100")
            let decision = sends(cards, memory)
            #expect(decision.memory.question == memory.question && planned(decision) == nil)
            #expect(text(decision).map { words == nil || $0 == words } == true, "\(cards.count)")
        }
        // Of a house and a mobile the mobile, of one written twice the one.
        for phones in [["022123456", "069123456"], ["069123456", "+37369123456"]] {
            let decision = sends([.init(name: "Ion", phones: phones)], asked("/rtp 100"))
            #expect(planned(decision)?.payer?.phone == "+37369123456")
        }
    }

    @Test func `is nothing where nobody asked, and comes too late when the question is over`() {
        let ion = [card("Ion", "069123456")]
        #expect(text(sends(ion, ConversationMemory())) == Catalogue.text(.textOnly, .ro))
        #expect(planned(sends(ion, decide("100 #a", two).memory)) == nil)
        let late = start.advanced(by: Question.answerWindow + .seconds(1))
        let decision = sends(ion, asked("/rtp 100"), at: late)
        #expect(planned(decision) == nil && decision.memory.question == nil)
        #expect(text(decision)?.contains("069123456") == true || text(decision)?.contains("+373") == true)
        let tomorrow = start.advanced(by: .seconds(86_400))
        #expect(text(sends(ion, asked("/rtp 100"), at: tomorrow)) == Catalogue.text(.textOnly, .ro))
    }

    @Test func `is read from what WhatsApp sends, whatever is missing or too much`() throws {
        func cards(_ json: String) throws -> InboundMessage.Content {
            let envelope = #"{"message":{"id":"a","type":"contacts","contacts":"# + json + "}}"
            return try InboundMessage(envelope: Array(envelope.utf8)).content
        }
        #expect(
            try cards(
                #"""
                [{"name":{"formatted_name":"Ion"},"phones":[{"phone":"+373 69 123 456","wa_id":"37369123456"},
                {"wa_id":"37379000000"},{"type":"CELL"}],"origin":"other"},{"phones":[]}]
                """#)
                == .contacts([
                    .init(name: "Ion", phones: ["+373 69 123 456", "+37379000000"]),
                    .init(name: nil, phones: []),
                ]))
        for json in ["[]", "{}", "null", "3"] { #expect(try cards(json) == .other(type: "contacts")) }
        let crowd =
            "[" + Array(repeating: #"{"phones":[{"phone":"1"}]}"#, count: 500).joined(separator: ",") + "]"
        guard case .contacts(let all) = try cards(crowd) else { Issue.record("no cards"); return }
        #expect(all.count == 10)
    }
}
