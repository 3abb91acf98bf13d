// One callback from kept to settled. Every step may be repeated: asking changes nothing, and the gateway
// applies a result once. What cannot be decided now is tried again later; what is decided is written down
// with its reason.
import Contracts
import Mia
import Problem

struct CallbackWork<Gateway: GatewayCalls>: Sendable {
    /// What is to be written about the callback.
    enum Outcome: Sendable, Equatable {
        case applied(paymentId: String, status: String)
        case refused(CallbackRefusal, paymentId: String?)
        /// Somebody does not answer; `code` is the Problem's. `isOfBank`: no stranger can have sent it.
        case later(code: String, isOfBank: Bool)
        /// Not signed by the key that we have, which is older than the callback: the bank may have a new one, and
        /// was asked for it too recently to be asked again. Looked at once more when it can be.
        case keyMayBeOld
    }

    /// The gateway fetches a bank's key no more often.
    static var keyRefetchGap: Duration { .seconds(30) }

    let gateway: Gateway
    private let keys = ReadKeys()

    init(gateway: Gateway) { self.gateway = gateway }

    func settle(_ kept: ReceivedCallback) async -> Outcome {
        // Nobody guesses a path.
        var isOnPath = false
        do { return try await verdict(kept, &isOnPath) } catch {
            let code = (error as? Problem)?.code ?? (error is CancellationError ? "CANCELLED" : "INTERNAL")
            return .later(code: code, isOfBank: isOnPath || isSigned(kept.body, by: kept.bankId))
        }
    }

    /// One question where the bank's key is at hand and nothing is unusual: the gateway finds the attempt, compares
    /// and applies. Nil for whatever is not that plain, and for what comes again: that goes the long way, by itself,
    /// which knows why. The order of the checks is another, what must hold is the same.
    private func shortWay(_ kept: ReceivedCallback) async throws -> Outcome? {
        guard kept.attempts <= 1, let key = gateway.keyAtHand(bankId: kept.bankId),
            let callback = try? MiaCallback(parsing: kept.body),
            CallbackVerdict.isSigned(callback, by: keys.read(key.publicKey)),
            let result = CallbackVerdict.result(of: callback, signedBy: kept.bankId)
        else { return nil }
        let entry = ResultBatch.Entry(
            capability: kept.capability, requestId: kept.requestId, result: result)
        return try await gateway.apply(entry).map { .applied(paymentId: $0, status: result.railStatus) }
    }

    /// Whether this bears the signature of a bank whose key is at hand. For the log alone, which must go on telling of
    /// a bank's own trouble while strangers cause some of theirs: it asks nobody, and says no when it does not know.
    func isSigned(_ body: [UInt8], by bankId: String) -> Bool {
        guard let key = gateway.lastKey(of: bankId), let callback = try? MiaCallback(parsing: body) else {
            return false
        }
        return CallbackVerdict.isSigned(callback, by: keys.read(key.publicKey))
    }

    private func verdict(_ kept: ReceivedCallback, _ isOnPath: inout Bool) async throws -> Outcome {
        if let outcome = try await shortWay(kept) { return outcome }
        // The attempt first: even an unreadable callback is worth knowing the payment of.
        guard let attempt = try await gateway.attempt(kept.capability) else {
            return .refused(.attemptUnknown, paymentId: nil)
        }
        isOnPath = true
        let paymentId = attempt.paymentId
        guard attempt.bankId == kept.bankId else { return .refused(.bankMismatch, paymentId: paymentId) }
        let callback: MiaCallback
        do { callback = try MiaCallback(parsing: kept.body) } catch {
            return .refused(.unreadable, paymentId: paymentId)
        }
        switch try await check(callback, attempt, kept) {
        case .signed: break
        case .forged: return .refused(.signatureWrong, paymentId: paymentId)
        case .keyTooOldToSay: return .keyMayBeOld
        }
        let result: PaymentResult
        do { result = try CallbackVerdict.result(of: callback, for: attempt) } catch {
            return .refused(error, paymentId: paymentId)
        }
        do {
            try await gateway.apply(result, paymentId: paymentId, idempotencyKey: kept.callbackId)
        } catch let problem as Problem where problem.kind == .conflict || problem.kind == .unprocessable {
            return .refused(.resultRefused, paymentId: paymentId)
        }
        return .applied(paymentId: paymentId, status: result.railStatus)
    }

    private enum Signature { case signed, forged, keyTooOldToSay }

    /// A bank may have changed its key since we last asked: one more look for each callback, and the gateway bounds
    /// how often the bank is asked. A flood of forged ones must not make a genuine one of that half minute forged.
    private func check(
        _ callback: MiaCallback, _ attempt: AttemptView, _ kept: ReceivedCallback
    ) async throws -> Signature {
        let known = try await gateway.publicKey(
            bankId: attempt.bankId, paymentId: attempt.paymentId, refetch: false)
        if CallbackVerdict.isSigned(callback, by: keys.read(known.publicKey)) { return .signed }
        let fresh = try await gateway.publicKey(
            bankId: attempt.bankId, paymentId: attempt.paymentId, refetch: true)
        if fresh.publicKey != known.publicKey,
            CallbackVerdict.isSigned(callback, by: keys.read(fresh.publicKey))
        {
            return .signed
        }
        // Once: two hosts' clocks may disagree for longer than any key is old.
        return fresh.fetchedAt < kept.receivedAt && kept.attempts <= 1 ? .keyTooOldToSay : .forged
    }
}
