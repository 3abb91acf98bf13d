// What a callback is worth, decided from what it says, what we expected and whose key signed it. Everything
// that can make a bank's word count is in this file: no SQL, no HTTP, no clock.
import Contracts
import Mia
import Money
import Sealing

/// Why a callback changes nothing. The raw value is stored, counted and logged.
enum CallbackRefusal: String, Error, Sendable, CaseIterable {
    /// Not the JSON a callback is.
    case unreadable = "UNREADABLE"
    /// No attempt of ours has this path.
    case attemptUnknown = "ATTEMPT_UNKNOWN"
    /// The path names another bank than the payment's.
    case bankMismatch = "BANK_MISMATCH"
    /// Not signed by that bank.
    case signatureWrong = "SIGNATURE_WRONG"
    case orderMismatch = "ORDER_MISMATCH"
    case terminalMismatch = "TERMINAL_MISMATCH"
    case railPaymentMismatch = "RAIL_PAYMENT_MISMATCH"
    case currencyMismatch = "CURRENCY_MISMATCH"
    case amountMismatch = "AMOUNT_MISMATCH"
    /// Genuine, but a status that no document names.
    case statusUnknown = "STATUS_UNKNOWN"
    /// The gateway compared and disagreed.
    case resultRefused = "RESULT_REFUSED"
}

enum CallbackVerdict {
    /// Whether `key` made the signature over the callback's canonical string. A key that could not be read makes
    /// none.
    static func isSigned(_ callback: MiaCallback, by key: RSAPublicKey?) -> Bool {
        guard let key, let signature = Base64.decode(callback.signature) else { return false }
        return key.verifyPKCS1v15SHA256(message: Array(callback.canonicalString.utf8), signature: signature)
    }

    /// The result to report of a callback whose signature was verified. Throws the first difference from what
    /// was expected of `attempt`.
    static func result(
        of callback: MiaCallback, for attempt: AttemptView
    ) throws(CallbackRefusal) -> PaymentResult {
        let payment = callback.payment
        guard payment.orderId == attempt.attemptId else { throw .orderMismatch }
        guard payment.terminalId == attempt.terminalId else { throw .terminalMismatch }
        if let expected = attempt.railPaymentId, payment.paymentId != expected { throw .railPaymentMismatch }
        guard payment.currency == attempt.amount.currency.rawValue else { throw .currencyMismatch }
        guard let amount = try? payment.money(), amount == attempt.amount else { throw .amountMismatch }
        if case .unknown = payment.status { throw .statusUnknown }
        return result(payment, amount, bankId: attempt.bankId)
    }

    /// The result to report of a callback that `bankId` signed, before it is known what was expected: the gateway
    /// compares. Nil where it cannot be one.
    static func result(of callback: MiaCallback, signedBy bankId: String) -> PaymentResult? {
        let payment = callback.payment
        if case .unknown = payment.status { return nil }
        guard let amount = try? payment.money() else { return nil }
        return result(payment, amount, bankId: bankId)
    }

    private static func result(_ payment: MiaPayment, _ amount: Money, bankId: String) -> PaymentResult {
        PaymentResult(
            attemptId: payment.orderId, bankId: bankId, terminalId: payment.terminalId,
            railPaymentId: payment.paymentId, railStatus: payment.status.word, amount: amount,
            paymentDate: payment.paymentDate, swiftMessageId: payment.swiftMessageId,
            swiftPayerBank: payment.swiftPayerBank)
    }
}
