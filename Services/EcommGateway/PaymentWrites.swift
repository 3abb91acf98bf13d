// Payments' writes that come together, as one transaction in one round trip: the server is woken once and commits once,
// and its second statement finds what the first has warmed. A lone write is made at once, by itself.
import Contracts
import EventLoop
import JobQueue
import Postgres

struct PaymentWrites: Sendable {
    /// What is written of a known payment.
    enum Kind: Sendable {
        /// Money, or something to tell.
        case outcome
        case change

        fileprivate var statement: PostgresStatement {
            switch self {
            case .outcome: PaymentQueries.saveOutcome
            case .change: PaymentQueries.save
            }
        }
    }

    private struct Write: Sendable {
        var statement: PostgresStatement
        var values: [PostgresValue]
        /// What it locks first: writes of one transaction take their locks in this order, in every process.
        var lock: String
    }

    private typealias Gathered = Gathering<Write, Result<PostgresRows, any Error>>

    /// Some ten milliseconds of a busy server, for which the rows of a merchant's limits are locked.
    private static let togetherMax = 32

    private let registering: Gathered
    private let saving: Gathered

    init(_ database: PostgresPool, on loop: EventLoop?) {
        func gathered() -> Gathered {
            Gathering(
                apartOn: loop, itemsMax: Self.togetherMax,
                write: { try await Self.write($0, isApart: $1, database) })
        }
        registering = gathered()
        saving = gathered()
    }

    /// Throws what the database throws, of this payment alone.
    func register(_ new: Registration) async throws -> PostgresRows {
        let lock = [new.order.bankId, new.order.merchantId, new.order.posUserId].joined(separator: "/")
        return try await registering.add(
            Write(statement: PaymentQueries.register, values: new.values, lock: lock)
        ).get()
    }

    func save(_ values: [PostgresValue], of paymentId: String, _ kind: Kind) async throws -> PostgresRows {
        let write = Write(statement: kind.statement, values: values, lock: paymentId)
        return try await saving.add(write).get()
    }

    /// A row that somebody holds is not waited for by all of them; whoever writes it is told to ask again.
    private static func write(
        _ writes: [Write], isApart: Bool, _ database: PostgresPool
    ) async throws -> [PostgresRows] {
        if writes.count == 1, !isApart {
            return [try await database.query(writes[0].statement, writes[0].values)]
        }
        let order = writes.indices.sorted { writes[$0].lock < writes[$1].lock }
        let patience: [PostgresValue] = [.text(isApart ? "2s" : "250ms")]
        let rows = try await database.batch(
            [(PaymentQueries.waitingFor, patience)]
                + order.map { (writes[$0].statement, writes[$0].values) })
        var answers = rows.dropFirst().enumerated().map { (place: order[$0], rows: $1) }
        answers.sort { $0.place < $1.place }
        return answers.map(\.rows)
    }
}
