// The fake Meta's promises: webhooks byte for byte in Meta's manner, the 24-hour window, ticks, and refusals
// with Meta's codes.
import JSONWire
import Testing
import World

@testable import Sandbox

@Suite struct `The fake Meta` {
    private static let number = BusinessNumber(
        wabaId: "900000000000001", phoneNumberId: "800000000000009", displayPhoneNumber: "37369002773",
        name: "Till")
    private static let seller = "+37369000001"

    private static func cloud(_ templates: ApprovedTemplates = ApprovedTemplates()) -> MetaCloud {
        var cloud = MetaCloud(number: number, templates: templates)
        cloud.introduce(seller, name: "Ana")
        return cloud
    }

    private static func message(_ inner: String, to: String = "\"to\":\"+37369000001\"") -> [UInt8] {
        Array("{\"messaging_product\":\"whatsapp\",\(to),\(inner)}".utf8)
    }

    private static let text = "\"type\":\"text\",\"text\":{\"body\":\"Bine\"}"
    private static let template = """
        "type":"template","template":{"name":"receipt_paid","language":{"code":"ro"},
        "components":[{"type":"body",
        "parameters":[{"type":"text","text":"100,00 MDL"}]}]}
        """

    private static func webhooks(_ effects: [MetaCloud.Effect]) -> [[UInt8]] {
        effects.compactMap { if case .post(let post) = $0 { post.body } else { nil } }
    }

    @Test func `escapes everything above ASCII in lower case, and slashes`() throws {
        let clock = SeededWorld(seed: 1)
        var cloud = Self.cloud()
        let effects = cloud.say(
            "Plătește 1/2 😀", on: Self.seller, stamped: nil, shown: nil, world: clock.world
        ).effects
        let body = try #require(Self.webhooks(effects).first)
        let text = String(decoding: body, as: UTF8.self)
        #expect(text.contains(#"Pl\u0103te\u0219te 1\/2 \ud83d\ude00"#))
        #expect(body.allSatisfy { $0 < 0x80 })
        let message = try JSONValue(parsing: body)["entry"]?[0]?["changes"]?[0]?["value"]?["messages"]?[0]
        #expect(message?["text"]?["body"]?.text == "Plătește 1/2 😀")
        #expect(message?["from"]?.text == "37369000001")
        #expect(message?["timestamp"]?.text == String(clock.world.now().seconds))
    }

    @Test(arguments: [
        (IdentityShown.both, true, true), (.phone, true, false), (.hidden, false, true),
    ])
    func `shows as much of a person as it is told to`(_ shown: IdentityShown, _ phone: Bool, _ id: Bool)
        throws
    {
        let clock = SeededWorld(seed: 2)
        var cloud = Self.cloud()
        let effects = cloud.say("hello", on: Self.seller, stamped: nil, shown: shown, world: clock.world)
            .effects
        let value = try JSONValue(parsing: try #require(Self.webhooks(effects).first))["entry"]?[0]?[
            "changes"]?[0]?["value"]
        #expect((value?["messages"]?[0]?["from"] != nil) == phone)
        #expect((value?["contacts"]?[0]?["wa_id"] != nil) == phone)
        #expect((value?["messages"]?[0]?["from_user_id"] != nil) == id)
        let userId = value?["messages"]?[0]?["from_user_id"]?.text ?? "MD.1"
        #expect(userId.hasPrefix("MD.") && userId.dropFirst(3).allSatisfy { $0.isNumber })
    }

