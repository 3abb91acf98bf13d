// An ended link for a fresh one: handles that are worth one payment of the same order. A handle is a keyed digest of
// what it was asked for, so that asking again gives the same one, and only its digest is kept. Its use is written with
// the payment that it makes. Of an ended payment, and of all that came in its place, one at most can be paid: whoever
// asks for another meanwhile is given that one. Everything that could have changed since (the seller, the merchant, its
// limits, the first link) is looked at anew.
package import Contracts
import Money
package import Postgres
import Problem
package import Sealing
package import World

/// Says what a bank's merchant may do today. Throws `Problem` with the broker's code.
package protocol MerchantSource: Sendable {
    func merchant(bankId: String, _ merchantId: String) async throws -> MerchantRecord
}

/// The handle that a payment is made for, and the line that it continues.
package struct Renewing: Sendable {
    /// SHA-256 of the handle.
    package var digest: [UInt8]
    /// The first payment of the line, which ended before all others of it.
    package var originId: String
    /// The payment that the handle was given for.
    package var paymentId: String
    /// As the request was read.
    var asked: AskedFields
}

package struct Renewals: Sendable {
    /// A chat is scrolled back for days, not for months.
    static let life = Duration.seconds(7 * 86_400)
    /// For so long after its end a handle is called expired; then it is unknown.
    static let remembered = Duration.seconds(30 * 86_400)
    /// 160 bits: nobody finds one by trying, and it fits into every button.
    private static let handleDigits = 40
    private static let handleLengths = 1...100
    /// Taps that meet: each loser reads again what the winner wrote.
    private static let triesMax = 4

    private let database: PostgresPool
    private let store: PaymentStore
    private let pins: PinnedAnswers
    private let key: HMACKey
    private let world: World

    /// `secret` is this service's own; handles of before it was changed stay what they are.
    package init(
        database: PostgresPool, store: PaymentStore, pins: PinnedAnswers, secret: Secret, world: World
    ) {
        self.database = database
        self.store = store
        self.pins = pins
        key = HMACKey(secret)
        self.world = world
    }

    /// The handle of an ended payment for this `key`, the same at every call; nil while the payment can still be
    /// paid, or when it was, or another of its line: a button whose tap is refused is offered to nobody.
    package func mint(_ paymentId: String, key name: String) async throws -> RenewalHandle? {
        let code = key.authenticate(Array("till renewal handle\n\(paymentId)\n\(name)".utf8))
        let handle = String(Hex.encode(code).prefix(Self.handleDigits))
        let digest = SHA256.digest(Array(handle.utf8)), now = world.now()
        let expiresAt = now.advanced(by: Self.life)
        let rows = try await database.query(
            RenewalQueries.mint,
            [
                .bytes(digest), .text(paymentId), .timestamp(now), .timestamp(expiresAt),
                .textArray(Self.renewable),
            ])
        if rows.affected == 1 { return RenewalHandle(handle: handle, expiresAt: expiresAt) }
        return try await find(digest).map { RenewalHandle(handle: handle, expiresAt: $0.expiresAt) }
    }

    /// Whether the order of this payment, which was paid, had been paid by another of its line before; and the others
    /// that are over because of it.
    func beside(_ paymentId: String) async throws -> (isPaid: Bool, ended: [String]) {
        let row = try await database.query(
            RenewalQueries.beside, [.text(paymentId), .int8(Int64(SendMessage.endsMax))]
        ).one()
        return (try row.bool(0), try row.textArray(1).compactMap(\.self))
    }

    /// What a handle is worth.
    private struct Worth {
        var paymentId: String
        var seller: RenewPayment.Seller
        var expiresAt: Timestamp
        var spentBy: String?
        var originId: String
        /// The payment that was made last in place of the ended one.
        var latestId: String?
        /// Money came for any payment of the line.
        var isPaid: Bool
    }

    /// The payment for a handle. `isNew` is false when the same key had made it, or when another handle or tap had
    /// and it can still be paid. Throws the route's Problems.
    package func redeem(
        _ asked: RenewPayment, caller: String, idempotencyKey: String, issuer: LinkIssuer,
        merchants: any MerchantSource
    ) async throws -> (view: PaymentView, isNew: Bool) {
        guard Self.handleLengths.contains(asked.handle.utf8.count) else { throw Self.unknown }
        let digest = SHA256.digest(Array(asked.handle.utf8))
        let fields = AskedFields(.renewal, [("handle", asked.handle)], key: idempotencyKey)
        for _ in 0..<Self.triesMax {
            guard let worth = try await find(digest), asked.sellers.contains(worth.seller) else {
                throw Self.unknown
            }
            if let known = try await store.find(caller: caller, idempotencyKey: idempotencyKey) {
                guard known.paymentId == worth.spentBy else { throw LinkIssuer.conflict("handle") }
                return (try await issuer.settled(known), false)
            }
            if let pin = try await pins.find(caller: caller, idempotencyKey: idempotencyKey) {
                return (try await issuer.repeated(pin, asked: fields, bankId: worth.seller.bankId), false)
            }
            // Late money for any link of it pays the order, whichever button is tapped and whatever stands.
            if worth.isPaid { throw Self.notRenewable }
            if let latestId = worth.latestId, let latest = try await store.find(latestId), !latest.isOver {
                guard latest.paidAt == nil else { throw Self.notRenewable }
                let answer = PinnedAnswer(asked: fields, verdict: .payment(latestId), at: world.now())
                let pin = try await pins.keep(
                    answer, caller: caller, idempotencyKey: idempotencyKey, seller: worth.seller)
                guard let pin else { continue }
                return (try await issuer.repeated(pin, asked: fields, bankId: worth.seller.bankId), false)
            }
            if worth.spentBy != nil { throw Self.spent }
            guard world.now() < worth.expiresAt else {
                throw Problem(.gone, code: "HANDLE_EXPIRED", toUser: "The handle is older than a week.")
            }
            guard let ended = try await store.find(worth.paymentId) else { throw Self.unknown }
            guard ended.isOver else { throw Self.notRenewable }
            if worth.originId != worth.paymentId, try await store.find(worth.originId)?.isOver != true {
                throw Self.notRenewable
            }
            let order = try await Self.order(of: ended, for: asked, merchants)
            do {
                return try await issuer.open(
                    order, caller: caller, idempotencyKey: idempotencyKey,
                    renewing: Renewing(
                        digest: digest, originId: worth.originId, paymentId: worth.paymentId, asked: fields))
            } catch RegistrationRefusal.handleSpent { continue } catch RegistrationRefusal.renewedAlready {
                continue
            }
        }
        throw Problem(.unavailable, code: "PAYMENT_BUSY", toUser: "Ask again.", retryAfterSeconds: 1)
    }

    private static let unknown = Problem(
        .notFound, code: "HANDLE_UNKNOWN", toUser: "There is no such handle.")
    static let spent = Problem(
        .gone, code: "HANDLE_SPENT", toUser: "The handle has made a payment already.")
    static let orderPaid = Problem(
        .conflict, code: "ORDER_PAID", toUser: "Another link has paid the order of this payment.")
    static let notRenewable = Problem(
        .conflict, code: "NOT_RENEWABLE", toUser: "The payment can still be paid, or was.")
    static let renewable = PaymentState.allCases.filter(\.isRenewable).map(\.rawValue)

    private func find(_ digest: [UInt8]) async throws -> Worth? {
        try await database.query(RenewalQueries.find, [.bytes(digest)]).atMostOne().map { row in
            Worth(
                paymentId: try row.text(0),
                seller: RenewPayment.Seller(bankId: try row.text(1), posUserId: try row.text(2)),
                expiresAt: try row.timestamp(3), spentBy: try row.textOrNil(4), originId: try row.text(5),
                latestId: try row.textOrNil(6), isPaid: try row.bool(7))
        }
    }

    /// The same order, as its bank would take it today. The seller is looked at with the token, as for any link.
    private static func order(
        of ended: PaymentRecord, for asked: RenewPayment, _ merchants: any MerchantSource
    ) async throws -> OpenPayment {
        var order = ended.order
        let merchant: MerchantRecord
        do { merchant = try await merchants.merchant(bankId: order.bankId, order.merchantId) } catch let
            problem as Problem where problem.kind == .notFound
        { throw RefusalCode.merchantUnknown.problem }
        guard merchant.currency == order.amount.currency else {
            throw Problem(
                .unprocessable, code: "CURRENCY_NOT_OFFERED", toUser: "The merchant has another currency now."
            )
        }
        let offers = merchant.terminals.filter { $0.paymentTypes.contains(order.rail) }
        guard let terminal = offers.first(where: { $0.terminalId == order.terminalId }) ?? offers.first else {
            throw Problem(
                .unprocessable, code: "RAIL_NOT_OFFERED",
                toUser: "The merchant has no payments of this kind any more.")
        }
        order.terminalId = terminal.terminalId
        order.merchantName = merchant.name
        order.limits = merchant.limits
        order.conversation = asked.conversation
        order.locale = asked.locale
        return order
    }
}

extension PaymentRecord {
    /// It ended without money, and nobody can pay it any more as far as anybody knows.
    var isOver: Bool { state.isRenewable && !isWatched }
}
