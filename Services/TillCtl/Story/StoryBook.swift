// All stories by name, in the order in which they are listed and told.

import Copy
import Money

package enum StoryBook {
    package static let all: [Story] = chat + commands + requests + meta + identity + bank + lies

    package static func story(_ name: String) -> Story? { all.first { $0.name == name } }

    /// One line each, for `--story list`.
    package static var list: String {
        let width = all.map(\.name.count).max() ?? 0
        return all.map { story in
            "  " + story.name + String(repeating: " ", count: width - story.name.count + 2) + story.tells
        }.joined(separator: "\n")
    }

    // MARK: what is read, in English where nothing else is said

    /// The catalogue's words; a value may be a hole.
    static func text(_ key: CopyKey, _ language: Language = .en, _ values: [Slot: String] = [:]) -> String {
        Catalogue.text(key, language, values)
    }
    static func text(_ key: SaleKey, _ language: Language = .en, _ values: [Slot: String] = [:]) -> String {
        Catalogue.text(key, language, values)
    }

    /// The bubble of a link, whose life is the bank's five minutes.
    static func link(_ what: String, _ language: Language = .en) -> Step {
        .reads("\(what)\n\n" + text(.linkForwardUntil, language, [.minutes: "{minutes}"]), .link)
    }

    static func paid(_ amount: String) -> Step { .reads("Paid · \(amount) · {time} · #{tag}", .text) }

    /// The receipt outside the window.
    static func paidByTemplate(_ amount: String, _ key: CopyKey = .templatePaid) -> Step {
        .reads(
            text(key, .en, [.amount: amount, .time: "{time}", .reference: "#{tag}"]),
            .template(key == .templatePaid ? "payment_paid" : "{payment_paid}"))
    }
}
