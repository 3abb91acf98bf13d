// Verified results of callbacks, one or as many as came together: whose payment each speaks of, and its news applied.
// Those of a batch are applied side by side, so that their writes are gathered and none waits for another's payment.
package import Contracts
import Mia
package import Observe
import Problem
package import World

package struct ResultDesk: Sendable {
    static let mismatchCode = "RESULT_MISMATCH"

    private let store: PaymentStore
    private let news: News
    private let world: World
    private let log: Log

    package init(store: PaymentStore, news: News, world: World, log: Log) {
        self.store = store
        self.news = news
        self.world = world
        self.log = log
    }

    /// Throws `NewsMismatch` with nothing changed, and what the store throws.
    package func apply(_ result: PaymentResult, to paymentId: String) async throws -> PaymentRecord {
        let status = RailStatus(MiaStatus(result.railStatus))
        return try await news.apply(RailNews(result, status: status), to: paymentId)
    }

    /// What became of each, in their order.
    package func apply(_ batch: ResultBatch) async -> ResultBatchAnswer {
        await withTaskGroup(of: (Int, ResultBatchAnswer.Result).self) { group in
            for (place, entry) in batch.results.enumerated() {
                group.addTask { (place, await answer(entry)) }
            }
            var answers: [Int: ResultBatchAnswer.Result] = [:]
            for await (place, answer) in group { answers[place] = answer }
            return ResultBatchAnswer(results: batch.results.indices.compactMap { answers[$0] })
        }
    }

    private func answer(_ entry: ResultBatch.Entry) async -> ResultBatchAnswer.Result {
        let context = RequestContext(
            requestID: entry.requestId, traceparent: RequestContext.current?.traceparent, world: world)
        return await RequestContext.$current.withValue(context) {
            do {
                guard let attempt = try await store.attempt(capability: entry.capability) else {
                    return .init(code: "ATTEMPT_UNKNOWN")
                }
                // The path stands for one attempt, whatever else the bank has signed.
                guard attempt.attemptId == entry.result.attemptId else {
                    return .init(code: Self.mismatchCode)
                }
                return .init(paymentId: try await apply(entry.result, to: attempt.paymentId).paymentId)
            } catch is NewsMismatch {
                return .init(code: Self.mismatchCode)
            } catch let problem as Problem {
                return .init(code: problem.code)
            } catch {
                log.warn("result.notApplied", ["error": .name("\(type(of: error))")])
                return .init(code: "RESULT_NOT_APPLIED")
            }
        }
    }
}
