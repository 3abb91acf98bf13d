// People who change number or phone, and messages that Meta takes and later fails: what the business is told,
// byte for byte in Meta's manner, and what the fake's books say of it.
import JSONWire
import Testing
import World

@testable import Sandbox

@Suite struct `People at the fake Meta` {
    private static let seller = "+37369000001"

    private static func cloud() -> MetaCloud {
        let number = BusinessNumber(
            wabaId: "9", phoneNumberId: "8", displayPhoneNumber: "37369002773", name: "Till")
        return MetaCloud(number: number, templates: ApprovedTemplates())
    }

    private static func message(_ inner: String) -> [UInt8] {
        Array("{\"messaging_product\":\"whatsapp\",\"to\":\"+37369000001\",\(inner)}".utf8)
    }
    private static let text = message("\"type\":\"text\",\"text\":{\"body\":\"Bine\"}")

    private static func posts(_ effects: [MetaCloud.Effect]) throws -> [JSONValue] {
        try effects.compactMap { effect in
            guard case .post(let post) = effect else { return nil }
            return try JSONValue(parsing: post.body)["entry"]?[0]?["changes"]?[0]
        }
    }

    @Test func `take their chat to a new number, and the business learns both ids`() throws {
        let clock = SeededWorld(seed: 1)
        var cloud = Self.cloud()
        _ = cloud.say("hello", on: Self.seller, stamped: nil, shown: nil, world: clock.world)
        let before = try #require(cloud.phone(Self.seller)).userId
        let effects = cloud.changeNumber(
            of: Self.seller, to: "+37369000111", announced: .both, world: clock.world)
        let changes = try Self.posts(try #require(effects))
        let after = try #require(cloud.phone("+37369000111"))
        #expect(cloud.phone(Self.seller) == nil && after.bubbles.map(\.text) == ["hello"])
        let system = changes[0]["value"]?["messages"]?[0]
        #expect(system?["type"]?.text == "system" && system?["from"]?.text == "37369000001")
        #expect(system?["system"]?["wa_id"]?.text == "37369000111")
        #expect(changes[0]["value"]?["contacts"] == nil)
        let update = changes[1]["value"]?["user_id_update"]?[0]
        #expect(changes[1]["field"]?.text == "user_id_update")
        #expect(update?["user_id"]?["previous"]?.text == before && before != after.userId)
        #expect(update?["user_id"]?["current"]?.text == after.userId)
    }

    @Test func `have another key with another phone, and another id when they are other people`() throws {
        let clock = SeededWorld(seed: 2)
        var cloud = Self.cloud()
        _ = cloud.say("hello", on: Self.seller, stamped: nil, shown: nil, world: clock.world)
        let first = try #require(cloud.phone(Self.seller))
        _ = cloud.changeIdentity(of: Self.seller, isAnother: false, announced: true, world: clock.world)
        let second = try #require(cloud.phone(Self.seller))
        #expect(first.identityKey != second.identityKey && first.userId == second.userId)
        _ = cloud.changeIdentity(of: Self.seller, isAnother: true, announced: false, world: clock.world)
        let third = try #require(cloud.phone(Self.seller))
        #expect(third.userId != first.userId && third.bubbles.isEmpty)
    }

    @Test func `with another key get no message that names the old one`() throws {
        let clock = SeededWorld(seed: 3)
        var cloud = Self.cloud()
        _ = cloud.say("hello", on: Self.seller, stamped: nil, shown: nil, world: clock.world)
        let stale = Self.message(
            "\"recipient_identity_key_hash\":\"old\",\"type\":\"text\",\"text\":{\"body\":\"Bine\"}")
        let (_, effects) = try cloud.send(stale, world: clock.world)
        let status = try Self.posts(effects)[0]["value"]?["statuses"]?[0]
        #expect(status?["status"]?.text == "failed" && status?["errors"]?[0]?["code"]?.int64 == 137_000)
        #expect(cloud.phone(Self.seller)?.bubbles.count == 1)
    }

    @Test func `get 45 messages in a burst and then one in six seconds`() throws {
        let clock = SeededWorld(seed: 4)
        var cloud = Self.cloud()
        _ = cloud.say("hello", on: Self.seller, stamped: nil, shown: nil, world: clock.world)
        for _ in 0..<45 { _ = try cloud.send(Self.text, world: clock.world) }
        #expect(throws: GraphError.pairLimited()) { try cloud.send(Self.text, world: clock.world) }
        clock.advance(by: .seconds(6))
        _ = try cloud.send(Self.text, world: clock.world)
        #expect(throws: GraphError.pairLimited()) { try cloud.send(Self.text, world: clock.world) }
        #expect(cloud.ledger.refused == [131_056: 2] && cloud.ledger.accepted == ["text": 46])
    }

    @Test func `are billed to the business after the thousandth free message of the month`() throws {
        let clock = SeededWorld(seed: 5)
        var cloud = Self.cloud(), prices: [String?] = []
        for _ in 0..<1_001 {
            clock.advance(by: .seconds(6))
            _ = cloud.say("hello", on: Self.seller, stamped: nil, shown: nil, world: clock.world)
            let (_, effects) = try cloud.send(Self.text, world: clock.world)
            let delivered = try Self.posts(effects)[1]["value"]?["statuses"]?[0]
            prices.append(delivered?["pricing"]?["type"]?.text)
        }
        #expect(prices[999] == "free_customer_service" && prices[1_000] == "regular")
    }

    @Test func `write a thousand times in one POST, and every change of it is whole`() throws {
        let clock = SeededWorld(seed: 6)
        var cloud = Self.cloud()
        let batch = (0..<1_000).map { index in
            (phone: "+373690" + String(10_000 + index), text: "pay 1", stamped: Timestamp?.none)
        }
        let (ids, body, _) = cloud.say(batch: batch, padding: 10_000, world: clock.world)
        let changes = try JSONValue(parsing: body)["entry"]?[0]?["changes"]?.items ?? []
        let messages = changes.flatMap { $0["value"]?["messages"]?.items ?? [] }
        #expect(changes.count == 101 && messages.map { $0["id"]?.text } == ids && ids.count == 1_000)
    }

    @Test func `read a file that was uploaded, and none that was not`() throws {
        let clock = SeededWorld(seed: 7)
        var cloud = Self.cloud()
        _ = cloud.say("export", on: Self.seller, stamped: nil, shown: nil, world: clock.world)
        let form = """
            --b\r\nContent-Disposition: form-data; name="messaging_product"\r\n\r\nwhatsapp\r
            --b\r\nContent-Disposition: form-data; name="file"; filename="plati.csv"\r
            Content-Type: text/csv\r\n\r\na,b\r\n1,2\r\n\r\n--b--\r\n
            """.replacing("\n            ", with: "\n")
        let parsed = try #require(
            MultipartForm(Array(form.utf8), contentType: "multipart/form-data; boundary=b"))
        let part = try #require(parsed["file"])
        #expect(
            part.filename == "plati.csv" && String(decoding: part.bytes, as: UTF8.self) == "a,b\r\n1,2\r\n")
        cloud.upload(
            MediaFile(
                id: "77", mimeType: "text/csv", filename: "plati.csv", bytes: part.bytes,
                uploadedAt: clock.world.now()))
        let document = "\"type\":\"document\",\"document\":{\"id\":\"77\",\"filename\":\"plati.csv\"}"
        _ = try cloud.send(Self.message(document), world: clock.world)
        let shown = try #require(cloud.phone(Self.seller)?.bubbles.last?.document)
        #expect(
            shown.filename == "plati.csv" && shown.bytes == part.bytes.count && shown.mimeType == "text/csv")
        #expect(throws: GraphError.self) {
            try cloud.send(Self.message(document.replacing("77", with: "78")), world: clock.world)
        }
    }

    @Test(arguments: ["", "--b\r\n", "--b\r\nx\r\n--b--", "--b\r\nA: b\r\n\r\nc\r\n--b--"])
    func `send forms that are refused where they are not well formed`(_ body: String) {
        #expect(MultipartForm(Array(body.utf8), contentType: "multipart/form-data; boundary=b") == nil)
    }
}
