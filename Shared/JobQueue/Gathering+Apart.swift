// Gathered writes of callers who must not pay for each other: what the database refuses together is written once more,
// each by itself, and only the one to blame hears of it.
package import EventLoop
import Postgres

extension Gathering {
    /// As the other one, for statements. Each caller is answered for itself, by `Result.get`. A batch that the server
    /// refuses (one row breaks a rule, is locked for too long, meets a writer who waits for it) has changed nothing:
    /// its items are written one by one, side by side, and `isApart` says so. What is no refusal is everybody's: after
    /// a commit that was not heard of, or that a server which stops may have made, all have to look for what they
    /// wrote; and where no connection is to be had, who waits is told at once.
    package convenience init<Value: Sendable>(
        apartOn loop: EventLoop?, itemsMax: Int = 128, patience: Patience? = nil,
        besideAfter: Duration = .milliseconds(250),
        write: @escaping @Sendable (_ items: [Item], _ isApart: Bool) async throws -> [Value]
    ) where Answer == Result<Value, any Error> {
        self.init(
            itemsMax: itemsMax, on: loop, patience: patience,
            beside: loop.map { Beside(after: besideAfter, on: $0) },
            endsAll: { ($0 as? PostgresError)?.isOfNoConnection ?? false }
        ) { items in
            do { return try await write(items, false).map { .success($0) } } catch let error as PostgresError
                where error.changedNothing && items.count > 1
            {
                return await Self.apart(items, on: loop, write)
            } catch let error as PostgresError where error.isOfNoConnection { throw error } catch {
                return items.map { _ in .failure(error) }
            }
        }
    }

    private static func apart<Value: Sendable>(
        _ items: [Item], on loop: EventLoop?,
        _ write: @escaping @Sendable (_ items: [Item], _ isApart: Bool) async throws -> [Value]
    ) async -> [Result<Value, any Error>] {
        await withTaskGroup(of: (Int, Result<Value, any Error>).self) { group in
            for (place, item) in items.enumerated() {
                group.addTask(executorPreference: loop) {
                    do {
                        let values = try await write([item], true)
                        precondition(values.count == 1, "a write was answered for others than asked")
                        return (place, .success(values[0]))
                    } catch { return (place, .failure(error)) }
                }
            }
            var results: [Int: Result<Value, any Error>] = [:]
            for await (place, result) in group { results[place] = result }
            return items.indices.compactMap { results[$0] }
        }
    }
}
