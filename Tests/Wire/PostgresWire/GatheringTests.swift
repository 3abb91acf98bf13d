// Gathered writes: a lone one is committed at once, what comes meanwhile shares the next commit, and a failure is
// that of all who shared it. And the floor of claims, which needs no database either.
import JobQueue
import Synchronization
import TestSupport
import Testing

@Suite struct `Gathered writes` {
    private struct Refused: Error {}

    private final class Commits: Sendable {
        let batches = Mutex<[[Int]]>([])
        let isHeld = Mutex(true)
        func commit(_ items: [Int]) async throws {
            batches.withLock { $0.append(items) }
            while isHeld.withLock({ $0 }) { await Task.yield() }
            if items.contains(13) { throw Refused() }
        }
    }

    @Test func `share a commit when they come while another is under way, and fail together`() async throws {
        let commits = Commits()
        let gathering = Gathering<Int, Void>(itemsMax: 8, commit: { try await commits.commit($0) })
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await gathering.add(1)
                return true
            }
            try await until { commits.batches.withLock { $0.count } == 1 }
            // They wait at once: without them the second commit would be smaller.
            for item in [2, 3, 13] {
                group.addImmediateTask {
                    do { try await gathering.add(item) } catch is Refused { return false }
                    return true
                }
            }
            commits.isHeld.withLock { $0 = false }
            var outcomes: [Bool] = []
            for try await outcome in group { outcomes.append(outcome) }
            let batches = commits.batches.withLock { $0 }
            #expect(batches.first == [1])
            #expect(batches.dropFirst().flatMap { $0 }.sorted() == [2, 3, 13])
            #expect(outcomes.contains(true))
            #expect(outcomes.contains(false))
        }
        try await gathering.add(5)
        #expect(commits.batches.withLock { $0.last } == [5])
    }

    @Test func `are all committed once, however many come at once`() async throws {
        let commits = Commits()
        commits.isHeld.withLock { $0 = false }
        let gathering = Gathering<Int, Void>(itemsMax: 7, commit: { try await commits.commit($0) })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for item in 100..<400 { group.addTask { try await gathering.add(item) } }
            try await group.waitForAll()
        }
        let batches = commits.batches.withLock { $0 }
        #expect(batches.flatMap { $0 }.sorted() == Array(100..<400))
        #expect(batches.allSatisfy { $0.count <= 7 })
    }

    @Test(arguments: ["many", "hurried", "in a hurry", "flushed"])
    func `that nobody waits for are patient until they are`(end: String) async throws {
        let commits = Commits()
        commits.isHeld.withLock { $0 = false }
        let gathering = Gathering<Int, Void>(
            patience: Patience(.seconds(3_600), enough: 3, on: TestLoop.shared),
            perform: { items in
                try await commits.commit(items)
                return items.map { _ in }
            })
        await gathering.flush()
        gathering.hurry()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for item in [1, 2] { group.addImmediateTask { try await gathering.add(item) } }
            // Both wait by now. Were they not patient, they would be written in this time.
            try await Task.sleep(for: .milliseconds(50))
            #expect(commits.batches.withLock { $0 }.isEmpty)
            switch end {
            case "many": try await gathering.add(3)
            case "hurried": gathering.hurry()
            case "in a hurry": try await gathering.add(3, hurries: true)
            default: await gathering.flush()
            }
            try await group.waitForAll()
        }
        let batches = commits.batches.withLock { $0 }
        #expect(
            batches.flatMap { $0 }.sorted() == (["many", "in a hurry"].contains(end) ? [1, 2, 3] : [1, 2]))
        #expect(batches.count == 1)
    }

    @Test func `that are refused end a flush as well`() async throws {
        let commits = Commits()
        commits.isHeld.withLock { $0 = false }
        let gathering = Gathering<Int, Void>(
            patience: Patience(.seconds(3_600), enough: 3, on: TestLoop.shared),
            perform: { items in
                try await commits.commit(items)
                return items.map { _ in }
            })
        let refused = Task { try await gathering.add(13) }
        try await until {
            await gathering.flush()
            return commits.batches.withLock { $0 } == [[13]]
        }
        await #expect(throws: Refused.self) { try await refused.value }
    }
}
