// Rows to the broker's domain and back. No policy: what may be answered is decided where the routes are.
import Contracts
import FoundationEssentials
import Money
import Observe
import Postgres
import Problem
import World

struct CapStore: Sendable {
    let pool: PostgresPool
    let world: World
    let bank: BankRecord

    func isReady() async -> Bool {
        do { return try await pool.query(CapQueries.ready, []).one().bool("is_writable") } catch {
            return false
        }
    }

    func seller(phone: String) async throws -> SellerRecord? {
        guard let row = try await pool.query(CapQueries.sellerByPhone, [.text(phone)]).atMostOne() else {
            return nil
        }
        guard let status = SellerRecord.Status(rawValue: try row.text("status")),
            let locale = Language(rawValue: try row.text("locale"))
        else { throw PostgresError(.decode, operatorText: "seller status or locale") }
        return SellerRecord(
            posUserId: try row.text("pos_user_id"), status: status, locale: locale,
            merchants: try Self.decode([MerchantRecord].self, try row.jsonb("merchants")), bank: bank,
            confirmedAt: try row.timestamp("updated_at"))
    }

    func merchant(_ id: String) async throws -> MerchantRecord? {
        guard let row = try await pool.query(CapQueries.merchant, [.text(id)]).atMostOne() else { return nil }
        return try Self.decode(MerchantRecord.self, try row.jsonb("record"))
    }

    func tokenGround(posUserId: String, merchantId: String) async throws -> TokenGround? {
        let rows = try await pool.query(CapQueries.tokenGround, [.text(posUserId), .text(merchantId)])
        guard let row = try rows.atMostOne() else { return nil }
        return TokenGround(
            sellerStatus: try row.textOrNil("seller_status").flatMap { SellerRecord.Status(rawValue: $0) },
            isBound: try row.bool("is_bound"), isMerchantDisabled: try row.bool("is_disabled"),
            terminals: try Self.decode([TerminalRecord].self, try row.jsonb("terminals")),
            railMerchantId: try row.text("rail_merchant_id"), ecommBaseUrl: try row.text("ecomm_base_url"),
            secretVersion: try row.int8OrNil("secret_version"), envelope: try row.bytesOrNil("envelope"))
    }

    func secret(_ merchantId: String) async throws -> StoredSecret? {
        guard let row = try await pool.query(CapQueries.secret, [.text(merchantId)]).atMostOne() else {
            return nil
        }
        return StoredSecret(
            merchantId: merchantId, version: try row.int8("version"), envelope: try row.bytes("envelope"))
    }

    /// False when another operator stored a secret in between.
    func put(
        _ merchant: PutMerchant, id: String,
        sealed: (version: Int64, masterKeyId: String, envelope: [UInt8])?,
        entry: AuditEntry
    ) async throws -> Bool {
        let values: [PostgresValue] = [
            .text(id), .text(merchant.railMerchantId ?? id), .text(merchant.name),
            .text(merchant.currency.rawValue),
            .text(merchant.country), .text(merchant.ecommBaseUrl),
            .jsonb(try Self.encode(merchant.terminals)),
            .int8(merchant.limits.perPayment), .int8(merchant.limits.perDay), .int8(sealed?.version),
            .bytes(sealed?.envelope), .bool(merchant.disabled ?? false), .text(sealed?.masterKeyId),
        ]
        let row = try await pool.query(CapQueries.putMerchant, try self.values(entry) + values).one()
        return try row.int8("changed") == 1 && row.int8("sealed") == (sealed == nil ? 0 : 1)
    }

    func put(_ seller: PutSeller, id: String, entry: AuditEntry) async throws {
        let values: [PostgresValue] = [
            .text(id), .text(seller.phone), .text(seller.status.rawValue), .text(seller.locale.rawValue),
            .textArray(seller.merchantIds),
        ]
        _ = try await pool.query(CapQueries.putSeller, try self.values(entry) + values)
    }

    /// False when there is no such seller.
    func set(_ status: SellerRecord.Status, sellerId: String, entry: AuditEntry) async throws -> Bool {
        let rows = try await pool.query(
            CapQueries.setSellerStatus, try values(entry) + [.text(sellerId), .text(status.rawValue)])
        return try rows.one().int8("changed") == 1
    }

