// What became of a message of ours, decoded from the envelope that the classifier kept.
package import JSONWire

/// One status of an outbound message.
package struct MessageStatus: Sendable, Equatable {
    /// Why an envelope is not a status.
    package enum Refusal: Error, Equatable, Sendable {
        case notJSON(JSONFailure)
        case noStatus
        case noIdOrWord
    }

    /// The wamid that the send was answered with; may be unknown to us still.
    package var wamid: String
    package var status: StatusWord
    /// Meta's time, in seconds since 1970.
    package var timestamp: Int64?
    /// The phone (or group) that it was sent to.
    package var recipientId: String?
    package var recipientUserId: String?
    /// Our own id of the message, as it was given in `biz_opaque_callback_data`.
    package var callbackData: String?
    package var errors: [MetaError]
    /// `utility`, `service`, …
    package var pricingCategory: String?
    /// `regular`, `free_customer_service`, …
    package var pricingType: String?

    /// A status that was kept until its message became known: its word and its code are all that was needed.
    package init(wamid: String, status: StatusWord, code: Int?) {
        self.wamid = wamid
        self.status = status
        errors = code.map { [MetaError(code: $0)] } ?? []
    }

    /// Decodes `{"contact":…,"status":{…}}`. Called by the notifier with what the ingress kept.
    package init(envelope: [UInt8]) throws(Refusal) {
        let root: JSONValue
        do {
            root = try JSONValue(parsing: envelope, loneSurrogates: .replaced)
        } catch { throw .notJSON(error) }
        guard let status = root["status"], !status.members.isEmpty else { throw .noStatus }
        guard let id = status["id"]?.filledText, let word = status["status"]?.filledText else {
            throw .noIdOrWord
        }
        wamid = id
        self.status = StatusWord(word)
        timestamp = status["timestamp"]?.int64OrDigits
        recipientId = status["recipient_id"]?.filledText
        recipientUserId = status["recipient_user_id"]?.filledText
        callbackData = status["biz_opaque_callback_data"]?.filledText
        errors = status["errors"]?.items.map(MetaError.init) ?? []
        pricingCategory = status["pricing"]?["category"]?.filledText
        pricingType = status["pricing"]?["type"]?.filledText
    }
}

/// An error as Meta writes it in webhooks. Titles are being deprecated; only the code decides anything.
package struct MetaError: Sendable, Equatable {
    package var code: Int?
    package var title: String?
    package var details: String?

    init(code: Int) { self.code = code }

    init(_ value: JSONValue) {
        code = value["code"]?.int64OrDigits.flatMap(Int.init(exactly:))
        title = value["title"]?.filledText ?? value["message"]?.filledText
        details = value["error_data"]?["details"]?.filledText
    }
}
