// That what callers ask for becomes what Meta takes, in the person's language, in both forms.
import Contracts
import Copy
import JSONWire
import Money
import Notifier
import Testing
import WhatsApp
import World

@Suite struct `A message's two forms` {
    private let outcome = PaymentOutcome(
        kind: .paid, amount: Money(minorUnits: 10_000, currency: .mdl), description: "Cafea\n+ croissant",
        tag: nil, at: Timestamp(seconds: 1_795_264_980), paymentId: "pay_1")

    private func json(_ content: OutboundBody.Content) throws -> JSONValue {
        try JSONValue(parsing: OutboundBody(to: .phone("37369000001"), content).encoded())
    }

    @Test(arguments: Language.allCases) func `say the same in the person's language`(language: Language)
        throws
    {
        let rendering = MessageRendering(.outcome(outcome), place: .chisinau)
        let amount = AmountFormat(language).text(outcome.amount)
        let text = try #require(try json(rendering.chat(language))["text"]?["body"]?.text)
        #expect(text.contains(amount) && text.contains("14:43"))
        let definition = try #require(TemplateCatalogue.standard.approved("payment_paid", locale: language))
        let template = try json(try #require(rendering.template(definition)))["template"]
        #expect(template?["name"]?.text == "payment_paid")
        #expect(template?["language"]?["code"]?.text == language.rawValue)
        let values = template?["components"]?[0]?["parameters"]?.items.compactMap { $0["text"]?.text } ?? []
        #expect(values.count == definition.variables.count)
        #expect(values.allSatisfy { !$0.contains("\n") && !$0.isEmpty })
    }

    @Test func `are one form only for what has no template`() {
        let contents: [MessageContent] = [
            .text("x"), .list(body: "b", button: "c", rows: [ListRow(id: "1", title: "t")]),
            .link(body: "b", button: "Pay", url: "https://pay.example/1"),
        ]
        for content in contents {
            let rendering = MessageRendering(content, place: .utc)
            #expect(rendering.templateName == nil)
            #expect(TemplateCatalogue.standard.all.allSatisfy { rendering.template($0) == nil })
        }
    }

    @Test func `put a payment link behind a button`() throws {
        let rendering = MessageRendering(
            .link(body: "100,00 MDL", button: "Plătește", url: "https://pay.example/1?a=b"), place: .utc)
        let sent = try json(rendering.chat(.ro))["interactive"]
        #expect(sent?["type"]?.text == "cta_url")
        #expect(sent?["action"]?["parameters"]?["url"]?.text == "https://pay.example/1?a=b")
    }

    @Test func `are stored as they came and read back the same`() throws {
        let contents: [MessageContent] = [
            .text("Bună ziua"), .outcome(outcome),
            .list(body: "b", button: "c", rows: [ListRow(id: "1", title: "t", description: "d")]),
        ]
        for content in contents {
            let stored = try MessageRendering.encoded(content)
            #expect(try MessageRendering.decoded(stored) == content)
            #expect(try MessageRendering.encoded(content) == stored)
        }
    }
}
