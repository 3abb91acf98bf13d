// Reads what a business posts to /messages and refuses it the way Meta does: required members, limits,
// templates. The 24-hour window is not checked here, because it depends on the phone and the moment and not
// on the text.

import JSONWire

/// A request to /messages that Meta would accept, window aside.
enum OutboundRequest: Sendable, Equatable {
    /// A message to one person: a number in any spelling, or a business-scoped id.
    case message(Message)
    /// A read receipt for a message of the person's, perhaps with the typing indicator.
    case read(messageId: String, typing: Bool)

    struct Message: Sendable, Equatable {
        var to: String?
        var recipient: String?
        var content: Content
        var replyTo: String?
        var opaque: String?
        /// The key that the business last saw of this person; another one by now fails the message.
        var identityKey: String?
    }

    /// What the phone will show; `id` and time are given by the sandbox.
    struct Content: Sendable, Equatable {
        var kind: Bubble.Kind
        var text: String
        var header: String?
        var footer: String?
        var buttons: [Bubble.Button]?
        var list: Bubble.List?
        var template: Bubble.Template?
        var document: Bubble.Document?
    }
}

/// Checks and reads. Lengths are counted in UTF-16 units, the careful reading of Meta's "characters".
struct OutboundReader: Sendable {
    static let textMax = 4096
    static let listBodyMax = 4096
    static let buttonBodyMax = 1024
    static let headerMax = 60, footerMax = 60
    static let buttonLabelMax = 20
    static let rowTitleMax = 24, rowDescriptionMax = 72, rowIdMax = 200, sectionTitleMax = 24
    static let rowsMax = 10, sectionsMax = 10, replyButtonsMax = 3, buttonIdMax = 256
    static let urlMax = 2000
    static let opaqueMax = 512

    static let captionMax = 1024, filenameMax = 240

    let templates: TemplateBoard

    func read(_ body: [UInt8]) throws(GraphError) -> OutboundRequest {
        let json: JSONValue
        do { json = try JSONValue(parsing: body) } catch { throw .invalid("The body is not JSON.") }
        guard json["messaging_product"]?.text == "whatsapp" else {
            throw .invalid("The parameter messaging_product is required and must be whatsapp.")
        }
        if json["status"]?.text == "read" {
            return .read(
                messageId: try filled(json["message_id"], "message_id"),
                typing: json["typing_indicator"]?["type"]?.text == "text")
        }
        let to = json["to"]?.filledText, recipient = json["recipient"]?.filledText
        guard to != nil || recipient != nil else { throw .missing("to") }
        if let kind = json["recipient_type"]?.text, kind != "individual" {
            throw .badValue("recipient_type must be individual")
        }
        let opaque = json["biz_opaque_callback_data"]?.text
        if let opaque { try limit(opaque, Self.opaqueMax, "biz_opaque_callback_data") }
        let content = try content(json)
        return .message(
            OutboundRequest.Message(
                to: to, recipient: recipient, content: content,
                replyTo: json["context"]?["message_id"]?.filledText,
                opaque: opaque, identityKey: json["recipient_identity_key_hash"]?.filledText))
    }

    private func content(_ json: JSONValue) throws(GraphError) -> OutboundRequest.Content {
        let type = json["type"]?.filledText ?? "text"
        guard let inner = json[type], case .object = inner else { throw .missing(type) }
        switch type {
        case "text":
            let text = try filled(inner["body"], "text.body")
            try limit(text, Self.textMax, "text.body")
            return OutboundRequest.Content(kind: .text, text: text)
        case "interactive": return try interactive(inner)
        case "template": return try template(inner)
        case "document", "image": return try file(inner, isImage: type == "image")
        default: throw .unsupportedType("This sandbox does not take messages of this type.")
        }
    }

