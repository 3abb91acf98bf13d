// What miaPOS says when it refuses. Two shapes are in use, and a 401 comes with no body at all, so reading
// never fails. The text is the bank's own and may repeat our input: for an operator's eyes, never for a chat.
import JSONWire

/// An error answer. Branch on the HTTP status: `code` carries no meaning in the measured shape.
package struct MiaError: Sendable, Hashable {
    package var code: String?
    package var message: String?
    package var requestId: String?

    package init(code: String? = nil, message: String? = nil, requestId: String? = nil) {
        self.code = code
        self.message = message
        self.requestId = requestId
    }

    /// Reads `{"errorCode","errorMessage"}` and `{"error":{"code","message","requestId"}}`; anything else, an
    /// empty body included, is an error without words.
    package init(reading bytes: [UInt8]) {
        guard let body = try? JSONValue(parsing: bytes, duplicates: .kept, loneSurrogates: .replaced) else {
            self.init()
            return
        }
        if let inner = body["error"], case .object = inner {
            self.init(
                code: inner["code"]?.textOrNumber, message: inner["message"]?.text,
                requestId: inner["requestId"]?.text)
        } else {
            self.init(code: body["errorCode"]?.textOrNumber, message: body["errorMessage"]?.text)
        }
    }

    /// The measured shape, which the bank sends with HTTP 400.
    package var bytes: [UInt8] {
        var json = JSONWriter()
        json.object {
            $0.member("errorCode", code ?? "1")
            $0.member("errorMessage", ifAny: message)
        }
        return json.bytes
    }

    /// The documented other shape.
    package var envelopeBytes: [UInt8] {
        var json = JSONWriter()
        json.object {
            $0.member(
                "error",
                object: { error in
                    error.member("code", code ?? "INTERNAL")
                    error.member("message", ifAny: message)
                    error.member("requestId", ifAny: requestId)
                })
        }
        return json.bytes
    }
}
