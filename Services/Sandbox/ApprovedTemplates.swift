// The message templates that this fake Meta has approved: this system's own, or those in a folder of files
// in the shape in which templates are registered. An empty set approves everything well formed, for tests of
// other things.

import Copy
import JSONWire
import Money

/// Templates by name and language, with the components they consist of.
package struct ApprovedTemplates: Sendable {
    struct Definition: Sendable, Equatable {
        var name: String
        var language: String
        /// The JSON text of its components.
        var components: String
    }

    /// What Meta knows of these languages; other codes need a definition of their own.
    static let languages: Set<String> = ["ro", "ru", "en", "fr", "de"]

    private(set) var definitions: [Definition] = []

    package init() {}

    /// What this system registers with Meta: one template for each outcome and language, with numbered
    /// variables.
    package static let ofThisSystem: ApprovedTemplates = {
        var templates = ApprovedTemplates()
        let outcomes: [(String, CopyKey)] = [
            ("paid", .templatePaid), ("failed", .templateFailed), ("declined", .templateDeclined),
            ("expired", .templateExpired),
        ]
        for (outcome, key) in outcomes {
            for language in Language.allCases {
                var body = Catalogue.template(key, language)
                for (index, slot) in Catalogue.slots(key, language).enumerated() {
                    body = body.replacing("{\(slot.rawValue)}", with: "{{\(index + 1)}}")
                }
                templates.add("payment_" + outcome, language.rawValue, body: body)
            }
        }
        return templates
    }()

    /// Reads definitions; one that cannot be read is left out, as Meta would not have approved it.
    package init(files: [[UInt8]]) {
        for bytes in files {
            guard let json = try? JSONValue(parsing: bytes, duplicates: .kept) else { continue }
            let list = json.items.isEmpty ? [json] : json.items
            for entry in list { add(entry) }
        }
    }

    private mutating func add(_ name: String, _ language: String, body: String) {
        var json = JSONWriter()
        json.array { parts in
            parts.object { part in
                part.member("type", "BODY")
                part.member("text", body)
            }
        }
        definitions.append(
            Definition(
                name: name, language: language, components: String(decoding: json.bytes, as: UTF8.self)))
    }

    private mutating func add(_ entry: JSONValue) {
        guard let name = entry["name"]?.filledText, let language = entry["language"]?.filledText,
            let parts = entry["components"]?.items,
            parts.contains(where: { $0["type"]?.text?.uppercased() == "BODY" && $0["text"]?.text != nil })
        else { return }
        var json = JSONWriter()
        json.array { list in for part in parts { list.value(part) } }
        definitions.append(
            Definition(
                name: name, language: language, components: String(decoding: json.bytes, as: UTF8.self)))
    }

    /// How many definitions there are; 0 means that everything well formed is approved.
    package var count: Int { definitions.count }

    // MARK: the text of a template

    /// Throws what Meta answers to a parameter that no template takes.
    static func check(_ parameters: [String]) throws(GraphError) {
        for text in parameters {
            if text.isEmpty { throw .templateParameter("a parameter is empty") }
            if text.contains(where: { $0.isNewline || $0 == "\t" }) || text.contains("     ") {
                throw .templateParameter(
                    "Param text cannot have new-line/tab characters or more than 4 consecutive spaces")
            }
        }
    }

    /// The body with its parameters put in. Inserted text is not searched again.
    static func fill(_ body: String, _ parameters: [(name: String?, text: String)]) throws(GraphError)
        -> String
    {
        let names = variables(in: body)
        guard parameters.count == names.count else {
            throw .parameterCount("body: \(parameters.count) localizable_params instead of \(names.count)")
        }
        var values: [String: String] = [:]
        for (name, parameter) in zip(names, parameters) { values[parameter.name ?? name] = parameter.text }
        guard names.allSatisfy({ values[$0] != nil }) else {
            throw .parameterCount("body: a named parameter is missing")
        }
        return pieces(of: body).reduce(into: "") { text, piece in
            switch piece {
            case .text(let words): text += words
            case .variable(let name): text += values[name] ?? ""
            }
        }
    }

    /// A body cut at its `{{…}}`.
    enum Piece: Sendable, Equatable {
        case text(Substring)
        case variable(String)
    }

    /// Names in the order in which they first appear; positional templates have "1", "2", ….
    static func variables(in body: String) -> [String] {
        pieces(of: body).reduce(into: []) { names, piece in
            if case .variable(let name) = piece, !names.contains(name) { names.append(name) }
        }
    }

    static func pieces(of body: String) -> [Piece] {
        var pieces: [Piece] = [], rest = body[...]
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}")
        {
            if open.lowerBound > rest.startIndex { pieces.append(.text(rest[..<open.lowerBound])) }
            pieces.append(.variable(rest[open.upperBound..<close.lowerBound].filter { $0 != " " }))
            rest = rest[close.upperBound...]
        }
        if !rest.isEmpty { pieces.append(.text(rest)) }
        return pieces
    }
}
