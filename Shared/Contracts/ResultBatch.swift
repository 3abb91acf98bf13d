// callback-receiver to ecomm-gateway: what banks said of their payments, as many as came together. One question tells
// the gateway whose payment a path speaks of and what became of it.

/// `POST /v1/results`: verified results of callbacks, 1 to `resultsMax`, each applied once and by itself, as `POST
/// /v1/payments/{paymentId}/results` applies one. 200 `ResultBatchAnswer`; 400 `INVALID_FIELD` for none or too many,
/// with nothing applied.
package struct ResultBatch: Codable, Sendable, Equatable {
    /// Some 45 KB of what banks say.
    package static let resultsMax = 64

    package struct Entry: Codable, Sendable, Equatable {
        /// Of the path that the callback came by: which attempt it speaks of.
        package var capability: String
        /// Of the callback's own request.
        package var requestId: String
        /// As the bank signed it, with the bank of the path.
        package var result: PaymentResult

        package init(capability: String, requestId: String, result: PaymentResult) {
            self.capability = capability
            self.requestId = requestId
            self.result = result
        }
    }

    package var results: [Entry]

    package init(results: [Entry]) { self.results = results }
}

/// What became of each result of a batch, in its order.
package struct ResultBatchAnswer: Codable, Sendable, Equatable {
    package struct Result: Codable, Sendable, Equatable {
        /// Of one that was applied, now or before.
        package var paymentId: String?
        /// Of one that was not: `ATTEMPT_UNKNOWN`, `RESULT_MISMATCH`, or why it cannot be said now. Whoever needs to
        /// know more asks about that attempt alone.
        package var code: String?

        package init(paymentId: String) { self.paymentId = paymentId }
        package init(code: String) { self.code = code }
    }

    package var results: [Result]

    package init(results: [Result]) { self.results = results }
}
