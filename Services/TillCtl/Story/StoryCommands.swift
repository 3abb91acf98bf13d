// `demo --story` and `headless --story`: a story played for a person who watches the page, or printed and
// judged.
import HTTPClient
import HTTPWire
import Synchronization

extension Commands {
    /// What is wrong with the name, for a person.
    private struct NoSuchStory: Error, CustomStringConvertible { let description: String }

    private static func find(_ name: String) throws -> Story {
        guard let story = StoryBook.story(name) else {
            throw NoSuchStory(
                description: "there is no story \(name); these there are:\n" + StoryBook.list)
        }
        return story
    }

    /// `headless --story NAME`: plays it on a stack of its own, prints the chat, ends. Throws when it does not
    /// end as told. `all` plays every one, several at a time.
    package static func headless(_ options: Options, story name: String) async throws {
        let stories = name == "all" ? StoryBook.all : [try find(name)]
        let tools = try Tools()
        let base = try options.portBase ?? freeBase()
        let stack = try await start(options, tools, portBase: base, say: note)
        let failures = Mutex<[any Error]>([])
        do {
            try await StoryNight(on: try StoryStage(stack: stack, tools: tools)).play(stories) { outcome in
                print("\n\(outcome.story.name): \(outcome.story.tells)\n")
                for line in outcome.transcript { print(line) }
                print(
                    "\n\(outcome.story.name): " + (outcome.failure == nil ? "ended" : "DID NOT END")
                        + " as told")
                if let failure = outcome.failure { failures.withLock { $0.append(failure) } }
            }
        } catch {
            await stack.stop()
            throw error
        }
        await stack.stop()
        let all = failures.withLock { $0 }
        for failure in all.dropFirst() { note("\(failure)") }
        if let first = all.first { throw first }
    }

    /// The story on a stack that goes on running: slowly enough to be watched on the page.
    static func play(_ name: String, on stack: Stack, _ tools: Tools) async throws {
        let story = try find(name), stage = try StoryStage(stack: stack, tools: tools)
        print("  \(story.tells)\n")
        do {
            _ = try await Storyteller(story, on: stage, pause: .milliseconds(1_500)) { print($0) }.tell()
            print("\n  The story ended as told.")
        } catch {
            print("\n  The story did not end as told: \(error)")
        }
        try await stage.sandbox.clearTroubles()
    }

    /// Refuses a name before anything is started.
    package static func checkStory(_ name: String) throws { if name != "all" { _ = try find(name) } }
}
