// Access tokens. The broker of a payment's bank is asked for each link, since it also says whether the seller
// may sell; for polls and keys a token is kept in memory while it lives. No secret key is ever seen here.
package import Contracts
package import HTTPClient
import HTTPWire
import Problem
import Sealing
import Synchronization
package import World

/// Asks a bank's broker for a token. Throws `Problem` with the broker's code, or one of `ServiceClient.Code`.
package protocol TokenSource: Sendable {
    func token(bankId: String, _ request: TokenRequest) async throws -> AccessToken
}

/// The cap-svc of every bank in till.json.
package struct Brokers: TokenSource, MerchantSource, AuditKeeper {
    private let clients: [String: ServiceClient]

    package init(_ clients: [String: ServiceClient]) { self.clients = clients }

    package func token(bankId: String, _ request: TokenRequest) async throws -> AccessToken {
        try await client(bankId).call(
            "POST", "/rev2/tokens", body: request, timeout: .seconds(5), as: AccessToken.self)
    }

    package func merchant(bankId: String, _ merchantId: String) async throws -> MerchantRecord {
        try await client(bankId).call(
            "GET", "/rev2/merchants/" + PercentEncoding.encodePathSegment(merchantId), timeout: .seconds(5),
            as: MerchantRecord.self)
    }

    package func keep(_ batch: AuditBatch, bankId: String) async throws -> AuditBatchAnswer {
        try await client(bankId).call(
            "POST", "/rev2/audit/batch", body: batch, timeout: .seconds(5), as: AuditBatchAnswer.self)
    }

    package func keep(_ entry: AuditBatch.Entry, bankId: String) async throws {
        _ = try await client(bankId).call(
            "POST", "/rev2/audit", body: entry.event, idempotencyKey: entry.idempotencyKey,
            timeout: .seconds(5), as: ServiceClient.Nothing.self)
    }

    private func client(_ bankId: String) throws(Problem) -> ServiceClient {
        guard let client = clients[bankId] else {
            throw Problem(.unprocessable, code: "BANK_UNKNOWN", toUser: "This bank is not served here.")
        }
        return client
    }
}

/// Tokens for reading, shared by all polls of a merchant. What was rejected is told to the broker as a
/// digest.
package final class ReadingTokens: Sendable {
    private struct Key: Hashable {
        var bankId: String
        var merchantId: String
        var terminalId: String
    }

    /// Each is a few hundred bytes. Over the limit all go; the broker has them too.
    private static let entriesMax = 4_096
    /// Ends before the bank's own clock does.
    private static let margin = Duration.seconds(20)
    /// A broker gives no token out that dies within half a minute: whatever the hour of its clock, as it comes a token
    /// is good for as long as this.
    private static let leastLife = Duration.seconds(10)

    private struct Held {
        var token: AccessToken
        var until: Timestamp
    }

    private let source: any TokenSource
    private let world: World
    private let known = Mutex<[Key: Held]>([:])

    package init(source: any TokenSource, world: World) {
        self.source = source
        self.world = world
    }

    /// A token that should still work. `rejecting` names one that the rail has just refused.
    package func token(
        for order: OpenPayment, _ purpose: TokenRequest.Purpose, rejecting rejected: AccessToken? = nil
    ) async throws -> AccessToken {
        let key = Key(bankId: order.bankId, merchantId: order.merchantId, terminalId: order.terminalId)
        let now = world.now()
        if let held = known.withLock({ $0[key] }), held.token != rejected, held.until > now {
            return held.token
        }
        let fresh = try await source.token(
            bankId: order.bankId, TokenRequest(order, purpose, rejected: rejected))
        known.withLock { known in
            if known.count >= Self.entriesMax { known.removeAll() }
            let end = fresh.expiresAt.advanced(by: .zero - Self.margin)
            known[key] = Held(token: fresh, until: max(end, now.advanced(by: Self.leastLife)))
        }
        return fresh
    }
}

extension TokenRequest {
    /// What to ask the broker for an order.
    package init(_ order: OpenPayment, _ purpose: Purpose, rejected: AccessToken? = nil) {
        self.init(
            posUserId: order.posUserId, merchantId: order.merchantId, terminalId: order.terminalId,
            purpose: purpose,
            rejectedTokenSHA256: rejected.map { SHA256.hex(Array($0.accessToken.utf8)) })
    }
}
