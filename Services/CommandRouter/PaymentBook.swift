// A seller's own payments, as the gateway keeps them. Every question names the bank and the seller there, so what comes
// back is this seller's and nobody else's, whatever reference was typed or bubble replied to. No words here.
import Contracts
import FoundationEssentials
import HTTPClient
import HTTPWire
import Money
import Problem
import World

/// What an ended payment can become.
enum RenewalOffer: Sendable, Equatable {
    /// The handle for a fresh link in one tap.
    case button(String)
    /// Another link of its order was paid: nothing is left to charge.
    case orderPaid
    /// Nothing to tap; the order can be written anew.
    case nothing
}

struct PaymentBook: Sendable {
    /// Lists come from one index of the gateway's; a seller waits in the chat.
    static let timeout = Duration.seconds(10)
    /// As for a payment: the rail may take 30 s.
    static let railTimeout = Duration.seconds(40)

    /// The gateway's file of ten thousand payments is some 2 MB; what a document may hold is less, and that is
    /// told, which needs the whole file read.
    static let fileBytesMax = 4 << 20

    let gateway: ServiceClient

    /// The payment with this id, nil when it is none of these owners'.
    func payment(_ id: String, of owners: [Owner]) async throws -> PaymentView? {
        try await matching(String(id.suffix(PaymentReference.length)), owners).first { $0.paymentId == id }
    }

    /// The newest payment with this reference.
    func payment(reference: String, of owners: [Owner]) async throws -> PaymentView? {
        try await matching(reference, owners).first
    }

    func last(of owners: [Owner]) async throws -> PaymentView? {
        try await newest(owners, [("limit", "1")]).first
    }

    /// Newest first, at most `Listing.paymentsMax` of each owner.
    func newest(
        _ owners: [Owner], tag: String?, before: Timestamp?, count: Int
    ) async throws -> [PaymentView] {
        var filters = [(name: "limit", value: String(min(max(count, 1), Listing.paymentsMax)))]
        if let tag { filters.append(("tag", tag)) }
        if let before { filters.append(("to", before.description)) }
        return try await newest(owners, filters)
    }

    /// What was paid, by currency and tag, of all owners together: by the moment of payment.
    func totals(
        _ owners: [Owner], tag: String? = nil, from: Timestamp? = nil, to: Timestamp? = nil
    ) async throws -> Takings {
        var takings = Takings()
        for owner in owners {
            var filters = Self.filters(owner)
            if let tag { filters.append(("tag", tag)) }
            if let from { filters.append(("from", from.description)) }
            if let to { filters.append(("to", to.description)) }
            takings.add(try await get("/v1/payments/totals", filters, as: PaymentTotals.self))
        }
        return takings
    }

    /// The payments of a span as one CSV with one header line; nil when it is more than a document may hold.
    func csv(_ owners: [Owner], from: Timestamp, to: Timestamp) async throws -> PaymentDocument? {
        var document = PaymentDocument()
        for owner in owners {
            let filters = Self.filters(owner) + [("from", from.description), ("to", to.description)]
            let target = "/v1/payments.csv?" + PercentEncoding.query(filters)
            let answer = try await gateway.send(
                "GET", target, timeout: Self.timeout, answerBytesMax: Self.fileBytesMax)
            guard answer.status != Problem.Kind.unprocessable.status else { return nil }
            guard answer.status == 200 else {
                throw Problem(
                    Problem.Kind(status: answer.status), code: ServiceClient.Code.unreadable,
                    toUser: "The list of payments could not be read.")
            }
            document.append(answer.body)
            guard document.bytes.count <= MessageContent.documentBytesMax else { return nil }
        }
        return document
    }

    /// A handle for a fresh link of an ended payment. It is an extra on an answer, so trouble is no answer's end.
    func renewal(_ paymentId: String, key: String) async throws -> RenewalOffer {
        let target = "/v1/payments/" + PercentEncoding.encodePathSegment(paymentId) + "/renewal-handles"
        do {
            let handle = try await gateway.call(
                "POST", target, idempotencyKey: key, timeout: Self.timeout, as: RenewalHandle.self)
            return .button(handle.handle)
        } catch let problem as Problem { return problem.code == "ORDER_PAID" ? .orderPaid : .nothing }
    }

    func renew(_ request: RenewPayment, key: String) async throws -> PaymentView {
        try await gateway.call(
            "POST", "/v1/renewals", body: request, idempotencyKey: key, timeout: Self.railTimeout,
            as: PaymentView.self)
    }

    func cancel(_ paymentId: String, key: String) async throws -> PaymentView {
        let target = "/v1/payments/" + PercentEncoding.encodePathSegment(paymentId) + "/cancel"
        return try await gateway.call(
            "POST", target, idempotencyKey: key, timeout: Self.railTimeout, as: PaymentView.self)
    }

    private func matching(_ reference: String, _ owners: [Owner]) async throws -> [PaymentView] {
        guard let reference = PaymentReference.canonical(reference) else { return [] }
        return try await newest(owners, [("reference", reference)])
    }

    private func newest(
        _ owners: [Owner], _ filters: [(name: String, value: String)]
    ) async throws -> [PaymentView] {
        var found: [PaymentView] = []
        for owner in owners {
            found += try await get("/v1/payments", Self.filters(owner) + filters, as: Page<PaymentView>.self)
                .items
        }
        return found.sorted { ($0.createdAt, $0.paymentId) > ($1.createdAt, $1.paymentId) }
    }

    private func get<Answer: Decodable & Sendable>(
        _ path: String, _ filters: [(name: String, value: String)], as answer: Answer.Type
    ) async throws -> Answer {
        try await gateway.call(
            "GET", path + "?" + PercentEncoding.query(filters), timeout: Self.timeout, as: answer)
    }

    private static func filters(_ owner: Owner) -> [(name: String, value: String)] {
        [("bankId", owner.bankId), ("posUserId", owner.posUserId)]
    }
}
