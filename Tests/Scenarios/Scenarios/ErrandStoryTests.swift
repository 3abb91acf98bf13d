// What a seller asks after the link is out, through every service: each answer is the gateway's and the bank's, not a
// test double's.
import Contracts
import Money
import Postgres
import Testing
import TillCtl
import World

@Suite(.serialized, .timeLimit(.minutes(5))) struct `A seller at work` {
    private static let kate = DemoCast.phones[5].phone

    /// The text that answers a message.
    private func answer(_ play: Play, to text: String) async throws -> SandboxClient.Bubble {
        let wamid = try await play.sandbox.say(text, from: Self.kate)
        return try await play.eventually("an answer to \(text)", within: .seconds(60)) {
            try await play.sandbox.chat(Self.kate).first { $0.replyTo == wamid }
        }
    }

    @Test
    func `asks, lists, cancels, resends, sums, exports and rings, and is answered by the real services`()
        async throws
    {
        let play = try await StackUnderTest.shared.play()
        let link = try await answer(play, to: "pay 100 #kate")
        let url = try #require(link.buttons?.compactMap(\.url).first)
        let waiting = try await answer(play, to: "status")
        #expect(waiting.text.hasPrefix("Waiting for payment · 100.00\u{A0}MDL"), "\(waiting.text)")
        let reference = String(try #require(waiting.text.split(separator: "\n").first?.suffix(6)))
        let again = try await answer(play, to: "resend \(reference)")
        #expect(again.buttons?.compactMap(\.url).first == url)
        try await play.sandbox.pay(try play.paymentId(link))
        _ = try await play.eventually("the payment paid", within: .seconds(60)) {
            try await play.sql("select 1 as one from gateway.payment where tag = 'kate' and state = 'paid'")
                .first
        }
        #expect(try await answer(play, to: "status \(reference)").text.hasPrefix("Paid · 100.00\u{A0}MDL"))
        #expect(try await answer(play, to: "cancel").text.contains("cannot be cancelled"))
        #expect(try await answer(play, to: "resend").text.contains("no link to send"))

        _ = try await answer(play, to: "pay 7 #second")
        let cancelled = try await answer(play, to: "cancel")
        #expect(cancelled.text.hasPrefix("Payment cancelled · 7.00\u{A0}MDL"), "\(cancelled.text)")
        let offered = try await answer(play, to: "status")
        #expect(offered.text.hasPrefix("Payment cancelled"), "\(offered.text)")
        let today = try await answer(play, to: "today").text
        #expect(today.contains("1 payment · 100.00\u{A0}MDL") && today.contains("#kate"), "\(today)")
        let list = try await answer(play, to: "list").text
        #expect(list.contains(reference) && list.contains("#second"), "\(list)")
        let tagged = try await answer(play, to: "list #kate").text
        #expect(tagged.hasPrefix("#kate · 1 payment") && !tagged.contains("#second"), "\(tagged)")
        #expect(try await answer(play, to: "export today").kind == "document")
    }

    @Test func `asks a payer whose name is remembered`() async throws {
        let play = try await StackUnderTest.shared.play()
        _ = try await answer(play, to: "/rtp 55 #ring")
        #expect(try await answer(play, to: "069123456").text.contains("name"))
        let rung = try await answer(play, to: "Ion Rusu")
        #expect(rung.text.contains("55.00\u{A0}MDL") && rung.text.contains("Ion Rusu"), "\(rung.text)")
        let second = try await answer(play, to: "/rtp 56 069123456 #ring")
        #expect(second.text.contains("56.00\u{A0}MDL") && second.text.contains("Ion Rusu"), "\(second.text)")
        let rows = try await play.sql("select rail from gateway.payment where tag = 'ring'")
        #expect(try rows.map { try $0.text("rail") } == ["rtp", "rtp"])
        let names = try await play.sql("select name from router.payer")
        #expect(try names.map { try $0.text("name") } == ["Ion Rusu"])
        try await StackUnderTest.shared.stop()
    }
}
