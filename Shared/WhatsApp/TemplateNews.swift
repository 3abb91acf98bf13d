// What a webhook about a template says. Routed by field and by shape, since Meta's own samples print one field's name
// over another's value.
import JSONWire

/// One event about one template, out of the lane `account`.
package struct TemplateNews: Sendable, Equatable {
    package enum Change: Sendable, Equatable {
        /// `reason` is Meta's upper-case word, nil where it gives none; `category` likewise.
        case status(TemplateWord, reason: String?, category: String?)
        /// GREEN, YELLOW, RED or UNKNOWN.
        case quality(String)
        /// The category is `to` from now on.
        case category(to: String)
        /// It will be `to` in about a day.
        case categoryWill(to: String)
        /// The body has been edited.
        case body(String)
    }

    package var wabaId: String
    package var name: String
    /// With underscore.
    package var language: String
    package var templateId: String?
    package var change: Change

    /// The fields that carry such news.
    package static let fields: Set<String> = [
        "message_template_status_update", "message_template_quality_update", "template_category_update",
        "message_template_components_update",
    ]

    /// Reads an envelope of the lane `account`. Nil when it is none of these, or lacks what names a template.
    package init?(envelope: [UInt8]) {
        guard let root = try? JSONValue(parsing: envelope, duplicates: .kept, loneSurrogates: .replaced),
            let field = root["field"]?.text, Self.fields.contains(field), let value = root["value"],
            let name = value["message_template_name"]?.filledText,
            let language = value["message_template_language"]?.filledText,
            let change = Change(field, value)
        else { return nil }
        wabaId = root["wabaId"]?.text ?? ""
        self.name = name
        self.language = TemplateLanguage.normalized(language)
        // A number here, a string in the API.
        templateId = value["message_template_id"]?.textOrNumber
        self.change = change
    }
}

extension TemplateNews.Change {
    fileprivate init?(_ field: String, _ value: JSONValue) {
        if let score = value["new_quality_score"]?.filledText {
            self = .quality(score.uppercased())
        } else if let event = value["event"]?.filledText {
            let reason = value["reason"]?.filledText.flatMap { $0 == "NONE" ? nil : $0 }
            self = .status(
                TemplateWord(event), reason: reason,
                category: value["message_template_category"]?.filledText?.uppercased())
        } else if let correct = value["correct_category"]?.filledText {
            self = .categoryWill(to: correct.uppercased())
        } else if let new = value["new_category"]?.filledText {
            self = .category(to: new.uppercased())
        } else if let body = value["message_template_element"]?.filledText {
            self = .body(body)
        } else {
            return nil
        }
    }
}
