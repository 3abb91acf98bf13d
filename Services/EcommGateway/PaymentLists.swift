// Payments as lists, as CSV lines and as sums. Reads only.
package import Contracts
import Money
package import Postgres

/// What lists read from.
package struct PaymentLists: Sendable {
    private let database: PostgresPool

    package init(database: PostgresPool) { self.database = database }

    /// Newest first. Attempts are not read.
    package func list(_ filter: PaymentFilter, limit: Int) async throws -> [PaymentRecord] {
        let page: [PostgresValue] = [
            .timestamp(filter.after?.createdAt), .text(filter.after?.paymentId), .int8(Int64(limit)),
        ]
        let rows = try await database.query(PaymentQueries.list, filter.values + page)
        return try rows.map { try PaymentRow.record($0) }
    }

    /// What was sold: each order once.
    package func totals(_ filter: PaymentFilter) async throws -> PaymentTotals {
        let rows = try await database.query(PaymentQueries.totals, filter.values)
        return PaymentTotals(
            lines: try rows.map { row in
                PaymentTotals.Line(
                    tag: try row.textOrNil(1), count: Int(try row.int8(2)),
                    amount: Money(minorUnits: try row.int8(3), currency: try PaymentRow.word(row, 0)))
            })
    }

    /// Payments of a page with what their receipts of money add.
    func lines(_ filter: PaymentFilter, limit: Int) async throws -> [PaymentCSV.Line] {
        let records = try await list(filter, limit: limit)
        let paid = records.filter { $0.paidAt != nil }.map { $0.paymentId as String? }
        var late: Set<String> = []
        var again: [String: (minor: Int64, handles: String)] = [:]
        if !paid.isEmpty {
            for row in try await database.query(ReceiptQueries.late, [.textArray(paid)]) {
                late.insert(try row.text(0))
            }
            for row in try await database.query(ReceiptQueries.receivedAgain, [.textArray(paid)]) {
                again[try row.text(0)] = (try row.int8(1), try row.text(2))
            }
        }
        return records.map { record in
            let extra = again[record.paymentId]
            return PaymentCSV.Line(
                view: record.view, isLate: late.contains(record.paymentId),
                receivedAgain: extra.map {
                    Money(minorUnits: $0.minor, currency: record.order.amount.currency)
                }, againHandles: extra?.handles)
        }
    }
}

extension PaymentFilter {
    /// $1 to $10 of every statement that filters.
    var values: [PostgresValue] {
        [
            .text(bankId), .text(merchantId), .text(tag), .textArray((states ?? []).map(\.rawValue)),
            .text(posUserId), .text(reference), .timestamp(from), .timestamp(to), .timestamp(paidFrom),
            .timestamp(paidTo),
        ]
    }
}
