// What is remembered of a conversation, to and from its row. The names and their order are those of
// `InboundQueries`; what an older or newer version wrote and this one cannot read counts as not remembered.
import JSONWire
import Money
import Postgres
import World

extension ConversationMemory {
    init(_ row: PostgresRow) throws {
        language = try row.textOrNil("language").flatMap { Language(rawValue: $0) }
        seenLanguage = try row.textOrNil("seen_language").flatMap { Language(rawValue: $0) }
        isGreeted = try row.boolOrNil("is_greeted") ?? false
        lastTill = try Self.till(row.textOrNil("last_bank_id"), row.textOrNil("last_merchant_id"))
        usualTill = try Self.till(row.textOrNil("usual_bank_id"), row.textOrNil("usual_merchant_id"))
        isUsualOffered = try row.boolOrNil("is_usual_offered") ?? false
        lastPaymentId = try row.textOrNil("last_payment_id")
        question = try Self.decode(row.jsonbOrNil("question"))
        owners = try Self.decode(row.jsonbOrNil("owners"))
        refusals = try Self.decode(row.jsonbOrNil("refusals")) ?? []
        userId = try row.textOrNil("user_id")
        keyHash = try row.textOrNil("key_hash")
        suspendedSince = try row.timestampOrNil("suspended_since")
        alarmSeenAt = try row.timestampOrNil("alarm_seen_at")
    }

    /// $9 and on of `InboundQueries.finish`, one of each for each of `memories`.
    static func columns(_ memories: [ConversationMemory]) throws -> [PostgresValue] {
        [
            .textArray(memories.map(\.language?.rawValue)), .boolArray(memories.map(\.isGreeted)),
            .textArray(memories.map(\.lastTill?.bankId)), .textArray(memories.map(\.lastTill?.merchantId)),
            .jsonbArray(try memories.map { try encode($0.question) }),
            .textArray(memories.map(\.seenLanguage?.rawValue)), .textArray(memories.map(\.usualTill?.bankId)),
            .textArray(memories.map(\.usualTill?.merchantId)), .boolArray(memories.map(\.isUsualOffered)),
            .textArray(memories.map(\.lastPaymentId)),
            .jsonbArray(try memories.map { try encode($0.owners) }),
            .jsonbArray(try memories.map { try encode($0.refusals) }), .textArray(memories.map(\.userId)),
            .textArray(memories.map(\.keyHash)), .timestampArray(memories.map(\.suspendedSince)),
            .timestampArray(memories.map(\.alarmSeenAt)),
            .textArray(memories.map(\.trustedKeyHash)),
        ]
    }

    private static func till(_ bankId: String?, _ merchantId: String?) -> Till.Key? {
        guard let bankId, let merchantId else { return nil }
        return Till.Key(bankId: bankId, merchantId: merchantId)
    }

    private static func decode<Value: Decodable>(_ bytes: [UInt8]?) -> Value? {
        bytes.flatMap { try? Value(jsonBytes: $0) }
    }

    private static func encode(_ value: (some Encodable)?) throws -> [UInt8]? {
        try value.map { try $0.jsonBytes() }
    }
}
