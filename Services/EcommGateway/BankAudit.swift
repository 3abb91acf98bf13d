// What each bank's own trail is told of its payments: every outcome, in order, once. A row is written in the
// transaction that makes it true; rows gather for a moment, and all of one bank go to its broker in one request, each
// under a key of its own, for as long as it takes. No person is in them: ids, amounts and the banks' own handles.
package import Contracts
import HTTPClient
import JobQueue
import Money
package import Observe
package import Postgres
import Problem
import Synchronization
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

    var entry: AuditBatch.Entry {
        var detail = [
            "at": at.description, "amountMinor": String(amount.minorUnits),
            "currency": amount.currency.rawValue, "rail": rail, "terminalId": terminalId,
            "attemptId": attemptId,
        ]
        detail["swiftMessageId"] = swiftMessageId
        detail["swiftPayerBank"] = swiftPayerBank
        return AuditBatch.Entry(
            idempotencyKey: paymentId + ":" + action + ":" + attemptId, requestId: requestId,
            event: AuditEvent(
                action: action, posUserId: posUserId, merchantId: merchantId, subject: paymentId,
                detail: detail))
    }
}

/// What one bank is told in one request, no two events of the same payment.
package struct AuditReports: Sendable, Equatable {
    var bankId: String
    var reports: [AuditReport]
}

/// Writes into a bank's trail. The real one is that bank's broker; throws `Problem`.
package protocol AuditKeeper: Sendable {
    /// What became of each, in their order.
    func keep(_ batch: AuditBatch, bankId: String) async throws -> AuditBatchAnswer
    func keep(_ entry: AuditBatch.Entry, bankId: String) async throws
}

