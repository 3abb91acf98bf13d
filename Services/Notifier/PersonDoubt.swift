// Whether a message may be told to whoever holds a phone now. A phone outlives its owner: what is a seller's business
// is kept back while it is doubtful who reads it, and after that from everybody whom the banks know as another. Pure;
// asked at the moment of sending.
import Postgres
import World

/// What `channel.identity_doubt` says of a person.
struct PersonDoubt: Sendable, Equatable {
    /// The latest doubt.
    var raisedAt: Timestamp
    /// No bank has confirmed who holds the phone since.
    var isOpen: Bool
    /// As whom the banks know the holder since, as `SellerName` spells it. Nil: they have not said.
    var owners: Set<String>?
    /// The one key that the doubt was about, where it was about one.
    var keyHash: String?

    /// The key that the banks' confirmation was about: what this conversation knew of before may be older, where the
    /// person has not written to its number since. Only for a conversation that knows a key of its own.
    var confirmedKey: String? { isOpen ? nil : keyHash }

    /// While it is open, all but what was written in the knowledge of it; after that, what is for none of the
    /// sellers whom the banks have named.
    func holds(_ message: OutboundMessage) -> Bool {
        if isOpen { return message.identityKnownAt.map { raisedAt > $0 } ?? true }
        guard let owners, let sellers = message.sellers else { return false }
        return owners.isDisjoint(with: sellers)
    }
}

extension PersonDoubt {
    /// Nil where nothing was ever doubted.
    init?(_ row: PostgresRow) throws {
        guard let raisedAt = try row.timestampOrNil("doubted_at") else { return nil }
        let isNamed = try !row.isNull("doubt_owners")
        self.init(
            raisedAt: raisedAt, isOpen: try row.isNull("doubt_settled_at"),
            owners: isNamed ? Set(try row.textArray("doubt_owners").compactMap(\.self)) : nil,
            keyHash: try row.textOrNil("doubt_key_hash").flatMap { $0.isEmpty ? nil : $0 })
    }
}