    private func interactive(_ json: JSONValue) throws(GraphError) -> OutboundRequest.Content {
        let kind = try filled(json["type"], "interactive.type")
        let body = try filled(json["body"]?["text"], "interactive.body.text")
        try limit(body, kind == "list" ? Self.listBodyMax : Self.buttonBodyMax, "interactive.body.text")
        let action = json["action"] ?? .null
        guard !action.isNull else { throw .missing("interactive.action") }
        var content = OutboundRequest.Content(kind: .text, text: body)
        if let header = json["header"] {
            if header["type"]?.text == "text" {
                content.header = try filled(header["text"], "interactive.header.text")
            } else if kind == "list" {
                throw .badValue("interactive.header.type must be text for a list")
            }
        }
        content.footer = json["footer"]?["text"]?.filledText
        try limit(content.header ?? "", Self.headerMax, "interactive.header.text")
        try limit(content.footer ?? "", Self.footerMax, "interactive.footer.text")
        switch kind {
        case "cta_url": try callToAction(action, &content)
        case "button": try replyButtons(action, &content)
        case "list": try list(action, &content)
        default: throw .badValue("interactive.type must be one of button, list, cta_url")
        }
        return content
    }

    private func callToAction(_ action: JSONValue, _ content: inout OutboundRequest.Content)
        throws(GraphError)
    {
        guard action["name"]?.text == "cta_url" else {
            throw .badValue("interactive.action.name must be cta_url")
        }
        let label = try filled(
            action["parameters"]?["display_text"], "interactive.action.parameters.display_text")
        let url = try filled(action["parameters"]?["url"], "interactive.action.parameters.url")
        try limit(label, Self.buttonLabelMax, "interactive.action.parameters.display_text")
        try limit(url, Self.urlMax, "interactive.action.parameters.url")
        guard url.hasPrefix("https://") || url.hasPrefix("http://") else {
            throw .badValue("interactive.action.parameters.url must be a web address")
        }
        content.kind = .cta_url
        content.buttons = [Bubble.Button(id: nil, title: label, url: url)]
    }

    private func replyButtons(_ action: JSONValue, _ content: inout OutboundRequest.Content)
        throws(GraphError)
    {
        let entries = action["buttons"]?.items ?? []
        guard (1...Self.replyButtonsMax).contains(entries.count) else {
            throw .badValue("interactive.action.buttons must have 1 to \(Self.replyButtonsMax) buttons")
        }
        var buttons: [Bubble.Button] = []
        for entry in entries {
            let id = try filled(entry["reply"]?["id"], "interactive.action.buttons.reply.id")
            let title = try filled(entry["reply"]?["title"], "interactive.action.buttons.reply.title")
            try limit(id, Self.buttonIdMax, "interactive.action.buttons.reply.id")
            try limit(title, Self.buttonLabelMax, "interactive.action.buttons.reply.title")
            guard !buttons.contains(where: { $0.title == title || $0.id == id }) else {
                throw .badValue("button ids and titles must be unique")
            }
            buttons.append(Bubble.Button(id: id, title: title, url: nil))
        }
        content.kind = .buttons
        content.buttons = buttons
    }

    private func list(_ action: JSONValue, _ content: inout OutboundRequest.Content) throws(GraphError) {
        let label = try filled(action["button"], "interactive.action.button")
        try limit(label, Self.buttonLabelMax, "interactive.action.button")
        let sections = action["sections"]?.items ?? []
        guard (1...Self.sectionsMax).contains(sections.count) else {
            throw .badValue("interactive.action.sections must have 1 to \(Self.sectionsMax) sections")
        }
        var read: [Bubble.List.Section] = []
        var ids: Set<String> = []
        for section in sections {
            let title = section["title"]?.filledText
            if title == nil, sections.count > 1 { throw .missing("interactive.action.sections.title") }
            try limit(title ?? "", Self.sectionTitleMax, "interactive.action.sections.title")
            var rows: [Bubble.List.Row] = []
            for entry in section["rows"]?.items ?? [] {
                let row = try row(entry)
                guard ids.insert(row.id).inserted else { throw .badValue("row ids must be unique") }
                rows.append(row)
            }
            guard !rows.isEmpty else { throw .missing("interactive.action.sections.rows") }
            read.append(Bubble.List.Section(title: title, rows: rows))
        }
        guard ids.count <= Self.rowsMax else {
            throw .badValue("Total row count exceed max allowed count: \(Self.rowsMax)")
        }
        content.kind = .list
        content.list = Bubble.List(button: label, sections: read)
    }

