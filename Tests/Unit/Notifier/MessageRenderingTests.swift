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
            .buttons(body: "b", buttons: [ReplyButton(id: "1", title: "t")]),
            .document(caption: nil, filename: "a.csv", mediaType: "text/csv", base64: "YQ=="),
        ]
        for content in contents {
            let rendering = MessageRendering(content, place: .utc)
            #expect(rendering.templateName == nil)
            #expect(TemplateCatalogue.standard.all.allSatisfy { rendering.template($0) == nil })
        }
    }

    @Test(arguments: PaymentOutcome.Kind.allCases, Language.allCases)
    func `offer a fresh link in one tap where one can be had`(kind: PaymentOutcome.Kind, language: Language)
        throws
    {
        var ended = outcome
        ended.kind = kind
        ended.renewal = "rnw_abc"
        let sent = try json(MessageRendering(.outcome(ended), place: .chisinau).chat(language))
        let button = sent["interactive"]?["action"]?["buttons"]?[0]?["reply"]
        #expect(button?["id"]?.text == (kind == .paid ? nil : "renew.rnw_abc"))
        #expect((button?["title"]?.text == Receipt.renewalTitle(language)) == (kind != .paid))
        let body = sent["interactive"]?["body"]?["text"]?.text ?? ""
        #expect(!body.contains("pay "), "the command that the button replaces")
    }

    @Test(arguments: Language.allCases) func `say of a request to pay that it was one`(language: Language)
        throws
    {
        var ended = outcome
        ended.kind = .expired
        ended.renewal = "rnw_abc"
        ended.rail = .rtp
        let sent = try json(MessageRendering(.outcome(ended), place: .chisinau).chat(language))
        let title = sent["interactive"]?["action"]?["buttons"]?[0]?["reply"]?["title"]?.text
        #expect(title == Catalogue.text(.requestRenewButton, language))
        let body = sent["interactive"]?["body"]?["text"]?.text ?? ""
        #expect(body.hasPrefix(Catalogue.text(.receiptRequestExpired, language) + " · "))
    }

    @Test func `say of late and second money what it is, outside the window too`() throws {
        var late = outcome
        late.remark = .again
        let rendering = MessageRendering(.outcome(late), place: .chisinau)
        let text = try #require(try json(rendering.chat(.ro))["text"]?["body"]?.text)
        #expect(text.hasPrefix("Plătit încă o dată · ") && text.contains("rambursați"))
        for definition in TemplateCatalogue.standard.all
        where TemplateCatalogue.family(definition.name) == "payment_paid" && definition.language == "ro" {
            let sent = String(
                decoding: try OutboundBody(
                    to: .phone("37369000001"),
                    try #require(rendering.template(definition))
                ).encoded(), as: UTF8.self)
            #expect(sent.contains("Cafea + croissant · Plătit încă o dată"))
        }
    }

    @Test func `put a payment link behind a button`() throws {
        let rendering = MessageRendering(
            .link(body: "100,00 MDL", button: "Plătește", url: "https://pay.example/1?a=b"), place: .utc)
        let sent = try json(rendering.chat(.ro))["interactive"]
        #expect(sent?["type"]?.text == "cta_url")
        #expect(sent?["action"]?["parameters"]?["url"]?.text == "https://pay.example/1?a=b")
    }

    @Test func `put one to three answers under a question`() throws {
        let buttons = [ReplyButton(id: "h1", title: "Da"), ReplyButton(id: "h2", title: "Nu")]
        let rendering = MessageRendering(.buttons(body: "Anulați?", buttons: buttons), place: .utc)
        let sent = try json(rendering.chat(.ro))["interactive"]
        #expect(sent?["type"]?.text == "button")
        let replies = sent?["action"]?["buttons"]?.items ?? []
        #expect(replies.map { $0["reply"]?["id"]?.text } == ["h1", "h2"])
        #expect(replies.map { $0["reply"]?["title"]?.text } == ["Da", "Nu"])
        for wrong in [[], Array(repeating: buttons[0], count: 2), buttons + buttons] {
            #expect(throws: OutboundRefusal.self) {
                try json(MessageRendering(.buttons(body: "b", buttons: wrong), place: .utc).chat(.ro))
            }
        }
    }

    @Test func `send a file by the name that its upload was given`() throws {
        let rendering = MessageRendering(
            .document(caption: "Azi", filename: "azi.csv", mediaType: "text/csv", base64: "YTtiCg=="),
            place: .utc)
        let sent = try json(rendering.chat(.ro, mediaId: "77"))
        #expect(sent["type"]?.text == "document")
        #expect(sent["document"]?["id"]?.text == "77")
        #expect(sent["document"]?["filename"]?.text == "azi.csv")
        #expect(sent["document"]?["caption"]?.text == "Azi")
        let upload = try #require(try rendering.upload())
        let form = String(decoding: upload.encoded(boundary: "B"), as: UTF8.self)
        #expect(
            form
                == [
                    "--B", #"Content-Disposition: form-data; name="messaging_product""#, "", "whatsapp",
                    "--B",
                    #"Content-Disposition: form-data; name="type""#, "", "text/plain", "--B",
                    #"Content-Disposition: form-data; name="file"; filename="azi.csv""#,
                    "Content-Type: text/plain", "", "a;b\n", "--B--", "",
                ].joined(separator: "\r\n"))
    }

    @Test(arguments: [
        ("../a", "text/csv", "YQ==", OutboundRefusal.malformed(.filename)),
        ("a\r\nX: y", "text/csv", "YQ==", .malformed(.filename)),
        ("", "text/csv", "YQ==", .empty(.filename)),
        ("a", "text/html", "YQ==", .malformed(.mediaType)),
        ("a", "text/csv", "", .empty(.file)),
        ("a", "text/csv", "not base64", .malformed(.file)),
    ])
    func `refuse a file that Meta would not take`(
        filename: String, mediaType: String, base64: String, refusal: OutboundRefusal
    ) {
        let content = MessageContent.document(
            caption: nil, filename: filename, mediaType: mediaType, base64: base64)
        #expect(throws: refusal) { try MessageRendering(content, place: .utc).upload() }
    }

    @Test func `refuse a file of more than the contract's bytes`() {
        let max = MessageContent.documentBytesMax
        #expect(throws: OutboundRefusal.tooLong(.file, is: max + 1, max: max)) {
            try MediaUpload(
                filename: "a", mediaType: "text/csv", bytes: Array(repeating: 65, count: max + 1),
                bytesMax: max)
        }
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
