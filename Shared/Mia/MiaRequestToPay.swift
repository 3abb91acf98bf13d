// Bodies of POST /ecomm/api/v1/request-to-pay/direct, both directions: a request that rings in the payer's own
// bank app, without a page between. Its answer has no link. Like /pay it deduplicates nothing, so a repeated
// body rings a second time.
import JSONWire

extension MiaPath {
    package static let requestToPay = "/ecomm/api/v1/request-to-pay/direct"
}

/// A Request-to-Pay sent to one payer. It holds a person's name and phone: never printed.
package struct MiaRequestToPay: Sendable, Hashable {
    /// A terminal of type `rtp`: the bank refuses others.
    package var terminalId: String
    /// Ours; must hold no `;`, which the signed text does not escape.
    package var orderId: String
    package var amount: MiaAmount
    package var currency: String
    package var payDescription: String
    package var clientName: String
    /// The eight national digits, as `MiaPhone` makes them.
    package var clientPhone: String
    package var callbackUrl: String?

    package init(
        terminalId: String, orderId: String, amount: MiaAmount, currency: String, payDescription: String,
        clientName: String, clientPhone: String, callbackUrl: String? = nil
    ) {
        self.terminalId = terminalId
        self.orderId = orderId
        self.amount = amount
        self.currency = currency
        self.payDescription = payDescription
        self.clientName = clientName
        self.clientPhone = clientPhone
        self.callbackUrl = callbackUrl
    }

    /// Throws `MiaRefusal` with the first field that fails, in the bank's order; called by whoever plays the
    /// bank.
    package init(parsing bytes: [UInt8]) throws(MiaRefusal) {
        let body = try JSONValue.miaObject(bytes)
        terminalId = try body.required("terminalId")
        orderId = try body.required("orderId")
        amount = try MiaAmount(member: body["amount"])
        currency = try body.required("currency")
        payDescription = try body.required("payDescription")
        clientName = try body.required("clientName")
        clientPhone = try body.required("clientPhone")
        callbackUrl = body["callbackUrl"]?.filledText
    }

    package var bytes: [UInt8] {
        var json = JSONWriter(capacity: 512)
        json.object {
            $0.member("terminalId", terminalId)
            $0.member("orderId", orderId)
            $0.amount(amount.twoDecimals)
            $0.member("currency", currency)
            $0.member("payDescription", payDescription)
            $0.member("clientName", clientName)
            $0.member("clientPhone", clientPhone)
            $0.member("callbackUrl", ifAny: callbackUrl)
        }
        return json.bytes
    }
}

/// `{orderId, paymentId}`; a `checkoutPage` that some answers add is ignored.
package struct MiaRequestToPayAnswer: Sendable, Hashable {
    package let orderId: String
    package let paymentId: String

    package init(orderId: String, paymentId: String) {
        self.orderId = orderId
        self.paymentId = paymentId
    }

    package init(parsing bytes: [UInt8]) throws(MiaRefusal) {
        let body = try JSONValue.miaObject(bytes)
        orderId = try body.required("orderId")
        paymentId = try body.required("paymentId")
    }

    package var bytes: [UInt8] {
        var json = JSONWriter()
        json.object {
            $0.member("orderId", orderId)
            $0.member("paymentId", paymentId)
        }
        return json.bytes
    }
}