    private func row(_ entry: JSONValue) throws(GraphError) -> Bubble.List.Row {
        let id = try filled(entry["id"], "interactive.action.sections.rows.id")
        let title = try filled(entry["title"], "interactive.action.sections.rows.title")
        let description = entry["description"]?.filledText
        try limit(id, Self.rowIdMax, "interactive.action.sections.rows.id")
        try limit(title, Self.rowTitleMax, "interactive.action.sections.rows.title")
        try limit(description ?? "", Self.rowDescriptionMax, "interactive.action.sections.rows.description")
        return Bubble.List.Row(id: id, title: title, description: description)
    }

    private func template(_ json: JSONValue) throws(GraphError) -> OutboundRequest.Content {
        let name = try filled(json["name"], "template.name")
        let language = try filled(json["language"]?["code"], "template.language.code")
        var filling = TemplateFilling()
        for component in json["components"]?.items ?? [] {
            let type = component["type"]?.text?.lowercased(),
                parameters = component["parameters"]?.items ?? []
            if type == "button", let payload = parameters.first {
                let index = component["index"].flatMap { $0.int64OrDigits } ?? 0
                filling.buttons[Int(clamping: index)] =
                    payload["payload"]?.text ?? payload["text"]?.text ?? ""
            }
            guard type == "body" else { continue }
            for parameter in parameters {
                guard parameter["type"]?.text == "text" else {
                    throw .badValue("template parameter type must be text")
                }
                guard let text = parameter["text"]?.text else {
                    throw .missing("template.components.parameters.text")
                }
                filling.body.append((parameter["parameter_name"]?.filledText, text))
            }
        }
        let shown = try templates.render(name, language, filling)
        return OutboundRequest.Content(
            kind: .template, text: shown.text, header: shown.header, footer: shown.footer,
            buttons: shown.buttons, template: Bubble.Template(name: name, language: language))
    }

    /// A file by the id of its upload or by its address; whether the id exists is checked by the owner.
    private func file(_ json: JSONValue, isImage: Bool) throws(GraphError) -> OutboundRequest.Content {
        let what = isImage ? "image" : "document"
        let id = json["id"]?.filledText, link = json["link"]?.filledText
        guard (id == nil) != (link == nil) else { throw .missing("\(what).id or \(what).link") }
        let caption = json["caption"]?.filledText ?? ""
        try limit(caption, Self.captionMax, "\(what).caption")
        let name = json["filename"]?.filledText ?? (isImage ? "image" : "document")
        try limit(name, Self.filenameMax, "\(what).filename")
        if let link { try limit(link, Self.urlMax, "\(what).link") }
        return OutboundRequest.Content(
            kind: isImage ? .image : .document, text: caption,
            document: Bubble.Document(
                mediaId: id, filename: name, mimeType: "application/octet-stream", bytes: nil,
                url: link ?? "/sandbox/v1/media/\(id ?? "")"))
    }

    private func filled(_ value: JSONValue?, _ name: String) throws(GraphError) -> String {
        guard let value, !value.isNull else { throw .missing(name) }
        guard let text = value.text else { throw .invalid("\(name) must be a string.") }
        guard !text.isEmpty else { throw .badValue("\(name) must not be empty") }
        return text
    }

    private func limit(_ text: String, _ most: Int, _ name: String) throws(GraphError) {
        guard text.utf16.count <= most else {
            throw .invalid("Param \(name) must be at most \(most) characters long.")
        }
    }
}
