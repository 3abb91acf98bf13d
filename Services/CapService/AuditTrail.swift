// The trail's rows in and out. What several answers leave behind at the same time shares a commit; a lone row is
// committed at once. No policy: what an entry says is decided where the answer is.
import Contracts
import EventLoop
import JobQueue
import Postgres
import World

struct AuditTrail: Sendable {
    private let pool: PostgresPool
    private let world: World
    private let appending: Gathering<AuditEntry, Void>

    init(pool: PostgresPool, world: World, loop: EventLoop?) {
        self.pool = pool
        self.world = world
        appending = Gathering(
            on: loop,
            commit: { entries in
                try await pool.query(AuditQueries.append, try Self.columns(entries, world))
            })
    }

    /// Returns when the row is committed.
    func append(_ entry: AuditEntry) async throws { try await appending.add(entry) }

    /// The same for several of one answer.
    func append(_ entries: [AuditEntry]) async throws {
        if entries.isEmpty { return }
        try await pool.query(AuditQueries.append, try Self.columns(entries, world))
    }

    /// Writes each entry once under its caller and key, all in one commit, and says in the same order what became of
    /// each. Refused are those whose key was used with other content, naming the field. All are of one caller and have
    /// a key.
    func report(_ entries: [AuditEntry]) async throws -> [AuditBatchAnswer.Result] {
        guard let caller = entries.first?.caller else { return [] }
        let keys = entries.map(\.idempotencyKey)
        var written = Set(
            try await pool.query(
                AuditQueries.report, try Self.columns(entries, world) + [.textArray(keys)]
            ).map { try $0.text(0) })
        let isWritten = keys.map { $0.map { written.remove($0) != nil } ?? false }
        let left = zip(keys, isWritten).compactMap { $1 ? nil : $0 }
        var before: [String: AuditEntry] = [:]
        if !left.isEmpty {
            for row in try await pool.query(AuditQueries.reportedBefore, [.text(caller), .textArray(left)]) {
                var entry = AuditEntry(
                    try row.text(1), caller: caller, posUserId: try row.textOrNil(2),
                    merchantId: try row.textOrNil(3), subject: try row.text(4),
                    detail: try CapStore.decode([String: String].self, row.jsonb(5)))
                entry.idempotencyKey = try row.text(0)
                before[entry.idempotencyKey ?? ""] = entry
            }
        }
        return try zip(entries, isWritten).map { entry, isWritten in
            if isWritten { return AuditBatchAnswer.Result(.written) }
            guard let known = before[entry.idempotencyKey ?? ""] else {
                throw PostgresError(.decode, operatorText: "a reported row is neither new nor known")
            }
            guard let field = entry.difference(from: known) else {
                return AuditBatchAnswer.Result(.writtenBefore)
            }
            return AuditBatchAnswer.Result(
                .refused, code: "IDEMPOTENCY_CONFLICT",
                message: "This Idempotency-Key was used with another value of \(field).")
        }
    }

    /// Rows after `cursor`, oldest first, none that a later page would have had to bring.
    func page(after cursor: AuditCursor, limit: Int) async throws -> [AuditRecord] {
        let values: [PostgresValue] = [.int8(cursor.seq), .text(cursor.auditId), .int8(Int64(limit))]
        let results = try await pool.batch([(AuditQueries.lock, []), (AuditQueries.page, values)])
        return try results[1].map { row in
            AuditRecord(
                seq: try row.int8("seq"),
                auditId: try row.text("audit_id"), at: try row.timestamp("at"),
                caller: try row.text("caller"),
                action: try row.text("action"), outcome: try row.text("outcome"),
                posUserId: try row.textOrNil("pos_user_id"), merchantId: try row.textOrNil("merchant_id"),
                subject: try row.text("subject"),
                detail: try CapStore.decode([String: String].self, row.jsonb("detail")),
                requestId: try row.text("request_id"))
        }
    }

    /// $1 to $10 of `append` and `report`.
    private static func columns(_ entries: [AuditEntry], _ world: World) throws -> [PostgresValue] {
        let now = world.now()
        return [
            .textArray(entries.map { _ in world.id("aud") }), .timestampArray(entries.map { _ in now }),
            .textArray(entries.map(\.caller)), .textArray(entries.map(\.action)),
            .textArray(entries.map(\.outcome)), .textArray(entries.map(\.posUserId)),
            .textArray(entries.map(\.merchantId)), .textArray(entries.map(\.subject)),
            .jsonbArray(try entries.map { try CapStore.encode($0.detail) }),
            .textArray(entries.map(\.requestId)),
        ]
    }
}

extension AuditEntry {
    /// The first field of a report that the row under its key has otherwise.
    fileprivate func difference(from known: AuditEntry) -> String? {
        let told = detail.map { ($0.storable, $1.storable) }
        let pairs: [(String, Bool)] = [
            ("action", known.action == action), ("posUserId", known.posUserId == posUserId),
            ("merchantId", known.merchantId == merchantId), ("subject", known.subject == subject.storable),
            ("detail", known.detail == Dictionary(told) { _, last in last }),
        ]
        return pairs.first { !$0.1 }?.0
    }
}

extension String {
    /// As PostgreSQL keeps it, which has no U+0000.
    fileprivate var storable: String { contains("\0") ? replacing("\0", with: "\u{FFFD}") : self }
}
