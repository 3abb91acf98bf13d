// The classifier on bodies of our own: batches, missing identities, odd shapes. One bad piece never costs the
// rest.
import JSONWire
import Testing
import WhatsApp

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

private func delivery(_ value: String, field: String = "messages", fieldFirst: Bool = false) -> [UInt8] {
    let name = "\"field\":\"\(field)\"", content = "\"value\":\(value)"
    let change = fieldFirst ? name + "," + content : content + "," + name
    let entry = "{\"id\":\"900\",\"time\":1790000000,\"changes\":[{\(change)}]}"
    return bytes("{\"object\":\"whatsapp_business_account\",\"entry\":[\(entry)]}")
}

private let metadata = #""metadata":{"display_phone_number":"1","phone_number_id":"800"}"#

private func text(_ item: WebhookItem) -> String { String(decoding: item.payload, as: UTF8.self) }

@Suite struct `The classifier` {
    @Test func `keeps every message and status of every change of every entry, in order`() {
        let value = """
            {\(metadata),"contacts":[{"wa_id":"2","user_id":"MD.b"},{"wa_id":"1","user_id":"MD.a"}],
            "messages":[{"id":"m1","from":"1","timestamp":"10","type":"text","text":{"body":"a"}},
                        {"id":"m2","from":"2","timestamp":11,"type":"reaction"}],
            "statuses":[{"id":"s1","status":"read","timestamp":"12","recipient_id":"3"},
                        {"id":"s1","type":"payment","status":"captured","timestamp":"13","payment":{}}],
            "errors":[{"code":131000}]}
            """
        let entry =
            "{\"id\":\"900\",\"changes\":[{\"field\":\"messages\",\"value\":\(value)},"
            + "{\"value\":\(value),\"field\":\"messages\"}]}"
        let items = WebhookClassifier.items(in: bytes("{\"entry\":[\(entry),\(entry)]}"))
        let one: [WebhookLane] = [.messages, .messages, .statuses, .payments, .account]
        #expect(items.map(\.lane) == one + one + one + one)
        #expect(items.prefix(5).map(\.dedupKey) == ["m1", "m2", "s1|read", nil, nil])
        #expect(items.prefix(5).map(\.eventAt) == [10, 11, 12, 13, nil])
        #expect(items.prefix(5).map(\.waId) == ["1", "2", "3", nil, nil])
        #expect(items.prefix(2).map(\.userId) == ["MD.a", "MD.b"])
        #expect(items.prefix(3).map(\.opensWindow) == [true, false, false])
        #expect(items.allSatisfy { $0.phoneNumberId == "800" && $0.wabaId == "900" })
        #expect(text(items[0]).hasPrefix(#"{"contact":{"wa_id":"1","user_id":"MD.a"},"message":{"id":"m1""#))
        #expect(
            text(items[4])
                == #"{"field":"messages","kind":"errors","wabaId":"900","value":[{"code":131000}]}"#)
    }

    @Test func `takes no user id for a phone`() {
        let value = """
            {\(metadata),"contacts":[{"user_id":"37369000002"}],
            "messages":[{"from_user_id":"37369000002","id":"m","timestamp":"5","type":"text","text":{"body":"x"}}]}
            """
        let items = WebhookClassifier.items(in: delivery(value, fieldFirst: true))
        #expect(items.count == 1 && items[0].waId == nil && items[0].userId == nil && !items[0].opensWindow)
    }

    @Test(arguments: [true, false])
    func `finds a person without a phone by the user id`(fieldFirst: Bool) throws {
        let value = """
            {\(metadata),"contacts":[{"profile":{"name":"A"},"user_id":"MD.1"}],
            "messages":[{"from":"","from_user_id":"MD.1","id":"m","timestamp":"5","type":"text",
            "text":{"body":"x"}}]}
            """
        let items = WebhookClassifier.items(in: delivery(value, fieldFirst: fieldFirst))
        #expect(items.count == 1)
        #expect(items[0].waId == nil && items[0].userId == "MD.1" && items[0].opensWindow)
        let message = try InboundMessage(envelope: items[0].payload)
        #expect(message.from == nil && message.userId == "MD.1" && message.content == .text("x"))
    }

