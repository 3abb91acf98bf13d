// The payer's side of a payment, for the page and other programs: list, look, open, pay, decline. The last
// three do at once what a person would do on the bank's page.

import HTTPServer
import HTTPWire
import Problem
import World

/// A payment as the sandbox shows it. Without the callback address, which is a capability.
struct PaymentView: Codable, Sendable, Equatable {
    var paymentId: String
    var bankId: String
    var merchantId: String
    var merchantName: String
    var terminalId: String
    var orderId: String
    /// Two decimals and a dot.
    var amount: String
    var currency: String
    var payDescription: String
    var paymentType: String
    var language: String
    var status: String
    var checkoutPage: String?
    var createdAt: Timestamp
    var expiresAt: Timestamp
    var openedAt: Timestamp?
    var endedAt: Timestamp?
    var swiftMessageId: String?
    /// Whose phone rings, for a direct request to pay.
    var payerPhone: String?

    init(_ payment: BankPayment) {
        paymentId = payment.paymentId
        bankId = payment.bankId
        merchantId = payment.merchantId
        merchantName = payment.merchantName
        terminalId = payment.terminalId
        orderId = payment.orderId
        amount = payment.amountText
        currency = payment.currency
        payDescription = payment.payDescription
        paymentType = payment.paymentType
        language = payment.language
        status = payment.status.rawValue
        checkoutPage = payment.checkoutPage
        createdAt = payment.createdAt
        expiresAt = payment.expiresAt
        openedAt = payment.openedAt
        endedAt = payment.endedAt
        swiftMessageId = payment.swiftMessageId
        payerPhone = payment.payerPhone
    }
}

struct PaymentsAnswer: Codable, Sendable {
    /// Newest last.
    var payments: [PaymentView]
}

/// Body of pay and decline; may be missing.
struct PayerRequest: Codable, Sendable {
    /// True: PENDING now and SUCCESS a moment later, as a person sees it. Otherwise both at once.
    var slowly: Bool?
    /// How often the callback is sent, 0 to 5. The real bank sends it once; 0 loses it.
    var callbacks: Int?
}

/// Body of a callback that lies: forged, tampered or otherAmount.
struct LieRequest: Codable, Sendable {
    var kind: Stage.Lie
}

struct BankAnswer: Codable, Sendable {
    var bankId: String
}

struct PaymentRoutes: Sendable {
    static let listMax = 200

    let stage: Stage

    func add(to routes: inout Routes) {
        routes.on("GET", "/sandbox/v1/payments") { request in
            let limit = PhoneRoutes.number(request, "limit").map { Int(clamping: $0) } ?? Self.listMax
            let newest = stage.askBank { $0.newest(min(limit, FakeBank.paymentsMax)) }
            return .encoding(200, PaymentsAnswer(payments: newest.map(PaymentView.init)))
        }
        routes.on("GET", "/sandbox/v1/payments/{paymentId}") { .encoding(200, PaymentView(try find($0))) }
        routes.on("POST", "/sandbox/v1/payments/{paymentId}/open") { try open($0) }
        routes.on("POST", "/sandbox/v1/payments/{paymentId}/pay") { try pay($0) }
        routes.on("POST", "/sandbox/v1/payments/{paymentId}/decline") { try decline($0) }
        routes.on("POST", "/sandbox/v1/payments/{paymentId}/lie") { request in
            let payment = try find(request)
            stage.lie(try request.decode(LieRequest.self).kind, about: payment)
            return .encoding(200, PaymentView(payment))
        }
        routes.on("POST", "/sandbox/v1/banks/{bankId}/rotate-key") { request in
            guard try await stage.keys.rotate(request.parameter("bankId")) else { throw Self.noBank }
            return .encoding(200, BankAnswer(bankId: request.parameter("bankId")))
        }
        routes.on("POST", "/sandbox/v1/banks/{bankId}/revoke-tokens") { request in
            let bankId = request.parameter("bankId")
            guard stage.askBank({ $0.bankIds.contains(bankId) }) else { throw Self.noBank }
            stage.atBank { bank in
                bank.revokeTokens(of: bankId)
                return ((), [])
            }
            return .encoding(200, BankAnswer(bankId: bankId))
        }
    }

    private static let noBank = Problem(
        .notFound, code: "BANK_UNKNOWN", toUser: "This sandbox does not play that bank.")

    private func find(_ request: HTTPRequest) throws(Problem) -> BankPayment {
        let id = request.parameter("paymentId")
        guard let payment = stage.askBank({ $0.payment(id) }) else {
            throw Problem(
                .notFound, code: "PAYMENT_UNKNOWN", toUser: "No bank of this sandbox has that payment.")
        }
        return payment
    }

    private func open(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let id = try find(request).paymentId, now = stage.world.now()
        stage.atBank { ((), $0.opened(id, byHand: true, now: now)) }
        return .encoding(200, PaymentView(try find(request)))
    }

    private func wish(_ request: HTTPRequest) throws(Problem) -> PayerRequest {
        let wish = request.body.isEmpty ? PayerRequest() : try request.decode(PayerRequest.self)
        guard (0...5).contains(wish.callbacks ?? 1) else {
            throw Problem(.invalid, code: "CALLBACKS_INVALID", toUser: "The field callbacks takes 0 to 5.")
        }
        return wish
    }

    private func pay(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let id = try find(request).paymentId, wish = try wish(request), now = stage.world.now()
        stage.atBank {
            ((), $0.pay(id, atOnce: wish.slowly != true, callbacks: wish.callbacks ?? 1, now: now))
        }
        return try result(of: request, wanted: [.success, .pending])
    }

    private func decline(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let id = try find(request).paymentId, wish = try wish(request), now = stage.world.now()
        stage.atBank { ((), $0.decline(id, callbacks: wish.callbacks ?? 1, now: now)) }
        return try result(of: request, wanted: [.declined])
    }

    private func result(of request: HTTPRequest, wanted: [BankPaymentState]) throws(Problem) -> HTTPResponse {
        let payment = try find(request)
        guard wanted.contains(payment.status) else {
            throw Problem(
                .conflict, code: "PAYMENT_ENDED",
                toUser: "This payment is already \(payment.status.rawValue).")
        }
        return .encoding(200, PaymentView(payment))
    }
}
