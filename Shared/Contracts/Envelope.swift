// The error envelope and the headers that every call between services carries. The envelope is the
// documented miaPOS one, so that a bank's operator meets one shape everywhere.
package import Problem

/// `{"error":{"code":"SELLER_BLOCKED","message":"…","requestId":"req_…"}}`
package struct ErrorEnvelope: Codable, Sendable, Equatable {
    package struct Body: Codable, Sendable, Equatable {
        package var code: String
        package var message: String
        package var requestId: String?
        /// With `IDEMPOTENCY_CONFLICT`, from services whose callers have to know.
        package var usedFor: KeyUse?

        package init(code: String, message: String, requestId: String?, usedFor: KeyUse? = nil) {
            self.code = code
            self.message = message
            self.requestId = requestId
            self.usedFor = usedFor
        }
    }
    package var error: Body

    package init(_ problem: Problem, requestId: String?) {
        error = Body(
            code: problem.code, message: problem.toUser, requestId: requestId, usedFor: problem.usedFor)
    }
}

/// Names of the headers of our own contracts, lower case as on our wire.
package enum ContractHeader {
    /// Up to 200 visible ASCII characters; the same key with the same content gets the same answer.
    package static let idempotencyKey = "idempotency-key"
    package static let requestID = "x-request-id"
    /// W3C Trace Context.
    package static let traceparent = "traceparent"
}

/// One page of a list: the items, and where the next page begins, nil on the last.
package struct Page<Item: Codable & Sendable>: Codable, Sendable {
    package var items: [Item]
    package var nextCursor: String?

    package init(items: [Item], nextCursor: String?) {
        self.items = items
        self.nextCursor = nextCursor
    }
}

/// A person at one of our WhatsApp numbers: where a message came from and where answers go.
package struct Conversation: Codable, Sendable, Hashable {
    /// Meta's id of our business number.
    package var phoneNumberId: String
    /// The person within that number: the digits of the phone (E.164 without +) where known, else the BSUID.
    package var peer: String

    package init(phoneNumberId: String, peer: String) {
        self.phoneNumberId = phoneNumberId
        self.peer = peer
    }
}
