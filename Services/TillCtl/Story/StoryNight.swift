// All stories at once, as far as they do not disturb each other: the command that plays every one and the
// scenario tests share it, so that a night of stories takes a minute and not ten.
import Synchronization

package struct StoryNight: Sendable {
    /// Stories told side by side. More would make a small machine the story.
    static let width = 5

    /// How one story ended.
    package struct Outcome: Sendable {
        package let story: Story
        package let transcript: [String]
        package let failure: (any Error)?
    }

    private let stage: StoryStage

    package init(on stage: StoryStage) { self.stage = stage }

    /// Plays them all; `told` hears of each as it ends. A bubble that comes when everything is over fails the
    /// story whose seller reads it.
    package func play(_ stories: [Story], told: @escaping @Sendable (Outcome) -> Void) async throws {
        var ends: [StoryEnd] = []
        let together = stories.filter { !$0.isAlone }
        try await withThrowingTaskGroup(of: StoryEnd?.self) { group in
            for (index, story) in together.enumerated() {
                if index >= Self.width, let end = try await group.next() { ends += [end].compactMap { $0 } }
                group.addTask(executorPreference: stage.loop) { await tell(story, told) }
            }
            for try await end in group { ends += [end].compactMap { $0 } }
        }
        for story in stories where story.isAlone {
            ends += [await tell(story, told)].compactMap { $0 }
            try await stage.sandbox.clearTroubles()
        }
        for end in ends {
            do { try await end.check(on: stage) } catch {
                guard let story = stories.first(where: { $0.name == end.story }) else { continue }
                told(Outcome(story: story, transcript: [], failure: error))
            }
        }
    }

    private func tell(_ story: Story, _ told: @Sendable (Outcome) -> Void) async -> StoryEnd? {
        let lines = Mutex<[String]>([])
        do {
            let end = try await Storyteller(story, on: stage) { line in lines.withLock { $0.append(line) } }
                .tell()
            told(Outcome(story: story, transcript: lines.withLock { $0 }, failure: nil))
            return end
        } catch {
            told(Outcome(story: story, transcript: lines.withLock { $0 }, failure: error))
            return nil
        }
    }
}
