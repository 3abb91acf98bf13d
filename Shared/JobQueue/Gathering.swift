// Many small writes as few commits: what comes while one commit is under way shares the next. A lone write is
// committed at once, and no timer waits for company.
import Synchronization

/// Gathers items for a commit that takes many, such as the results of jobs.
package final class Gathering<Item: Sendable>: Sendable {
    private enum Turn: Sendable {
        case done(Result<Void, any Error>)
        /// The commit before has ended, and this caller makes the next one for all of these.
        case lead([Item], others: [CheckedContinuation<Turn, Never>])
    }

    private struct Waiter {
        let item: Item
        let continuation: CheckedContinuation<Turn, Never>
    }

    private struct State {
        var waiting: [Waiter] = []
        var isCommitting = false
    }

    private let state = Mutex(State())
    private let itemsMax: Int
    private let commit: @Sendable ([Item]) async throws -> Void

    /// At most `itemsMax` items share a commit. `commit` is called by one of those who wait for it, one call at a
    /// time; what it throws, all of them throw.
    package init(itemsMax: Int = 512, commit: @escaping @Sendable ([Item]) async throws -> Void) {
        self.itemsMax = max(1, itemsMax)
        self.commit = commit
    }

    /// Returns when the commit that holds `item` is done. Not ended by cancellation: whoever leads does so for
    /// others as well.
    package func add(_ item: Item) async throws {
        let leads = state.withLock { state in
            defer { state.isCommitting = true }
            return !state.isCommitting
        }
        if leads { return try await lead([item], []) }
        let turn = await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isCommitting { state.waiting.append(Waiter(item: item, continuation: continuation)) }
                defer { state.isCommitting = true }
                return !state.isCommitting
            }
            if isFree { continuation.resume(returning: .lead([item], others: [])) }
        }
        switch turn {
        case .done(let result): try result.get()
        case .lead(let items, let others): try await lead(items, others)
        }
    }

    private func lead(_ items: [Item], _ others: [CheckedContinuation<Turn, Never>]) async throws {
        let result: Result<Void, any Error>
        do { result = .success(try await commit(items)) } catch { result = .failure(error) }
        passOn()
        for other in others { other.resume(returning: .done(result)) }
        try result.get()
    }

    private func passOn() {
        let next = state.withLock { state -> [Waiter] in
            let next = Array(state.waiting.prefix(itemsMax))
            state.waiting.removeFirst(next.count)
            state.isCommitting = !next.isEmpty
            return next
        }
        next.first?.continuation.resume(
            returning: .lead(next.map(\.item), others: next.dropFirst().map(\.continuation)))
    }
}
