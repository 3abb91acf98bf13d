// Writes that come at the same time become one: whatever gathers while the last write is under way is the next. No
// timer, so a lone write waits for nobody.
import EventLoop
import Synchronization

/// Turns single writes into batches. `perform` answers for each item, in order.
final class Gathering<Item: Sendable, Answer: Sendable>: Sendable {
    /// More would make one slow statement out of many quick ones.
    static var batchMax: Int { 128 }

    private struct Waiter: Sendable {
        let item: Item
        let continuation: CheckedContinuation<Answer, any Error>
    }
    private struct State {
        var waiting: [Waiter] = []
        var isWriting = false
    }
    private let state = Mutex(State())
    private let loop: EventLoop
    private let perform: @Sendable ([Item]) async throws -> [Answer]

    init(loop: EventLoop, perform: @escaping @Sendable ([Item]) async throws -> [Answer]) {
        self.loop = loop
        self.perform = perform
    }

    /// Waits for the item's own answer; throws what its batch threw. A caller that is cancelled still waits: what it
    /// asked for is being written.
    func add(_ item: Item) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            let mustStart = state.withLock { state in
                state.waiting.append(Waiter(item: item, continuation: continuation))
                defer { state.isWriting = true }
                return !state.isWriting
            }
            if mustStart { Task(executorPreference: loop) { await self.write() } }
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
            let batch = Array(state.waiting.prefix(Self.batchMax))
            state.waiting.removeFirst(batch.count)
            return batch
        }
    }
}
