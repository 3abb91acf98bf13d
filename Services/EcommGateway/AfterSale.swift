// What can be asked of a payment after its link is out, as far as its rail offers it. Today's rails offer
// neither cancelling nor refunds, and say so in a way that a caller can act upon.
import Contracts
import Observe
import Problem
import World

struct AfterSale: Sendable {
    let store: PaymentStore
    let rails: Rails
    let tokens: ReadingTokens
    let world: World
    let log: Log

    /// Takes the link back at the rail, then here. Throws 422 `CANCEL_NOT_OFFERED`, 409 `ALREADY_SETTLED` or
    /// `MONEY_MAY_BE_MOVING`, 503 `RAIL_UNAVAILABLE`.
    func cancel(_ paymentId: String) async throws -> PaymentRecord {
        let (record, rail) = try await find(paymentId)
        guard rail.profile.offers.contains(.cancel) else {
            throw Problem(
                .unprocessable, code: "CANCEL_NOT_OFFERED",
                toUser: "This rail cannot take a link back; it expires.")
        }
        if record.state == .cancelled { return record }
        do {
            // Asked before the rail is: money that moves must not be met by a cancellation.
            _ = try PaymentState.next(record.state, .cancelAsked)
            if let railPaymentId = record.standing?.railPaymentId {
                let token = try await tokens.token(for: record.order, .status)
                try await rail.cancel(railPaymentId, token: token, timeout: .seconds(10))
            }
            let now = world.now()
            let (saved, _) = try await store.change(paymentId) { record in
                _ = try record.apply(.cancelAsked, of: record.attemptId, from: .caller, at: now)
            }
            log.info("payment.cancelled", ["paymentId": .id(paymentId)])
            return saved
        } catch let refusal as PaymentRefusal {
            throw Self.problem(refusal)
        } catch is RailFailure {
            throw RefusalCode.railUnavailable.problem
        }
    }

    /// Why there is no refund: 422 `REFUND_NOT_OFFERED`, or 409 `NOT_PAID` where there is nothing to give
    /// back.
    func refusalOfRefund(_ paymentId: String) async throws -> Problem {
        let (record, _) = try await find(paymentId)
        guard [.paid, .partiallyRefunded].contains(record.state) else { return Self.problem(.notPaid) }
        return Problem(
            .unprocessable, code: "REFUND_NOT_OFFERED",
            toUser: "This rail offers no refunds; the bank's support gives money back.")
    }

    private func find(_ paymentId: String) async throws -> (PaymentRecord, any PaymentRail) {
        guard let record = try await store.find(paymentId) else {
            throw Problem(.notFound, code: "PAYMENT_UNKNOWN", toUser: "There is no payment with this id.")
        }
        guard let rail = rails.rail(bankId: record.order.bankId, record.order.rail) else {
            throw Problem(
                .unprocessable, code: "BANK_UNKNOWN", toUser: "This bank is not served here any more.")
        }
        return (record, rail)
    }

    private static func problem(_ refusal: PaymentRefusal) -> Problem {
        switch refusal {
        case .alreadySettled:
            Problem(.conflict, code: "ALREADY_SETTLED", toUser: "The payment has ended already.")
        case .moneyMayBeMoving:
            Problem(
                .conflict, code: "MONEY_MAY_BE_MOVING", toUser: "The bank is moving money for this payment.")
        case .notPaid: Problem(.conflict, code: "NOT_PAID", toUser: "The payment has no money to give back.")
        }
    }
}
