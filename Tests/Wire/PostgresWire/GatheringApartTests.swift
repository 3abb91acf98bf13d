// What comes together goes together: alone at once, in company behind what is under way, beside it when that is stuck,
// and apart when it is refused.
import JobQueue
import Postgres
import Synchronization
import TestSupport
import Testing

@Suite struct `What is gathered` {
    private final class Seen: Sendable {
        let batches = Mutex<[[Int]]>([])
        let gate = Gate()
    }

    private func add(
        _ numbers: Range<Int>, to gathering: Gathering<Int, Int>
    ) -> [Task<Int, any Error>] {
        // They wait when this returns.
        numbers.map { number in Task.immediate { try await gathering.add(number) } }
    }

    /// Batches that begin with `stuck` wait until they may go on.
    private func gathering(_ seen: Seen, stuck: Int, patience: Duration) -> Gathering<Int, Int> {
        Gathering(itemsMax: 4, beside: Beside(after: patience, on: TestLoop.shared)) { items in
            seen.batches.withLock { $0.append(items) }
            if items[0] == stuck { try await seen.gate.wait() }
            return items.map { $0 * 10 }
        }
    }

    /// One that is under way, and four more behind it when it may go on.
    private func fiveTogether(
        _ gathering: Gathering<Int, Result<Int, any Error>>, _ seen: Seen
    ) async throws -> [Task<Int, any Error>] {
        func started(_ number: Int) -> Task<Int, any Error> {
            Task.immediate { try await gathering.add(number).get() }
        }
        var tasks = [started(0)]
        try await until { seen.batches.withLock { $0.count } == 1 }
        for number in 1..<5 { tasks.append(started(number)) }
        seen.gate.open()
        return tasks
    }

    @Test func `goes alone at once, and together behind what is under way`() async throws {
        let seen = Seen(), gathering = gathering(seen, stuck: 0, patience: .seconds(60))
        var tasks = add(0..<1, to: gathering)
        try await until { seen.batches.withLock { $0 } == [[0]] }
        tasks += add(1..<7, to: gathering)
        #expect(seen.batches.withLock { $0.count } == 1)
        seen.gate.open()
        for (number, task) in tasks.enumerated() { #expect(try await task.value == number * 10) }
        let batches = seen.batches.withLock { $0 }
        #expect(batches.map(\.count) == [1, 4, 2] && Set(batches.joined()) == Set(0..<7))
    }

    @Test func `goes beside what is stuck`() async throws {
        let seen = Seen(), gathering = gathering(seen, stuck: 0, patience: .milliseconds(20))
        let stuck = add(0..<1, to: gathering)
        try await until { seen.batches.withLock { $0.count } == 1 }
        for (place, task) in add(1..<10, to: gathering).enumerated() {
            #expect(try await task.value == (place + 1) * 10)
        }
        seen.gate.open()
        #expect(try await stuck[0].value == 0)
        // And again, as if nothing had been.
        #expect(try await gathering.add(11) == 110)
    }

    @Test func `goes apart when it is refused together, and not when nobody knows`() async throws {
        let refused = PostgresError(.server(sqlState: "23514")),
            lost = PostgresError(.connectionLost(sent: true))
        let stopped = ["57P01", "08006"].map { (PostgresError(.server(sqlState: $0)), false) }
        for (error, isApart) in [(refused, true), (lost, false)] + stopped {
            let seen = Seen()
            let gathering = Gathering<Int, Result<Int, any Error>>(
                apartOn: TestLoop.shared, besideAfter: .seconds(60)
            ) { items, _ in
                seen.batches.withLock { $0.append(items) }
                if items[0] == 0 { try await seen.gate.wait() }
                if items.contains(3) { throw error }
                return items.map { $0 * 10 }
            }
            let tasks = try await fiveTogether(gathering, seen)
            for (number, task) in tasks.enumerated() {
                if number == 3 || (number > 0 && !isApart) {
                    await #expect(throws: error) { try await task.value }
                } else {
                    #expect(try await task.value == number * 10)
                }
            }
            #expect(seen.batches.withLock { $0.count } == (isApart ? 6 : 2))
        }
    }

    @Test func `is given up together when there is no connection to be had`() async throws {
        let seen = Seen(), error = PostgresError(.connectFailed)
        let gathering = Gathering<Int, Result<Int, any Error>>(
            apartOn: TestLoop.shared, itemsMax: 1, besideAfter: .seconds(60)
        ) { items, _ in
            seen.batches.withLock { $0.append(items) }
            try await seen.gate.wait()
            throw error
        }
        let tasks = try await fiveTogether(gathering, seen)
        for task in tasks { await #expect(throws: error) { try await task.value } }
        // Each of them would have waited for a connection behind the one before.
        #expect(seen.batches.withLock { $0 } == [[0]])
    }

    @Test func `waits for company in one place, also beside what is stuck`() async throws {
        let seen = Seen()
        let gathering = Gathering<Int, Result<Int, any Error>>(
            apartOn: TestLoop.shared, patience: Patience(.milliseconds(300), enough: 2, on: TestLoop.shared),
            besideAfter: .milliseconds(20)
        ) { items, _ in
            seen.batches.withLock { $0.append(items) }
            if items.contains(0) { try await seen.gate.wait() }
            return items.map { $0 * 10 }
        }
        func started(_ number: Int, hurries: Bool = false) -> Task<Int, any Error> {
            Task(executorPreference: TestLoop.shared) {
                try await gathering.add(number, hurries: hurries).get()
            }
        }
        let stuck = started(0, hurries: true)
        try await until { seen.batches.withLock { $0.count } == 1 }
        // It waits for company beside the other, which comes to wait as well.
        let patient = started(1)
        try await Task.sleep(for: .milliseconds(100))
        seen.gate.open()
        #expect(try await stuck.value == 0)
        #expect(try await patient.value == 10)
        let last = [started(2), started(3), started(4)]
        for (place, task) in last.enumerated() { #expect(try await task.value == (place + 2) * 10) }
    }
}
