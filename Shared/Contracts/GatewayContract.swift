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
/// `AMOUNT_OUT_OF_RANGE`, `RAIL_REFUSED`, `PAYER_NOT_REACHABLE`; 429 `SELLER_TOO_FAST`, `MERCHANT_TOO_FAST`; 503
/// `RAIL_UNAVAILABLE`. A Request-to-Pay has no link; one whose answer was lost is answered 201 with the status
/// `unknown`: it may ring, and is never sent again.
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
    /// Whom a Request-to-Pay is sent to; required for `rtp`, refused for `qr`.
    package var payer: Payer?
    /// The merchant's limits as its broker gave them: the gateway refuses what would pass them, with 422
    /// `LIMIT_PER_PAYMENT` or `LIMIT_PER_DAY`.
    package var limits: MerchantLimits?

    package init(
        posUserId: String, bankId: String, merchantId: String, merchantName: String, terminalId: String,
        rail: PaymentType, amount: Money, description: String?, tag: String?, conversation: Conversation,
        locale: Language, checkoutLanguage: Language? = nil, payer: Payer? = nil,
        limits: MerchantLimits? = nil
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
        self.payer = payer
        self.limits = limits
    }
}

/// The person whose bank app a Request-to-Pay rings. Personal data: never logged, kept in the payment alone.
package struct Payer: Codable, Sendable, Equatable {
    /// E.164 with a leading +.
    package var phone: String
    /// As the seller wrote it, 1 to 100 characters.
    package var name: String

    package init(phone: String, name: String) {
        self.phone = phone
        self.name = name
    }
}

/// `POST /v1/payments/{paymentId}/renewal-handles` with `Idempotency-Key`, of an ended payment: 201, the same handle
/// for the same key. Opaque, worth one fresh payment of the same order, for the same seller, within a week. 409
/// `NOT_RENEWABLE` while the payment can still be paid.
package struct RenewalHandle: Codable, Sendable, Equatable {
    package var handle: String
    package var expiresAt: Timestamp

    package init(handle: String, expiresAt: Timestamp) {
        self.handle = handle
        self.expiresAt = expiresAt
    }
}

/// `POST /v1/renewals` with `Idempotency-Key`: the same order once more, with a fresh link. 201 `PaymentView`
/// (200 when done before with the same key, or by another tap whose payment can still be paid); 404
/// `HANDLE_UNKNOWN`, also for another seller's handle; 410 `HANDLE_SPENT` or `HANDLE_EXPIRED`; 409 `NOT_RENEWABLE`
/// when money came for the first link after all; and whatever opening a payment is refused with.
package struct RenewPayment: Codable, Sendable, Equatable {
    package struct Seller: Codable, Sendable, Equatable {
        package var bankId: String
        package var posUserId: String

        package init(bankId: String, posUserId: String) {
            self.bankId = bankId
            self.posUserId = posUserId
        }
    }
    package var handle: String
    /// Who asks, at every bank that knows this person and has not blocked it.
    package var sellers: [Seller]
    package var conversation: Conversation
    package var locale: Language

    package init(handle: String, sellers: [Seller], conversation: Conversation, locale: Language) {
        self.handle = handle
        self.sellers = sellers
        self.conversation = conversation
        self.locale = locale
    }
}

/// `GET /v1/payments/totals?bankId=…&posUserId=…&from=…&to=…` (the list's filters; `from` included, `to` not):
/// what was paid in that span, by the moment of payment, exactly. Late money counts where it came; an order counts
/// once, however many of its links were paid.
package struct PaymentTotals: Codable, Sendable, Equatable {
    /// One line per currency and tag; `tag` nil for payments without one. Sorted by currency, then by tag.
    package struct Line: Codable, Sendable, Equatable {
        package var tag: String?
        package var count: Int
        package var amount: Money

        package init(tag: String?, count: Int, amount: Money) {
            self.tag = tag
            self.count = count
            self.amount = amount
        }
    }
    package var lines: [Line]

    package init(lines: [Line]) { self.lines = lines }
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
    /// The hosted checkout page, once the rail has answered; none while an open payment is to be taken back because of
    /// `supersededBy`.
    package var link: String?
    /// When the link stops working, as far as we know.
    package var expiresAt: Timestamp?
    package var createdAt: Timestamp
    package var paidAt: Timestamp?
    package var swiftMessageId: String?
    package var swiftPayerBank: String?
    /// Another payment of the same order, renewed or renewing, whose money came first: this one's is too much, and part
    /// of no total.
    package var supersededBy: String?
    /// What a person types to mean this payment: six characters of Crockford's base 32, upper case. Not unique
    /// among all payments; among one seller's of some days it is. Filter of the list: `reference`.
    package var reference: String { Self.reference(of: paymentId) }
    package static func reference(of paymentId: String) -> String { String(paymentId.suffix(6)).uppercased() }

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
