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

    /// The likely language of a phone nothing else is known about, by its country code (ITU-T E.164): `phone`
    /// has its plus.
    package init(phone: some StringProtocol) {
        let codes: [(Language, [String])] = [
            (.ro, ["+373", "+40"]), (.ru, ["+7", "+375", "+380"]), (.fr, ["+33", "+32"]),
            (.de, ["+49", "+43", "+41"]),
        ]
        self = codes.first { $0.1.contains { phone.hasPrefix($0) } }?.0 ?? .en
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
