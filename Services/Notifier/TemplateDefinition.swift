// One message template as it is registered with Meta, and the rules a body must keep to be accepted. The
// encoded form is exactly what is posted to Meta and what lies in deploy/templates, so that what is reviewed
// is what is sent.
import FoundationEssentials

/// A Utility template in one language.
package struct TemplateDefinition: Codable, Hashable, Sendable {
    package struct Component: Codable, Hashable, Sendable {
        package var type: String
        package var text: String
        package var example: Example?
    }

    /// One sample value per variable, in order. Meta wants a list of such lists.
    package struct Example: Codable, Hashable, Sendable {
        package var bodyText: [[String]]

        enum CodingKeys: String, CodingKey { case bodyText = "body_text" }
    }

    /// Lower case, digits and underscores; the same for all languages.
    package var name: String
    /// Meta's code: ro, ru, en, fr, de. `en` and `en_US` are two templates.
    package var language: String
    package var category: String
    package var parameterFormat: String
    /// After this long Meta gives up delivering, in seconds; nil for its own 30 days.
    package var sendTTLSeconds: Int?
    package var components: [Component]

    /// What Meta allows for a Utility template: half a minute to twelve hours.
    package static let sendTTLRange = 30...43_200

    enum CodingKeys: String, CodingKey {
        case name, language, category, components
        case parameterFormat = "parameter_format"
        case sendTTLSeconds = "message_send_ttl_seconds"
    }

    /// A Utility template that is one body, with a sample for every variable.
    package init(
        name: String, language: String, body: String, samples: [String], sendTTLSeconds: Int? = nil
    ) {
        self.name = name
        self.language = language
        category = "UTILITY"
        parameterFormat = "positional"
        self.sendTTLSeconds = sendTTLSeconds
        components = [
            Component(type: "BODY", text: body, example: Example(bodyText: [samples]))
        ]
    }

    /// What is posted to Meta.
    package func encoded() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self))
    }

    private struct Edit: Encodable {
        var components: [Component]
        var message_send_ttl_seconds: Int?
    }

    /// What is posted to change one that exists: its name, language and category cannot be.
    func editBody() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(
            try encoder.encode(Edit(components: components, message_send_ttl_seconds: sendTTLSeconds)))
    }

    package static func decode(_ bytes: [UInt8]) throws -> TemplateDefinition {
        try JSONDecoder().decode(TemplateDefinition.self, from: Data(bytes))
    }

    package var body: Component? { components.first { $0.type == "BODY" } }

    package enum Piece: Hashable, Sendable {
        case words(String)
        case variable(String)
    }

    /// The body cut at its `{{variables}}`.
    package var pieces: [Piece] { Self.pieces(body?.text ?? "") }

    /// Any body cut at its `{{variables}}`.
    package static func pieces(_ text: String) -> [Piece] {
        var rest = text[...]
        var pieces: [Piece] = []
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}")
        {
            if open.lowerBound > rest.startIndex { pieces.append(.words(String(rest[..<open.lowerBound]))) }
            pieces.append(.variable(String(rest[open.upperBound..<close.lowerBound])))
            rest = rest[close.upperBound...]
        }
        if !rest.isEmpty { pieces.append(.words(String(rest))) }
        return pieces
    }

    /// The numbers of the variables in the order of their appearance.
    package var variables: [String] { Self.variables(body?.text ?? "") }

    package static func variables(_ text: String) -> [String] {
        var found: [String] = []
        for case .variable(let name) in pieces(text) { found.append(name) }
        return found
    }
}
