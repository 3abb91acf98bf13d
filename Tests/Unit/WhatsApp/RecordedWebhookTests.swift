// Bodies recorded by others: each is classified as the table says, and what was kept decodes.
import JSONWire
import Testing
import WhatsApp

@Suite struct `A recorded webhook` {
    /// file, lane of its one item, kind of account item or "-", and whether it opens the window. A row for
    /// one body of a file (`file/body`) goes before the file's own.
    static let table = """
        account_update                 account   change       closed
        call_connect                   account   change       closed
        call_status                    account   change       closed
        call_terminate                 account   change       closed
        call_permission_update         messages  -            opens
        callback_button                messages  -            opens
        callback_selection             messages  -            opens
        deleted_message                messages  -            closed
        edited_message                 messages  -            closed
        flow_completion                messages  -            opens
        message/reaction               messages  -            closed
        message/unreaction_empty       messages  -            closed
        message/unreaction_no_emoji    messages  -            closed
        message/unsupported            messages  -            closed
        message/unsupported_with_type  messages  -            closed
        message                        messages  -            opens
        message_status                 statuses  -            closed
        outgoing_message               account   echo         closed
        system                         messages  -            closed
        template_category_update       account   change       closed
        template_components_update     account   change       closed
        template_quality_update        account   change       closed
        template_status_update         account   change       closed
        user_marketing_preferences     account   change       closed
        """.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }

    @Test func `is classified as the table says, and what is kept of it decodes`() throws {
        guard let files = VectorFolder.files("webhooks") else { return }
        var bodies = 0
        for (file, bytes) in files where file.hasSuffix(".json") {
            for member in try JSONValue(parsing: bytes).members {
                bodies += 1
                let name = "\(file.dropLast(5))/\(member.name)"
                for escaping in [JSONWriter.Escaping.minimal, .asMeta] {
                    var writer = JSONWriter(escaping: escaping)
                    writer.value(member.value)
                    try check(name, WebhookClassifier.items(in: writer.bytes))
                }
            }
        }
        #expect(bodies == 74)
    }

    private func check(_ name: String, _ items: [WebhookItem]) throws {
        let row = try #require(Self.table.first { name == $0[0] || name.hasPrefix($0[0] + "/") }, "\(name)")
        let item = try #require(items.first)
        #expect(item.lane.rawValue == row[1], "\(name)")
        #expect(item.opensWindow == (row[3] == "opens"), "\(name)")
        // One body carries errors beside its message; they are an item of their own.
        #expect(items.count == (name == "message/interactive_message_with_err" ? 2 : 1), "\(name)")
        let kept = try JSONValue(parsing: item.payload, duplicates: .kept)
        switch item.lane {
        case .messages:
            let message = try InboundMessage(envelope: item.payload)
            #expect(message.id == item.dedupKey && message.from == item.waId, "\(name)")
            #expect(message.userId == item.userId && message.timestamp == item.eventAt, "\(name)")
            // System events bring no contact; two recordings name another phone than the sender.
            let isStranger = ["system", "deleted_message", "edited_message"].contains { name.hasPrefix($0) }
            if !isStranger { #expect(kept["contact"]?["profile"] != nil, "\(name)") }
        case .statuses:
            let status = try MessageStatus(envelope: item.payload)
            #expect(item.dedupKey?.hasPrefix("\(status.wamid)|\(status.status.text)") == true, "\(name)")
            #expect(status.timestamp == item.eventAt, "\(name)")
        case .payments, .account: #expect(kept["kind"]?.text == row[2], "\(name)")
        }
    }

    @Test func `decodes to what its sender meant`() throws {
        guard let files = VectorFolder.files("webhooks") else { return }
        func message(_ file: String, _ body: String) throws -> InboundMessage {
            let bytes = try #require(files.first { $0.name == file + ".json" }).bytes
            var writer = JSONWriter(escaping: .asMeta)
            writer.value(try #require(try JSONValue(parsing: bytes)[body]))
            let items = WebhookClassifier.items(in: writer.bytes)
            return try InboundMessage(envelope: try #require(items.first).payload)
        }
        #expect(
            try message("callback_selection", "callback").content
                == .listReply(id: "callback_data", title: "title"))
        #expect(
            try message("callback_button", "button").content
                == .buttonReply(id: "callback_data", title: "title"))
        #expect(
            try message("callback_button", "quick_reply").content
                == .button(payload: "callback_data", text: "title"))
        #expect(try message("callback_button", "quick_reply_without_context").contextMessageId == nil)
        #expect(
            try message("system", "phone_number_change").content
                == .system(.changedNumber(newWaId: "972912345678", newUserId: nil)))
        #expect(try message("system", "identity_change").content == .system(.identityChanged))
        #expect(try message("message", "unsupported").content == .unsupported(kind: nil))
        #expect(try message("message", "reaction").content == .other(type: "reaction"))
        #expect(try message("message", "interactive_message_with_err").content == .other(type: "interactive"))
        #expect(try message("message", "forwarded").isForwarded)
        #expect(try message("message", "reply").contextMessageId != nil)
        guard case .text = try message("message", "text").content else {
            Issue.record("a text is not a text")
            return
        }
        guard case .media(kind: "image", _) = try message("message", "image").content else {
            Issue.record("an image is not media")
            return
        }
    }
}
