// HTTP to payments and back. No SQL and no policy: what a request may do is decided by the types it is handed
// to.
import Contracts
import HTTPServer
import HTTPWire
import Problem

struct PaymentRoutes: Sendable {
    private static let callersOpening = ["command-router"]
    private static let callersReading = ["command-router", "callback-receiver", "tillctl"]
    private static let callersReporting = ["callback-receiver"]
    private static let callersActing = ["command-router", "tillctl"]
    /// A CSV holds at most this many payments, some 2 MB; a longer list is asked for in parts by `from` and `to`.
    private static let csvMax = 10_000
    /// Four times what 64 results of callbacks are.
    private static let resultsBytesMax = 256 * 1024

    let issuer: LinkIssuer
    let store: PaymentStore
    let lists: PaymentLists
    let renewals: Renewals
    let merchants: any MerchantSource
    let results: ResultDesk
    let keys: BankKeys
    let afterSale: AfterSale

    func routes() -> Routes {
        var routes = Routes()
        routes.on("POST", "/v1/payments", callers: Self.callersOpening, open)
        routes.on("GET", "/v1/payments", callers: Self.callersReading, list)
        routes.on("GET", "/v1/payments.csv", callers: Self.callersReading, csv)
        routes.on("GET", "/v1/payments/totals", callers: Self.callersReading, totals)
        routes.on("GET", "/v1/payments/{id}", callers: Self.callersReading, read)
        routes.on("POST", "/v1/payments/{id}/results", callers: Self.callersReporting, report)
        routes.on(
            "POST", "/v1/results", bodyBytesMax: Self.resultsBytesMax, callers: Self.callersReporting,
            reportTogether)
        routes.on("POST", "/v1/payments/{id}/cancel", callers: Self.callersActing, cancel)
        routes.on("POST", "/v1/payments/{id}/refunds", callers: Self.callersActing, refund)
        routes.on("POST", "/v1/payments/{id}/renewal-handles", callers: Self.callersActing, mint)
        routes.on("POST", "/v1/renewals", callers: Self.callersOpening, renew)
        routes.on("GET", "/v1/attempts/{capability}", callers: Self.callersReporting, attempt)
        routes.on("GET", "/v1/banks/{bankId}/public-key", callers: Self.callersReporting, publicKey)
        return routes
    }

    @Sendable private func open(_ request: HTTPRequest) async throws -> HTTPResponse {
        let key = try request.idempotencyKey()
        let order = try request.decode(OpenPayment.self)
        let (view, isNew) = try await issuer.open(order, caller: request.caller ?? "", idempotencyKey: key)
        return .encoding(isNew ? 201 : 200, view)
    }

    @Sendable private func read(_ request: HTTPRequest) async throws -> HTTPResponse {
        .encoding(200, try await find(request.parameter("id")).view)
    }

