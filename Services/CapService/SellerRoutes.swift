// Rev 2: who a phone is, what a merchant is, tokens, and what other services report. HTTP to domain and back.
import Contracts
import HTTPServer
import HTTPWire
import Problem

struct SellerRoutes: Sendable {
    let store: CapStore
    let vault: SecretVault
    let tokens: TokenCache

    /// Who may ask what. An operator's tool may look, only the gateway gets tokens.
    static let readers = ["command-router", "ecomm-gateway", "tillctl"]
    static let tokenHolders = ["ecomm-gateway"]
    static let reporters = ["command-router", "ecomm-gateway", "callback-receiver", "notifier", "tillctl"]

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
    }

    private func resolve(_ request: HTTPRequest, _ entry: inout AuditEntry) async throws
        -> AuditedRoutes.Answer
    {
        let asked = try request.decode(ResolveSeller.self)
        try AdminRules.check(phone: asked.phone)
        guard (1...32).contains(asked.channel.utf8.count) else {
            throw Problem(
                .invalid, code: "INVALID_CHANNEL", toUser: "The field channel has 1 to 32 characters.")
        }
        entry.detail = ["channel": asked.channel]
        entry.subject = AuditEntry.masked(phone: asked.phone)
        guard let seller = try await store.seller(phone: asked.phone) else {
            throw Problem(
                .notFound, code: "SELLER_UNKNOWN", toUser: "The bank has no seller with this phone.")
        }
        entry.posUserId = seller.posUserId
        entry.subject = seller.posUserId
        entry.detail["status"] = seller.status.rawValue
        return AuditedRoutes.Answer(response: .encoding(200, seller))
    }

    private func issueToken(_ request: HTTPRequest, _ entry: inout AuditEntry) async throws
        -> AuditedRoutes.Answer
    {
        let asked = try request.decode(TokenRequest.self)
        entry.posUserId = asked.posUserId
        entry.merchantId = asked.merchantId
        entry.subject = asked.terminalId
        entry.detail = ["purpose": asked.purpose.rawValue]
        if asked.rejectedTokenSHA256 != nil { entry.detail["replacesRejected"] = "true" }
        guard
            let ground = try await store.tokenGround(posUserId: asked.posUserId, merchantId: asked.merchantId)
        else {
            throw Problem(.notFound, code: "MERCHANT_UNKNOWN", toUser: "The bank has no such merchant.")
        }
        try ground.check(asked)
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
        return AuditedRoutes.Answer(response: .encoding(200, token))
    }

    private func readMerchant(_ request: HTTPRequest, _ entry: inout AuditEntry) async throws
        -> AuditedRoutes.Answer
    {
        let id = request.parameter("id")
        entry.subject = String(id.prefix(64))
        guard let merchant = try await store.merchant(id) else {
            throw Problem(.notFound, code: "MERCHANT_UNKNOWN", toUser: "The bank has no such merchant.")
        }
        entry.merchantId = merchant.merchantId
        return AuditedRoutes.Answer(response: .encoding(200, merchant))
    }

    /// The reported event is the row; a repeat of it under its key is none.
    private func report(_ request: HTTPRequest, _ entry: inout AuditEntry) async throws
        -> AuditedRoutes.Answer
    {
        let key = try request.idempotencyKey()
        let event = try request.decode(AuditEvent.self)
        try AdminRules.check(event)
        var reported = entry
        reported.action = event.action
        reported.posUserId = event.posUserId
        reported.merchantId = event.merchantId
        reported.subject = event.subject
        reported.detail = event.detail
        let isNew = try await store.report(reported, idempotencyKey: key)
        return AuditedRoutes.Answer(
            response: .json(isNew ? 201 : 200, Array("{}".utf8)), isWritten: true)
    }
}
