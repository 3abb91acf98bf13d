// Many small writes as few: what comes while one write is under way shares the next. A lone write is made at once,
// and no timer waits for company, but where nobody waits for the write: there it is patient.
package import EventLoop
import Synchronization

/// Turns single writes into batches, such as the results of jobs. One batch is under way at a time; where it may take
/// too long, the next begins beside it, so that one that is stuck does not stop all that come behind it.
package final class Gathering<Item: Sendable, Answer: Sendable>: Sendable {
    private struct Waiter: Sendable {
        let item: Item
        let continuation: CheckedContinuation<Answer, any Error>
    }
    private struct Flush: Sendable {
        let upTo: UInt64
        let continuation: CheckedContinuation<Void, Never>
    }
    private struct State {
        var waiting: [Waiter] = []
        /// Batches under way.
        var lanes = 0
        /// One of them waits for company.
        var isPatient = false
        /// How many batches have begun.
        var begun = 0
        /// Items that came, and that were written or refused.
        var came: UInt64 = 0
        var ended: UInt64 = 0
        var flushes: [Flush] = []
    }

    /// At most so many batches at once.
    private static var lanesMax: Int { 4 }

    private let state = Mutex(State())
    private let bell = Bell()
    private let itemsMax: Int
    private let executor: (any TaskExecutor)?
    private let patience: Patience?
    private let beside: Beside?
    private let endsAll: @Sendable (any Error) -> Bool
    private let perform: @Sendable ([Item]) async throws -> [Answer]

    /// At most `itemsMax` items share a batch: more would make one slow statement out of many quick ones. `perform`
    /// answers for each item, in order; what it throws, all that shared the batch throw. It runs on `executor`, or on
    /// the loop of its `patience`; without that, nothing waits for company. `beside` says when a batch takes too long;
    /// `flush` is for those without it. Where `endsAll` takes what a batch threw, all who wait behind it throw it too,
    /// instead of finding out one batch after the other.
    package init(
        itemsMax: Int = 128, on executor: (any TaskExecutor)? = nil, patience: Patience? = nil,
        beside: Beside? = nil, endsAll: @escaping @Sendable (any Error) -> Bool = { _ in false },
        perform: @escaping @Sendable ([Item]) async throws -> [Answer]
    ) {
        self.itemsMax = max(1, itemsMax)
        self.executor = executor ?? patience?.loop ?? beside?.loop
        self.patience = patience
        self.beside = beside
        self.endsAll = endsAll
        self.perform = perform
    }

    /// Waits for the item's own answer; throws what its batch threw. A caller that is cancelled still waits: what it
    /// asked for is being written. With `hurries`, it waits for no company.
    @discardableResult
    package func add(_ item: Item, hurries: Bool = false) async throws -> Answer {
        try await withCheckedThrowingContinuation { continuation in
            let (mustStart, isEnough, behind) = state.withLock { state in
                state.waiting.append(Waiter(item: item, continuation: continuation))
                state.came += 1
                let isFirst = state.lanes == 0
                if isFirst { state.lanes = 1 }
                return (
                    isFirst, patience.map { hurries || state.waiting.count >= $0.enough } ?? false,
                    isFirst || state.waiting.count > 1 ? nil : state.begun
                )
            }
            if mustStart { Task(executorPreference: executor) { await self.write() } }
            if let behind { watch(behind) }
            if isEnough { bell.ring() }
        }
    }

    /// What waits now is written without more patience. Does nothing where nothing waits.
    package func hurry() {
        let isWaiting = state.withLock { !$0.waiting.isEmpty }
        if isWaiting { bell.ring() }
    }

    /// Returns once everything that has come so far is written or refused, which it hurries.
    package func flush() async {
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if state.ended < state.came {
                    state.flushes.append(Flush(upTo: state.came, continuation: continuation))
                }
                return state.ended == state.came
            }
            if isEmpty { continuation.resume() } else { bell.ring() }
        }
    }

    private func write() async {
        repeat {
            guard await company() else { return }
            guard let (batch, behind) = next() else { continue }
            if let behind { watch(behind) }
            do {
                // Closures and indices: in a generic type a key path and a `zip` are made anew each time, by looking
                // up what they are made of.
                let answers = try await perform(batch.map { $0.item })
                precondition(answers.count == batch.count, "a batch was answered for others than asked")
                for place in batch.indices { batch[place].continuation.resume(returning: answers[place]) }
                ended(batch.count)
            } catch {
                let all = batch + (endsAll(error) ? takeAll() : [])
                for waiter in all { waiter.continuation.resume(throwing: error) }
                ended(all.count)
            }
        } while goesOn()
    }

    /// Waits for company. False where another lane waits for it already and takes what there is then: this one ends.
    private func company() async -> Bool {
        guard let patience else { return true }
        let mustWait: Bool? = state.withLock { state in
            if state.waiting.count >= patience.enough { return false }
            if state.isPatient {
                state.lanes -= 1
                return nil
            }
            state.isPatient = true
            return true
        }
        guard let mustWait else { return false }
        if mustWait {
            await bell.wait(atMost: patience.span, on: patience.loop)
            state.withLock { $0.isPatient = false }
        }
        return true
    }

    private func goesOn() -> Bool {
        state.withLock { state in
            if state.waiting.isEmpty { state.lanes -= 1 }
            return !state.waiting.isEmpty
        }
    }

    /// Somebody waits behind batch number `last`.
    private func watch(_ last: Int) {
        guard let beside else { return }
        beside.loop.timer(after: beside.span) {
            let mustStart = self.state.withLock { state in
                guard state.begun == last, !state.waiting.isEmpty, state.lanes < Self.lanesMax else {
                    return false
                }
                state.lanes += 1
                return true
            }
            if mustStart { Task(executorPreference: beside.loop) { await self.write() } }
        }
    }

    private func ended(_ count: Int) {
        let flushed: [Flush] = state.withLock { state in
            state.ended += UInt64(count)
            if state.flushes.isEmpty { return [] }
            let flushed = state.flushes.filter { $0.upTo <= state.ended }
            state.flushes.removeAll { $0.upTo <= state.ended }
            return flushed
        }
        for flush in flushed { flush.continuation.resume() }
    }

    private func takeAll() -> [Waiter] {
        state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
    }

    /// The next batch; and its number, where it leaves somebody behind.
    private func next() -> (batch: [Waiter], behind: Int?)? {
        state.withLock { state in
            guard !state.waiting.isEmpty else { return nil }
            if state.waiting.count <= itemsMax {
                state.begun += 1
                defer { state.waiting = [] }
                return (state.waiting, nil)
            }
            let batch = Array(state.waiting.prefix(itemsMax))
            state.waiting.removeFirst(batch.count)
            state.begun += 1
            return (batch, state.waiting.isEmpty ? nil : state.begun)
        }
    }
}

/// When the next batch begins beside one that is under way.
package struct Beside: Sendable {
    let span: Duration
    let loop: EventLoop

    /// After `span` in which somebody waited and no batch began.
    package init(after span: Duration, on loop: EventLoop) {
        self.span = span
        self.loop = loop
    }
}

/// How long writes wait for company that nobody else waits for.
package struct Patience: Sendable {
    let span: Duration
    let enough: Int
    let loop: EventLoop

    /// A write waits for `span` at most, and no longer than until `enough` of them wait.
    package init(_ span: Duration, enough: Int, on loop: EventLoop) {
        self.span = span
        self.enough = max(1, enough)
        self.loop = loop
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
