// ecomm-gateway: payments and the rails they run on. The router opens payments, the callback-receiver
// reports results.
package import Money
package import World

/// Every state a payment can be in; the same words in SQL, JSON, tests and docs. Transitions are the
/// gateway's.
package enum PaymentStatus: String, Codable, Sendable, CaseIterable {
    case registering, unknown, open, pending, paid, failed, declined, expired, cancelled
    case partiallyRefunded, refunded

    /// No further change is expected, but for a late SUCCESS after our own expiry or cancellation.
    package var isFinal: Bool {
        switch self {
        case .registering, .unknown, .open, .pending: false
        case .paid, .failed, .declined, .expired, .cancelled, .partiallyRefunded, .refunded: true
        }
    }
}

/// `POST /v1/payments` with `Idempotency-Key`. 201 `PaymentView` (200 when done before); 409
/// `IDEMPOTENCY_CONFLICT` naming the field; 403 `SELLER_BLOCKED`, `MERCHANT_DISABLED`; 422
/// `AMOUNT_OUT_OF_RANGE`, `RAIL_REFUSED`; 503 `RAIL_UNAVAILABLE`.
package struct OpenPayment: Codable, Sendable, Equatable {
    package var posUserId: String
    package var bankId: String
    package var merchantId: String
    package var merchantName: String
    package var terminalId: String
    package var rail: PaymentType
    package var amount: Money
    /// At most 140 characters.
    package var description: String?
    /// Without the leading #, at most 64 characters.
    package var tag: String?
    package var conversation: Conversation
    /// The seller's language, in which the outcome will be told.
    package var locale: Language
    /// The language of the payer's checkout page where it should differ from `locale`.
    package var checkoutLanguage: Language?

    package init(
        posUserId: String, bankId: String, merchantId: String, merchantName: String, terminalId: String,
        rail: PaymentType, amount: Money, description: String?, tag: String?, conversation: Conversation,
        locale: Language, checkoutLanguage: Language? = nil
    ) {
        self.posUserId = posUserId
        self.bankId = bankId
        self.merchantId = merchantId
        self.merchantName = merchantName
        self.terminalId = terminalId
        self.rail = rail
        self.amount = amount
        self.description = description
        self.tag = tag
        self.conversation = conversation
        self.locale = locale
        self.checkoutLanguage = checkoutLanguage
    }
}

/// A payment as other services and reports see it. No secret and no phone number in it.
package struct PaymentView: Codable, Sendable, Equatable {
    package var paymentId: String
    package var status: PaymentStatus
    package var bankId: String
    package var merchantId: String
    package var terminalId: String
    package var rail: PaymentType
    package var amount: Money
    package var description: String?
    package var tag: String?
    /// The hosted checkout page, once the rail has answered.
    package var link: String?
    /// When the link stops working, as far as we know.
    package var expiresAt: Timestamp?
    package var createdAt: Timestamp
    package var paidAt: Timestamp?
    package var swiftMessageId: String?
    package var swiftPayerBank: String?

    package init(
        paymentId: String, status: PaymentStatus, bankId: String, merchantId: String, terminalId: String,
        rail: PaymentType, amount: Money, description: String?, tag: String?, link: String?,
        expiresAt: Timestamp?,
        createdAt: Timestamp, paidAt: Timestamp?, swiftMessageId: String?, swiftPayerBank: String?
    ) {
        self.paymentId = paymentId
        self.status = status
        self.bankId = bankId
        self.merchantId = merchantId
        self.terminalId = terminalId
        self.rail = rail
        self.amount = amount
        self.description = description
        self.tag = tag
        self.link = link
        self.expiresAt = expiresAt
        self.createdAt = createdAt
        self.paidAt = paidAt
        self.swiftMessageId = swiftMessageId
        self.swiftPayerBank = swiftPayerBank
    }
}

/// `GET /v1/attempts/{capability}`, for the callback-receiver: which payment a callback's path speaks of,
/// and what it must say to be believed. 404 `ATTEMPT_UNKNOWN`.
package struct AttemptView: Codable, Sendable, Equatable {
    package var attemptId: String
    package var paymentId: String
    package var bankId: String
    package var terminalId: String
    package var amount: Money
    /// The rail's own id of the payment, when its answer was not lost.
    package var railPaymentId: String?

    package init(
        attemptId: String, paymentId: String, bankId: String, terminalId: String, amount: Money,
        railPaymentId: String?
    ) {
        self.attemptId = attemptId
        self.paymentId = paymentId
        self.bankId = bankId
        self.terminalId = terminalId
        self.amount = amount
        self.railPaymentId = railPaymentId
    }
}

/// `GET /v1/banks/{bankId}/public-key?paymentId=…[&refetch=true]`: the key that this bank signs callbacks
/// with, as base64 of its DER SubjectPublicKeyInfo. A refetch is answered from the cache when the last one
/// was under 30 s ago.
package struct BankPublicKey: Codable, Sendable, Equatable {
    package var publicKey: String
    package var fetchedAt: Timestamp

    package init(publicKey: String, fetchedAt: Timestamp) {
        self.publicKey = publicKey
        self.fetchedAt = fetchedAt
    }
}

/// `POST /v1/payments/{paymentId}/results`: a verified result from the bank's callback. Applied once: a
/// repeat answers 200 with the payment as it is. 409 `RESULT_MISMATCH` naming the field when amount,
/// currency, bank or terminal differ.
package struct PaymentResult: Codable, Sendable, Equatable {
    package var attemptId: String
    package var bankId: String
    package var terminalId: String
    package var railPaymentId: String
    /// The rail's word: CREATED, PENDING, SUCCESS, FAILED, DECLINED, EXPIRED.
    package var railStatus: String
    package var amount: Money
    /// The rail's local time without an offset, as received.
    package var paymentDate: String?
    package var swiftMessageId: String?
    package var swiftPayerBank: String?

    package init(
        attemptId: String, bankId: String, terminalId: String, railPaymentId: String, railStatus: String,
        amount: Money, paymentDate: String?, swiftMessageId: String?, swiftPayerBank: String?
    ) {
        self.attemptId = attemptId
        self.bankId = bankId
        self.terminalId = terminalId
        self.railPaymentId = railPaymentId
        self.railStatus = railStatus
        self.amount = amount
        self.paymentDate = paymentDate
        self.swiftMessageId = swiftMessageId
        self.swiftPayerBank = swiftPayerBank
    }
}