    func secretsUnderOtherKeys(than keyId: String, limit: Int) async throws -> [StoredSecret] {
        try await pool.query(CapQueries.secretsUnderOtherKeys, [.text(keyId), .int8(Int64(limit))]).map {
            StoredSecret(
                merchantId: try $0.text("merchant_id"), version: try $0.int8("version"),
                envelope: try $0.bytes("envelope"))
        }
    }

    /// False when the secret was replaced meanwhile.
    func rewrapped(_ secret: StoredSecret, masterKeyId: String) async throws -> Bool {
        try await pool.query(
            CapQueries.rewrapped,
            [
                .text(secret.merchantId), .int8(secret.version), .text(masterKeyId), .bytes(secret.envelope),
                .timestamp(world.now()),
            ]
        ).affected == 1
    }

    func append(_ entry: AuditEntry) async throws {
        _ = try await pool.query(CapQueries.audit, try values(entry))
    }

    /// False when this caller has reported under the key before, with the same content. Throws 409
    /// `IDEMPOTENCY_CONFLICT` naming the field when it was another.
    func report(_ entry: AuditEntry, idempotencyKey: String) async throws -> Bool {
        if try await pool.query(CapQueries.reported, try values(entry) + [.text(idempotencyKey)]).affected
            == 1
        {
            return true
        }
        let row = try await pool.query(
            CapQueries.reportedBefore, [.text(entry.caller), .text(idempotencyKey)]
        ).one()
        let pairs: [(String, Bool)] = [
            ("action", try row.text("action") == entry.action),
            ("posUserId", try row.textOrNil("pos_user_id") == entry.posUserId),
            ("merchantId", try row.textOrNil("merchant_id") == entry.merchantId),
            ("subject", try row.text("subject") == entry.subject),
            ("detail", try Self.decode([String: String].self, row.jsonb("detail")) == entry.detail),
        ]
        if let other = pairs.first(where: { !$0.1 }) {
            throw Problem(
                .conflict, code: "IDEMPOTENCY_CONFLICT",
                toUser: "This Idempotency-Key was used with another value of \(other.0).")
        }
        return false
    }

    /// Rows after `cursor`, oldest first, none that a later page would have had to bring.
    func audit(after cursor: AuditCursor, limit: Int) async throws -> [AuditRecord] {
        let values: [PostgresValue] = [.int8(cursor.seq), .text(cursor.auditId), .int8(Int64(limit))]
        let results = try await pool.batch([(CapQueries.auditLock, []), (CapQueries.auditPage, values)])
        return try results[1].map { row in
            AuditRecord(
                seq: try row.int8("seq"),
                auditId: try row.text("audit_id"), at: try row.timestamp("at"),
                caller: try row.text("caller"),
                action: try row.text("action"), outcome: try row.text("outcome"),
                posUserId: try row.textOrNil("pos_user_id"), merchantId: try row.textOrNil("merchant_id"),
                subject: try row.text("subject"),
                detail: try Self.decode([String: String].self, row.jsonb("detail")),
                requestId: try row.text("request_id"))
        }
    }

    /// $1 to $10 of every statement that writes to the trail.
    private func values(_ entry: AuditEntry) throws -> [PostgresValue] {
        [
            .text(world.id("aud")), .timestamp(world.now()), .text(entry.caller), .text(entry.action),
            .text(entry.outcome), .text(entry.posUserId), .text(entry.merchantId), .text(entry.subject),
            .jsonb(try Self.encode(entry.detail)), .text(RequestContext.current?.requestID ?? "none"),
        ]
    }

    private static func decode<Value: Decodable>(_ type: Value.Type, _ json: [UInt8]) throws -> Value {
        do { return try JSONDecoder().decode(type, from: Data(json)) } catch is DecodingError {
            throw PostgresError(.decode, operatorText: "jsonb of \(type)")
        }
    }

    private static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(value))
    }
}

/// A sealed secret as it lies in its row.
struct StoredSecret: Sendable {
    var merchantId: String
    var version: Int64
    var envelope: [UInt8]
}
