// Why no link came of an order, as the codes that callers are answered and that the payment's row keeps, so
// that the same key gets the same answer for good.
package import Problem

package enum RefusalCode: String, Sendable, CaseIterable {
    case sellerBlocked = "SELLER_BLOCKED"
    case merchantDisabled = "MERCHANT_DISABLED"
    case sellerUnknown = "SELLER_UNKNOWN"
    case merchantUnknown = "MERCHANT_UNKNOWN"
    case railRefused = "RAIL_REFUSED"
    case railUnavailable = "RAIL_UNAVAILABLE"

    package var problem: Problem {
        switch self {
        case .sellerBlocked:
            Problem(.forbidden, code: rawValue, toUser: "The bank has blocked this seller.")
        case .merchantDisabled:
            Problem(.forbidden, code: rawValue, toUser: "The bank has disabled this merchant.")
        case .sellerUnknown:
            Problem(.unprocessable, code: rawValue, toUser: "The bank does not know this seller.")
        case .merchantUnknown:
            Problem(.unprocessable, code: rawValue, toUser: "The bank does not know this merchant.")
        case .railRefused: Problem(.unprocessable, code: rawValue, toUser: "The bank refused the payment.")
        case .railUnavailable:
            Problem(
                .unavailable, code: rawValue, toUser: "The bank does not answer at the moment.",
                retryAfterSeconds: 30)
        }
    }
}