    @Test func `refuses a free text when the person's last message is a day old, and takes a template`()
        throws
    {
        let clock = SeededWorld(seed: 3)
        var cloud = Self.cloud()
        let old = clock.world.now().advanced(by: .seconds(-25 * 3600))
        _ = cloud.say("hello", on: Self.seller, stamped: old, shown: nil, world: clock.world)
        #expect(throws: GraphError.windowClosed()) {
            try cloud.send(Self.message(Self.text), world: clock.world)
        }
        _ = try cloud.send(Self.message(Self.template), world: clock.world)
        let shown = try #require(cloud.phone(Self.seller)?.bubbles.last)
        #expect(shown.kind == .template && shown.text == "receipt_paid · 100,00 MDL")
        #expect(shown.template == Bubble.Template(name: "receipt_paid", language: "ro"))
    }

    @Test func `refuses a free text to someone who never wrote`() {
        let clock = SeededWorld(seed: 4)
        var cloud = Self.cloud()
        #expect(throws: GraphError.windowClosed()) {
            try cloud.send(Self.message(Self.text), world: clock.world)
        }
    }

    @Test func `answers with an id and sends three statuses that carry the sender's own id`() throws {
        let clock = SeededWorld(seed: 5)
        var cloud = Self.cloud()
        _ = cloud.say("hello", on: Self.seller, stamped: nil, shown: nil, world: clock.world)
        let body = Self.message(Self.text + ",\"biz_opaque_callback_data\":\"msg_1\"")
        let (answer, effects) = try cloud.send(body, world: clock.world)
        guard case .accepted(let input, let waId, _, let id) = answer else { return #expect(Bool(false)) }
        #expect(input == "+37369000001" && waId == "37369000001")
        let statuses = try Self.webhooks(effects).map {
            try JSONValue(parsing: $0)["entry"]?[0]?["changes"]?[0]?["value"]?["statuses"]?[0]
        }
        #expect(statuses.map { $0?["status"]?.text } == ["sent", "delivered", "read"])
        #expect(
            statuses.allSatisfy { $0?["id"]?.text == id && $0?["biz_opaque_callback_data"]?.text == "msg_1" })
    }

    @Test func `reaches a person by the business-scoped id`() throws {
        let clock = SeededWorld(seed: 6)
        var cloud = Self.cloud()
        _ = cloud.say("hello", on: Self.seller, stamped: nil, shown: .hidden, world: clock.world)
        let id = try #require(cloud.phone(Self.seller)?.userId)
        let (answer, _) = try cloud.send(
            Self.message(Self.text, to: "\"recipient\":\"\(id)\""), world: clock.world)
        guard case .accepted(let input, let waId, let userId, _) = answer else { return #expect(Bool(false)) }
        #expect(input == id && waId == nil && userId == id)
        #expect(throws: GraphError.undeliverable()) {
            try cloud.send(Self.message(Self.text, to: "\"recipient\":\"MD.1\""), world: clock.world)
        }
    }

    @Test func `turns ticks blue on a read receipt and shows typing until the answer`() throws {
        let clock = SeededWorld(seed: 7)
        var cloud = Self.cloud()
        let (id, _) = cloud.say("hello", on: Self.seller, stamped: nil, shown: nil, world: clock.world)
        _ = cloud.delivered(id, on: Self.seller)
        #expect(cloud.phone(Self.seller)?.bubble(id)?.status == .delivered)
        let receipt =
            "{\"messaging_product\":\"whatsapp\",\"status\":\"read\",\"message_id\":\"\(id)\","
            + "\"typing_indicator\":{\"type\":\"text\"}}"
        let answer = try cloud.send(Array(receipt.utf8), world: clock.world).0
        #expect(answer == .success)
        #expect(cloud.phone(Self.seller)?.bubble(id)?.status == .read)
        #expect(cloud.phone(Self.seller)?.isTyping(at: clock.world.now()) == true)
        _ = cloud.delivered(id, on: Self.seller)
        #expect(cloud.phone(Self.seller)?.bubble(id)?.status == .read)
        _ = try cloud.send(Self.message(Self.text), world: clock.world)
        #expect(cloud.phone(Self.seller)?.isTyping(at: clock.world.now()) == false)
    }

    @Test func `lets a row be tapped only on a message that offers it`() throws {
        let clock = SeededWorld(seed: 8)
        var cloud = Self.cloud()
        _ = cloud.say("/lang", on: Self.seller, stamped: nil, shown: nil, world: clock.world)
        let list = """
            "type":"interactive","interactive":{"type":"list","body":{"text":"Limba?"},
            "action":{"button":"Alege",
            "sections":[{"rows":[{"id":"ro","title":"Română"},{"id":"ru","title":"Русский"}]}]}}
            """
        guard case .accepted(_, _, _, let id) = try cloud.send(Self.message(list), world: clock.world).0
        else {
            return #expect(Bool(false))
        }
        for (row, message) in [("xx", id), ("ru", "wamid.x")] {
            let wrong = cloud.tap(row, of: message, on: Self.seller, stamped: nil, world: clock.world)
            #expect(wrong == nil)
        }
        let right = cloud.tap("ru", of: id, on: Self.seller, stamped: nil, world: clock.world)
        let tapped = try #require(right)
        let body = try #require(Self.webhooks(tapped.effects).first)
        let value = try JSONValue(parsing: body)["entry"]?[0]?["changes"]?[0]?["value"]
        let reply = value?["messages"]?[0]
        #expect(reply?["interactive"]?["list_reply"]?["id"]?.text == "ru")
        #expect(reply?["context"]?["id"]?.text == id)
    }

    @Test(arguments: [
        ("{}", 100), ("nonsense", 100),
        ("{\"messaging_product\":\"whatsapp\",\"type\":\"text\",\"text\":{\"body\":\"x\"}}", 131_008),
        (
            "{\"messaging_product\":\"whatsapp\",\"to\":\"+37369000001\",\"type\":\"text\",\"text\":{}}",
            131_008
        ),
        (
            "{\"messaging_product\":\"whatsapp\",\"to\":\"+37369000001\",\"text\":{\"body\":\"\"}}",
            131_009
        ),
        (
            "{\"messaging_product\":\"whatsapp\",\"to\":\"abc\",\"type\":\"text\",\"text\":{\"body\":\"x\"}}",
            131_009
        ),
        (
            "{\"messaging_product\":\"whatsapp\",\"to\":\"+37369000001\",\"type\":\"order\",\"order\":{}}",
            131_051
        ),
    ])
    func `refuses wrong bodies with Meta's codes`(_ body: String, _ code: Int64) {
        var cloud = Self.cloud()
        let clock = SeededWorld(seed: 9)
        do {
            _ = try cloud.send(Array(body.utf8), world: clock.world)
            #expect(Bool(false), "accepted")
        } catch { #expect((error as GraphError).code == code) }
    }

    @Test func `refuses what is too long`() {
        let clock = SeededWorld(seed: 10)
        var cloud = Self.cloud()
        _ = cloud.say("hello", on: Self.seller, stamped: nil, shown: nil, world: clock.world)
        let long = String(repeating: "a", count: 4_097)
        #expect(throws: GraphError.self) {
            try cloud.send(
                Self.message("\"type\":\"text\",\"text\":{\"body\":\"\(long)\"}"), world: clock.world)
        }
        let rows = (0..<11).map { "{\"id\":\"\($0)\",\"title\":\"t\"}" }.joined(separator: ",")
        let list =
            "\"type\":\"interactive\",\"interactive\":{\"type\":\"list\",\"body\":{\"text\":\"b\"},"
            + "\"action\":{\"button\":\"x\",\"sections\":[{\"rows\":[\(rows)]}]}}"
        #expect(throws: GraphError.self) { try cloud.send(Self.message(list), world: clock.world) }
    }

    @Test func `knows templates by name, language and parameters when it was given some`() throws {
        let definition = """
            {"name":"receipt_paid","language":"ro","category":"UTILITY","parameter_format":"named",
             "components":[{"type":"BODY","text":"Plata de {{amount}} a fost primită la {{time}}. Mulțumim!"}]}
            """
        let templates = TemplateBoard(
            ApprovedTemplates(files: [Array(definition.utf8)]), reviewTime: .seconds(1))
        let good = [(name: String?.some("amount"), text: "100,00 MDL"), (name: "time", text: "14:23")]
        #expect(
            try templates.render("receipt_paid", "ro", TemplateFilling(body: good)).text
                == "Plata de 100,00 MDL a fost primită la 14:23. Mulțumim!")
        for (name, language, parameters, code) in [
            ("receipt_paid", "ru", good, 132_001), ("other", "ro", good, 132_001),
            ("receipt_paid", "ro", [good[0]], 132_000),
            ("receipt_paid", "ro", [good[0], (name: "x", text: "1")], 132_000),
            ("receipt_paid", "ro", [good[0], (name: "time", text: "a\nb")], 132_018),
        ] as [(String, String, [(name: String?, text: String)], Int64)] {
            do {
                _ = try templates.render(name, language, TemplateFilling(body: parameters))
                #expect(Bool(false), "accepted")
            } catch { #expect((error as GraphError).code == code) }
        }
    }

    @Test(arguments: ["paid", "failed", "declined", "expired"])
    func `approves this system's own templates in five languages`(_ outcome: String) throws {
        for language in ["ro", "ru", "en", "fr", "de"] {
            let values = ["100,00 MDL", "21.11.2026 14:43", "#cafea"].map { (name: String?.none, text: $0) }
            let board = TemplateBoard(.ofThisSystem, reviewTime: .zero)
            let filling = TemplateFilling(body: values)
            let text = try board.render("payment_" + outcome, language, filling).text
            #expect(text.contains("100,00 MDL") && text.contains("#cafea") && !text.contains("{"))
        }
    }

    @Test(arguments: [
        ("+37369000001", "+37369000001"), ("37369000001", "+37369000001"), ("0037369000001", "+37369000001"),
        ("+373 69 00-00-01", "+37369000001"),
    ])
    func `reads a number however it is spelt`(_ text: String, _ number: String) {
        #expect(E164.normalised(text) == number)
    }

    @Test(arguments: ["", "abc", "123", "+", "+0123456789", "3736900000123456", "37369+000001"])
    func `refuses what is no number`(_ text: String) { #expect(E164.normalised(text) == nil) }
}
