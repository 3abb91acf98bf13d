// Rows to the broker's domain and back. No policy: what may be answered is decided where the routes are.
import Contracts
import EventLoop
import JSONWire
import JobQueue
import Money
import Postgres
import World

struct CapStore: Sendable {
    let pool: PostgresPool
    let world: World
    let bank: BankRecord
    let trail: AuditTrail
    private let resolving: Gathering<SellerAsk, SellerFound>
    private let granting: Gathering<TokenAsk, TokenFound>

    /// What others ask while a statement is under way is asked together in the next one, on `loop`.
    init(pool: PostgresPool, world: World, bank: BankRecord, loop: EventLoop? = nil) {
        self.pool = pool
        self.world = world
        self.bank = bank
        trail = AuditTrail(pool: pool, world: world, loop: loop)
        resolving = Gathering(
            on: loop,
            perform: { asks in
                let rows = try await pool.query(CapQueries.resolve, try SellerAsk.values(asks, world))
                return rows.map { row in SellerFound { try Self.seller(row, bank) } }
            })
        granting = Gathering(
            on: loop,
            perform: { asks in
                let rows = try await pool.query(CapQueries.tokenGround, try TokenAsk.values(asks, world))
                return rows.map { row in TokenFound { try Self.ground(row) } }
            })
    }

    func isReady() async -> Bool {
        do { return try await pool.query(CapQueries.ready, []).one().bool("is_writable") } catch {
            return false
        }
    }

    /// Who a phone is. The entry's row is committed with the answer.
    func seller(phone: String, entry: inout AuditEntry) async throws -> SellerRecord? {
        let found = try await resolving.add(SellerAsk(phone: phone, entry: entry))
        entry.isWritten = true
        return try found.get()
    }

    private static func seller(_ row: PostgresRow, _ bank: BankRecord) throws -> SellerRecord? {
        guard let posUserId = try row.textOrNil(0) else { return nil }
        guard let status = SellerRecord.Status(rawValue: try row.text(1)),
            let locale = Language(rawValue: try row.text(2))
        else { throw PostgresError(.decode, operatorText: "seller status or locale") }
        return SellerRecord(
            posUserId: posUserId, status: status, locale: locale,
            merchants: try decode([MerchantRecord].self, try row.jsonb(4)), bank: bank,
            holderConfirmedAt: try row.timestampOrNil(3))
    }

    func merchant(_ id: String) async throws -> MerchantRecord? {
        guard let row = try await pool.query(CapQueries.merchant, [.text(id)]).atMostOne() else { return nil }
        return try Self.decode(MerchantRecord.self, try row.jsonb("record"))
    }

    /// What decides about a token; nil where the bank has no such merchant. The entry's row is committed with it where
    /// nothing speaks against `held`: then it is written.
    func tokenGround(
        for asked: TokenRequest, held: TokenCache.Key?, entry: inout AuditEntry
    ) async throws -> TokenGround? {
        let (ground, isTold) = try await granting.add(TokenAsk(asked: asked, held: held, entry: entry)).get()
        entry.isWritten = isTold
        return ground
    }

    private static func ground(_ row: PostgresRow) throws -> (TokenGround?, isTold: Bool) {
        let isTold = try row.bool(9)
        guard try row.bool(0) else { return (nil, isTold) }
        let ground = TokenGround(
            sellerStatus: try row.textOrNil(7).flatMap { SellerRecord.Status(rawValue: $0) },
            isBound: try row.bool(8), isMerchantDisabled: try row.bool(4),
            terminals: try decode([TerminalRecord].self, try row.jsonb(3)),
            railMerchantId: try row.text(1), ecommBaseUrl: try row.text(2),
            secretVersion: try row.int8OrNil(5), envelope: try row.bytesOrNil(6))
        return (ground, isTold)
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

    /// What became of a confirmation.
    enum Confirmation: Sendable, Equatable { case done(Timestamp), phoneDiffers, unknown }

    /// This seller holds this phone, as of now.
    func confirm(sellerId: String, phone: String, entry: AuditEntry) async throws -> Confirmation {
        let now = world.now()
        let row = try await pool.query(
            CapQueries.confirmHolder, try values(entry, at: now) + [.text(sellerId), .text(phone)]
        ).one()
        if try row.int8("changed") == 1 { return .done(now) }
        return try row.bool("is_known") ? .phoneDiffers : .unknown
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

    /// $1 to $10 of every statement that changes something and says so.
    private func values(_ entry: AuditEntry, at moment: Timestamp? = nil) throws -> [PostgresValue] {
        [
            .text(world.id("aud")), .timestamp(moment ?? world.now()), .text(entry.caller),
            .text(entry.action),
            .text(entry.outcome), .text(entry.posUserId), .text(entry.merchantId), .text(entry.subject),
            .jsonb(try Self.encode(entry.detail)), .text(entry.requestId),
        ]
    }

    static func decode<Value: Decodable>(_ type: Value.Type, _ json: [UInt8]) throws -> Value {
        do { return try Value(jsonBytes: json) } catch {
            throw PostgresError(.decode, operatorText: "jsonb of \(type)")
        }
    }

    static func encode(_ value: some Encodable) throws -> [UInt8] {
        try value.jsonBytes()
    }
}

/// A sealed secret as it lies in its row.
struct StoredSecret: Sendable {
    var merchantId: String
    var version: Int64
    var envelope: [UInt8]
}
