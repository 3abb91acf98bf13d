// Whether a token may be handed out, decided from one row. Pure: no clock, no rail, no key is opened here.
import Contracts
import Problem

/// What the database knows about a seller, a merchant and the secret between them at one moment.
struct TokenGround: Sendable, Equatable {
    /// nil: the bank has no such seller.
    var sellerStatus: SellerRecord.Status?
    var isBound: Bool
    var isMerchantDisabled: Bool
    var terminals: [TerminalRecord]
    var railMerchantId: String
    var ecommBaseUrl: String
    var secretVersion: Int64?
    var envelope: [UInt8]?

    /// Throws the refusal, or returns.
    ///
    /// Only `pay` starts something new, so only it is gated by the seller and the terminal. A seller who was
    /// blocked an hour ago may have a payment under way: asking for its status moves no money and must go on.
    func check(_ request: TokenRequest) throws(Problem) {
        switch request.purpose {
        case .status, .key: break
        case .pay:
            switch sellerStatus {
            case nil:
                throw Problem(
                    .notFound, code: "SELLER_UNKNOWN", toUser: "The bank does not know this seller.")
            case .blocked?:
                throw Problem(.forbidden, code: "SELLER_BLOCKED", toUser: "The bank has blocked this seller.")
            case .active?: break
            }
            guard isBound else {
                throw Problem(.notFound, code: "MERCHANT_UNKNOWN", toUser: "The seller has no such merchant.")
            }
            guard !isMerchantDisabled else {
                throw Problem(
                    .forbidden, code: "MERCHANT_DISABLED", toUser: "The bank has disabled this merchant.")
            }
            guard terminals.contains(where: { $0.terminalId == request.terminalId }) else {
                throw Problem(
                    .forbidden, code: "TERMINAL_UNKNOWN", toUser: "The merchant has no such terminal.")
            }
        }
    }
}
