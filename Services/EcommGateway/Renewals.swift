// An ended link for a fresh one: handles that are worth one payment of the same order. A handle is random, only its
// digest is kept, and its use is written with the payment that it makes. Everything that could have changed since
// (the seller, the merchant, its limits, the first link) is looked at anew.
package import Contracts
import Money
package import Postgres
import Problem
import Sealing
package import World

/// Says what a bank's merchant may do today. Throws `Problem` with the broker's code.
package protocol MerchantSource: Sendable {
    func merchant(bankId: String, _ merchantId: String) async throws -> MerchantRecord
}

package struct Renewals: Sendable {
    /// A chat is scrolled back for days, not for months.
    private static let life = Duration.seconds(7 * 86_400)
    /// 160 bits: nobody finds one by trying, and it fits into every button.
    private static let handleBytes = 20
    private static let handleLengths = 1...100

    private let database: PostgresPool
    private let store: PaymentStore
    private let world: World

    package init(database: PostgresPool, store: PaymentStore, world: World) {
        self.database = database
        self.store = store
        self.world = world
    }

    /// A new handle of an ended payment; nil while it can still be paid, or when it was. Two calls give two
    /// handles, each worth a payment.
    package func mint(_ paymentId: String) async throws -> RenewalHandle? {
        let handle = world.hex(Self.handleBytes), now = world.now()
        let expiresAt = now.advanced(by: Self.life)
        let rows = try await database.query(
            RenewalQueries.mint,
            [
                .bytes(SHA256.digest(Array(handle.utf8))), .text(paymentId), .timestamp(now),
                .timestamp(expiresAt),
                .textArray(PaymentState.allCases.filter(\.isRenewable).map(\.rawValue)),
            ])
        return rows.affected == 1 ? RenewalHandle(handle: handle, expiresAt: expiresAt) : nil
    }

    /// What a handle is worth.
    private struct Worth {
        var paymentId: String
        var seller: RenewPayment.Seller
        var expiresAt: Timestamp
        var spentBy: String?
    }

    /// The payment for a handle. `isNew` is false when the same key had made it. Throws the route's Problems.
    package func redeem(
        _ asked: RenewPayment, caller: String, idempotencyKey: String, issuer: LinkIssuer,
        merchants: any MerchantSource
    ) async throws -> (view: PaymentView, isNew: Bool) {
        let unknown = Problem(.notFound, code: "HANDLE_UNKNOWN", toUser: "There is no such handle.")
        let digest = SHA256.digest(Array(asked.handle.utf8))
        guard Self.handleLengths.contains(asked.handle.utf8.count), let worth = try await find(digest),
            asked.sellers.contains(worth.seller)
        else { throw unknown }
        if let known = try await store.find(caller: caller, idempotencyKey: idempotencyKey) {
            guard known.paymentId == worth.spentBy else {
                throw Problem(
                    .conflict, code: "IDEMPOTENCY_CONFLICT",
                    toUser: "This Idempotency-Key was used with another value of handle.")
            }
            return (try await issuer.settled(known), false)
        }
        if worth.spentBy != nil { throw Self.spent }
        guard world.now() < worth.expiresAt else {
            throw Problem(.gone, code: "HANDLE_EXPIRED", toUser: "The handle is older than a week.")
        }
        guard let ended = try await store.find(worth.paymentId) else { throw unknown }
        guard ended.state.isRenewable, !ended.isWatched else { throw Self.notRenewable }
        let order = try await Self.order(of: ended, for: asked, merchants)
        return try await issuer.open(
            order, caller: caller, idempotencyKey: idempotencyKey, renewing: digest)
    }

    static let spent = Problem(
        .gone, code: "HANDLE_SPENT", toUser: "The handle has made a payment already.")
    static let notRenewable = Problem(
        .conflict, code: "NOT_RENEWABLE", toUser: "The payment can still be paid, or was.")

    private func find(_ digest: [UInt8]) async throws -> Worth? {
        try await database.query(RenewalQueries.find, [.bytes(digest)]).atMostOne().map { row in
            Worth(
                paymentId: try row.text(0),
                seller: RenewPayment.Seller(bankId: try row.text(1), posUserId: try row.text(2)),
                expiresAt: try row.timestamp(3), spentBy: try row.textOrNil(4))
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

enum RenewalQueries {
    static let mint: PostgresStatement = """
        insert into gateway.renewal (handle_sha256, payment_id, bank_id, pos_user_id, created_at, expires_at)
        select $1, payment_id, bank_id, pos_user_id, $3, $4 from gateway.payment
        where payment_id = $2 and state = any ($5) and (state <> 'cancelled' or run_at is null)
        """

    static let find: PostgresStatement = """
        select r.payment_id, r.bank_id, r.pos_user_id, r.expires_at, u.payment_id
        from gateway.renewal r left join gateway.renewal_use u on u.handle_sha256 = r.handle_sha256
        where r.handle_sha256 = $1
        """

    /// Behind the payment in its transaction; nothing where the key was known.
    static let use: PostgresStatement = """
        insert into gateway.renewal_use (handle_sha256, payment_id, at)
        select $1, payment_id, $3 from gateway.payment where payment_id = $2
        """
}
