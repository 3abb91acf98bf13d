// Which rails there are at which bank, and whether an order fits one. Decided before anything is written.
package import Contracts
import Money
package import Problem

package struct Rails: Sendable {
    private let byBank: [String: [PaymentType: any PaymentRail]]

    package init(_ byBank: [String: [PaymentType: any PaymentRail]]) { self.byBank = byBank }

    package func rail(bankId: String, _ type: PaymentType) -> (any PaymentRail)? { byBank[bankId]?[type] }

    /// The rail for an order. Throws 422 `BANK_UNKNOWN`, `RAIL_NOT_OFFERED`, `CURRENCY_NOT_OFFERED`,
    /// `AMOUNT_OUT_OF_RANGE`, `PAYER_NOT_REACHABLE`, or 400 `INVALID_FIELD` naming the field.
    package func check(_ order: OpenPayment) throws(Problem) -> any PaymentRail {
        try Self.checkTexts(order)
        guard let rails = byBank[order.bankId] else {
            throw Problem(.unprocessable, code: "BANK_UNKNOWN", toUser: "This bank is not served here.")
        }
        guard let rail = rails[order.rail] else {
            throw Problem(
                .unprocessable, code: "RAIL_NOT_OFFERED",
                toUser: "This bank has no payments of this kind here.")
        }
        guard rail.profile.currencies.contains(order.amount.currency) else {
            throw Problem(
                .unprocessable, code: "CURRENCY_NOT_OFFERED", toUser: "The rail does not take this currency.")
        }
        guard (rail.profile.minimumMinor...rail.profile.maximumMinor).contains(order.amount.minorUnits) else {
            throw Problem(
                .unprocessable, code: "AMOUNT_OUT_OF_RANGE", toUser: "The rail does not take this amount.")
        }
        guard rail.profile.needsPayer == (order.payer != nil) else {
            throw Problem(.invalid, code: "INVALID_FIELD", toUser: "The field payer is not valid.")
        }
        if let payer = order.payer, !rail.reaches(payer) {
            throw Problem(
                .unprocessable, code: "PAYER_NOT_REACHABLE",
                toUser: "The bank sends no requests to this phone number.")
        }
        return rail
    }

    /// Limits of the contract, and no control characters: these texts reach a bank's page.
    private static func checkTexts(_ order: OpenPayment) throws(Problem) {
        let fields: [(String, String?, ClosedRange<Int>)] = [
            ("posUserId", order.posUserId, 1...64), ("bankId", order.bankId, 1...64),
            ("merchantId", order.merchantId, 1...64), ("merchantName", order.merchantName, 1...200),
            ("terminalId", order.terminalId, 1...64), ("description", order.description, 1...140),
            ("tag", order.tag, 1...64), ("payer.phone", order.payer?.phone, 9...16),
            ("payer.name", order.payer?.name, 1...100),
            ("conversation.phoneNumberId", order.conversation.phoneNumberId, 1...64),
            ("conversation.peer", order.conversation.peer, 1...128),
        ]
        for (name, text, lengths) in fields {
            guard let text else { continue }
            let isPlain = text.unicodeScalars.allSatisfy {
                $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value)
            }
            guard isPlain, lengths.contains(text.count), text.utf8.count <= 4 * lengths.upperBound else {
                throw Problem(.invalid, code: "INVALID_FIELD", toUser: "The field \(name) is not valid.")
            }
        }
        // Else its outcomes could name nobody whose they are.
        guard SellerName(bankId: order.bankId, posUserId: order.posUserId).isPlain else {
            throw Problem(.invalid, code: "INVALID_FIELD", toUser: "The field posUserId is not valid.")
        }
    }
}
