// Hands a message's file to Meta before the message itself is sent. An upload reaches nobody, so one whose answer was
// lost is made again; one that was answered is remembered with its message and never made twice needlessly.
import HTTPClient
import HTTPWire
import Postgres
import WhatsApp
import World

struct MediaDesk: Sendable {
    /// Meta keeps an upload for 30 days; a message that waited longer hands its file over anew.
    static let age = Duration.seconds(29 * 86_400)

    let database: PostgresPool
    let world: World
    let graph: GraphSender

    enum Media: Sendable, Equatable {
        /// Meta's name of the file; empty for content without one.
        case ready(String)
        /// The message cannot be sent now, or not at all.
        case refused(SendVerdict)
    }

    /// Throws for the database, and `CancellationError` when the process ends: nothing has been told by then.
    func media(
        for message: OutboundMessage, _ rendering: MessageRendering, from number: SendingNumber,
        _ attempt: SendVerdict.Attempt
    ) async throws -> Media {
        let upload: MediaUpload
        do throws(OutboundRefusal) {
            guard let file = try rendering.upload() else { return .ready("") }
            upload = file
        } catch { return .refused(SendVerdict(.refusedForGood(0), isOurBug: true)) }
        let oldest = world.now().advanced(by: .zero - Self.age)
        let known = try await database.query(
            MediaQueries.find, [.text(message.messageId), .timestamp(oldest)]
        ).atMostOne()
        if let known { return .ready(try known.text("media_id")) }
        switch try await graph.upload(upload, boundary: "till" + world.hex(16), from: number, attempt) {
        case .refused(let verdict): return .refused(verdict)
        case .ready(let mediaId):
            try await database.query(
                MediaQueries.keep, [.text(message.messageId), .text(mediaId), .timestamp(world.now())])
            return .ready(mediaId)
        }
    }
}

extension GraphSender {
    /// `POST {base}/{version}/{phone-number-id}/media`. Whatever may have happened to a request without an answer is
    /// harmless, so it counts as one that never left. Throws `CancellationError` alone.
    func upload(
        _ file: MediaUpload, boundary: String, from number: SendingNumber, _ attempt: SendVerdict.Attempt
    ) async throws -> MediaDesk.Media {
        let request = request(
            "media", of: number, contentType: MediaUpload.contentType(boundary: boundary),
            file.encoded(boundary: boundary))
        guard let request else { return .refused(SendVerdict(.accountRefused(0), code: 0)) }
        let answer: HTTPResponse
        do throws(HTTPClientFailure) { answer = try await http.send(request, timeout: timeout) } catch {
            if error == .cancelled { throw CancellationError() }
            return .refused(.of(.notSent("upload"), attempt))
        }
        if (200...299).contains(answer.status), let mediaId = MediaUpload.id(parsing: answer.body) {
            return .ready(mediaId)
        }
        let verdict = SendVerdict.of(answer, attempt)
        if verdict.event == .answerLost || verdict.event == .graphAccepted {
            return .refused(.of(.notSent("upload"), attempt))
        }
        return .refused(verdict)
    }
}

enum MediaQueries {
    /// $1 id, $2 the oldest that Meta still has.
    static let find: PostgresStatement = """
        select media_id from notifier.uploaded_media where message_id = $1 and uploaded_at > $2
        """

    /// $1 id, $2 Meta's name of the file, $3 now.
    static let keep: PostgresStatement = """
        insert into notifier.uploaded_media (message_id, media_id, uploaded_at) values ($1, $2, $3)
        on conflict (message_id) do update
        set media_id = excluded.media_id, uploaded_at = excluded.uploaded_at
        """
}
