// What Meta says of templates: in lists, in answers and in webhooks, in every spelling that it uses.
import JSONWire
import Testing
import WhatsApp

@Suite struct `Meta's news of templates` {
    private func news(_ field: String, _ value: String) -> TemplateNews? {
        let named =
            #""message_template_id":77,"message_template_name":"payment_paid","message_template_language":"#
        let text = #"{"field":"\#(field)","kind":"change","wabaId":"9","value":{\#(named)"en-US",\#(value)}}"#
        return TemplateNews(envelope: Array(text.utf8))
    }

    @Test func `tell a standing with its reason and category`() throws {
        let found = try #require(
            news(
                "message_template_status_update",
                #""event":"REJECTED","reason":"INCORRECT_CATEGORY","message_template_category":"UTILITY""#))
        #expect((found.wabaId, found.name, found.language) == ("9", "payment_paid", "en_US"))
        #expect(found.templateId == "77")
        #expect(found.change == .status(.rejected, reason: "INCORRECT_CATEGORY", category: "UTILITY"))
        #expect(
            news("message_template_status_update", #""event":"PAUSED","reason":"NONE""#)?.change
                == .status(.paused, reason: nil, category: nil))
        #expect(
            news("message_template_status_update", #""event":"SOMETHING_NEW","reason":null"#)?.change
                == .status(.unknown, reason: nil, category: nil))
    }

    @Test func `are routed by shape where the field's name is another's`() {
        #expect(
            news(
                "message_template_status_update",
                #""previous_quality_score":"GREEN","new_quality_score":"RED""#)?
                .change == .quality("RED"))
    }

    @Test func `tell a category that is from one that will be`() {
        #expect(
            news("template_category_update", #""previous_category":"UTILITY","new_category":"MARKETING""#)?
                .change
                == .category(to: "MARKETING"))
        #expect(
            news(
                "template_category_update",
                #""new_category":"UTILITY","correct_category":"MARKETING","category_update_timestamp":1"#)?
                .change
                == .categoryWill(to: "MARKETING"))
    }

    @Test(arguments: [
        #"{"field":"account_update","value":{"event":"DISABLED_UPDATE"}}"#,
        #"{"field":"message_template_status_update","value":{"event":"APPROVED"}}"#, "{}", "", "[1",
    ]) func `are none where no template is named`(text: String) {
        #expect(TemplateNews(envelope: Array(text.utf8)) == nil)
    }

    @Test(arguments: [
        ("en-US", "en_US"), ("en_US", "en_US"), ("pt-br", "pt_BR"), ("ro", "ro"), ("RO", "ro"),
        ("zh-Hant", "zh_Hant"), ("", ""),
    ]) func `write languages with a hyphen or an underscore`(text: String, code: String) {
        #expect(TemplateLanguage.normalized(text) == code)
    }

    @Test func `come as a list with pages`() throws {
        let text = """
            {"data":[{"id":"1","name":"a","language":"ro","status":"APPROVED","category":"UTILITY",
            "quality_score":{"score":"GREEN"},"components":[{"type":"BODY","text":"Plata {{1}} azi"}]},
            {"id":"2","name":"b","language":"en_US","status":"REJECTED","rejected_reason":"SCAM"},{"id":"3"}],
            "paging":{"cursors":{"before":"x","after":"y"},"next":"https://graph.example/next"}}
            """
        let page = try #require(TemplateListing(parsing: Array(text.utf8)))
        #expect(page.after == "y")
        #expect(page.templates.map(\.word) == [.approved, .rejected])
        #expect(page.templates[0].body == "Plata {{1}} azi")
        #expect(page.templates[0].quality == "GREEN")
        #expect(page.templates[1].reason == "SCAM")
        let last = #"{"data":[],"paging":{"cursors":{"after":"y"}}}"#
        #expect(TemplateListing(parsing: Array(last.utf8))?.after == nil)
        #expect(TemplateListing(parsing: Array(#"{"error":{"code":190}}"#.utf8)) == nil)
    }

    @Test func `come as the answer to a creation, where UTILITY may have become something else`() {
        let text = #"{"id":"5","status":"APPROVED","category":"MARKETING"}"#
        let creation = TemplateCreation(parsing: Array(text.utf8))
        #expect(creation?.category == "MARKETING" && creation?.word == .approved && creation?.id == "5")
        #expect(TemplateCreation(parsing: Array("<html>".utf8)) == nil)
    }
}
