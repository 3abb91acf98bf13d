// Many small writes as few: what comes while one write is under way shares the next. A lone write is made at once,
// and no timer waits for company.
import Synchronization

/// Turns single writes into batches, such as the results of jobs. One batch is under way at a time.
package final class Gathering<Item: Sendable, Answer: Sendable>: Sendable {
    private struct Waiter: Sendable {
        let item: Item
        let continuation: CheckedContinuation<Answer, any Error>
    }
    private struct State {
        var waiting: [Waiter] = []
        var isWriting = false
    }

    private let state = Mutex(State())
    private let itemsMax: Int
    private let executor: (any TaskExecutor)?
    private let perform: @Sendable ([Item]) async throws -> [Answer]

    /// At most `itemsMax` items share a batch: more would make one slow statement out of many quick ones. `perform`
    /// answers for each item, in order; what it throws, all that shared the batch throw. It runs on `executor`.
    package init(
        itemsMax: Int = 128, on executor: (any TaskExecutor)? = nil,
        perform: @escaping @Sendable ([Item]) async throws -> [Answer]
    ) {
        self.itemsMax = max(1, itemsMax)
        self.executor = executor
        self.perform = perform
    }

    /// Waits for the item's own answer; throws what its batch threw. A caller that is cancelled still waits: what it
    /// asked for is being written.
    @discardableResult
    package func add(_ item: Item) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            let mustStart = state.withLock { state in
                state.waiting.append(Waiter(item: item, continuation: continuation))
                defer { state.isWriting = true }
                return !state.isWriting
            }
            if mustStart { Task(executorPreference: executor) { await self.write() } }
        }
    }

    private func write() async {
        while let batch = next() {
            do {
                let answers = try await perform(batch.map(\.item))
                precondition(answers.count == batch.count, "a batch was answered for others than asked")
                for (waiter, answer) in zip(batch, answers) { waiter.continuation.resume(returning: answer) }
            } catch { for waiter in batch { waiter.continuation.resume(throwing: error) } }
        }
    }

    private func next() -> [Waiter]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isWriting = false
                return nil
            }
            let batch = Array(state.waiting.prefix(itemsMax))
            state.waiting.removeFirst(batch.count)
            return batch
        }
    }
}

extension Gathering where Answer == Void {
    /// For writes that have no answer but their end.
    package convenience init(
        itemsMax: Int = 512, on executor: (any TaskExecutor)? = nil,
        commit: @escaping @Sendable ([Item]) async throws -> Void
    ) {
        self.init(
            itemsMax: itemsMax, on: executor,
            perform: { items in
                try await commit(items)
                return items.map { _ in }
            })
    }
}
