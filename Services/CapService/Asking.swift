// Questions of callers as parameters of one statement for all that come at the same time, and its answers one by one.
import Contracts
import Postgres
import World

/// One row's reading, which fails for itself alone.
struct Found<Value: Sendable>: Sendable {
    private let result: Result<Value, any Error>

    init(_ read: () throws -> Value) { result = Result { try read() } }

    func get() throws -> Value { try result.get() }
}

typealias SellerFound = Found<SellerRecord?>
typealias TokenFound = Found<(TokenGround?, isTold: Bool)>

/// Who is this phone?
struct SellerAsk: Sendable {
    var phone: String
    /// As it is before the answer is known: its subject is the masked phone.
    var entry: AuditEntry

    /// $1 to $7 of `CapQueries.resolve`.
    static func values(_ asks: [SellerAsk], _ world: World) throws -> [PostgresValue] {
        let now = world.now()
        return [
            .textArray(asks.map { _ in world.id("aud") }), .timestampArray(asks.map { _ in now }),
            .textArray(asks.map(\.entry.caller)), .textArray(asks.map(\.phone)),
            .textArray(asks.map(\.entry.subject)),
            .jsonbArray(try asks.map { try CapStore.encode($0.entry.detail) }),
            .textArray(asks.map(\.entry.requestId)),
        ]
    }
}

/// May this seller have a token, and is the one that is held still right?
struct TokenAsk: Sendable {
    var asked: TokenRequest
    var held: TokenCache.Key?
    var entry: AuditEntry

    /// $1 to $12 of `CapQueries.tokenGround`.
    static func values(_ asks: [TokenAsk], _ world: World) throws -> [PostgresValue] {
        let now = world.now()
        return [
            .textArray(asks.map { _ in world.id("aud") }), .timestampArray(asks.map { _ in now }),
            .textArray(asks.map(\.entry.caller)), .textArray(asks.map(\.asked.posUserId)),
            .textArray(asks.map(\.asked.merchantId)), .textArray(asks.map(\.asked.terminalId)),
            .jsonbArray(try asks.map { try CapStore.encode($0.entry.detail) }),
            .textArray(asks.map(\.entry.requestId)), .boolArray(asks.map { $0.asked.purpose == .pay }),
            .int8Array(asks.map(\.held?.secretVersion)), .textArray(asks.map(\.held?.railMerchantId)),
            .textArray(asks.map(\.held?.ecommBaseUrl)),
        ]
    }
}