package struct BankAudit: JobSource {
    package let lease = Duration.seconds(10)
    /// Rows gather between looks; only behind a full request there is more to take at once.
    package var endMayFreeAnother: Bool { turns.state.withLock { $0.isBehind } }

    private let database: PostgresPool
    private let rows: OutgoingRows
    private let keeper: any AuditKeeper
    private let world: World
    private let log: Log
    private let meters: GatewayMeters
    private let floors = ClaimFloors()
    private let turns: Turns

    private final class Turns: Sendable {
        let state: Mutex<TrailTurns>
        init(_ banks: [String]) { state = Mutex(TrailTurns(banks)) }
    }

    /// What waits for a bank that is not among `banks` is left to a process that knows it.
    package init(
        banks: [String], database: PostgresPool, keeper: any AuditKeeper, world: World, log: Log,
        meters: GatewayMeters
    ) {
        self.database = database
        self.keeper = keeper
        self.world = world
        self.log = log
        self.meters = meters
        turns = Turns(banks)
        rows = OutgoingRows(
            database: database, world: world,
            queries: OutgoingRows.Queries(
                release: BankAuditQueries.release, renew: BankAuditQueries.renew, end: BankAuditQueries.end))
    }

    /// For each of `limit` banks at most as many events as one request may hold.
    package func claim(_ limit: Int) async throws -> [AuditReports] {
        let now = world.now(), leaseEnd = now.advanced(by: lease)
        let asked = turns.state.withLock { $0.next(limit, most: AuditBatch.eventsMax, now: now) }
        if asked.isEmpty { return [] }
        let looks = floors.looks(asked.map(\.bankId), world)
        let found = try await database.query(
            BankAuditQueries.claim,
            [
                .timestamp(now), .timestamp(leaseEnd), .textArray(asked.map(\.bankId)),
                .int8Array(asked.map { Int64($0.most) }), .timestampArray(looks.map(\.from)),
            ])
        let endNs = world.monotonic()
        let due = try Dictionary(grouping: found.map(Self.due), by: \.bankId)
        floors.keep(
            zip(asked, looks).map { bank, look in
                let moments = due[bank.bankId, default: []].map(\.runAt)
                return ClaimFloors.Seen(
                    lane: bank.bankId, look: look, due: moments, isFull: moments.count >= bank.most)
            }, endNs: endNs)
        let reports = Dictionary(
            grouping: OutgoingRows.readable(found, log, Self.report), by: \.bankId)
        turns.state.withLock { turns in
            for bank in asked {
                turns.claimed(
                    bank.bankId, count: reports[bank.bankId]?.count ?? 0, most: bank.most, until: leaseEnd)
            }
        }
        return reports.map { bankId, reports in
            AuditReports(bankId: bankId, reports: reports.sorted { $0.seq < $1.seq })
        }
    }

    private static func due(_ row: PostgresRow) throws -> (bankId: String, runAt: Timestamp) {
        (try row.text(8), try row.timestamp("run_at"))
    }

    private static func report(_ row: PostgresRow) throws -> AuditReport {
        AuditReport(
            seq: try row.int8(0), paymentId: try row.text(1), action: try row.text(2),
            attemptId: try row.text(3), at: try row.timestamp(4), requestId: try row.text(5),
            attempts: try row.int4(6), fence: try row.int8(7), bankId: try row.text(8),
            posUserId: try row.text(9), merchantId: try row.text(10), terminalId: try row.text(11),
            rail: try row.text(12),
            amount: Money(minorUnits: try row.int8(13), currency: try PaymentRow.word(row, 14)),
            swiftMessageId: try row.textOrNil(15), swiftPayerBank: try row.textOrNil(16))
    }

    package func release(_ jobs: [AuditReports]) async throws {
        try await rows.release(jobs.flatMap(\.reports))
        for job in jobs {
            floors.lookBack(job.bankId)
            ended(job.bankId, isAway: false)
        }
    }

    package func renew(_ jobs: [AuditReports]) async throws {
        let end = world.now().advanced(by: lease)
        turns.state.withLock { turns in for job in jobs { turns.renewed(job.bankId, until: end) } }
        try await rows.renew(jobs.flatMap(\.reports), lease: lease)
    }

    private func ended(_ bankId: String, isAway: Bool) {
        let now = world.now()
        turns.state.withLock {
            $0.ended(bankId, isAway: isAway, now: now) { TrailTurns.backoff.pause(after: $0, world) }
        }
    }

    /// Hands a bank's events over and notes how that went for each, in one statement. A broker that is away is asked
    /// for as long as it takes.
    package func hand(_ job: AuditReports) async {
        let context = RequestContext(requestID: nil, traceparent: nil, world: world)
        await RequestContext.$current.withValue(context) {
            var isAway = true
            do {
                let ends = try await told(job)
                // Nothing came through, whatever one event may be to blame for.
                isAway = ends.allSatisfy { if case .retried = $0 { true } else { false } }
                try await note(zip(job.reports, ends).map { OutgoingEnd($0, $1) }, job.bankId)
            } catch {
                // The leases end, and the rows come again under their keys.
                log.warn("audit.noteFailed", ["bankId": .id(job.bankId), "events": .int(job.reports.count)])
            }
            ended(job.bankId, isAway: isAway)
        }
    }

    private func told(_ job: AuditReports) async throws -> [OutgoingEnd.Kind] {
        do {
            let answer = try await keeper.keep(
                AuditBatch(events: job.reports.map(\.entry)), bankId: job.bankId)
            guard answer.results.count == job.reports.count else {
                return job.reports.map { _ in .retried(ServiceClient.Code.unreadable) }
            }
            return answer.results.map { result in
                switch result.outcome {
                case .written, .writtenBefore: .handed
                // The broker has had another text under our key: an earlier try arrived.
                case .refused where result.code == "IDEMPOTENCY_CONFLICT": .handed
                case .refused: .parked(result.code ?? "REFUSED")
                }
            }
        } catch let problem as Problem {
            guard !problem.isWorthAnotherTry else { return job.reports.map { _ in .retried(problem.code) } }
        }
        // Refused as a whole, as a broker of before refuses every batch: one by one, so that each has its own answer.
        var ends: [OutgoingEnd.Kind] = []
        for report in job.reports {
            // A broker that has just gone away is not waited for once more for each that is left.
            if case .retried? = ends.last {
                ends.append(ends[ends.count - 1])
            } else {
                ends.append(await toldAlone(report))
            }
        }
        return ends
    }

    private func toldAlone(_ report: AuditReport) async -> OutgoingEnd.Kind {
        do {
            try await keeper.keep(report.entry, bankId: report.bankId)
            return .handed
        } catch let problem as Problem {
            if problem.saysDoneBefore { return .handed }
            return problem.isWorthAnotherTry ? .retried(problem.code) : .parked(problem.code)
        } catch { return .retried("CANCELLED") }
    }

    private func note(_ ends: [OutgoingEnd], _ bankId: String) async throws {
        let (ours, isWaitedFor) = try await rows.end(ends)
        if isWaitedFor { floors.lookBack(bankId) }
        for end in ends {
            let fields: KeyValuePairs<StaticString, LogValue> = [
                "paymentId": .id(end.paymentId), "code": .name(end.kind.code ?? "OK"),
            ]
            guard ours.contains(end.seq) else {
                log.warn("audit.leaseLost", fields)
                continue
            }
            meters.audited.add(1, [end.kind.word])
            switch end.kind {
            case .handed: break
            case .retried: log.warn("audit.notHanded", fields)
            case .parked: log.error("audit.parked", fields)
            }
        }
    }
}
