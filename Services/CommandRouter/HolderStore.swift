// Rows about who holds a phone, to values and back. No policy.
import Contracts
import Postgres
import World

/// What is doubted of a person, or has been: `channel.identity_doubt`.
struct HolderDoubt: Sendable, Equatable {
    /// The latest doubt.
    var raisedAt: Timestamp
    /// The bank's confirmation that ended it.
    var settledAt: Timestamp?
    /// The user id that it is about, where one was told.
    var userId: String?
    /// The one key that it is about, where one was told and no other; else nil.
    var keyHash: String?
    /// As whom the banks know the holder since, as `SellerName` spells it.
    var owners: Set<String>?

    var isOpen: Bool { settledAt == nil }
    /// Nil where the banks named another holder and nothing was doubted: then both moments are one.
    var doubtedAt: Timestamp? { settledAt == raisedAt ? nil : raisedAt }

    /// Whether somebody who wrote at `moment` wrote in doubt, as far as is known now.
    func wasOpen(at moment: Timestamp) -> Bool {
        guard let doubtedAt, doubtedAt <= moment else { return false }
        return settledAt.map { moment < $0 } ?? true
    }

    /// When a bank's word ended it, where nothing was doubted since.
    func ended(after since: Timestamp) -> Timestamp? {
        guard doubtedAt != nil, let settledAt, settledAt > since else { return nil }
        return settledAt
    }

    init(
        raisedAt: Timestamp, settledAt: Timestamp? = nil, userId: String? = nil, keyHash: String? = nil,
        owners: Set<String>? = nil
    ) {
        self.raisedAt = raisedAt
        self.settledAt = settledAt
        self.userId = userId
        self.keyHash = keyHash
        self.owners = owners
    }

    /// Nil where nothing was ever doubted.
    init?(_ row: PostgresRow) throws {
        guard let raisedAt = try row.timestampOrNil("doubted_at") else { return nil }
        self.raisedAt = raisedAt
        settledAt = try row.timestampOrNil("doubt_settled_at")
        userId = try row.textOrNil("doubt_user_id")
        keyHash = try row.textOrNil("doubt_key_hash").flatMap { $0.isEmpty ? nil : $0 }
        owners =
            try row.isNull("doubt_owners") ? nil : Set(row.textArray("doubt_owners").compactMap(\.self))
    }
}

struct HolderStore: Sendable {
    /// A person whom the banks are to be asked about.
    struct Due: Sendable, Equatable {
        var mark: String
        var doubt: HolderDoubt
        /// When they are due again; nil: no more.
        var lookAt: Timestamp?
        /// E.164 with its plus; nil when only a user id is known.
        var phone: String?
    }

    let database: PostgresPool

    /// May be repeated.
    func raise(_ marks: [String], since: Timestamp, about userId: String?, key: String?) async throws {
        _ = try await database.query(
            HolderQueries.raise, [.textArray(marks), .timestamp(since), .text(userId), .text(key)])
    }

    /// May be repeated.
    func settle(_ marks: [String], _ trust: HolderTrust) async throws {
        _ = try await database.query(
            HolderQueries.settle,
            [.textArray(marks), .timestamp(trust.confirmedAt), .textArray(trust.owners.names.map(\.text))])
    }

    /// The banks know the holder as these, and nothing is in doubt. With `lookAt` they are asked again then.
    func name(
        _ marks: [String], _ owners: Set<String>, at now: Timestamp, lookAt: Timestamp?
    ) async throws {
        _ = try await database.query(
            HolderQueries.name,
            [.textArray(marks), .timestamp(now), .textArray(owners.sorted()), .timestamp(lookAt)])
    }

    /// From here on what is told to this person is for this key alone. May be repeated; the end of the message writes
    /// the same.
    func trust(_ keyHash: String, in event: InboundEvent) async throws {
        _ = try await database.query(
            HolderQueries.trust,
            [
                .text(keyHash), .text(event.phoneNumberId), .text(event.peer), .int8(event.seq),
                .timestamp(event.eventAt), .int8(event.fence),
            ])
    }

    /// Persons whose turn it is to be asked about; each is due again later.
    func due(_ limit: Int, at numbers: [String], now: Timestamp) async throws -> [Due] {
        let rows = try await database.query(
            HolderQueries.due, [.timestamp(now), .int8(Int64(limit)), .textArray(numbers)])
        return try rows.compactMap(Self.due)
    }

    /// A function of its own: the optimiser (6.3.1) crashes on these reads inside an async closure.
    private static func due(_ row: PostgresRow) throws -> Due? {
        guard let doubt = try HolderDoubt(row) else { return nil }
        return Due(
            mark: try row.text("mark"), doubt: doubt, lookAt: try row.timestampOrNil("look_at"),
            phone: try row.textOrNil("phone").map { "+" + $0 })
    }
}

extension [Owner] {
    /// As messages name them. Who has an id that no row could hold is left out.
    var names: [SellerName] {
        map { SellerName(bankId: $0.bankId, posUserId: $0.posUserId) }.filter(\.isPlain)
    }
}
