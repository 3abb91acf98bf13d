// cap-svc, Rev 2: the broker that knows a bank's sellers and holds their merchants' secrets.
// Channel-agnostic: nothing here knows what chat a phone writes from. The OpenAPI document beside this file
// is its definition.
package import Money
package import World

/// `POST /rev2/sellers/resolve`. 200 `SellerRecord`, 404 `SELLER_UNKNOWN`, 400 `INVALID_PHONE`.
package struct ResolveSeller: Codable, Sendable, Equatable {
    /// E.164 with a leading +.
    package var phone: String
    /// Free word for the audit trail, such as `whatsapp`.
    package var channel: String

    package init(phone: String, channel: String) {
        self.phone = phone
        self.channel = channel
    }
}

/// Who a phone is at one bank.
package struct SellerRecord: Codable, Sendable, Equatable {
    package enum Status: String, Codable, Sendable, CaseIterable { case active, blocked }
    /// Opaque; unique within the bank; 1 to 64 of A-Z a-z 0-9 . _ -, or the record counts as unreadable.
    package var posUserId: String
    package var status: Status
    package var locale: Language
    package var merchants: [MerchantRecord]
    package var bank: BankRecord
    /// When the bank last made sure, on purpose, that this seller holds this phone: one that has changed hands or
    /// devices since then is trusted again only by a later moment. Nil when it never has, and from a broker that
    /// does not tell: no confirmation.
    package var holderConfirmedAt: Timestamp?
    /// The broker's clock as it answered, so that its moments can be read by another; nil from one that does not tell.
    package var answeredAt: Timestamp?

    package init(
        posUserId: String, status: Status, locale: Language, merchants: [MerchantRecord], bank: BankRecord,
        holderConfirmedAt: Timestamp? = nil, answeredAt: Timestamp? = nil
    ) {
        self.posUserId = posUserId
        self.status = status
        self.locale = locale
        self.merchants = merchants
        self.bank = bank
        self.holderConfirmedAt = holderConfirmedAt
        self.answeredAt = answeredAt
    }
}

package struct BankRecord: Codable, Sendable, Hashable {
    package var bankId: String
    package var name: String

    package init(bankId: String, name: String) {
        self.bankId = bankId
        self.name = name
    }
}

/// A merchant's public configuration; also the answer of `GET /rev2/merchants/{id}`.
package struct MerchantRecord: Codable, Sendable, Equatable {
    package var merchantId: String
    package var name: String
    package var currency: Currency
    /// ISO 3166-1 alpha-2.
    package var country: String
    package var terminals: [TerminalRecord]
    package var limits: MerchantLimits

    package init(
        merchantId: String, name: String, currency: Currency, country: String, terminals: [TerminalRecord],
        limits: MerchantLimits
    ) {
        self.merchantId = merchantId
        self.name = name
        self.currency = currency
        self.country = country
        self.terminals = terminals
        self.limits = limits
    }
}

package enum PaymentType: String, Codable, Sendable, CaseIterable { case qr, rtp }

package struct TerminalRecord: Codable, Sendable, Equatable {
    package var terminalId: String
    package var paymentTypes: [PaymentType]

    package init(terminalId: String, paymentTypes: [PaymentType]) {
        self.terminalId = terminalId
        self.paymentTypes = paymentTypes
    }
}

/// Minor units of the merchant's currency; nil means the bank set no limit.
package struct MerchantLimits: Codable, Sendable, Equatable {
    package var perPayment: Int64?
    package var perDay: Int64?

    package init(perPayment: Int64? = nil, perDay: Int64? = nil) {
        self.perPayment = perPayment
        self.perDay = perDay
    }
}

/// `POST /rev2/tokens`. 200 `AccessToken`; 403 `SELLER_BLOCKED`, `MERCHANT_DISABLED`; 404 `SELLER_UNKNOWN`,
/// `MERCHANT_UNKNOWN`; 502/503 `RAIL_UNAVAILABLE` with Retry-After.
package struct TokenRequest: Codable, Sendable, Equatable {
    package enum Purpose: String, Codable, Sendable, CaseIterable { case pay, status, key }
    package var posUserId: String
    package var merchantId: String
    package var terminalId: String
    package var purpose: Purpose
    /// The token that the rail has just answered with 401, as lower-case hex SHA-256, so that the broker
    /// drops it from its cache; the token itself is never sent back.
    package var rejectedTokenSHA256: String?

    package init(
        posUserId: String, merchantId: String, terminalId: String, purpose: Purpose,
        rejectedTokenSHA256: String? = nil
    ) {
        self.posUserId = posUserId
        self.merchantId = merchantId
        self.terminalId = terminalId
        self.purpose = purpose
        self.rejectedTokenSHA256 = rejectedTokenSHA256
    }
}

/// A short-lived token for the merchant's rail. Kept in memory only.
package struct AccessToken: Codable, Sendable, Equatable {
    package var accessToken: String
    package var expiresAt: Timestamp
    /// Base URL of the bank's e-commerce API, without `/ecomm/api/v1`.
    package var ecommBaseUrl: String

    package init(accessToken: String, expiresAt: Timestamp, ecommBaseUrl: String) {
        self.accessToken = accessToken
        self.expiresAt = expiresAt
        self.ecommBaseUrl = ecommBaseUrl
    }
}

/// `POST /rev2/audit`: an event of another service that the bank must see. 201.
package struct AuditEvent: Codable, Sendable, Equatable {
    /// Past tense with dots, such as `payment.paid`.
    package var action: String
    package var posUserId: String?
    package var merchantId: String?
    package var subject: String
    package var detail: [String: String]

    package init(
        action: String, posUserId: String?, merchantId: String?, subject: String,
        detail: [String: String] = [:]
    ) {
        self.action = action
        self.posUserId = posUserId
        self.merchantId = merchantId
        self.subject = subject
        self.detail = detail
    }
}

/// `POST /rev2/audit/batch`: events of one caller in the order in which they became true. Each is written once under
/// its own key, as `POST /rev2/audit` writes one; one that is refused keeps no other from being written. 200
/// `AuditBatchAnswer`; 400 `INVALID_FIELD` for none or more than `eventsMax`, with nothing written.
package struct AuditBatch: Codable, Sendable, Equatable {
    /// Some 120 KB of what our own services report.
    package static let eventsMax = 200

    package struct Entry: Codable, Sendable, Equatable {
        /// 1 to 200 visible characters, the caller's own.
        package var idempotencyKey: String
        /// The request that made it true; nil stands for the batch's own.
        package var requestId: String?
        package var event: AuditEvent

        package init(idempotencyKey: String, requestId: String?, event: AuditEvent) {
            self.idempotencyKey = idempotencyKey
            self.requestId = requestId
            self.event = event
        }
    }

    package var events: [Entry]

    package init(events: [Entry]) { self.events = events }
}

/// What became of each event of a batch, in its order.
package struct AuditBatchAnswer: Codable, Sendable, Equatable {
    package enum Outcome: String, Codable, Sendable, CaseIterable {
        case written, writtenBefore, refused
    }

    package struct Result: Codable, Sendable, Equatable {
        package var outcome: Outcome
        /// Of a refused one: `INVALID_FIELD`, `IDEMPOTENCY_KEY_INVALID` or `IDEMPOTENCY_CONFLICT`.
        package var code: String?
        package var message: String?

        package init(_ outcome: Outcome, code: String? = nil, message: String? = nil) {
            self.outcome = outcome
            self.code = code
            self.message = message
        }
    }

    package var results: [Result]

    package init(results: [Result]) { self.results = results }
}
