// The five languages Till speaks. A language is chosen from a bank's record, from /lang or from a
// configuration value, all of which write it in their own way; texts are in the Copy module.

/// A chat language; the raw value is the ISO 639-1 code, which is also the messaging template language code.
package enum Language: String, CaseIterable, Codable, Sendable, Hashable {
    case ro, ru, en, fr, de

    /// The language's own name, as the language list shows it (24 UTF-16 units at most: a list row's title).
    package var nativeName: String {
        switch self {
        case .ro: "Română"
        case .ru: "Русский"
        case .en: "English"
        case .fr: "Français"
        case .de: "Deutsch"
        }
    }

    /// Reads a language tag by its first part: "ro", "RO", "ro-MD", "ro_MD". "mo", withdrawn from ISO 639-1
    /// in favour of "ro" but alive in old records, is Romanian. `nil` for every other language.
    package init?(tag: some StringProtocol) {
        let primary = tag.lowercased().prefix { $0 != "-" && $0 != "_" }
        if primary == "mo" {
            self = .ro
        } else {
            self.init(rawValue: String(primary))
        }
    }
}
