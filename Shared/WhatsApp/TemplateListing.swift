// The account's own list of its templates (`GET /{waba}/message_templates`) and the answer to a creation.
import JSONWire

/// One template as the account has it.
package struct AccountTemplate: Sendable, Equatable {
    package var id: String
    package var name: String
    package var language: String
    package var word: TemplateWord
    package var category: String?
    package var quality: String?
    package var reason: String?
    /// The text of its BODY.
    package var body: String?
}

/// One page of the list.
package struct TemplateListing: Sendable, Equatable {
    package var templates: [AccountTemplate]
    /// Where the next page begins; nil on the last.
    package var after: String?

    /// What is asked for each template.
    package static let fields = "id,name,status,category,language,quality_score,rejected_reason,components"

    /// Nil when the body is no such list. A template without a name, a language or a status is left out.
    package init?(parsing body: [UInt8]) {
        guard let root = try? JSONValue(parsing: body, duplicates: .kept, loneSurrogates: .replaced),
            case .array(let items)? = root["data"]
        else { return nil }
        templates = items.compactMap { item in
            guard let name = item["name"]?.filledText, let language = item["language"]?.filledText,
                let status = item["status"]?.filledText
            else { return nil }
            let reason = item["rejected_reason"]?.filledText
            return AccountTemplate(
                id: item["id"]?.filledText ?? "", name: name, language: TemplateLanguage.normalized(language),
                word: TemplateWord(status), category: item["category"]?.filledText?.uppercased(),
                quality: item["quality_score"]?["score"]?.filledText?.uppercased(),
                reason: reason == "NONE" ? nil : reason,
                body: item["components"]?.items.first { $0["type"]?.text?.uppercased() == "BODY" }?["text"]?
                    .text)
        }
        let paging = root["paging"]
        after = paging?["next"]?.filledText == nil ? nil : paging?["cursors"]?["after"]?.filledText
    }
}

/// The answer to `POST /{waba}/message_templates`.
package struct TemplateCreation: Sendable, Equatable {
    package var id: String
    package var word: TemplateWord
    package var category: String?

    /// Nil when the body is no such answer: whether it was created is then known by the list.
    package init?(parsing body: [UInt8]) {
        guard let root = try? JSONValue(parsing: body, duplicates: .kept, loneSurrogates: .replaced),
            let id = root["id"]?.filledText, let status = root["status"]?.filledText
        else { return nil }
        self.id = id
        word = TemplateWord(status)
        category = root["category"]?.filledText?.uppercased()
    }
}
