// Payments' writes that come together, as one statement in one round trip: the server is woken once, commits once and
// sets up its work once. A lone write is made at once, by a statement of its own.
import Contracts
import EventLoop
import JobQueue
import Postgres

struct PaymentWrites: Sendable {
    /// A change that was made.
    struct Written: Sendable {
        /// The number of what is to be told, where it was written as claimed.
        var begun: Int64?
    }

    private typealias Registering = Gathering<Registration, Result<Bool, any Error>>
    private typealias Saving = Gathering<PaymentChange, Result<Written?, any Error>>

    /// Some milliseconds of a busy server, for which the rows of a merchant's limits are locked.
    private static let togetherMax = 32

    private let registering: Registering
    private let saving: Saving

    init(_ database: PostgresPool, on loop: EventLoop?) {
        registering = Gathering(apartOn: loop, itemsMax: Self.togetherMax) { new, isApart in
            try await Self.register(new, isApart: isApart, database)
        }
        saving = Gathering(apartOn: loop, itemsMax: Self.togetherMax) { changes, isApart in
            try await Self.save(changes, isApart: isApart, database)
        }
    }

    /// False where its key is known already. Throws what the database throws, of this payment alone.
    func register(_ new: Registration) async throws -> Bool { try await registering.add(new).get() }

    /// Nil, with nothing written, where its version is not the latest. Never one that changes its merchant's day.
    func save(_ change: PaymentChange) async throws -> Written? {
        precondition(change.added == 0, "a merchant's day is changed by itself")
        return try await saving.add(change).get()
    }

    static func register(
        _ new: [Registration], isApart: Bool, _ database: PostgresPool
    ) async throws -> [Bool] {
        if new.count == 1 {
            let rows = try await alone((RegisterQueries.one, new[0].values), isApart: isApart, database)
            return [try rows.atMostOne() != nil]
        }
        func place(_ new: Registration) -> (String, String, String, String) {
            (new.order.bankId, new.order.merchantId, new.order.posUserId, new.idempotencyKey)
        }
        let sorted = new.sorted { place($0) < place($1) }
        let keys = PostgresValue.textArray(sorted.map { $0.caller + " " + $0.idempotencyKey })
        let rows = try await together(
            (RegisterQueries.many, PostgresColumns.of(sorted.map(\.values)) + [keys]), database)
        let written = Set(try rows.map { try $0.text(0) })
        return new.map { written.contains($0.paymentId) }
    }

    static func save(
        _ changes: [PaymentChange], isApart: Bool, _ database: PostgresPool
    ) async throws -> [Written?] {
        if changes.count == 1 {
            return [try changes[0].written(await alone(changes[0].alone, isApart: isApart, database))]
        }
        let order = changes.indices.sorted { changes[$0].record.paymentId < changes[$1].record.paymentId }
        let rows = try await together(PaymentChange.together(order.map { changes[$0] }), database)
        var answers = [Written?](repeating: nil, count: changes.count)
        for row in rows { answers[order[Int(try row.int8(0)) - 1]] = Written(begun: try row.int8OrNil(1)) }
        return answers
    }

    /// One that was refused among others waits longer for a row that somebody holds.
    private static func alone(
        _ item: (PostgresStatement, [PostgresValue]), isApart: Bool, _ database: PostgresPool
    ) async throws -> PostgresRows {
        isApart
            ? try await database.batch([(.lockPatience, [.text("2s")]), item])[1]
            : try await database.query(item.0, item.1)
    }

    /// A row that somebody holds is not waited for by all of them; whoever writes it is told to ask again.
    private static func together(
        _ item: (PostgresStatement, [PostgresValue]), _ database: PostgresPool
    ) async throws -> PostgresRows {
        try await database.batch([(.lockPatience, [.text("250ms")]), item])[1]
    }
}
