// The error that crosses a service boundary. It speaks to three people: a program reads `code`, a person
// reads `toUser`, an operator reads `toOperator`, which never leaves the process that made it. No secret,
// phone number or message text belongs in any of the three.

/// What an Idempotency-Key was used for before, where a caller has to know it: what it wants done now may not be done.
package struct KeyUse: Codable, Sendable, Equatable {
    /// In the words of the service that refuses; of the notifier the kind of the message.
    package var kind: String
    /// What it was about; of the notifier the paymentId. Nil: nothing in particular.
    package var subject: String?

    package init(kind: String, subject: String?) {
        self.kind = kind
        self.subject = subject
    }
}

/// A refusal or failure with the HTTP status it becomes, a stable code and words for a person.
package struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
    /// What sort of trouble it is, which decides the HTTP status (RFC 9110 section 15).
    package enum Kind: String, Sendable, CaseIterable {
        case invalid, unauthenticated, forbidden, notFound, conflict, gone, tooLarge,
            unsupportedMedia, unprocessable
        case tooManyRequests, `internal`, notImplemented, badGateway, unavailable, timedOut

        package var status: Int {
            switch self {
            case .invalid: 400
            case .unauthenticated: 401
            case .forbidden: 403
            case .notFound: 404
            case .conflict: 409
            case .gone: 410
            case .tooLarge: 413
            case .unsupportedMedia: 415
            case .unprocessable: 422
            case .tooManyRequests: 429
            case .internal: 500
            case .notImplemented: 501
            case .badGateway: 502
            case .unavailable: 503
            case .timedOut: 504
            }
        }

        /// The kind that a peer's status stands for; an unknown 4xx reads as invalid, an unknown 5xx as
        /// badGateway.
        package init(status: Int) {
            self = Kind.allCases.first { $0.status == status } ?? (status < 500 ? .invalid : .badGateway)
        }
    }

    package var kind: Kind
    /// Upper-case words joined by underscores, listed per route, such as `SELLER_BLOCKED`. Stable.
    package var code: String
    /// One sentence in English for whoever calls the API. Chat copy is made from `code`, never from this.
    package var toUser: String
    /// For our own log only.
    package var toOperator: String?
    /// When to try again, in whole seconds, where that is known.
    package var retryAfterSeconds: Int?
    /// Of a refused Idempotency-Key: what it has been used for.
    package var usedFor: KeyUse?

    package init(
        _ kind: Kind, code: String, toUser: String, toOperator: String? = nil, retryAfterSeconds: Int? = nil
    ) {
        self.kind = kind
        self.code = code
        self.toUser = toUser
        self.toOperator = toOperator
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// Kind and code only, so that an error printed by accident gives nothing away.
    package var description: String { "\(kind.rawValue) \(code)" }

    /// True when the same request may succeed later without a change: the peer was down, slow or busy.
    package var isRetryable: Bool {
        switch kind {
        case .tooManyRequests, .internal, .badGateway, .unavailable, .timedOut: true
        case .invalid, .unauthenticated, .forbidden, .notFound, .conflict, .gone, .tooLarge,
            .unsupportedMedia, .unprocessable, .notImplemented:
            false
        }
    }
}
