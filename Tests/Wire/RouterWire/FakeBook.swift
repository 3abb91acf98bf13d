// The gateway's payments as the router sees them: opened once per key, listed by owner, cancelled and renewed as the
// test has told it to.
import Contracts
import HTTPServer
import HTTPWire
import Money
import Problem
import Synchronization
import TestSupport
import World

final class FakeBook: Sendable {
    struct Entry: Sendable {
        var view: PaymentView
        var posUserId: String
        var key: String
    }

    struct State {
        var entries: [Entry] = []
        /// Keys of renewals by handle; a handle is good for one.
        var handles: [String: (paymentId: String, spentBy: String?)] = [:]
        /// What the next cancellation is refused with.
        var cancelTrouble: (Problem.Kind, String)?
        var cancelled: [String] = []
        var totals = PaymentTotals(lines: [])
        var queries: [String] = []
        /// The state in which payments are opened.
        var opensAs = PaymentStatus.open
        var isCSVTooLong = false
        /// What handles are refused with; how many were asked for.
        var handleTrouble: (Problem.Kind, String)?
        var handlesAsked = 0
    }

    let state = Mutex(State())
    static let createdAt = Timestamp(seconds: 1_790_000_000)

    func open(_ body: OpenPayment, key: String) -> PaymentView {
        state.withLock { state in
            if let known = state.entries.first(where: { $0.key == key }) { return known.view }
            let number = state.entries.count + 1
            let createdAt = Self.createdAt.advanced(by: .seconds(number))
            let view = PaymentView(
                paymentId: "pay_" + Self.suffix(number), status: state.opensAs, bankId: body.bankId,
                merchantId: body.merchantId, terminalId: body.terminalId, rail: body.rail,
                amount: body.amount,
                description: body.description, tag: body.tag,
                link: body.rail == .qr ? "https://bank.example/checkout?paymentId=\(number)" : nil,
                expiresAt: body.rail == .qr ? World.forWireTests.now().advanced(by: .seconds(300)) : nil,
                createdAt: createdAt, paidAt: nil, swiftMessageId: nil, swiftPayerBank: nil)
            state.entries.append(Entry(view: view, posUserId: body.posUserId, key: key))
            return view
        }
    }

