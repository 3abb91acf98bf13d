// The fake banks on the stage: payments that change, and the one callback that follows the end of each.

import Observe
import Synchronization
import World

extension Stage {
    /// Reads or changes the banks; effects are performed afterwards.
    func atBank<Value>(_ body: (inout FakeBank) -> (Value, [FakeBank.Effect])) -> Value {
        let (value, effects) = bank.withLock { bank in body(&bank) }
        perform(effects)
        return value
    }

    /// Looks at the banks without changing them.
    func askBank<Value>(_ body: (inout FakeBank) -> Value) -> Value { bank.withLock { bank in body(&bank) } }

    private func perform(_ effects: [FakeBank.Effect]) {
        for effect in effects {
            switch effect {
            case .keep(let payment): diary.keep(DiaryLine(payment: payment))
            case .callBack(let payment):
                log.info("payment.ended", ["status": .name(payment.status.rawValue)])
                callBack(
                    payment,
                    strike(.callback, bankId: payment.bankId, description: payment.payDescription))
            }
        }
    }

    private func callBack(_ payment: BankPayment, _ fault: Fault?) {
        switch fault?.kind {
        case .lost: log.info("callback.lost")
        case .forged: mail(payment, signature: keys.forge(payment.canonicalText))
        case .tampered:
            let signature = keys.sign(payment.canonicalText, as: payment.bankId)
            mail(payment.with(hundredths: payment.hundredths + 100), signature: signature)
        case .otherAmount:
            let other = payment.with(hundredths: payment.hundredths + 100)
            mail(other, signature: keys.sign(other.canonicalText, as: payment.bankId))
        case .clockAhead, .clockBehind:
            let other = payment.dated(off: fault?.kind.clockOff ?? .zero)
            mail(other, signature: keys.sign(other.canonicalText, as: payment.bankId))
        default:
            let times = fault?.kind == .duplicate ? 2 : payment.callbacksLeft
            mail(
                payment, signature: keys.sign(payment.canonicalText, as: payment.bankId), times: times,
                after: fault?.kind == .slow ? fault?.delay ?? .zero : .zero)
        }
    }

    private func mail(_ payment: BankPayment, signature: String?, times: Int = 1, after: Duration = .zero) {
        guard let url = payment.callbackUrl, let signature else { return }
        postman.withLock { $0 }?.send(
            Postman.Callback(
                paymentId: payment.paymentId, url: url, body: payment.callbackBody(signature: signature),
                times: times, after: after))
    }

    /// A lie about a payment.
    enum Lie: String, Codable, Sendable {
        /// SUCCESS, signed by somebody who is no bank.
        case forged
        /// SUCCESS in the bank's name, the amount changed after it was signed.
        case tampered
        /// SUCCESS signed by the bank, over another amount.
        case otherAmount
    }

    /// Somebody posts SUCCESS for a payment that nobody has paid.
    func lie(_ lie: Lie, about payment: BankPayment) {
        let claim = payment.claimedPaid(at: world.now())
        let other = claim.with(hundredths: claim.hundredths + 100)
        switch lie {
        case .forged: mail(claim, signature: keys.forge(claim.canonicalText))
        case .tampered: mail(other, signature: keys.sign(claim.canonicalText, as: payment.bankId))
        case .otherAmount: mail(other, signature: keys.sign(other.canonicalText, as: payment.bankId))
        }
    }
}
