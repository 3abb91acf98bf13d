// Rev 2: who a phone is, what a merchant is, tokens, and what other services report. HTTP to domain and back.
import Contracts
import HTTPServer
import HTTPWire
import Observe
import Problem
import World

struct SellerRoutes: Sendable {
    let store: CapStore
    let vault: SecretVault
    let tokens: TokenCache

    /// Who may ask what. An operator's tool may look, only the gateway gets tokens.
    static let readers = ["command-router", "ecomm-gateway", "tillctl"]
    static let tokenHolders = ["ecomm-gateway"]
    /// Twice what 200 events of our own services are.
    private static let batchBytesMax = 256 * 1024
    static let reporters = ["ecomm-gateway"]

    func add(to routes: inout Routes, _ audited: AuditedRoutes) {
        audited.on(
            &routes, "POST", "/rev2/sellers/resolve", action: "seller.resolved", callers: Self.readers,
            { try await resolve($0, &$1) })
        audited.on(
            &routes, "POST", "/rev2/tokens", action: "token.issued", callers: Self.tokenHolders,
            { try await issueToken($0, &$1) })
        audited.on(
            &routes, "GET", "/rev2/merchants/{id}", action: "merchant.read", callers: Self.readers,
            { try await readMerchant($0, &$1) })
        audited.on(
            &routes, "POST", "/rev2/audit", action: "audit.reported", callers: Self.reporters,
            { try await report($0, &$1) })
        audited.on(
            &routes, "POST", "/rev2/audit/batch", action: "audit.reported", callers: Self.reporters,
            bodyBytesMax: Self.batchBytesMax, { try await reportBatch($0, &$1) })
    }

    private func resolve(
        _ request: HTTPRequest, _ entry: inout AuditEntry
    ) async throws -> HTTPResponse {
        let asked = try request.decode(ResolveSeller.self)
        try AdminRules.check(phone: asked.phone)
        guard (1...32).contains(asked.channel.utf8.count) else {
            throw Problem(
                .invalid, code: "INVALID_CHANNEL", toUser: "The field channel has 1 to 32 characters.")
        }
        entry.detail = ["channel": asked.channel]
        entry.subject = AuditEntry.masked(phone: asked.phone)
        guard var seller = try await store.seller(phone: asked.phone, entry: &entry) else {
            entry.outcome = "SELLER_UNKNOWN"
            throw Problem(
                .notFound, code: "SELLER_UNKNOWN", toUser: "The bank has no seller with this phone.")
        }
        entry.posUserId = seller.posUserId
        entry.subject = seller.posUserId
        entry.detail["status"] = seller.status.rawValue
        seller.answeredAt = store.world.now()
        return .encoding(200, seller)
    }

    private func issueToken(
        _ request: HTTPRequest, _ entry: inout AuditEntry
    ) async throws -> HTTPResponse {
        let asked = try request.decode(TokenRequest.self)
        entry.posUserId = asked.posUserId
        entry.merchantId = asked.merchantId
        entry.subject = asked.terminalId
        entry.detail = ["purpose": asked.purpose.rawValue]
        if asked.rejectedTokenSHA256 != nil { entry.detail["replacesRejected"] = "true" }
        let held = tokens.held(asked.merchantId, rejectedSHA256: asked.rejectedTokenSHA256)
        let found = try await store.tokenGround(for: asked, held: held?.key, entry: &entry)
        guard let ground = found else {
            throw Problem(.notFound, code: "MERCHANT_UNKNOWN", toUser: "The bank has no such merchant.")
        }
        try ground.check(asked)
        if entry.isWritten, let held { return .encoding(200, held.token) }
        guard let version = ground.secretVersion, let envelope = ground.envelope else {
            throw Problem(
                .badGateway, code: "RAIL_UNAVAILABLE",
                toUser: "The merchant has no credentials at the bank's rail.",
                toOperator: "no secret stored")
        }
        let key = TokenCache.Key(
            bankId: store.bank.bankId, merchantId: asked.merchantId, railMerchantId: ground.railMerchantId,
            ecommBaseUrl: ground.ecommBaseUrl, secretVersion: version)
        let stored = StoredSecret(merchantId: asked.merchantId, version: version, envelope: envelope)
        let token = try await tokens.token(key, rejectedSHA256: asked.rejectedTokenSHA256) { [vault] in
            try vault.open(stored)
        }
        return .encoding(200, token)
    }

    private func readMerchant(
        _ request: HTTPRequest, _ entry: inout AuditEntry
    ) async throws -> HTTPResponse {
        let id = request.parameter("id")
        entry.subject = String(id.prefix(64))
        guard let merchant = try await store.merchant(id) else {
            throw Problem(.notFound, code: "MERCHANT_UNKNOWN", toUser: "The bank has no such merchant.")
        }
        entry.merchantId = merchant.merchantId
        return .encoding(200, merchant)
    }

    /// The reported event is the row; a repeat of it under its key is none.
    private func report(
        _ request: HTTPRequest, _ entry: inout AuditEntry
    ) async throws -> HTTPResponse {
        let key = try request.idempotencyKey()
        let event = try request.decode(AuditEvent.self)
        try AdminRules.check(event)
        let reported = AuditEntry(event, idempotencyKey: key, requestId: nil, reporting: entry)
        let result = try await store.trail.report([reported])[0]
        if let code = result.code { throw Problem(.conflict, code: code, toUser: result.message ?? "") }
        entry.isWritten = true
        return .json(result.outcome == .written ? 201 : 200, Array("{}".utf8))
    }

    /// Every event that can be a row is one, in their order; each that cannot leaves a row that says so.
    private func reportBatch(
        _ request: HTTPRequest, _ entry: inout AuditEntry
    ) async throws -> HTTPResponse {
        let batch = try request.decode(AuditBatch.self)
        guard (1...AuditBatch.eventsMax).contains(batch.events.count) else {
            throw Problem(
                .invalid, code: "INVALID_FIELD",
                toUser: "The field events has 1 to \(AuditBatch.eventsMax) entries.")
        }
        let problems = batch.events.map { AdminRules.problem(of: $0) }
        let sound = zip(batch.events, problems).filter { $1 == nil }.map { event, _ in
            AuditEntry(
                event.event, idempotencyKey: event.idempotencyKey, requestId: event.requestId,
                reporting: entry)
        }
        var kept = try await store.trail.report(sound)[...]
        let results = problems.map { problem in
            problem.map { AuditBatchAnswer.Result(.refused, code: $0.code, message: $0.toUser) }
                ?? kept.removeFirst()
        }
        let refusals = zip(batch.events, results).filter { $1.outcome == .refused }.map { event, result in
            var refusal = entry
            refusal.outcome = result.code ?? "REFUSED"
            refusal.requestId =
                event.requestId.flatMap { RequestContext.isUsable($0) ? $0 : nil } ?? entry.requestId
            return refusal
        }
        try await store.trail.append(refusals)
        entry.isWritten = true
        return .encoding(200, AuditBatchAnswer(results: results))
    }
}