    /// Twenty digits, so that the last six are a reference.
    private static func suffix(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 20 - digits.count) + digits
    }

    func set(_ status: PaymentStatus, of paymentId: String) {
        state.withLock { state in
            for index in state.entries.indices where state.entries[index].view.paymentId == paymentId {
                state.entries[index].view.status = status
            }
        }
    }

    /// Another link of the order was paid.
    func supersede(_ paymentId: String) {
        state.withLock { state in
            for index in state.entries.indices where state.entries[index].view.paymentId == paymentId {
                state.entries[index].view.supersededBy = "pay_0"
            }
        }
    }

    func add(to routes: inout Routes) {
        routes.on("GET", "/v1/payments") { try self.list($0) }
        routes.on("GET", "/v1/payments/totals") { request in
            self.state.withLock { state in
                state.queries.append(request.target)
                return .encoding(200, state.totals)
            }
        }
        routes.on("GET", "/v1/payments.csv") { try self.csv($0) }
        routes.on("POST", "/v1/payments/{id}/cancel") { try self.cancel($0) }
        routes.on("POST", "/v1/payments/{id}/renewal-handles") { try self.mint($0) }
        routes.on("POST", "/v1/renewals") { try self.renew($0) }
    }

    private func entries(_ request: HTTPRequest) throws -> [Entry] {
        let bankId = request.query("bankId"), posUserId = request.query("posUserId")
        let before = request.query("to").flatMap { Timestamp(rfc3339: $0) }
        let (all, _) = state.withLock { state -> ([Entry], Void) in
            state.queries.append(request.target)
            return (state.entries, ())
        }
        return all.filter { entry in
            entry.view.bankId == bankId && entry.posUserId == posUserId
                && request.query("reference").map { $0 == entry.view.reference } ?? true
                && request.query("tag").map { $0 == entry.view.tag } ?? true
                && before.map { entry.view.createdAt < $0 } ?? true
        }.reversed()
    }

    private func list(_ request: HTTPRequest) throws -> HTTPResponse {
        let limit = request.query("limit").flatMap { Int($0) } ?? 50
        let found = try entries(request)
        return .encoding(200, Page(items: found.prefix(limit).map(\.view), nextCursor: nil))
    }

    private func csv(_ request: HTTPRequest) throws -> HTTPResponse {
        if state.withLock({ $0.isCSVTooLong }) {
            throw Problem(.unprocessable, code: "LIST_TOO_LONG", toUser: "Too long.")
        }
        let lines = try entries(request).map { $0.view.paymentId + "," + $0.view.amount.decimalText + "\r\n" }
        return HTTPResponse(
            status: 200, headers: ["content-type": "text/csv"],
            body: Array(("paymentId,amount\r\n" + lines.joined()).utf8))
    }

    private func cancel(_ request: HTTPRequest) throws -> HTTPResponse {
        let key = try request.idempotencyKey()
        let id = request.parameter("id")
        let trouble = state.withLock { state -> (Problem.Kind, String)? in
            state.cancelled.append(key + " " + id)
            return state.cancelTrouble
        }
        if let (kind, code) = trouble { throw Problem(kind, code: code, toUser: "No.") }
        set(.cancelled, of: id)
        return .encoding(200, try find(id).view)
    }

    private func mint(_ request: HTTPRequest) throws -> HTTPResponse {
        let trouble = state.withLock { state in
            state.handlesAsked += 1
            return state.handleTrouble
        }
        if let (kind, code) = trouble { throw Problem(kind, code: code, toUser: "No.") }
        let entry = try find(request.parameter("id"))
        guard [.failed, .declined, .expired, .cancelled].contains(entry.view.status) else {
            throw Problem(.conflict, code: "NOT_RENEWABLE", toUser: "Not ended.")
        }
        let handle = "h_" + entry.view.paymentId
        state.withLock { state in
            if state.handles[handle] == nil { state.handles[handle] = (entry.view.paymentId, nil) }
        }
        return .encoding(
            201, RenewalHandle(handle: handle, expiresAt: Self.createdAt.advanced(by: .seconds(604_800))))
    }

    private func renew(_ request: HTTPRequest) throws -> HTTPResponse {
        let key = try request.idempotencyKey()
        let asked = try request.decode(RenewPayment.self)
        let known = state.withLock { $0.handles[asked.handle] }
        guard let known, let old = try? find(known.paymentId),
            asked.sellers.contains(
                RenewPayment.Seller(bankId: old.view.bankId, posUserId: old.posUserId))
        else { throw Problem(.notFound, code: "HANDLE_UNKNOWN", toUser: "No such handle.") }
        guard known.spentBy == nil || known.spentBy == key else {
            throw Problem(.gone, code: "HANDLE_SPENT", toUser: "Spent.")
        }
        state.withLock { $0.handles[asked.handle]?.spentBy = key }
        let order = OpenPayment(
            posUserId: old.posUserId, bankId: old.view.bankId, merchantId: old.view.merchantId,
            merchantName: "",
            terminalId: old.view.terminalId, rail: .qr, amount: old.view.amount,
            description: old.view.description,
            tag: old.view.tag, conversation: asked.conversation, locale: asked.locale)
        return .encoding(201, open(order, key: key))
    }

    private func find(_ id: String) throws -> Entry {
        guard let entry = state.withLock({ $0.entries.first { $0.view.paymentId == id } }) else {
            throw Problem(.notFound, code: "PAYMENT_UNKNOWN", toUser: "No such payment.")
        }
        return entry
    }
}
