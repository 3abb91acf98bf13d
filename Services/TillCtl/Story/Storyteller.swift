// Plays a story against a running stack, prints it as a chat, and fails at the first thing that does not come
// out as told. The only interpreter: the demo, the command and the scenario tests all use it.
import Contracts
import EventLoop
import HTTPClient
import Money
import World

/// A step that did not come out.
package struct StoryFailure: Error, Sendable, CustomStringConvertible {
    package let story: String
    package let step: String
    package let why: String
    package var description: String { "\(story): \(step): \(why)" }
}

/// One telling of one story.
package struct Storyteller: Sendable {
    let stage: StoryStage
    let story: Story
    let say: @Sendable (String) -> Void
    /// So long a person looks at each step in the demo.
    let pause: Duration
    /// How long one step may take; a story takes a fraction of it.
    static let patience: Duration = .seconds(30)

    package init(
        _ story: Story, on stage: StoryStage, pause: Duration = .zero,
        say: @escaping @Sendable (String) -> Void
    ) {
        self.story = story
        self.stage = stage
        self.pause = pause
        self.say = say
    }

    /// Plays it to the end. Gives what is checked once more when everything is over: that no bubble came after.
    package func tell() async throws -> StoryEnd {
        let actor = try await stage.enlist(story.cast, for: story.name)
        var run = Telling(phone: actor.phone, began: stage.world.now())
        run.seen = Set(try await stage.sandbox.chat(run.phone).map(\.id))
        for step in story.steps {
            do { try await play(step, &run) } catch let failure as StoryFailure { throw failure } catch {
                throw StoryFailure(story: story.name, step: "\(step)", why: "\(error)")
            }
            if pause > .zero { try await stage.loop.sleep(for: pause) }
        }
        try await checkUnread(run)
        return StoryEnd(story: story.name, phone: run.phone, seen: run.seen)
    }

    private func checkUnread(_ run: Telling) async throws {
        if let extra = try await stage.unread(run.phone, run.seen).first {
            throw StoryFailure(story: story.name, step: "the end", why: "nobody expected: \(extra.text)")
        }
    }

    private func play(_ step: Step, _ run: inout Telling) async throws {
        switch step {
        case .says(let text, let ago, let hidden): try await says(text, ago, hidden, &run)
        case .replies(let text):
            say("seller \(run.phone)  > (to the link)  \(filled(text))")
            run.lastSaid = try await stage.sandbox.say(
                filled(text), from: run.phone, replyTo: try link(run).id)
            run.seen.insert(run.lastSaid)
        case .taps(let title): try await taps(title, &run)
        case .sendsCard(let name, let phone):
            say("seller \(run.phone)  >  [ card: \(name), \(phone) ]")
            run.lastSaid = try await stage.sandbox.card(name, phone, from: run.phone)
            run.seen.insert(run.lastSaid)
        case .reads(let pattern, let look): try await reads(pattern, look, &run)
        case .takesNewNumber, .takesNewPhone, .givesNumberAway, .bankConfirms, .bankRewrites:
            try await people(step, &run)
        case .opensLink, .pays, .declines, .rings: try await customer(step, &run)
        case .books(let states): try await books(states, run)
        case .bankBooks(let states): try await bankBooks(states, run)
        case .silence(let span):
            try await stage.loop.sleep(for: span)
            try await checkUnread(run)
        case .note(let text): say("      ( \(text) )")
        case .trouble, .calm, .lies, .bankRotatesKey, .bankRevokesTokens, .metaRedelivers, .metaPosts,
            .metaDecides:
            try await trouble(step, &run)
        }
    }

    // MARK: the seller

    func filled(_ text: String) -> String { text.replacing("{tag}", with: story.name) }

    private func says(_ text: String, _ ago: Duration, _ hidden: Bool, _ run: inout Telling) async throws {
        let text = filled(text)
        say("seller \(run.phone)  >  \(text)")
        let stamp = ago > .zero ? stage.world.now().advanced(by: .zero - ago).seconds : nil
        run.lastSaid = try await stage.sandbox.say(
            text, from: run.phone, timestamp: stamp, identity: hidden ? "hidden" : nil)
        run.seen.insert(run.lastSaid)
    }

    private func taps(_ title: String, _ run: inout Telling) async throws {
        let chat = try await stage.sandbox.chat(run.phone)
        for bubble in chat.reversed() where bubble.direction == "in" {
            guard let id = bubble.choices.first(where: { StoryPattern(title).matches($0.title) })?.id else {
                continue
            }
            say("seller \(run.phone)  >  [ \(title) ]")
            run.lastSaid = try await stage.sandbox.tap(id, of: bubble.id, from: run.phone)
            run.seen.insert(run.lastSaid)
            return
        }
        throw StoryFailure(story: story.name, step: "taps \(title)", why: "no bubble offers it")
    }

    private func reads(_ text: String, _ look: BubbleLook, _ run: inout Telling) async throws {
        let text = filled(text), bubble = try await next(text, run)
        show(bubble)
        guard StoryPattern(text).matches(bubble.text) else {
            throw StoryFailure(
                story: story.name, step: "reads “\(text)”", why: "instead came “\(bubble.text)”")
        }
        if let why = bubble.difference(from: look) {
            throw StoryFailure(story: story.name, step: "reads “\(text)”", why: why)
        }
        run.seen.insert(bubble.id)
    }

    private func next(_ text: String, _ run: Telling) async throws -> SandboxClient.Bubble {
        var found: SandboxClient.Bubble?
        try await stage.watch(Self.patience) {
            found = try await stage.unread(run.phone, run.seen).first
            return found != nil
        }
        if let found { return found }
        let why = try await stage.lastRefusal()
        throw StoryFailure(story: story.name, step: "reads “\(text)”", why: "nothing came" + why)
    }

    private func show(_ bubble: SandboxClient.Bubble) {
        for (index, line) in bubble.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        {
            say((index == 0 ? "                  Till  <  " : "                           ") + line)
        }
        for button in bubble.buttons ?? [] {
            say("                           [ \(button.title) ] \(button.url ?? "")")
        }
        for row in bubble.list?.sections.flatMap(\.rows) ?? [] {
            say("                           ( ) \(row.title)")
        }
        if let file = bubble.document { say("                           [ \(file.filename) ]") }
    }

    // MARK: the books

    private func books(_ states: [String], _ run: Telling) async throws {
        var seen: [String] = []
        try await stage.watch(Self.patience) {
            seen = try await stage.payments(tag: story.name, since: run.began)
            return seen == states
        }
        guard seen == states else {
            throw StoryFailure(story: story.name, step: "our books say \(states)", why: "they say \(seen)")
        }
        say("      ( our books: \(states.joined(separator: ", ")) )")
    }

    private func bankBooks(_ states: [String], _ run: Telling) async throws {
        var seen: [String] = []
        try await stage.watch(Self.patience) {
            seen = try await orders(run).map(\.status)
            return seen == states
        }
        guard seen == states else {
            throw StoryFailure(story: story.name, step: "the bank says \(states)", why: "it says \(seen)")
        }
    }

    /// The story's payments at the bank, oldest first.
    func orders(_ run: Telling) async throws -> [SandboxClient.Payment] {
        try await stage.sandbox.payments().filter {
            $0.payDescription.hasSuffix("#" + story.name) && $0.createdAt >= run.began
        }
    }

    /// The newest bubble with a link.
    func link(_ run: Telling) async throws -> SandboxClient.Bubble {
        let chat = try await stage.sandbox.chat(run.phone)
        guard let bubble = chat.last(where: { $0.direction == "in" && $0.link != nil }) else {
            throw StoryFailure(story: story.name, step: "the newest link", why: "no bubble has one")
        }
        return bubble
    }
}

/// What one telling knows so far.
struct Telling: Sendable {
    var phone: String
    let began: Timestamp
    var seen: Set<String> = []
    var lastSaid = ""

    init(phone: String, began: Timestamp) {
        self.phone = phone
        self.began = began
    }
}

/// What was true when a story was over.
package struct StoryEnd: Sendable {
    package let story: String
    package let phone: String
    let seen: Set<String>

    /// Throws when another bubble has come since.
    package func check(on stage: StoryStage) async throws {
        if let extra = try await stage.unread(phone, seen).first {
            throw StoryFailure(story: story, step: "after the end", why: "nobody expected: \(extra.text)")
        }
    }
}
