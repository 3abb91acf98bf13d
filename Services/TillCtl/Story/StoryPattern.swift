// Does a bubble read as a story tells it? Patterns are the text itself with holes for what nobody can know
// beforehand: the clock, a reference.

/// A text with holes. No-break spaces count as spaces here; that amounts have them is the money module's test.
package struct StoryPattern: Sendable {
    private let pieces: [[Character]]

    /// `{anything}` is a hole of at least one character and no line break.
    package init(_ text: String) {
        var pieces: [[Character]] = [[]], isHole = false
        for character in Self.plain(text) {
            switch character {
            case "{" where !isHole: isHole = true
            case "}" where isHole:
                isHole = false
                pieces.append([])
            default: if !isHole { pieces[pieces.count - 1].append(character) }
            }
        }
        self.pieces = pieces
    }

    package func matches(_ text: String) -> Bool { Self.match(Self.plain(text)[...], pieces[...]) }

    private static func plain(_ text: String) -> [Character] {
        text.map { $0 == "\u{A0}" || $0 == "\u{202F}" ? " " : $0 }
    }

    /// Holes are few and short, so trying every length is cheap.
    private static func match(_ text: ArraySlice<Character>, _ pieces: ArraySlice<[Character]>) -> Bool {
        guard let first = pieces.first, text.starts(with: first) else { return false }
        let rest = text.dropFirst(first.count), others = pieces.dropFirst()
        if others.isEmpty { return rest.isEmpty }
        var end = rest.startIndex
        while end < rest.endIndex, !rest[end].isNewline {
            end += 1
            if match(rest[end...], others) { return true }
        }
        return false
    }
}
