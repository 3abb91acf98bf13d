// What a bank's own operator puts into its broker: merchants, terminals, sellers. Secrets go in and never
// come out.
package import Money
package import World

/// `PUT /admin/v1/merchants/{merchantId}`: creates or replaces. 200 `MerchantRecord`. The secret is sealed
/// before it is stored and is never part of an answer; without one, the stored secret stays.
package struct PutMerchant: Codable, Sendable {
    package var name: String
    package var currency: Currency
    package var country: String
    package var terminals: [TerminalRecord]
    package var limits: MerchantLimits
    /// The merchantId at the rail, when it differs from ours.
    package var railMerchantId: String?
    package var ecommBaseUrl: String
    package var secretKey: String?
    package var disabled: Bool?

    package init(
        name: String, currency: Currency, country: String, terminals: [TerminalRecord],
        limits: MerchantLimits = MerchantLimits(), railMerchantId: String? = nil, ecommBaseUrl: String,
        secretKey: String?, disabled: Bool? = nil
    ) {
        self.name = name
        self.currency = currency
        self.country = country
        self.terminals = terminals
        self.limits = limits
        self.railMerchantId = railMerchantId
        self.ecommBaseUrl = ecommBaseUrl
        self.secretKey = secretKey
        self.disabled = disabled
    }
}

/// `PUT /admin/v1/sellers/{posUserId}`: creates or replaces a seller and the merchants it may charge for.
package struct PutSeller: Codable, Sendable {
    package var phone: String
    package var locale: Language
    package var status: SellerRecord.Status
    package var merchantIds: [String]

    package init(phone: String, locale: Language, status: SellerRecord.Status, merchantIds: [String]) {
        self.phone = phone
        self.locale = locale
        self.status = status
        self.merchantIds = merchantIds
    }
}

/// `POST /admin/v1/sellers/{posUserId}/confirmations`: the bank has made sure that this seller holds this phone. 200
/// `HolderConfirmation`; 404 `SELLER_UNKNOWN`, 409 `PHONE_DIFFERS`. Putting a seller with another phone than before
/// confirms as well; putting the same phone again does not.
package struct ConfirmHolder: Codable, Sendable {
    /// E.164 with a leading +, as the seller's record has it.
    package var phone: String

    package init(phone: String) { self.phone = phone }
}

package struct HolderConfirmation: Codable, Sendable, Equatable {
    package var posUserId: String
    package var holderConfirmedAt: Timestamp

    package init(posUserId: String, holderConfirmedAt: Timestamp) {
        self.posUserId = posUserId
        self.holderConfirmedAt = holderConfirmedAt
    }
}
