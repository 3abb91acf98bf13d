// A payment as miaPOS reports it: the answer of GET /ecomm/api/v1/payment/{paymentId}, and the `result` of a
// callback.
import JSONWire
package import Money

/// The reported payment. Everything optional was seen missing, whatever the status.
package struct MiaPayment: Sendable, Hashable {
    package var terminalId: String
    package var orderId: String
    package var paymentId: String
    package var status: MiaStatus
    package var amount: MiaAmount
    /// As received.
    package var currency: String
    package var paymentType: String?
    /// The bank's local time without an offset. Text on purpose: it is signed as it came.
    package var paymentDate: String?
    /// With `swiftPayerBank` the handle for reconciliation; only after success.
    package var swiftMessageId: String?
    /// A BIC.
    package var swiftPayerBank: String?
    /// In status answers only, never in callbacks.
    package var checkoutPage: String?

    package init(
        terminalId: String, orderId: String, paymentId: String, status: MiaStatus, amount: MiaAmount,
        currency: String
    ) {
        self.terminalId = terminalId
        self.orderId = orderId
        self.paymentId = paymentId
        self.status = status
        self.amount = amount
        self.currency = currency
    }

    package init(parsing bytes: [UInt8]) throws(MiaRefusal) {
        try self.init(JSONValue.miaObject(bytes))
    }

    init(_ body: JSONValue) throws(MiaRefusal) {
        terminalId = try body.required("terminalId")
        orderId = try body.required("orderId")
        paymentId = try body.required("paymentId")
        status = MiaStatus(try body.required("status"))
        amount = try MiaAmount(member: body["amount"])
        currency = try body.required("currency")
        paymentType = body["paymentType"]?.filledText
        paymentDate = body["paymentDate"]?.filledText
        swiftMessageId = body["swiftMessageId"]?.filledText
        swiftPayerBank = body["swiftPayerBank"]?.filledText
        checkoutPage = body["checkoutPage"]?.filledText
    }

    /// The amount in our terms. Throws `badCurrency` for a code that is none or that does not fit the amount.
    package func money() throws(MiaRefusal) -> Money {
        guard let currency = Currency(rawValue: currency) else { throw .badCurrency }
        return try amount.money(in: currency)
    }

    package var bytes: [UInt8] {
        var json = JSONWriter(capacity: 384)
        write(to: &json)
        return json.bytes
    }

    /// Members that have no value are left out, as the bank does.
    func write(to json: inout JSONWriter) {
        json.object {
            $0.member("terminalId", terminalId)
            $0.member("orderId", orderId)
            $0.member("paymentId", paymentId)
            $0.member("status", status.word)
            $0.amount(amount.shortest)
            $0.member("currency", currency)
            $0.member("paymentType", ifAny: paymentType)
            $0.member("paymentDate", ifAny: paymentDate)
            $0.member("swiftMessageId", ifAny: swiftMessageId)
            $0.member("swiftPayerBank", ifAny: swiftPayerBank)
            $0.member("checkoutPage", ifAny: checkoutPage)
        }
    }
}
