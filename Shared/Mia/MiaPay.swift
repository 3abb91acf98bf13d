// Bodies of POST /ecomm/api/v1/pay, both directions. The answer has neither an expiry nor a QR payload: the
// link is the hosted page. `orderId` deduplicates nothing at the bank, so a repeated request is a second
// payment.
import JSONWire

/// A request for a payment at miaPOS. Optional members are left out, never sent as null.
package struct MiaPayRequest: Sendable, Hashable {
    package var terminalId: String
    /// Ours; must hold no `;`, which the signed text does not escape.
    package var orderId: String
    package var amount: MiaAmount
    /// As written; the bank accepts any here and fails the payment unless it is MDL.
    package var currency: String
    package var payDescription: String
    /// `qr` or `rtp`; the bank's default is `qr`.
    package var paymentType: String?
    /// `ro`, `ru` or `en`: the checkout page knows no other.
    package var language: String?
    package var callbackUrl: String?
    package var successUrl: String?
    package var failUrl: String?
    /// On phones, jump straight into the banking app.
    package var directRedirect: Bool?

    package init(
        terminalId: String, orderId: String, amount: MiaAmount, currency: String, payDescription: String
    ) {
        self.terminalId = terminalId
        self.orderId = orderId
        self.amount = amount
        self.currency = currency
        self.payDescription = payDescription
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
        paymentType = body["paymentType"]?.filledText
        language = body["language"]?.filledText
        callbackUrl = body["callbackUrl"]?.filledText
        successUrl = body["successUrl"]?.filledText
        failUrl = body["failUrl"]?.filledText
        directRedirect = body["directRedirect"]?.bool
    }

    package var bytes: [UInt8] {
        var json = JSONWriter(capacity: 512)
        json.object {
            $0.member("terminalId", terminalId)
            $0.member("orderId", orderId)
            $0.amount(amount.twoDecimals)
            $0.member("currency", currency)
            $0.member("payDescription", payDescription)
            $0.member("paymentType", ifAny: paymentType)
            $0.member("language", ifAny: language)
            $0.member("callbackUrl", ifAny: callbackUrl)
            $0.member("successUrl", ifAny: successUrl)
            $0.member("failUrl", ifAny: failUrl)
            if let directRedirect { $0.member("directRedirect", directRedirect) }
        }
        return json.bytes
    }
}

/// `{orderId, paymentId, checkoutPage}`.
package struct MiaPayAnswer: Sendable, Hashable {
    package let orderId: String
    package let paymentId: String
    /// The link.
    package let checkoutPage: String

    package init(orderId: String, paymentId: String, checkoutPage: String) {
        self.orderId = orderId
        self.paymentId = paymentId
        self.checkoutPage = checkoutPage
    }

    package init(parsing bytes: [UInt8]) throws(MiaRefusal) {
        let body = try JSONValue.miaObject(bytes)
        orderId = try body.required("orderId")
        paymentId = try body.required("paymentId")
        checkoutPage = try body.required("checkoutPage")
    }

    package var bytes: [UInt8] {
        var json = JSONWriter()
        json.object {
            $0.member("orderId", orderId)
            $0.member("paymentId", paymentId)
            $0.member("checkoutPage", checkoutPage)
        }
        return json.bytes
    }
}
