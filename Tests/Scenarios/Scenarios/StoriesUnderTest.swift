// The stories of the demo, told once for all tests: several side by side, each by a seller of its own. Which
// one failed, and where, is what each test reports.
import Synchronization
import TillCtl

/// One telling of all stories in this process.
actor StoriesUnderTest {
    static let shared = StoriesUnderTest()

    private var telling: Task<[String: StoryNight.Outcome], any Error>?

    /// Every story's outcome by its name; a failure that came late replaces an end as told.
    func outcomes(_ play: Play) async throws -> [String: StoryNight.Outcome] {
        if let telling { return try await telling.value }
        let task = Task { try await Self.tell(play) }
        telling = task
        return try await task.value
    }

    private static func tell(_ play: Play) async throws -> [String: StoryNight.Outcome] {
        let outcomes = Mutex<[String: StoryNight.Outcome]>([:])
        let stage = try StoryStage(stack: play.stack, tools: play.tools)
        try await StoryNight(on: stage).play(StoryBook.all) { outcome in
            outcomes.withLock { $0[outcome.story.name] = outcome }
        }
        return outcomes.withLock { $0 }
    }
}
