// A message as it was posted, on its way into the outbox: many that come at the same time are one statement.
import Contracts
import Money
import Postgres
import World

struct PostedMessage: Sendable {
    var id: String
    var key: String
    var message: SendMessage
    /// With sorted keys, as it is stored and compared.
    var content: [UInt8]
    var requestId: String
    var traceparent: String

    var subject: String? { MessageRendering.subject(message) }

    /// What has come to its end with it, with spaces between.
    var ended: String? {
        var ended = message.ends ?? []
        if case .outcome = message.content, let subject { ended.append(subject) }
        return ended.isEmpty ? nil : ended.joined(separator: " ")
    }

    /// A link to this is worth nothing behind its end.
    var linkedSubject: String? { if case .link = message.content { subject } else { nil } }
}

extension [PostedMessage] {
    /// The eighteen that `MessageQueries.insert` takes.
    func values(_ now: Timestamp) -> [PostgresValue] {
        let places = map(\.message.conversation)
        return [
            .textArray(map(\.id)), .textArray(map(\.key)), .textArray(places.map(\.phoneNumberId)),
            .textArray(places.map(\.peer)), .textArray(map(\.message.locale.rawValue)),
            .textArray(map { MessageRendering.kind($0.message.content) }), .bytesArray(map(\.content)),
            .textArray(map(\.message.replyTo)), .timestampArray(map(\.message.notAfter)),
            .textArray(map(\.requestId)), .textArray(map(\.traceparent)), .textArray(map(\.subject)),
            .textArray(map(\.message.coalesceKey)),
            .textArray(map { MessageRendering.templateFamily($0.message.content) }), .timestamp(now),
            .textArray(map { SellerName.joined($0.message.sellers) }),
            .timestampArray(map(\.message.identityKnownAt)), .textArray(map(\.ended)),
        ]
    }
}

extension MessageStore {
    /// True for each whose key was not known. Throws for the database alone.
    func insert(_ posted: [PostedMessage]) async throws -> [Bool] {
        let added = try await database.query(MessageQueries.insert, posted.values(world.now()))
        let new = Set(try added.map { try $0.text("message_id") })
        return posted.map { new.contains($0.id) }
    }

    /// The same, but one that the database refuses is refused alone.
    func insertApart(_ posted: [PostedMessage]) async -> [Result<Bool, any Error>] {
        do {
            return try await database.repeating { try await insert(posted) }.map { .success($0) }
        } catch {
            let isOfOne = (error as? PostgresError).map { !$0.isRetryable } ?? false
            guard isOfOne, posted.count > 1 else { return posted.map { _ in .failure(error) } }
            let middle = posted.count / 2
            let first = await insertApart(Array(posted[..<middle]))
            return first + (await insertApart(Array(posted[middle...])))
        }
    }

    /// Whether this was written as leaving by a commit whose answer was lost, and nobody sends it. Waits for the end
    /// of that commit, where it is still on its way.
    func isUnheard(_ message: OutboundMessage) async throws -> Bool {
        let place = message.conversation
        return try await database.repeating {
            try await database.transaction { session in
                try await session.query(
                    MessageQueries.standBehind, [.text(place.phoneNumberId), .text(place.peer)])
                return try await !session.query(MessageQueries.unheard, [.text(message.messageId)]).isEmpty
            }
        }
    }
}
