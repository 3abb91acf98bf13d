// The fake Meta's templates: the rules of their form, the review, and what sending says of each status.
import JSONWire
import Testing
import World

@testable import Sandbox

@Suite struct `The templates of the fake Meta` {
    private static func draft(
        _ body: String, examples: Int = 1, name: String = "till_paid", category: String = "UTILITY"
    ) -> [UInt8] {
        let values = Array(repeating: "\"x\"", count: examples).joined(separator: ",")
        let example = examples == 0 ? "" : ",\"example\":{\"body_text\":[[\(values)]]}"
        return Array(
            """
            {"name":"\(name)","language":"ro","category":"\(category)","components":[
            {"type":"BODY","text":"\(body)"\(example)},{"type":"FOOTER","text":"Till"},
            {"type":"BUTTONS","buttons":[{"type":"QUICK_REPLY","text":"Din nou"}]}]}
            """.utf8)
    }

    private static func refusal(_ body: [UInt8]) -> Int64? {
        do throws(GraphError) {
            _ = try TemplateDraft(parsing: body)
            return nil
        } catch { return error.code }
    }

    @Test(arguments: [
        ("Plata de {{1}} a fost primită acum.", 1, nil as Int64?),
        ("{{1}} a fost primită acum de la bancă.", 1, 2_388_299),
        ("Plata de azi este de {{1}}", 1, 2_388_299),
        ("Plata de {{1}}{{2}} a fost primită acum la bancă.", 2, 100),
        ("Suma {{1}} la {{2}}.", 2, 2_388_293),
        ("Plata de {{1}} a fost primită acum.", 0, 100),
    ])
    func `must have a proper form`(_ body: String, _ examples: Int, _ code: Int64?) {
        #expect(Self.refusal(Self.draft(body, examples: examples)) == code)
    }

    @Test func `must have a proper name and category`() {
        let body = "Plata de {{1}} a fost primită acum."
        #expect(Self.refusal(Self.draft(body, name: "Till-Paid")) == 100)
        #expect(Self.refusal(Self.draft(body, category: "NEWS")) == 100)
        #expect(Self.refusal(Array("{}".utf8)) == 100 && Self.refusal(Array("no".utf8)) == 100)
    }

    @Test func `are reviewed after a moment, told by webhook, and can then be sent`() throws {
        let clock = SeededWorld(seed: 1),
            number = BusinessNumber(
                wabaId: "9", phoneNumberId: "8", displayPhoneNumber: "373", name: "Till")
        var cloud = MetaCloud(number: number, templates: .ofThisSystem, reviewTime: .seconds(2))
        let draft = try TemplateDraft(parsing: Self.draft("Plata de {{1}} a fost primită acum."))
        let created = try cloud.createTemplate(draft, now: clock.world.now()).0
        let filling = TemplateFilling(body: [(nil, "100,00 MDL")], buttons: [0: "renew:1"])
        #expect(created.status == .pending)
        #expect(throws: GraphError.self) { try cloud.templates.render("till_paid", "ro", filling) }
        let early = cloud.advance(to: clock.world.now())
        clock.advance(by: .seconds(2))
        let effects = cloud.advance(to: clock.world.now())
        #expect(early.isEmpty && effects.count == 2)
        let shown = try cloud.templates.render("till_paid", "ro", filling)
        #expect(shown.text == "Plata de 100,00 MDL a fost primită acum." && shown.footer == "Till")
        #expect(shown.buttons?.first?.id == "renew:1" && shown.buttons?.first?.title == "Din nou")
        let posts = effects.compactMap { if case .post(let post) = $0 { post.body } else { nil } }
        let entry = try JSONValue(parsing: try #require(posts.first))["entry"]?[0]
        let value = entry?["changes"]?[0]?["value"]
        #expect(entry?["changes"]?[0]?["field"]?.text == "message_template_status_update")
        #expect(value?["event"]?.text == "APPROVED" && value?["message_template_language"]?.text == "ro")
        #expect(value?["message_template_id"]?.int64 == created.id && entry?["time"]?.int64 != nil)
    }

    @Test(arguments: [(TemplateStatus.paused, 132_015 as Int64), (.disabled, 132_016), (.rejected, 132_001)])
    func `say why they cannot be sent`(_ status: TemplateStatus, _ code: Int64) throws {
        var board = TemplateBoard(.ofThisSystem, reviewTime: .zero)
        let news = board.decide("payment_paid", "ro", status: status, reason: nil, category: nil)
        #expect(news?.count == 1)
        let values = ["1", "2", "3"].map { (name: String?.none, text: $0) }
        do throws(GraphError) {
            _ = try board.render("payment_paid", "ro", TemplateFilling(body: values))
            Issue.record("sent")
        } catch { #expect(error.code == code) }
    }

    @Test func `may be moved to another category, and deleted in all languages`() {
        var board = TemplateBoard(.ofThisSystem, reviewTime: .zero)
        let news = board.decide("payment_paid", "ro", status: nil, reason: nil, category: "MARKETING")
        #expect(news == [.category(board.entries[0], previous: "UTILITY")])
        #expect(board.delete(name: "payment_paid", ids: []).count == 5)
        #expect(board.entry("payment_paid", "ro") == nil && board.listed.count == 15)
        #expect(board.decide("payment_paid", "ro", status: .approved, reason: nil, category: nil) == nil)
    }
}
