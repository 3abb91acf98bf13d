// What Meta's Graph API answers when it refuses: one envelope, a code that programs act on, a sentence for
// people. Only the refusals that the sandbox can give are here.

import JSONWire

/// One refusal by the Cloud API.
package struct GraphError: Error, Sendable, Equatable {
    /// What programs decide by.
    package let code: Int64
    /// Meta's HTTP status for it; the same code can come with another one day.
    package let status: Int
    /// The short name of the code.
    package let title: String
    /// What was wrong with this request; holds no text or number of a person.
    package let details: String

    package static func badToken() -> GraphError {
        GraphError(
            code: 190, status: 401, title: "Invalid OAuth access token - Cannot parse access token",
            details: "")
    }
    package static func noToken() -> GraphError {
        GraphError(code: 200, status: 403, title: "Provide valid app ID", details: "")
    }
    package static func unknownPath() -> GraphError {
        GraphError(code: 2500, status: 400, title: "Unknown path components", details: "")
    }
    package static func noSuchNumber() -> GraphError {
        GraphError(
            code: 33, status: 400, title: "Unsupported post request",
            details: "The business phone number does not exist or cannot be used with this token.")
    }
    package static func invalid(_ details: String) -> GraphError {
        GraphError(code: 100, status: 400, title: "Invalid parameter", details: details)
    }
    package static func missing(_ parameter: String) -> GraphError {
        GraphError(
            code: 131_008, status: 400, title: "Required parameter is missing",
            details: "\(parameter) is required.")
    }
    package static func badValue(_ details: String) -> GraphError {
        GraphError(code: 131_009, status: 400, title: "Parameter value is not valid", details: details)
    }
    package static func undeliverable() -> GraphError {
        GraphError(
            code: 131_026, status: 400, title: "Message undeliverable", details: "Message Undeliverable.")
    }
    package static func windowClosed() -> GraphError {
        GraphError(
            code: 131_047, status: 400, title: "Re-engagement message",
            details: "More than 24 hours have passed since the recipient last replied to this number.")
    }
    package static func unsupportedType(_ details: String) -> GraphError {
        GraphError(code: 131_051, status: 400, title: "Unsupported message type", details: details)
    }
    package static func parameterCount(_ details: String) -> GraphError {
        GraphError(
            code: 132_000, status: 400,
            title: "Number of parameters does not match the expected number of params",
            details: details)
    }
    package static func noTemplate(_ details: String) -> GraphError {
        GraphError(
            code: 132_001, status: 404, title: "Template name does not exist in the translation",
            details: details)
    }
    package static func templateParameter(_ details: String) -> GraphError {
        GraphError(
            code: 132_018, status: 400, title: "Template parameter validation failed", details: details)
    }
    package static func rateLimited() -> GraphError {
        GraphError(
            code: 130_429, status: 400, title: "Rate limit hit",
            details: "Too many messages from this number.")
    }
    package static func pairLimited() -> GraphError {
        GraphError(
            code: 131_056, status: 400, title: "Business account, consumer account pair rate limit hit",
            details: "Too many messages to the same phone number in a short time.")
    }
    package static func identityChanged() -> GraphError {
        GraphError(
            code: 137_000, status: 400, title: "Recipient identity key hash mismatch",
            details: "The recipient's identity has changed.")
    }
    package static func templatePaused() -> GraphError {
        GraphError(
            code: 132_015, status: 400, title: "Template is paused", details: "Its quality is low.")
    }
    package static func templateDisabled() -> GraphError {
        GraphError(
            code: 132_016, status: 400, title: "Template is disabled",
            details: "It was paused too many times and is disabled for good.")
    }
    package static func template(_ details: String) -> GraphError {
        GraphError(code: 100, status: 400, title: "Invalid parameter", details: details)
    }
    package static func media(_ details: String) -> GraphError {
        GraphError(code: 131_053, status: 400, title: "Media upload error", details: details)
    }
    package static func badCursor() -> GraphError {
        GraphError(
            code: 131_059, status: 400, title: "Invalid cursor", details: "Begin at the first page.")
    }
    package static func noObject() -> GraphError {
        GraphError(
            code: 100, status: 400, title: "Unsupported request",
            details: "Object does not exist or cannot be loaded due to missing permissions.")
    }
    package static func temporarilyDown() -> GraphError {
        GraphError(code: 131_016, status: 500, title: "Service unavailable", details: "Try again later.")
    }

    /// The envelope of a synchronous refusal.
    package func envelope(traceId: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { root in
            root.member(
                "error",
                object: { error in
                    error.member("message", "(#\(code)) \(title)")
                    error.member("type", "OAuthException")
                    error.member("code", code)
                    if !details.isEmpty {
                        error.member(
                            "error_data",
                            object: { data in
                                data.member("messaging_product", "whatsapp")
                                data.member("details", details)
                            })
                    }
                    error.member("fbtrace_id", traceId)
                })
        }
        return writer.bytes
    }

    /// The same refusal inside a `failed` status webhook.
    func writeStatus(_ errors: inout JSONWriter) {
        errors.object { error in
            error.member("code", code)
            error.member("title", title)
            error.member("message", title)
            error.member("error_data", object: { $0.member("details", details) })
        }
    }
}
