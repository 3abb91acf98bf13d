// What a seller reads of a request to pay: it is no link, it may be on somebody's phone, and its button sends another.
import Contracts
import Copy
import Money
import Testing
import World

@testable import CommandRouter

private let words = PaymentWords(language: .en, days: days)

@Suite struct `A request to pay in words` {
    @Test func `tells a lost request apart from a lost link, and repeats neither`() {
        let lost = view(.unknown, rail: .rtp, link: nil)
        #expect(
            parts(words.status(lost, renewal: .nothing)).note == Catalogue.text(.requestUncertainNote, .en))
        #expect(
            parts(words.resent(lost, merchant: nil, at: start, renewal: .nothing)).note
                == Catalogue.text(.requestUncertainNote, .en))
    }

    @Test func `is told of a request to pay as of a request, and its button sends another`() throws {
        let till = try #require(planned(decide("100", one))).till
        let ended = view(.expired, rail: .rtp, link: nil)
        for language in Language.allCases {
            let words = PaymentWords(language: language, days: days)
            let told = parts(words.status(ended, renewal: .button("h1")))
            #expect(told.line.hasPrefix(Catalogue.text(.receiptRequestExpired, language) + " · "))
            #expect(told.note == Catalogue.text(.requestRenewNote, language) && told.button == "renew.h1")
            #expect(parts(words.status(ended, renewal: .nothing)).note.contains("\nrtp 100 #cafea"))
            let back = words.cancelled(.settled(view(.cancelled, rail: .rtp, link: nil)), renewal: .nothing)
            #expect(parts(back).note == Catalogue.text(.cancelDoneRequest, language))
            // The tap of that button, which names nobody.
            let ground = ReplyGround(till: till, namesMerchant: false)
            let again = PaymentReply.content(.opened(view(.open, rail: .rtp, link: nil)), ground, language)
            #expect(parts(again.content).note == Catalogue.text(.requestSentAgain, language))
            let over = PaymentReply.content(.opened(ended), ground, language)
            #expect(parts(over.content).note == Catalogue.text(.receiptRequestExpired, language))
        }
        guard case .buttons(_, let buttons) = words.status(ended, renewal: .button("h1")) else {
            Issue.record("a button is offered")
            return
        }
        #expect(buttons.map(\.title) == ["New request"])
    }
}
