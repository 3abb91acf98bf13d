// The message templates that this fake Meta has approved: this system's own, or those in a folder of files
// in the shape in which templates are registered. An empty set approves everything well formed, for tests of
// other things.

import Copy
import JSONWire
import Money

/// Templates by name and language, with the text a phone shows.
package struct ApprovedTemplates: Sendable {
    struct Definition: Sendable, Equatable {
        var body: String
        /// Names in the order they first appear; positional templates have "1", "2", ….
        var variables: [String]
    }

    /// What Meta knows of these languages; other codes need a definition of their own.
    private static let languages: Set<String> = ["ro", "ru", "en", "fr", "de"]
    private static let nameMax = 512

    private var byKey: [String: Definition] = [:]

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
                templates.byKey["payment_" + outcome + "|" + language.rawValue] = Definition(
                    body: body, variables: variables(in: body))
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

    private mutating func add(_ entry: JSONValue) {
        guard let name = entry["name"]?.filledText, let language = entry["language"]?.filledText else {
            return
        }
        let body = entry["components"]?.items.first { $0["type"]?.text?.uppercased() == "BODY" }?["text"]?
            .text
        guard let body else { return }
        byKey[name + "|" + language] = Definition(body: body, variables: Self.variables(in: body))
    }

    /// How many definitions there are; 0 means that everything well formed is approved.
    package var count: Int { byKey.count }

    /// The text of a template with its parameters put in. Throws what Meta answers when name, language,
    /// number or form of the parameters is wrong.
    func text(
        name: String, language: String, parameters: [(name: String?, text: String)]
    ) throws(GraphError) -> String {
        let isName =
            (1...Self.nameMax).contains(name.utf8.count)
            && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
        guard isName else { throw .badValue("template.name holds other characters than a-z, 0-9 and _") }
        for parameter in parameters {
            if parameter.text.isEmpty { throw .templateParameter("a parameter is empty") }
            if parameter.text.contains(where: { $0.isNewline || $0 == "\t" })
                || parameter.text.contains("     ")
            {
                throw .templateParameter(
                    "Param text cannot have new-line/tab characters or more than 4 consecutive spaces")
            }
        }
        guard let definition = byKey[name + "|" + language] else {
            guard byKey.isEmpty, Self.languages.contains(language) else {
                throw .noTemplate("template name (\(name)) does not exist in \(language)")
            }
            return ([name] + parameters.map(\.text)).joined(separator: " · ")
        }
        guard parameters.count == definition.variables.count else {
            throw .parameterCount(
                "body: \(parameters.count) localizable_params instead of \(definition.variables.count)")
        }
        var values: [String: String] = [:]
        for (index, parameter) in parameters.enumerated() {
            values[parameter.name ?? definition.variables[index]] = parameter.text
        }
        guard definition.variables.allSatisfy({ values[$0] != nil }) else {
            throw .parameterCount("body: a named parameter is missing")
        }
        return Self.fill(definition.body, values)
    }

    static func variables(in body: String) -> [String] {
        var found: [String] = []
        _ = walk(body) { name in
            if !found.contains(name) { found.append(name) }
            return ""
        }
        return found
    }

    static func fill(_ body: String, _ values: [String: String]) -> String { walk(body) { values[$0] ?? "" } }

    /// Copies `body`, each `{{name}}` replaced by what `value` says. Inserted text is not searched again.
    private static func walk(_ body: String, value: (String) -> String) -> String {
        var out = "", rest = body[...]
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}")
        {
            out += rest[..<open.lowerBound]
            out += value(rest[open.upperBound..<close.lowerBound].filter { $0 != " " })
            rest = rest[close.upperBound...]
        }
        return out + rest
    }
}
