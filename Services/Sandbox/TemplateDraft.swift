// A template as a business submits it, with Meta's rules for its form: no variable first or last, none beside
// another, an example for each. And a template as it is sent, with its parameters put in.

import JSONWire

/// A submission that may be reviewed.
struct TemplateDraft: Sendable, Equatable {
    static let nameMax = 512

    var name: String
    var language: String
    var category: String
    var components: String

    /// For a new template.
    init(parsing bytes: [UInt8]) throws(GraphError) {
        let json: JSONValue
        do { json = try JSONValue(parsing: bytes) } catch { throw .invalid("The body is not JSON.") }
        guard let name = json["name"]?.filledText, let language = json["language"]?.filledText,
            let category = json["category"]?.filledText?.uppercased()
        else { throw .invalid("name, language and category are required.") }
        guard Self.isName(name) else { throw .template("name holds other characters than a-z, 0-9 and _") }
        guard ["UTILITY", "MARKETING", "AUTHENTICATION"].contains(category) else {
            throw .template("category must be UTILITY, MARKETING or AUTHENTICATION")
        }
        self.name = name
        self.language = language
        self.category = category
        components = try Self.components(json)
    }

    /// New components of the template `entry`.
    init(editing entry: TemplateEntry, parsing bytes: [UInt8]) throws(GraphError) {
        let json: JSONValue
        do { json = try JSONValue(parsing: bytes) } catch { throw .invalid("The body is not JSON.") }
        name = entry.name
        language = entry.language
        category = entry.category
        components = try Self.components(json)
    }

    static func isName(_ name: String) -> Bool {
        (1...nameMax).contains(name.utf8.count)
            && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
    }

    private static func components(_ json: JSONValue) throws(GraphError) -> String {
        guard let parts = json["components"]?.items, !parts.isEmpty else {
            throw .invalid("components is required.")
        }
        let part = parts.first { $0["type"]?.text?.uppercased() == "BODY" }
        guard let part, let body = part["text"]?.filledText else { throw .template("a BODY is required") }
        guard body.utf16.count <= TemplateBoard.bodyMax else {
            throw GraphError(
                code: 2_388_040, status: 400, title: "Field exceeds the character limit",
                details: "the body has more than \(TemplateBoard.bodyMax) characters")
        }
        try checkVariables(of: body)
        let wanted = ApprovedTemplates.variables(in: body).count
        let example = part["example"]
        let given =
            example?["body_text"]?[0]?.items.count ?? example?["body_text_named_params"]?.items.count ?? 0
        guard given == wanted else { throw .template("an example is missing for a variable of the body") }
        var writer = JSONWriter(capacity: 512)
        writer.array { list in for part in parts { list.value(part) } }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private static func checkVariables(of body: String) throws(GraphError) {
        let pieces = ApprovedTemplates.pieces(of: body)
        func isVariable(_ piece: ApprovedTemplates.Piece?) -> Bool {
            if case .variable? = piece { true } else { false }
        }
        guard !isVariable(pieces.first), !isVariable(pieces.last) else {
            throw GraphError(
                code: 2_388_299, status: 400, title: "Leading or trailing params not allowed",
                details: "Variables can't be at the start or end of the template.")
        }
        for (piece, next) in zip(pieces, pieces.dropFirst()) where isVariable(piece) && isVariable(next) {
            throw .template("two variables stand beside each other")
        }
        let words = body.split { $0 == " " || $0.isNewline }.count
        guard words >= ApprovedTemplates.variables(in: body).count * 2 + 1 else {
            throw GraphError(
                code: 2_388_293, status: 400, title: "Parameters words ratio exceeds limit",
                details: "This template has too many variables for its length.")
        }
    }
}

/// The parameters of a template that is sent.
struct TemplateFilling: Sendable {
    var body: [(name: String?, text: String)] = []
    /// By the button's index: the payload of a quick reply or the suffix of an address.
    var buttons: [Int: String] = [:]
}

/// What the phone shows of a template.
struct RenderedTemplate: Sendable {
    var text: String
    var header: String?
    var footer: String?
    var buttons: [Bubble.Button]?
}

extension TemplateBoard {
    /// Throws what Meta answers when the template is not there, not approved, or filled wrongly.
    func render(_ name: String, _ language: String, _ filling: TemplateFilling) throws(GraphError)
        -> RenderedTemplate
    {
        guard TemplateDraft.isName(name) else {
            throw .badValue("template.name holds other characters than a-z, 0-9 and _")
        }
        try ApprovedTemplates.check(filling.body.map(\.text))
        guard let entry = entry(name, language) else {
            guard isOpen, ApprovedTemplates.languages.contains(language) else {
                throw .noTemplate("template name (\(name)) does not exist in \(language)")
            }
            return RenderedTemplate(text: ([name] + filling.body.map(\.text)).joined(separator: " · "))
        }
        switch entry.status {
        case .approved: break
        case .paused: throw .templatePaused()
        case .disabled: throw .templateDisabled()
        case .pending, .rejected, .archived:
            throw .noTemplate("template name (\(name)) is not approved in \(language)")
        }
        let parts = (try? JSONValue(parsing: Array(entry.components.utf8)))?.items ?? []
        func part(_ type: String) -> JSONValue? { parts.first { $0["type"]?.text?.uppercased() == type } }
        let text = try ApprovedTemplates.fill(part("BODY")?["text"]?.text ?? "", filling.body)
        var buttons: [Bubble.Button] = []
        for (index, button) in (part("BUTTONS")?["buttons"]?.items ?? []).enumerated() {
            let title = button["text"]?.text ?? ""
            if let url = button["url"]?.text {
                let suffix = filling.buttons[index] ?? ""
                buttons.append(.init(id: nil, title: title, url: url.replacing("{{1}}", with: suffix)))
            } else {
                buttons.append(.init(id: filling.buttons[index] ?? title, title: title, url: nil))
            }
        }
        return RenderedTemplate(
            text: text, header: part("HEADER")?["text"]?.filledText,
            footer: part("FOOTER")?["text"]?.filledText,
            buttons: buttons.isEmpty ? nil : buttons)
    }
}
