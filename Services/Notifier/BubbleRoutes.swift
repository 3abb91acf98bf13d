// What the router asks of bubbles beside sending them: which payment one of ours speaks of, and that one of the
// person's has been seen.
import Contracts
import HTTPServer
import HTTPWire
import Postgres
import Problem

struct BubbleRoutes: Sendable {
    /// Meta's names of messages are some 60 characters long; longer ones than this are none.
    static let wamidMax = 512

    let database: PostgresPool
    let numbers: [String: SendingNumber]
    let seen: SeenMarks

    var table: Routes {
        var routes = Routes()
        routes.on("POST", "/v1/messages/lookup", callers: MessageRoutes.readers) { try await lookUp($0) }
        routes.on("POST", "/v1/seen", callers: MessageRoutes.senders) { try markSeen($0) }
        return routes
    }

    private func lookUp(_ request: HTTPRequest) async throws -> HTTPResponse {
        let asked = try request.decode(LookUpMessage.self)
        let rows = try await database.query(
            BubbleQueries.lookUp,
            [.text(asked.wamid), .text(asked.conversation.phoneNumberId), .text(asked.conversation.peer)]
        )
        let subjects = try rows.map { try $0.text("subject") }
        guard let first = rows.first, let subject = subjects.first else { throw MessageRoutes.unknown }
        return .encoding(
            200,
            MessageSubject(
                messageId: try first.text("bubble_id"), subject: subject,
                subjects: subjects.count > 1 ? subjects : nil))
    }

    private func markSeen(_ request: HTTPRequest) throws -> HTTPResponse {
        let mark = try request.decode(MarkSeen.self)
        guard numbers[mark.conversation.phoneNumberId] != nil else {
            throw Problem(
                .unprocessable, code: "NUMBER_UNKNOWN",
                toUser: "conversation.phoneNumberId is none of our numbers.")
        }
        guard (1...Self.wamidMax).contains(mark.wamid.utf8.count) else {
            throw Problem(.unprocessable, code: "WAMID_INVALID", toUser: "wamid takes 1 to 512 bytes.")
        }
        seen.add(mark)
        return HTTPResponse(status: 202)
    }
}

enum BubbleQueries {
    /// $1 wamid, $2 number, $3 peer. One row for each payment that the bubble tells, in the order of its lines.
    static let lookUp: PostgresStatement = """
        select a.message_id as bubble_id, m.subject from notifier.accepted_send a
        join notifier.message m on m.message_id = any (array[a.message_id] || array(
          select d.message_id from notifier.digest_member d
          where d.leader_id = a.message_id and d.leader_attempt = a.attempt))
        where a.wamid = $1 and m.phone_number_id = $2 and m.peer = $3 and m.subject is not null
        order by m.seq
        """
}
