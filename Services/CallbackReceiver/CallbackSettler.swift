// The worker's hand: runs the work for a claimed callback and writes its outcome. A failing write changes
// nothing that matters, because the lease ends and the work is done again with the same result.
import JobQueue
import Observe
import World

/// How often each kind of line may be written.
private struct SettledLines {
    let refused = LinePace()
    let parked = LinePace()
    let postponed = LinePace()
}

struct CallbackSettler<Gateway: GatewayCalls>: Sendable {
    /// About a day of trying at five minutes each; what then still has no answer waits for a person. The
    /// gateway's own polling has found the payment's outcome long before.
    static var attemptsMax: Int { 300 }
    static var backoff: Backoff { Backoff(first: .milliseconds(500), last: .seconds(300)) }

    let store: CallbackStore
    let work: CallbackWork<Gateway>
    let world: World
    let log: Log
    let verdicts: Counter
    let seconds: Histogram
    /// Of what anybody may send.
    private let strangersLines = SettledLines()
    /// Of what only a bank sends, or who was told one of its paths: no stranger uses these up.
    private let banksLines = SettledLines()

    func perform(_ callback: ReceivedCallback) async {
        let context = RequestContext(requestID: callback.requestId, traceparent: nil, world: world)
        await RequestContext.$current.withValue(context) {
            let outcome = await work.settle(callback)
            do { try await write(outcome, callback) } catch {
                log.warn("callback.notWritten", ["callbackId": .id(callback.callbackId)])
            }
        }
    }

    private func write(_ outcome: CallbackWork<Gateway>.Outcome, _ callback: ReceivedCallback) async throws {
        let isOurs: Bool
        switch outcome {
        case .applied(let paymentId, let status):
            isOurs = try await store.settle(callback, state: "applied", verdict: nil, paymentId: paymentId)
            let age = world.now().since(callback.receivedAt)
            seconds.observe(age)
            count("APPLIED", isOurs)
            log.info(
                "callback.applied",
                [
                    "callbackId": .id(callback.callbackId), "paymentId": .id(paymentId),
                    "status": .name(status),
                    "ms": .ms(age),
                ])
        case .refused(let refusal, let paymentId):
            isOurs = try await store.settle(
                callback, state: "refused", verdict: refusal.rawValue, paymentId: paymentId)
            count(refusal.rawValue, isOurs)
            log.line(
                .warn, "callback.refused",
                ["callbackId": .id(callback.callbackId), "verdict": .name(refusal.rawValue)],
                at: (refusal == .attemptUnknown ? strangersLines : banksLines).refused)
        case .keyMayBeOld:
            let at = world.now().advanced(by: CallbackWork<Gateway>.keyRefetchGap)
            isOurs = try await store.postpone(callback, until: at, code: "KEY_MAY_BE_OLD")
            log.info("callback.waitsForKey", ["callbackId": .id(callback.callbackId)])
        case .later(let code, let isOfBank) where callback.attempts >= Self.attemptsMax:
            isOurs = try await store.settle(callback, state: "parked", verdict: code, paymentId: nil)
            count("PARKED", isOurs)
            log.line(
                .error, "callback.parked",
                ["callbackId": .id(callback.callbackId), "code": .name(code)],
                at: (isOfBank ? banksLines : strangersLines).parked)
        case .later(let code, let isOfBank):
            let pause = Self.backoff.pause(after: callback.attempts, world)
            isOurs = try await store.postpone(callback, until: world.now().advanced(by: pause), code: code)
            log.line(
                .info, "callback.postponed",
                [
                    "callbackId": .id(callback.callbackId), "code": .name(code),
                    "attempts": .int(callback.attempts),
                ], at: (isOfBank ? banksLines : strangersLines).postponed)
        }
        if !isOurs { log.warn("callback.claimLost", ["callbackId": .id(callback.callbackId)]) }
    }

    private func count(_ verdict: String, _ isOurs: Bool) { if isOurs { verdicts.add(1, [verdict]) } }
}
