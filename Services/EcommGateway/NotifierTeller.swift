// The notifier, as one who tells. What others tell while a request is under way goes together in the next one: a lone
// outcome leaves at once, a busy gateway has one request for several.
package import Contracts
package import EventLoop
package import HTTPClient
import JobQueue
import Observe
import Problem
package import World

package struct NotifierTeller: OutcomeTeller {
    private let telling: Gathering<MessageBatch.Entry, Result<Void, any Error>>
    private let world: World

    /// A request that takes longer than `patience` stops nobody.
    package init(
        _ client: ServiceClient, world: World, loop: EventLoop, patience: Duration = .milliseconds(250)
    ) {
        self.world = world
        telling = Gathering(
            itemsMax: MessageBatch.messagesMax, on: loop, beside: Beside(after: patience, on: loop),
            perform: { entries in await Self.tell(entries, client, world) })
    }

    package func tell(_ message: SendMessage, idempotencyKey: String) async throws {
        let requestId = RequestContext.current?.requestID ?? world.id("req")
        try await telling.add(
            MessageBatch.Entry(idempotencyKey: idempotencyKey, requestId: requestId, message: message)
        ).get()
    }

    private static func tell(
        _ entries: [MessageBatch.Entry], _ client: ServiceClient, _ world: World
    ) async -> [Result<Void, any Error>] {
        if entries.count == 1 { return [await alone(entries[0], client, world)] }
        do { return try await together(entries, client, world) } catch {
            // Refused as a whole, as a notifier of the release before refuses every batch: one by one.
            guard let refusal = error as? Problem, !refusal.isWorthAnotherTry else {
                return entries.map { _ in .failure(error) }
            }
        }
        var results: [Result<Void, any Error>] = []
        for entry in entries {
            // One that has just gone away is not waited for once more for each that is left.
            if case .failure(let gone as Problem)? = results.last, gone.isRetryable {
                results.append(.failure(gone))
            } else {
                results.append(await alone(entry, client, world))
            }
        }
        return results
    }

    private static func together(
        _ entries: [MessageBatch.Entry], _ client: ServiceClient, _ world: World
    ) async throws -> [Result<Void, any Error>] {
        // Each entry names its own request.
        let context = RequestContext(requestID: nil, traceparent: nil, world: world)
        let answer = try await RequestContext.$current.withValue(context) {
            try await client.call(
                "POST", "/v1/messages/batch", body: MessageBatch(messages: entries),
                as: MessageBatchAnswer.self)
        }
        guard answer.results.count == entries.count else { throw unreadable }
        return answer.results.map { result in
            if result.messageId != nil { return .success(()) }
            return .failure(result.refusal?.problem ?? unreadable)
        }
    }

    private static func alone(
        _ entry: MessageBatch.Entry, _ client: ServiceClient, _ world: World
    ) async -> Result<Void, any Error> {
        let context = RequestContext(requestID: entry.requestId, traceparent: nil, world: world)
        return await RequestContext.$current.withValue(context) {
            do {
                _ = try await client.call(
                    "POST", "/v1/messages", body: entry.message, idempotencyKey: entry.idempotencyKey,
                    as: MessageAccepted.self)
                return .success(())
            } catch { return .failure(error) }
        }
    }

    private static let unreadable = Problem(
        .badGateway, code: ServiceClient.Code.unreadable,
        toUser: "A service of ours answered for others than asked.")
}