    @Test(arguments: [
        // contacts, from and from_user_id, the contact that must be found
        (#"[{"wa_id":"1"},{"wa_id":"2"}]"#, #""from":"2""#, #"{"wa_id":"2"}"#),
        (
            #"[{"wa_id":"9","user_id":"MD.1"}]"#, #""from":"1","from_user_id":"MD.1""#,
            #"{"wa_id":"9","user_id":"MD.1"}"#
        ),
        (#"[{"user_id":"MD.2"}]"#, #""from_user_id":"MD.1""#, ""),
        (#"[{"wa_id":"9"}]"#, #""from":"1""#, ""),
        (#"[{"profile":{}}]"#, #""from":"1""#, #"{"profile":{}}"#),
        (#"[{"profile":{}},{"profile":{}}]"#, #""from":"1""#, ""),
        ("[]", #""from":"1""#, ""),
        (#"[7,null,{"wa_id":"\u0031"}]"#, #""from":"1""#, #"{"wa_id":"\u0031"}"#),
    ])
    func `matches a contact by identity and never by place`(contacts: String, sender: String, found: String) {
        let value = "{\(metadata),\"contacts\":\(contacts),\"messages\":[{\"id\":\"m\",\(sender)}]}"
        let kept = text(WebhookClassifier.items(in: delivery(value))[0])
        let contact = found.isEmpty ? "" : "\"contact\":\(found),"
        #expect(kept == "{\(contact)\"message\":{\"id\":\"m\",\(sender)}}")
    }

    /// The limit is no measure: the product of the two would take minutes, their sum takes a second.
    @Test(.timeLimit(.minutes(1))) func `matches as many contacts as messages, as it does few`() {
        let count = WebhookClassifier.itemsMax
        var contacts = (1...count).map { "{\"wa_id\":\"\($0)\",\"user_id\":\"MD.\($0)\"}" }
        // Of two of one name the first counts, and a name is what it means, not how it is written.
        contacts += [#"{"wa_id":"1","again":1}"#, #"{"wa_id":"\u0037\u0037\u0037\u0037\u0037\u0037"}"#]
        var messages = (2..<count).map { "{\"id\":\"\($0)\",\"from\":\"\($0)\"}" }
        messages[0] = #"{"id":"a","from":"5","from_user_id":"MD.6"}"#
        messages[1] = #"{"id":"b","from":"777777"}"#
        messages[2] = #"{"id":"c","from":"888888"}"#
        messages[3] = #"{"id":"d","from":"1","from_user_id":"MD.0"}"#
        let all =
            "\"contacts\":[\(contacts.joined(separator: ","))],\"messages\":[\(messages.joined(separator: ","))]"
        let items = WebhookClassifier.items(in: delivery("{\(metadata),\(all)}"))
        #expect(items.count == messages.count)
        for (item, found) in zip(items, [5, count + 1, nil, 0]) {
            let contact = found.map { "\"contact\":\(contacts[$0])," } ?? ""
            #expect(text(item).hasPrefix("{\(contact)\"message\""))
        }
        #expect(items.dropFirst(4).allSatisfy { text($0).hasPrefix("{\"contact\"") })
    }

    @Test func `keeps a group message, an echo and history where no command is read from`() {
        let group = #"{"messages":[{"id":"m","from":"1","group_id":"g","timestamp":"5","type":"text"}]}"#
        let item = WebhookClassifier.items(in: delivery(group))[0]
        #expect(item.lane == .account && item.dedupKey == "m" && item.eventAt == 5 && !item.opensWindow)
        #expect(
            text(item).hasPrefix(
                #"{"field":"messages","kind":"groupMessage","wabaId":"900","value":{"message":{"id":"m""#))
        let fields = [("smb_message_echoes", "echo"), ("history", "history"), ("new_thing", "change")]
        for (field, kind) in fields {
            let items = WebhookClassifier.items(in: delivery(#"{"messages":[{"id":"m"}]}"#, field: field))
            #expect(items.map(\.lane) == [.account])
            #expect(text(items[0]).hasPrefix("{\"field\":\"\(field)\",\"kind\":\"\(kind)\""))
        }
    }

    @Test func `makes a message of the old user id out of every id that was replaced`() throws {
        let value = """
            {\(metadata),"user_id_update":[
            {"wa_id":"37369000111","detail":"x","user_id":{"previous":"MD.1","current":"MD.2"},"timestamp":"77"},
            {"user_id":{"previous":"MD.3"}}]}
            """
        let items = WebhookClassifier.items(in: delivery(value, field: "user_id_update"))
        #expect(items.map(\.lane) == [.messages, .messages])
        #expect(
            items.map(\.dedupKey) == ["user_id_update|800|MD.1|MD.2", "user_id_update|800|MD.3|"])
        #expect(items.map(\.eventAt) == [77, 1_790_000_000])
        #expect(items.map(\.userId) == ["MD.1", "MD.3"])
        // The phone beside it may be the new one: it must not pull another conversation in.
        #expect(items.allSatisfy { $0.waId == nil && !$0.opensWindow && $0.phoneNumberId == "800" })
        let message = try InboundMessage(envelope: items[0].payload)
        #expect(message.userId == "MD.1" && message.from == nil)
        #expect(message.content == .system(.changedUserId(newUserId: "MD.2")))
    }

    @Test(arguments: [
        #"{"user_id_update":[]}"#, #"{"user_id_update":7}"#, #"{"user_id_update":[{"user_id":{}}]}"#,
        #"{"user_id_update":[{"user_id":{"previous":"37369000002"}}]}"#, "{}",
    ]) func `keeps a replaced user id for a person to look at when it names nobody`(value: String) {
        let items = WebhookClassifier.items(in: delivery(value, field: "user_id_update"))
        #expect(items.map(\.lane) == [.account])
    }

    @Test func `names a group status by its participant`() {
        let status = """
            {"statuses":[{"id":"s","status":"read","recipient_id":"g","recipient_type":"group",
            "recipient_participant_id":"77","recipient_participant_user_id":"MD.7"}]}
            """
        let item = WebhookClassifier.items(in: delivery(status))[0]
        #expect(item.dedupKey == "s|read|MD.7" && item.waId == "77" && item.userId == "MD.7")
    }

    @Test func `sets a piece aside that it cannot read and keeps the rest`() {
        let value = """
            {"messages":[7,{"from":"1"},{"id":"m","type":5,"timestamp":{},"from":"x y"}],"statuses":"no"}
            """
        let items = WebhookClassifier.items(in: delivery(value))
        #expect(items.map(\.lane) == [.account, .account, .messages])
        #expect(text(items[0]) == #"{"field":"messages","kind":"unreadable","wabaId":"900","value":7}"#)
        #expect(items[2].waId == nil && items[2].eventAt == 1_790_000_000 && !items[2].opensWindow)
    }

    @Test(arguments: [
        ("", "unreadable"), ("not json", "unreadable"), ("[]", "unreadable"), ("{}", "unreadable"),
        (#"{"entry":[]}"#, "unreadable"), (#"{"entry":[{}]}"#, "unreadable"),
        (#"{"entry":[7]}"#, "unreadable"),
        (#"{"entry":[{"changes":[{"field":"x"}]}]}"#, "unreadable"),
        (#"{"entry":[{"changed_fields":["messages"]}]}"#, "unreadable"),
        (#"{"object":"page","entry":[]}"#, "foreign"),
    ])
    func `makes one item of whatever is signed but no webhook`(body: String, kind: String) throws {
        let items = WebhookClassifier.items(in: bytes(body))
        #expect(items.map(\.lane) == [.account])
        #expect(try JSONValue(parsing: items[0].payload)["kind"]?.text == kind)
    }

    @Test func `makes one item of every body that was cut short`() {
        let body = delivery(#"{"messages":[{"id":"m","from":"1","timestamp":"5","type":"text"}]}"#)
        for cut in 0..<body.count {
            let items = WebhookClassifier.items(in: Array(body[..<cut]))
            #expect(items.count == 1 && items[0].lane == .account)
        }
    }

    @Test func `keeps bytes that are no text as Base64`() throws {
        for (body, base64) in [([0xFF], "/w=="), ([0xFF, 0xFE], "//4="), ([0xFF, 0xFE, 0xFD], "//79")] {
            let item = WebhookClassifier.items(in: body.map { UInt8($0) })[0]
            #expect(try JSONValue(parsing: item.payload)["value"]?["base64"]?.text == base64)
        }
    }

    @Test func `reads a name that was cut inside an emoji`() throws {
        let value =
            #"{"contacts":[{"profile":{"name":"A\ud83d"},"wa_id":"1"}],"#
            + #""messages":[{"id":"m","from":"1"}]}"#
        let items = WebhookClassifier.items(in: delivery(value))
        #expect(items.map(\.lane) == [.messages])
        #expect(try InboundMessage(envelope: items[0].payload).from == "1")
    }

    @Test func `keeps a message with a name that occurs twice, which nobody then obeys`() throws {
        let message =
            #"{"id":"m1","from":"1","text":{"body":"pay 1"},"type":"text","text":{"body":"pay 100"}}"#
        let item = WebhookClassifier.items(in: delivery("{\"messages\":[\(message)]}"))[0]
        #expect(item.dedupKey == "m1" && item.waId == "1")
        #expect(throws: InboundMessage.Refusal.self) { try InboundMessage(envelope: item.payload) }
        let status = #"{"status":{"id":"m1","status":"sent","status":"failed"}}"#
        #expect(throws: MessageStatus.Refusal.self) { try MessageStatus(envelope: Array(status.utf8)) }
    }

    @Test func `keeps a body with more pieces than its limit whole`() {
        let pieces = String(repeating: "7,", count: WebhookClassifier.itemsMax) + "7"
        #expect(WebhookClassifier.items(in: delivery("{\"messages\":[\(pieces)]}")).count == 1)
    }
}
