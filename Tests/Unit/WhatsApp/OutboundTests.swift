// Bodies that we send: their exact text, and every limit at its edge.
import Testing
import WhatsApp

private func json(_ body: OutboundBody) throws -> String {
    String(decoding: try body.encoded(), as: UTF8.self)
}

private func long(_ count: Int) -> String { String(repeating: "ș", count: count) }

private typealias Row = OutboundBody.Row

@Suite struct `A message to send` {
    @Test func `is written as the Cloud API wants it`() throws {
        let text = OutboundBody(
            to: .phone("37369000001"), .text("Bună \"ziua\"", previewsLink: false), callbackData: "msg_1",
            replyTo: "wamid.A")
        #expect(
            try json(text) == #"{"messaging_product":"whatsapp","recipient_type":"individual","#
                + #""to":"+37369000001","context":{"message_id":"wamid.A"},"type":"text","#
                + #""text":{"preview_url":false,"body":"Bună \"ziua\""},"biz_opaque_callback_data":"msg_1"}"#)
        let list = OutboundBody(
            to: .user("MD.1"),
            .list(body: "b", button: "c", rows: [Row(id: "r", title: "t", description: "d")]))
        #expect(
            try json(list) == #"{"messaging_product":"whatsapp","recipient_type":"individual","#
                + #""recipient":"MD.1","type":"interactive","interactive":{"type":"list","#
                + #""body":{"text":"b"},"action":{"button":"c","#
                + #""sections":[{"rows":[{"id":"r","title":"t","description":"d"}]}]}}}"#)
        let buttons = OutboundBody(
            to: .user("MD.1"),
            .replyButtons(body: "b", buttons: [OutboundBody.ReplyButton(id: "i", title: "t")]))
        #expect(
            try json(buttons).hasSuffix(
                #""interactive":{"type":"button","body":{"text":"b"},"#
                    + #""action":{"buttons":[{"type":"reply","reply":{"id":"i","title":"t"}}]}}}"#))
        let link = OutboundBody(to: .user("MD.1"), .link(body: "b", label: "l", url: "https://x.example/1"))
        #expect(
            try json(link).hasSuffix(
                #""interactive":{"type":"cta_url","body":{"text":"b"},"action":"#
                    + #"{"name":"cta_url","parameters":{"display_text":"l","url":"https://x.example/1"}}}}"#))
    }

    @Test func `fills a template with lines that Meta accepts, and quotes nothing`() throws {
        let body = OutboundBody(
            to: .phone("37369000001"),
            .template(name: "paid_1", language: "ro", body: ["100,00 lei", " a\n\tb     c "]),
            replyTo: "wamid.A")
        #expect(
            try json(body).hasSuffix(
                #""to":"+37369000001","type":"template","#
                    + #""template":{"name":"paid_1","language":{"code":"ro"},"#
                    + #""components":[{"type":"body","parameters":[{"type":"text","#
                    + #""text":"100,00 lei"},{"type":"text","text":"a b c"}]}]}}"#))
    }

    @Test func `marks as read, with or without the sign of typing`() {
        let plain = String(decoding: OutboundBody.readReceipt(wamid: "w"), as: UTF8.self)
        #expect(plain == #"{"messaging_product":"whatsapp","status":"read","message_id":"w"}"#)
        let typing = String(decoding: OutboundBody.readReceipt(wamid: "w", typing: true), as: UTF8.self)
        #expect(typing.hasSuffix(#","typing_indicator":{"type":"text"}}"#))
    }

    @Test func `fits at each limit and is refused one unit over it`() throws {
        let b = "b"
        let cases: [(OutboundRefusal.Part, Int, (String) -> OutboundBody.Content)] = [
            (.body, 4096, { .text($0, previewsLink: false) }),
            (.body, 4096, { .list(body: $0, button: b, rows: [Row(id: b, title: b)]) }),
            (.button, 20, { .list(body: b, button: $0, rows: [Row(id: b, title: b)]) }),
            (.rowId, 200, { .list(body: b, button: b, rows: [Row(id: $0, title: b)]) }),
            (.rowTitle, 24, { .list(body: b, button: b, rows: [Row(id: b, title: $0)]) }),
            (
                .rowDescription, 72,
                {
                    .list(body: b, button: b, rows: [Row(id: b, title: b, description: $0)])
                }
            ),
            (.body, 1024, { .replyButtons(body: $0, buttons: [.init(id: b, title: b)]) }),
            (.buttonId, 256, { .replyButtons(body: b, buttons: [.init(id: $0, title: b)]) }),
            (.buttonTitle, 20, { .replyButtons(body: b, buttons: [.init(id: b, title: $0)]) }),
            (.body, 1024, { .link(body: $0, label: b, url: "https://x") }),
            (.label, 20, { .link(body: b, label: $0, url: "https://x") }),
            (.templateParameter, 1024, { .template(name: b, language: "ro", body: [$0]) }),
        ]
        for (part, max, make) in cases {
            _ = try OutboundBody(to: .user("MD.1"), make(long(max))).encoded()
            #expect(throws: OutboundRefusal.tooLong(part, is: max + 1, max: max)) {
                try OutboundBody(to: .user("MD.1"), make(long(max + 1))).encoded()
            }
            // An emoji is two units.
            #expect(throws: OutboundRefusal.tooLong(part, is: max + 1, max: max)) {
                try OutboundBody(to: .user("MD.1"), make(long(max - 1) + "😀")).encoded()
            }
            #expect(throws: OutboundRefusal.empty(part)) {
                try OutboundBody(to: .user("MD.1"), make("")).encoded()
            }
        }
    }

    @Test func `is refused when its parts are too many, too few, alike or misshapen`() {
        let row = Row(id: "r", title: "t")
        let rows = (1...11).map { Row(id: "\($0)", title: "t") }
        let button = OutboundBody.ReplyButton(id: "i", title: "t")
        let buttons = (1...4).map { OutboundBody.ReplyButton(id: "\($0)", title: "\($0)") }
        let cases: [(OutboundBody.Content, OutboundRefusal)] = [
            (.list(body: "b", button: "b", rows: rows), .tooMany(.rows, is: 11, max: 10)),
            (.list(body: "b", button: "b", rows: []), .empty(.rows)),
            (.list(body: "b", button: "b", rows: [row, row]), .duplicate(.rowId)),
            (.replyButtons(body: "b", buttons: buttons), .tooMany(.buttons, is: 4, max: 3)),
            (.replyButtons(body: "b", buttons: []), .empty(.buttons)),
            (
                .replyButtons(body: "b", buttons: [button, .init(id: "j", title: "t")]),
                .duplicate(.buttonTitle)
            ),
            (.link(body: "b", label: "l", url: "ftp://x"), .malformed(.url)),
            (.template(name: "Paid", language: "ro", body: []), .malformed(.templateName)),
            (.template(name: "paid", language: "ro", body: ["\n\t "]), .empty(.templateParameter)),
        ]
        for (content, refusal) in cases {
            #expect(throws: refusal) { try OutboundBody(to: .user("MD.1"), content).encoded() }
        }
        let recipients: [OutboundBody.Recipient] = [
            .phone("+3736"), .phone("12"), .user(""), .user("MD1"), .user("MD. 1"),
        ]
        for recipient in recipients {
            #expect(throws: OutboundRefusal.malformed(.recipient)) {
                try OutboundBody(to: recipient, .text("a", previewsLink: false)).encoded()
            }
        }
    }
}
