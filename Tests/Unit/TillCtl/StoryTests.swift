// Stories are data: their names can be typed, their payments can be found by their tags, and a pattern fits
// exactly what it says and nothing more.
import Testing

@testable import TillCtl

@Suite struct `The story book` {
    @Test func `has names that can be typed, each once, and a sentence for each`() {
        let names = StoryBook.all.map(\.name)
        #expect(Set(names).count == names.count && names.count > 40)
        for story in StoryBook.all {
            #expect(story.name.allSatisfy { $0.isLowercase || $0 == "-" || $0.isNumber })
            #expect(story.tells.hasSuffix(".") && story.tells.count < 100)
            #expect(StoryBook.list.contains("  " + story.name + " "))
        }
    }

    @Test func `gives every story a phone of its own`() {
        let phones = StoryBook.all.map { StoryStage.phone(of: $0.name) }
        #expect(Set(phones).count == phones.count)
    }

    @Test func `expects something of every story`() {
        for story in StoryBook.all {
            let isJudged = story.steps.contains { step in
                switch step {
                case .reads, .books, .bankBooks, .silence: true
                default: false
                }
            }
            #expect(isJudged, "\(story.name)")
        }
    }

    @Test func `plays trouble for all only where nothing else is played`() {
        for story in StoryBook.all where !story.isAlone {
            for step in story.steps {
                switch step {
                case .trouble(let trouble): #expect(trouble.target != .everybody, "\(story.name)")
                case .bankRotatesKey, .bankRevokesTokens, .calm, .metaDecides:
                    Issue.record("\(story.name) disturbs the others")
                default: break
                }
            }
        }
    }
}

@Suite struct `A story's pattern` {
    @Test(arguments: [
        ("Paid · {amount} · {time}", "Paid · 100,00 MDL · 14:23", true), ("Paid", "Paid", true),
        ("Paid", "Paid!", false), ("{all}", "one line", true), ("{all}", "two\nlines", false),
        ("a{hole}b", "ab", false), ("a{hole}b", "aXb", true), ("{x} and {y}.", "1 and 2 and 3.", true),
        ("Paid · 100.00 MDL", "Paid · 100.00\u{A0}MDL", true), ("{x}\n{y}", "a\nb", true), ("", "", true),
    ])
    func `fits what it says`(_ pattern: String, _ text: String, _ fits: Bool) {
        #expect(StoryPattern(pattern).matches(text) == fits)
    }
}
