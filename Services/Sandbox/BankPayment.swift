// One payment as the fake bank keeps it: what the merchant asked for, and what became of it.

package import JSONWire
package import World

/// A registered payment.
package struct BankPayment: Codable, Sendable, Equatable {
    package let paymentId: String
    package let bankId: String
    package let merchantId: String
    package let merchantName: String
    package let terminalId: String
    package let orderId: String
    /// Hundredths of the currency's unit, above 0.
    package let hundredths: Int64
    package let currency: String
    package let payDescription: String
    /// qr or rtp.
    package let paymentType: String
    /// ro, ru or en.
    package let language: String
    package let callbackUrl: String?
    package let successUrl: String?
    package let failUrl: String?
    /// Where the payer goes; a direct request to pay has none.
    package let checkoutPage: String?
    package let createdAt: Timestamp
    package let expiresAt: Timestamp
    /// Whose phone rings: a direct request to pay has one, a QR code has none. E.164.
    package var payerPhone: String?
    package var status: BankPaymentState = .created
    /// The payer has seen the page.
    package var openedAt: Timestamp?
    /// Set together with a final status.
    package var endedAt: Timestamp?
    package var swiftMessageId: String?
    package var swiftPayerBank: String?
    /// What happens by itself next, and when.
    package var nextEventAt: Timestamp?
    /// How often the callback is to be sent; the real bank sends it once.
    package var callbacksLeft: Int = 1

    /// As the API reports it: members without a value are left out, and the amount is a number without
    /// trailing zeros. A callback's `result` has no `checkoutPage`.
    package func writeReport(to json: inout JSONWriter, withPage: Bool) {
        json.object { report in
            report.member("terminalId", terminalId)
            report.member("orderId", orderId)
            report.member("paymentId", paymentId)
            report.member("status", status.rawValue)
            report.name("amount")
            report.raw(amountNumber.utf8)
            report.member("currency", currency)
            report.member("paymentType", paymentType)
            report.member("paymentDate", ifAny: endedAt.map(ChisinauClock.text))
            report.member("swiftMessageId", ifAny: swiftMessageId)
            report.member("swiftPayerBank", ifAny: swiftPayerBank)
            if withPage { report.member("checkoutPage", ifAny: checkoutPage) }
        }
    }

    /// The same payment over another amount, for a callback that lies.
    package func with(hundredths: Int64) -> BankPayment {
        var other = BankPayment(
            paymentId: paymentId, bankId: bankId, merchantId: merchantId, merchantName: merchantName,
            terminalId: terminalId, orderId: orderId, hundredths: hundredths, currency: currency,
            payDescription: payDescription, paymentType: paymentType, language: language,
            callbackUrl: callbackUrl, successUrl: successUrl, failUrl: failUrl, checkoutPage: checkoutPage,
            createdAt: createdAt, expiresAt: expiresAt)
        other.status = status
        other.endedAt = endedAt
        other.swiftMessageId = swiftMessageId
        other.swiftPayerBank = swiftPayerBank
        return other
    }

    /// As a server dates it whose clock is off.
    package func dated(off: Duration) -> BankPayment {
        var other = self
        other.endedAt = endedAt?.advanced(by: off)
        return other
    }

    /// As it would read if it had been paid now.
    package func claimedPaid(at now: Timestamp) -> BankPayment {
        var claim = self
        claim.status = .success
        claim.endedAt = now
        claim.swiftMessageId = "TILL" + String(paymentId.filter { $0 != "-" }.prefix(24)).uppercased()
        claim.swiftPayerBank = "CMTBMD2X"
        return claim
    }

    /// The callback's body around a base64 signature of `canonicalText`.
    package func callbackBody(signature: String) -> [UInt8] {
        var json = JSONWriter(capacity: 768)
        json.object { body in
            body.name("result")
            writeReport(to: &body, withPage: false)
            body.member("signature", signature)
        }
        return json.bytes
    }

    /// `100`, `12.5`, `150.75`.
    var amountNumber: String {
        let cents = hundredths % 100
        if cents == 0 { return String(hundredths / 100) }
        return cents % 10 == 0 ? "\(hundredths / 100).\(cents / 10)" : amountText
    }

    /// Two decimals and a dot.
    package var amountText: String {
        let cents = hundredths % 100
        return "\(hundredths / 100).\(cents < 10 ? "0" : "")\(cents)"
    }

    /// The text that the callback's signature covers: values in the order of their names. Written here a
    /// second time on purpose, apart from the reader in Shared/Mia: a mistake that both sides shared would
    /// verify.
    package var canonicalText: String {
        var values = [amountText, currency, orderId]
        if let endedAt { values.append(ChisinauClock.text(endedAt)) }
        values += [paymentId, paymentType, status.rawValue]
        values += [swiftMessageId, swiftPayerBank].compactMap { $0 }
        return (values + [terminalId]).joined(separator: ";")
    }
}
