// What the bank's own operators do: merchants, sellers, blocking, secrets in, key rotation, the trail out. A
// secret that came in here never goes out again.
import Contracts
import HTTPServer
import HTTPWire
import Postgres
import Problem
import Sealing

struct AdminRoutes: Sendable {
    let store: CapStore
    let vault: SecretVault

    static let operators = ["tillctl", "bank-operator"]
    private static let auditPageMax = 500
    private static let rewrapBatch = 100

    private struct Rewrapped: Encodable { var rewrapped: Int, masterKeyId: String }

    func add(to routes: inout Routes, _ audited: AuditedRoutes) {
        audited.on(
            &routes, "PUT", "/admin/v1/merchants/{id}", action: "merchant.put", callers: Self.operators,
            { try await putMerchant($0, &$1) })
        audited.on(
            &routes, "PUT", "/admin/v1/sellers/{id}", action: "seller.put", callers: Self.operators,
            { try await putSeller($0, &$1) })
        audited.on(
            &routes, "POST", "/admin/v1/sellers/{id}/block", action: "seller.blocked",
            callers: Self.operators,
            { try await set(.blocked, $0, &$1) })
        audited.on(
            &routes, "POST", "/admin/v1/sellers/{id}/unblock", action: "seller.unblocked",
            callers: Self.operators,
            { try await set(.active, $0, &$1) })
        audited.on(
            &routes, "POST", "/admin/v1/sellers/{id}/confirmations", action: "seller.confirmed",
            callers: Self.operators,
            { try await confirm($0, &$1) })
        audited.on(
            &routes, "POST", "/admin/v1/keys/rewrap", action: "keys.rewrapped", callers: Self.operators,
            { try await rewrap($0, &$1) })
        audited.on(
            &routes, "GET", "/admin/v1/audit", action: "audit.exported", callers: Self.operators,
            { try await exportAudit($0, &$1) })
    }

    private func putMerchant(_ request: HTTPRequest, _ entry: inout AuditEntry) async throws
        -> HTTPResponse
    {
        let id = request.parameter("id")
        try AdminRules.check(id: id, "merchantId")
        entry.merchantId = id
        entry.subject = id
        let put = try request.decode(PutMerchant.self)
        try AdminRules.check(put)
        let stored = try await store.secret(id)
        var sealed: StoredSecret?
        if let text = put.secretKey {
            // The same secret again is no change; one that no longer opens is replaced.
            let isSame = (stored.flatMap { try? vault.open($0) })?.matches(Array(text.utf8)) ?? false
            if !isSame {
                sealed = try vault.seal(
                    Secret(text: text), merchantId: id, version: (stored?.version ?? 0) + 1)
                entry.detail["secretVersion"] = String(sealed?.version ?? 0)
            }
        } else if stored == nil {
            throw Problem(
                .unprocessable, code: "SECRET_KEY_MISSING", toUser: "A new merchant needs its secretKey.")
        }
        let row = sealed.map { ($0.version, vault.keys.currentId, $0.envelope) }
        guard try await store.put(put, id: id, sealed: row, entry: entry) else {
            throw Problem(
                .conflict, code: "CHANGED_MEANWHILE",
                toUser: "Another operator changed the secret; read and repeat.")
        }
        let record = MerchantRecord(
            merchantId: id, name: put.name, currency: put.currency, country: put.country,
            terminals: put.terminals,
            limits: put.limits)
        entry.isWritten = true
        return .encoding(200, record)
    }

    private func putSeller(_ request: HTTPRequest, _ entry: inout AuditEntry) async throws
        -> HTTPResponse
    {
        let id = request.parameter("id")
        try AdminRules.check(id: id, "posUserId")
        entry.posUserId = id
        entry.subject = id
        let put = try request.decode(PutSeller.self)
        try AdminRules.check(put)
        entry.detail = ["status": put.status.rawValue, "merchants": put.merchantIds.joined(separator: ",")]
        do { try await store.put(put, id: id, entry: entry) } catch let error as PostgresError {
            if error.isUniqueViolation {
                throw Problem(.conflict, code: "PHONE_TAKEN", toUser: "Another seller has this phone.")
            }
            if error.isForeignKeyViolation {
                throw Problem(
                    .unprocessable, code: "MERCHANT_UNKNOWN", toUser: "One of the merchants does not exist.")
            }
            throw error
        }
        entry.isWritten = true
        return .json(200, Array("{}".utf8))
    }

    private func set(
        _ status: SellerRecord.Status, _ request: HTTPRequest, _ entry: inout AuditEntry
    ) async throws -> HTTPResponse {
        let id = request.parameter("id")
        entry.posUserId = id
        entry.subject = String(id.prefix(64))
        guard try await store.set(status, sellerId: id, entry: entry) else {
            throw Problem(.notFound, code: "SELLER_UNKNOWN", toUser: "The bank has no such seller.")
        }
        entry.isWritten = true
        return .json(200, Array("{}".utf8))
    }

    /// The phone is named, so that nobody is confirmed as the holder of one that was changed meanwhile. Repeated,
    /// it confirms again, as of then.
    private func confirm(_ request: HTTPRequest, _ entry: inout AuditEntry) async throws -> HTTPResponse {
        let id = request.parameter("id")
        entry.posUserId = id
        entry.subject = String(id.prefix(64))
        let asked = try request.decode(ConfirmHolder.self)
        try AdminRules.check(phone: asked.phone)
        entry.detail = ["phone": AuditEntry.masked(phone: asked.phone)]
        switch try await store.confirm(sellerId: id, phone: asked.phone, entry: entry) {
        case .done(let moment):
            let answer = HolderConfirmation(posUserId: id, holderConfirmedAt: moment)
            entry.isWritten = true
            return .encoding(200, answer)
        case .phoneDiffers:
            throw Problem(
                .conflict, code: "PHONE_DIFFERS", toUser: "The bank has another phone for this seller.")
        case .unknown:
            throw Problem(.notFound, code: "SELLER_UNKNOWN", toUser: "The bank has no such seller.")
        }
    }

    /// Moves every secret under the current master key. Safe to repeat and to interrupt: each row is its own
    /// change.
    private func rewrap(_ request: HTTPRequest, _ entry: inout AuditEntry) async throws
        -> HTTPResponse
    {
        let keyId = vault.keys.currentId
        var count = 0
        while true {
            let batch = try await store.secretsUnderOtherKeys(than: keyId, limit: Self.rewrapBatch)
            if batch.isEmpty { break }
            for secret in batch where try await store.rewrapped(vault.rewrap(secret), masterKeyId: keyId) {
                count += 1
            }
        }
        entry.subject = keyId
        entry.detail = ["count": String(count)]
        return .encoding(200, Rewrapped(rewrapped: count, masterKeyId: keyId))
    }

    private func exportAudit(_ request: HTTPRequest, _ entry: inout AuditEntry) async throws
        -> HTTPResponse
    {
        let cursor = request.query("cursor") ?? ""
        entry.subject = String(cursor.prefix(64))
        guard let behind = AuditCursor(cursor) else {
            throw Problem(
                .invalid, code: "INVALID_QUERY", toUser: "The query cannot be read: cursor is not valid.")
        }
        let rows = try await store.trail.page(after: behind, limit: Self.auditPageMax)
        let next = rows.count == Self.auditPageMax ? rows.last.map { String($0.seq) } : nil
        return .encoding(200, Page(items: rows, nextCursor: next))
    }
}
