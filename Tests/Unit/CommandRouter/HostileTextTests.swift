// Text nobody would send on purpose: the grammar answers every one of them, in time proportional to its
// length, and what it lets through is clean. Random cases come from a fixed seed, so that a failure repeats.
import FoundationEssentials
import Money
import Testing

@testable import CommandRouter

@Suite struct `Hostile text` {
    /// Answers in every context it can be in, and checks whatever came out of it.
    private func survive(_ text: String) {
        for wrapped in [
            text, "pay 100 " + text, "100 \"\(text)\" #t", "pay " + text, "/lang " + text, text + " 100",
        ] {
            switch CommandGrammar.read(wrapped, currency: .mdl) {
            case .success(.pay(let charge)), .success(.requestToPay(let charge, _)):
                #expect(charge.amount.minorUnits > 0)
                if let description = charge.description {
                    #expect(
                        (1...CommandGrammar.descriptionScalarsMax).contains(description.unicodeScalars.count))
                    #expect(description.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0 != "\u{202E}" })
                }
                if let tag = charge.tag {
                    #expect((1...CommandGrammar.tagScalarsMax).contains(tag.unicodeScalars.count))
                    #expect(!tag.contains("#") && !tag.contains(" "))
                }
            case .success, .failure: break
            }
        }
        _ = CommandGrammar.choice(text)
    }

    @Test func `from the public list of naughty strings is always answered`() throws {
        let path =
            "/" + #filePath.split(separator: "/").dropLast(5).joined(separator: "/")
            + "/shared/vectors/strings/blns.json"
        guard let data = FileManager.default.contents(atPath: path) else {
            print("skipped, no vectors: strings/blns.json")
            return
        }
        let strings = try JSONDecoder().decode([String].self, from: data)
        #expect(strings.count > 400)
        for string in strings { survive(string) }
    }

    @Test func `of random bytes and of random command pieces is always answered`() {
        var random = Lehmer(state: 20_261_121)
        let pieces = [
            "pay", "100", " ", "1.250", ",", ".", "'", "\"", "«", "»", "#", "#tag", "-", "lei", "€",
            "\u{202E}", "é", "e\u{301}",
            "👩‍🍳", "\u{0}", "\n", "１２", "१", "/", "999999999999", ":", "“", "”", "\u{A0}", "مرحبا", "ـ",
        ]
        for _ in 0..<2_000 {
            let bytes = (0..<Int(random.next() % 40)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            survive(String(decoding: bytes, as: UTF8.self))
            survive(
                (0..<Int(random.next() % 12)).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }
                    .joined())
        }
    }

    @Test(arguments: [
        "a", "1", "#a ", "\"", "1 ", "1.", "«\" ", "\u{301}", "👩‍🍳", "\u{202E}", " ", "١", "pay 1 ",
    ])
    func `of ten thousand characters is answered at once`(piece: String) {
        survive(String(repeating: piece, count: 10_000 / piece.unicodeScalars.count))
    }
}
