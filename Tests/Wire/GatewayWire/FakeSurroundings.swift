// What the gateway talks to, at its own seams: a bank that keeps payments and can lose answers, a broker, and
// somebody who tells outcomes. Real sockets are in the tests of the client and in the scenarios.
import Contracts
import EcommGateway
import Mia
import Money
import Problem
import Sealing
import Synchronization
import TestSupport
import World

/// A clock that runs with the real one and can be set forward, or stopped and moved by hand alone.
final class ShiftedClock: Sendable {
    private struct State {
        var shift = Duration.zero
        var stoppedAt: Timestamp?
    }
    private let state = Mutex(State())

    func advance(by span: Duration) {
        state.withLock { state in
            state.shift += span
            state.stoppedAt = state.stoppedAt?.advanced(by: span)
        }
    }

    func stop(at moment: Timestamp) { state.withLock { $0.stoppedAt = moment } }

    func world(over real: World) -> World {
        World(
            now: { self.state.withLock { $0.stoppedAt ?? real.now().advanced(by: $0.shift) } },
            monotonic: real.monotonic, randomBytes: real.randomBytes)
    }
}

/// A bank that deduplicates nothing.
final class FakeBank: BankWire {
    /// What happens to the next calls of /pay, in order; then all goes well.
    enum Trouble: Sendable {
        case lostAfterwards, lostBefore, notSent, status(Int, String), slow(Duration)
        /// Answers when the test opens the gate.
        case held(Gate)
    }

    struct State {
        var troubles: [Trouble] = []
        var payments: [String: MiaPayment] = [:]
        var asks: [MiaPayRequest] = []
        var requests: [MiaRequestToPay] = []
        /// When payments were asked about, in the order of the asks.
        var polls = 0
        var tokens: [String] = []
        var keyFetches = 0
        var isSilent = false
        var rejectedTokens: Set<String> = []
    }

    let state = Mutex(State())
    var asks: [MiaPayRequest] { state.withLock { $0.asks } }

    func exchange(_ ask: BankAsk) async -> BankAnswer {
        let (isSilent, isRejected) = state.withLock { state in
            state.tokens.append(ask.accessToken)
            return (state.isSilent, state.rejectedTokens.contains(ask.accessToken))
        }
        if isSilent { return .notSent }
        if isRejected { return .answered(status: 401, body: [], retryAfterSeconds: nil) }
        switch ask.path {
        case MiaPath.pay:
            guard let request = try? MiaPayRequest(parsing: ask.body) else { return bad }
            state.withLock { $0.asks.append(request) }
            return await answer {
                MiaPayAnswer(
                    orderId: request.orderId, paymentId: $0,
                    checkoutPage: "https://bank.example/checkout?paymentId=\($0)"
                ).bytes
            } keeping: { id in
                MiaPayment(
                    terminalId: request.terminalId, orderId: request.orderId, paymentId: id,
                    status: .created, amount: request.amount, currency: request.currency)
            }
        case MiaPath.requestToPay:
            guard let request = try? MiaRequestToPay(parsing: ask.body) else { return bad }
            state.withLock { $0.requests.append(request) }
            return await answer {
                MiaRequestToPayAnswer(orderId: request.orderId, paymentId: $0).bytes
            } keeping: { id in
                MiaPayment(
                    terminalId: request.terminalId, orderId: request.orderId, paymentId: id,
                    status: .created, amount: request.amount, currency: request.currency)
            }
        case MiaPath.publicKey:
            state.withLock { $0.keyFetches += 1 }
            return ok(MiaPublicKeyAnswer(base64: "MIIB").bytes)
        default:
            let id = String(ask.path.dropFirst(MiaPath.payment.count))
            let found = state.withLock { state in
                state.polls += 1
                return state.payments[id]
            }
            guard let payment = found else {
                return .answered(
                    status: 400, body: MiaError(message: "not found").bytes, retryAfterSeconds: nil)
            }
            return ok(payment.bytes)
        }
    }

    private var bad: BankAnswer {
        .answered(status: 400, body: MiaError(message: "bad").bytes, retryAfterSeconds: nil)
    }

    private func answer(
        _ body: (String) -> [UInt8], keeping make: (String) -> MiaPayment
    ) async -> BankAnswer {
        func keep() -> [UInt8] {
            state.withLock { state in
                let id = "rail-\(state.payments.count + 1)"
                state.payments[id] = make(id)
                return body(id)
            }
        }
        switch state.withLock({ $0.troubles.isEmpty ? nil : $0.troubles.removeFirst() }) {
        case .lostBefore: return .lost
        case .notSent: return .notSent
        case .status(let status, let body):
            return .answered(status: status, body: Array(body.utf8), retryAfterSeconds: nil)
        case .lostAfterwards:
            _ = keep()
            return .lost
        case .slow(let span):
            try? await Task.sleep(for: span)
            return ok(keep())
        case .held(let gate):
            try? await gate.wait()
            return ok(keep())
        case nil: return ok(keep())
        }
    }