    @Sendable private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let filter = try PaymentFilter(request.query)
        let found = try await lists.list(filter, limit: filter.limit + 1)
        let page = found.prefix(filter.limit)
        let next = found.count > filter.limit ? page.last.map(Self.cursor) : nil
        return .encoding(200, Page(items: page.map(\.view), nextCursor: next?.text))
    }

    /// Whole or not at all: a file that stops early would sum up to less than there is.
    @Sendable private func csv(_ request: HTTPRequest) async throws -> HTTPResponse {
        var filter = try PaymentFilter(request.query)
        var text = PaymentCSV.header
        var count = 0
        while true {
            let part = try await lists.lines(filter, limit: PaymentFilter.limitMax)
            for line in part { text += PaymentCSV.line(line) }
            count += part.count
            guard count <= Self.csvMax else {
                throw Problem(
                    .unprocessable, code: "LIST_TOO_LONG",
                    toUser: "A file holds \(Self.csvMax) payments; ask for parts by from and to.")
            }
            guard part.count == PaymentFilter.limitMax, let last = part.last?.view else { break }
            filter.after = PaymentCursor(createdAt: last.createdAt, paymentId: last.paymentId)
        }
        return HTTPResponse(
            status: 200,
            headers: [
                "content-type": "text/csv; charset=utf-8",
                "content-disposition": "attachment; filename=\"payments.csv\"",
            ], body: Array(text.utf8))
    }

    @Sendable private func totals(_ request: HTTPRequest) async throws -> HTTPResponse {
        .encoding(200, try await lists.totals(PaymentFilter.ofTotals(request.query)))
    }

    @Sendable private func mint(_ request: HTTPRequest) async throws -> HTTPResponse {
        let key = (request.caller ?? "") + ":" + (try request.idempotencyKey())
        let record = try await find(request.parameter("id"))
        guard let handle = try await renewals.mint(record.paymentId, key: key) else {
            if try await renewals.beside(record.paymentId).isPaid { throw Renewals.orderPaid }
            throw Renewals.notRenewable
        }
        return .encoding(201, handle)
    }

    @Sendable private func renew(_ request: HTTPRequest) async throws -> HTTPResponse {
        let key = try request.idempotencyKey()
        let asked = try request.decode(RenewPayment.self)
        let (view, isNew) = try await renewals.redeem(
            asked, caller: request.caller ?? "", idempotencyKey: key, issuer: issuer, merchants: merchants)
        return .encoding(isNew ? 201 : 200, view)
    }

    private static func cursor(_ record: PaymentRecord) -> PaymentCursor {
        PaymentCursor(createdAt: record.createdAt, paymentId: record.paymentId)
    }

    /// Applied once: a repeat finds nothing to change.
    @Sendable private func report(_ request: HTTPRequest) async throws -> HTTPResponse {
        let result = try request.decode(PaymentResult.self)
        do {
            return .encoding(200, try await results.apply(result, to: request.parameter("id")).view)
        } catch let mismatch as NewsMismatch {
            throw Problem(
                .conflict, code: ResultDesk.mismatchCode,
                toUser: "The result differs from the payment in \(mismatch.field).")
        }
    }

    @Sendable private func reportTogether(_ request: HTTPRequest) async throws -> HTTPResponse {
        let batch = try request.decode(ResultBatch.self)
        guard (1...ResultBatch.resultsMax).contains(batch.results.count) else {
            throw Problem(
                .invalid, code: "INVALID_FIELD",
                toUser: "The field results has 1 to \(ResultBatch.resultsMax) entries.")
        }
        return .encoding(200, await results.apply(batch))
    }

    @Sendable private func cancel(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.idempotencyKey()
        return .encoding(200, try await afterSale.cancel(request.parameter("id")).view)
    }

    @Sendable private func refund(_ request: HTTPRequest) async throws -> HTTPResponse {
        _ = try request.idempotencyKey()
        throw try await afterSale.refusalOfRefund(request.parameter("id"))
    }

    @Sendable private func attempt(_ request: HTTPRequest) async throws -> HTTPResponse {
        let capability = request.parameter("capability")
        guard let view = try await store.attempt(capability: capability) else {
            throw Problem(.notFound, code: "ATTEMPT_UNKNOWN", toUser: "No attempt has this capability.")
        }
        return .encoding(200, view)
    }

    @Sendable private func publicKey(_ request: HTTPRequest) async throws -> HTTPResponse {
        guard let paymentId = request.query("paymentId") else {
            throw Problem(.invalid, code: "INVALID_QUERY", toUser: "The query needs a paymentId.")
        }
        var known = store.recent(paymentId)
        if known == nil { known = try await find(paymentId) }
        guard let record = known, record.order.bankId == request.parameter("bankId") else {
            throw Problem(
                .notFound, code: "PAYMENT_UNKNOWN", toUser: "This bank has no payment with this id.")
        }
        return .encoding(
            200, try await keys.key(for: record.order, refetch: request.query("refetch") == "true"))
    }

    private func find(_ paymentId: String) async throws -> PaymentRecord {
        guard let record = try await store.find(paymentId) else {
            throw Problem(.notFound, code: "PAYMENT_UNKNOWN", toUser: "There is no payment with this id.")
        }
        return record
    }
}
