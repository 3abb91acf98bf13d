// What each bank's own trail is told of its payments: every outcome, in order, once. A row is written in the
// transaction that makes it true; from here it goes to the broker under a key of its own for as long as it takes.
// No person is in it: ids, amounts and the banks' own handles.
package import Contracts
import JobQueue
import Money
package import Observe
package import Postgres
import Problem
package import World

/// One event on its way to a bank.
package struct AuditReport: Sendable, Equatable, OutgoingRow {
    var seq: Int64
    var paymentId: String
    var action: String
    var attemptId: String
    var at: Timestamp
    var requestId: String
    var attempts: Int32
    var fence: Int64
    var bankId: String
    var posUserId: String
    var merchantId: String
    var terminalId: String
    var rail: String
    var amount: Money
    var swiftMessageId: String?
    var swiftPayerBank: String?

    var event: AuditEvent {
        var detail = [
            "at": at.description, "amountMinor": String(amount.minorUnits),
            "currency": amount.currency.rawValue, "rail": rail, "terminalId": terminalId,
            "attemptId": attemptId,
        ]
        detail["swiftMessageId"] = swiftMessageId
        detail["swiftPayerBank"] = swiftPayerBank
        return AuditEvent(
            action: action, posUserId: posUserId, merchantId: merchantId, subject: paymentId, detail: detail)
    }

    var idempotencyKey: String { paymentId + ":" + action + ":" + attemptId }
}

/// Writes into a bank's trail. The real one is that bank's broker; throws `Problem`.
package protocol AuditKeeper: Sendable {
    func keep(_ event: AuditEvent, bankId: String, idempotencyKey: String) async throws
}

package struct BankAudit: JobSource {
    package let lease = Duration.seconds(10)

    private let database: PostgresPool
    private let rows: OutgoingRows
    private let keeper: any AuditKeeper
    private let world: World
    private let log: Log
    private let meters: GatewayMeters

    package init(
        database: PostgresPool, keeper: any AuditKeeper, world: World, log: Log, meters: GatewayMeters
    ) {
        self.database = database
        self.keeper = keeper
        self.world = world
        self.log = log
        self.meters = meters
        rows = OutgoingRows(
            database: database, world: world,
            queries: OutgoingRows.Queries(
                release: BankAuditQueries.release, renew: BankAuditQueries.renew,
                finish: BankAuditQueries.finish, retry: BankAuditQueries.retry, park: BankAuditQueries.park))
    }

    package func claim(_ limit: Int) async throws -> [AuditReport] {
        let now = world.now()
        let rows = try await database.query(
            BankAuditQueries.claim,
            [
                .timestamp(now), .timestamp(now.advanced(by: lease)),
                .int8(Int64(min(limit, OutgoingRows.claimMax))),
            ])
        return try rows.map { row in
            AuditReport(
                seq: try row.int8(0), paymentId: try row.text(1), action: try row.text(2),
                attemptId: try row.text(3), at: try row.timestamp(4), requestId: try row.text(5),
                attempts: try row.int4(6), fence: try row.int8(7), bankId: try row.text(8),
                posUserId: try row.text(9), merchantId: try row.text(10), terminalId: try row.text(11),
                rail: try row.text(12),
                amount: Money(minorUnits: try row.int8(13), currency: try PaymentRow.word(row, 14)),
                swiftMessageId: try row.textOrNil(15), swiftPayerBank: try row.textOrNil(16))
        }
    }

    package func release(_ jobs: [AuditReport]) async throws { try await rows.release(jobs) }
    package func renew(_ jobs: [AuditReport]) async throws { try await rows.renew(jobs, lease: lease) }

    /// Hands one over and notes how that went. A broker that is away is asked for as long as it takes.
    package func hand(_ report: AuditReport) async {
        let context = RequestContext(requestID: report.requestId, traceparent: nil, world: world)
        await RequestContext.$current.withValue(context) {
            do {
                do {
                    try await keeper.keep(
                        report.event, bankId: report.bankId, idempotencyKey: report.idempotencyKey)
                } catch let problem as Problem where !problem.saysDoneBefore {
                    return try await later(report, problem)
                }
                try await note(report, "handed", rows.finish(report))
            } catch {
                // The lease ends, and the row comes again under its key.
                log.warn("audit.noteFailed", ["paymentId": .id(report.paymentId)])
            }
        }
    }

    private func later(_ report: AuditReport, _ problem: Problem) async throws {
        let fields: KeyValuePairs<StaticString, LogValue> = [
            "paymentId": .id(report.paymentId), "bankId": .id(report.bankId), "code": .name(problem.code),
        ]
        if problem.isWorthAnotherTry {
            try await note(report, "retried", rows.retry(report, problem.code))
            log.warn("audit.notHanded", fields)
        } else {
            try await note(report, "parked", rows.park(report, problem.code))
            log.error("audit.parked", fields)
        }
    }

    private func note(_ report: AuditReport, _ outcome: String, _ isOurs: Bool) {
        if isOurs {
            meters.audited.add(1, [outcome])
        } else {
            log.warn("audit.leaseLost", ["paymentId": .id(report.paymentId)])
        }
    }
}
