// What the Cloud API answers to a send. A 200 means that Meta took the message, not that it reached anyone.
import JSONWire

/// The answer to an accepted send.
package struct SendAnswer: Sendable, Equatable {
    /// The name that statuses will carry.
    package var wamid: String
    /// The phone that Meta knows the person by; may differ from the one sent to (Brazil, Mexico).
    package var waId: String?
    package var userId: String?
    /// `accepted`, or `held_for_quality_assessment` for templates.
    package var messageStatus: String?

    /// Nil when the body is not an acceptance: the send is then in doubt, not refused.
    package init?(parsing body: [UInt8]) {
        guard let root = try? JSONValue(parsing: body, duplicates: .kept, loneSurrogates: .replaced),
            let message = root["messages"]?[0], let id = message["id"]?.filledText
        else { return nil }
        wamid = id
        messageStatus = message["message_status"]?.filledText
        waId = root["contacts"]?[0]?["wa_id"]?.filledText
        userId = root["contacts"]?[0]?["user_id"]?.filledText
    }
}

/// The Graph API's error envelope. `details` may repeat what was sent: it is for deciding, not for logging.
package struct GraphError: Sendable, Equatable {
    package var code: Int
    package var details: String?
    /// Meta's own trace id, to be quoted in a support case.
    package var traceId: String?

    package init(code: Int, details: String? = nil, traceId: String? = nil) {
        self.code = code
        self.details = details
        self.traceId = traceId
    }

    /// Nil when the body is not that envelope; then only the HTTP status is known.
    package init?(parsing body: [UInt8]) {
        guard let root = try? JSONValue(parsing: body, duplicates: .kept, loneSurrogates: .replaced),
            let error = root["error"], let code = error["code"]?.int64OrDigits.flatMap(Int.init(exactly:))
        else { return nil }
        self.code = code
        details = error["error_data"]?["details"]?.filledText
        traceId = error["fbtrace_id"]?.filledText
    }
}