    private func ok(_ body: [UInt8]) -> BankAnswer {
        .answered(status: 200, body: body, retryAfterSeconds: nil)
    }

    /// The customer does something.
    func set(_ status: MiaStatus, ofOrder attemptId: String) {
        state.withLock { state in
            for (id, payment) in state.payments where payment.orderId == attemptId {
                state.payments[id]?.status = status
                if status == .success { state.payments[id]?.swiftMessageId = "SWIFT-1" }
            }
        }
    }

    func railPaymentId(ofOrder attemptId: String) -> String? {
        state.withLock { $0.payments.values.first { $0.orderId == attemptId }?.paymentId }
    }
}

/// A broker.
final class FakeBroker: TokenSource, MerchantSource {
    let limits = Mutex(MerchantLimits())
    let troubles = Mutex<[Problem]>([])
    let asked = Mutex<[TokenRequest]>([])
    private let world: World

    init(world: World) { self.world = world }

    func token(bankId: String, _ request: TokenRequest) async throws -> AccessToken {
        let count = asked.withLock { asked in
            asked.append(request)
            return asked.count
        }
        let trouble = troubles.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        if let trouble { throw trouble }
        return AccessToken(
            accessToken: "token-\(count)", expiresAt: world.now().advanced(by: .seconds(300)),
            ecommBaseUrl: "https://bank.example")
    }
}

extension FakeBroker {
    func merchant(bankId: String, _ merchantId: String) async throws -> MerchantRecord {
        guard merchantId == "128" else {
            throw Problem(.notFound, code: "MERCHANT_UNKNOWN", toUser: "no")
        }
        return MerchantRecord(
            merchantId: merchantId, name: "Cafenea", currency: .mdl, country: "MD",
            terminals: [
                TerminalRecord(terminalId: "TE0001", paymentTypes: [.qr]),
                TerminalRecord(terminalId: "RTP0001", paymentTypes: [.rtp]),
            ], limits: limits.withLock { $0 })
    }
}

/// A bank's trail: one row for each key.
final class FakeKeeper: AuditKeeper {
    /// Of whole requests, in order; then all goes well.
    let troubles = Mutex<[Problem]>([])
    /// Events with these words in their keys are refused.
    let refused = Mutex<Set<String>>([])
    let kept = Mutex<[(key: String, event: AuditEvent)]>([])
    /// How many events each request brought.
    let calls = Mutex<[Int]>([])
    /// Banks that do not answer.
    let away = Mutex<Set<String>>([])
    /// True: a broker of before, which knows no batches.
    let isOld = Mutex(false)

    func keep(_ batch: AuditBatch, bankId: String) async throws -> AuditBatchAnswer {
        try begin(batch.events.count)
        if away.withLock({ $0.contains(bankId) }) {
            throw Problem(.unavailable, code: "PEER_UNREACHABLE", toUser: "no")
        }
        if isOld.withLock({ $0 }) { throw Problem(.notFound, code: "NOT_FOUND", toUser: "no") }
        return AuditBatchAnswer(
            results: batch.events.map { entry in
                if isRefused(entry) { return .init(.refused, code: "INVALID_FIELD") }
                return .init(write(entry) ? .written : .writtenBefore)
            })
    }

    func keep(_ entry: AuditBatch.Entry, bankId: String) async throws {
        try begin(1)
        if isRefused(entry) { throw Problem(.invalid, code: "INVALID_FIELD", toUser: "no") }
        _ = write(entry)
    }

    private func begin(_ events: Int) throws {
        calls.withLock { $0.append(events) }
        let trouble = troubles.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        if let trouble { throw trouble }
    }

    private func isRefused(_ entry: AuditBatch.Entry) -> Bool {
        refused.withLock { words in words.contains { entry.idempotencyKey.contains($0) } }
    }

    private func write(_ entry: AuditBatch.Entry) -> Bool {
        kept.withLock { kept in
            if kept.contains(where: { $0.key == entry.idempotencyKey }) { return false }
            kept.append((entry.idempotencyKey, entry.event))
            return true
        }
    }
}

/// Somebody who tells outcomes once per key, as the notifier does.
final class FakeTeller: OutcomeTeller {
    let troubles = Mutex<[Problem]>([])
    let told = Mutex<[String: SendMessage]>([:])
    let calls = Mutex(0)

    func tell(_ message: SendMessage, idempotencyKey: String) async throws {
        calls.withLock { $0 += 1 }
        let trouble = troubles.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        if let trouble { throw trouble }
        told.withLock { $0[idempotencyKey] = message }
    }
}
