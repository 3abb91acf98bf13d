// The people whose phones the page offers. Invented, as are their numbers.

import JSONWire

/// A demo seller: a phone, its language, and what is special about it.
package struct DemoSeller: Codable, Sendable, Equatable {
    package var phone: String
    package var name: String
    /// ro, ru, en, fr or de.
    package var locale: String
    /// One phrase for the page, such as "two banks".
    package var what: String

    /// First names for sellers that come without one, by language.
    private static let names = ["ro": "Ana", "ru": "Павел", "en": "James", "fr": "Claire", "de": "Jonas"]
    private static let secondNames = [
        "ro": "Ion", "ru": "Ольга", "en": "Emma", "fr": "Hugo", "de": "Lena",
    ]

    /// Reads a JSON list of `{phone, locale, what, name?}`; nil when it is not that.
    package static func list(parsing bytes: [UInt8]) -> [DemoSeller]? {
        guard let json = try? JSONValue(parsing: bytes), case .array(let entries) = json else { return nil }
        var sellers: [DemoSeller] = []
        for entry in entries {
            guard let phone = entry["phone"]?.filledText.flatMap(E164.normalised) else { return nil }
            let locale = entry["locale"]?.filledText ?? "en"
            let isFirst = !sellers.contains { $0.locale == locale }
            let name = entry["name"]?.filledText ?? (isFirst ? names : secondNames)[locale] ?? "Seller"
            let taken = sellers.contains { $0.name == name }
            sellers.append(
                DemoSeller(
                    phone: phone, name: taken ? "Noor" : name, locale: locale,
                    what: entry["what"]?.filledText ?? ""))
        }
        return sellers
    }
}
