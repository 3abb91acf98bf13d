// A finished PGresult. libpq documents it as read-only once it has been handed out, so it may be read from
// any thread; freeing it is this class's deinit and nobody else's. Cells are decoded from here when they are
// asked for.
import CPostgres
import Glibc
import Synchronization

// SAFETY: `raw` is set once and never leaves; libpq writes a PGresult no more after PQgetResult returned it,
// so concurrent reads are sound (libpq, "Behavior in Threaded Programs").
@safe final class PostgresResult: @unchecked Sendable {
    private let raw: OpaquePointer
    private let guess = Atomic(0)

    /// Takes ownership of what PQgetResult returned.
    init(owning raw: OpaquePointer) { unsafe self.raw = raw }

    deinit { unsafe PQclear(raw) }

    var status: ExecStatusType { unsafe PQresultStatus(raw) }
    var rowCount: Int { Int(unsafe PQntuples(raw)) }
    var columnCount: Int { Int(unsafe PQnfields(raw)) }

    /// Rows inserted, updated, deleted or selected, by the command's tag.
    var affected: Int {
        var count = 0
        guard var byte = unsafe PQcmdTuples(raw) else { return 0 }
        while unsafe byte.pointee != 0 {
            let digit = unsafe Int(byte.pointee) - 0x30
            guard (0...9).contains(digit) else { return 0 }
            count = count &* 10 &+ digit
            unsafe byte += 1
        }
        return count
    }

    /// The command's tag, such as `COMMIT` or `INSERT 0 5`.
    var commandTag: String { unsafe PQcmdStatus(raw).map { unsafe String(cString: $0) } ?? "" }

    func columnName(_ column: Int) -> String {
        unsafe PQfname(raw, Int32(column)).map { unsafe String(cString: $0) } ?? "\(column)"
    }

    /// The column of this name, or nil. A quoted name is matched exactly. Names are mostly asked for in the order of
    /// the columns, so the search begins behind the last one found; a query must not give two columns one name.
    func column(named name: String) -> Int? {
        let count = columnCount, start = guess.load(ordering: .relaxed)
        return unsafe name.withCString { wanted in
            for step in 0..<count {
                let column = (start + step) % count
                guard let found = unsafe PQfname(raw, Int32(column)), unsafe strcmp(found, wanted) == 0 else {
                    continue
                }
                guess.store(column + 1, ordering: .relaxed)
                return column
            }
            return nil
        }
    }

    func type(_ column: Int) -> PostgresType { PostgresType(rawValue: unsafe PQftype(raw, Int32(column))) }

    /// Runs `body` over the cell's bytes; nil for SQL's NULL. Row and column are within range by the caller's
    /// check.
    func withCell<Value>(
        _ row: Int, _ column: Int, _ body: (Span<UInt8>) throws -> Value
    ) rethrows -> Value? {
        if unsafe PQgetisnull(raw, Int32(row), Int32(column)) == 1 { return nil }
        let count = Int(unsafe PQgetlength(raw, Int32(row), Int32(column)))
        // SAFETY: libpq keeps `count` bytes at this address for as long as the result lives, which `self`
        // outlasts.
        guard let start = unsafe PQgetvalue(raw, Int32(row), Int32(column)) else { return nil }
        return try unsafe start.withMemoryRebound(to: UInt8.self, capacity: count) { bytes in
            try unsafe body(Span(_unsafeStart: bytes, count: count))
        }
    }

    /// The error of a failed command, with what may be told of it.
    var refusal: PostgresError {
        PostgresError.refused(
            sqlState: field(0x43) ?? "XX000",  // 'C', PG_DIAG_SQLSTATE
            message: field(0x4D) ?? "",  // 'M', PG_DIAG_MESSAGE_PRIMARY
            constraint: field(0x6E))  // 'n', PG_DIAG_CONSTRAINT_NAME
    }

    /// False when libpq made the error itself, as it does when the socket ends under it.
    var isFromServer: Bool { field(0x43) != nil }

    /// The server ends the session after such an error.
    var endsSession: Bool {
        let severity = field(0x56)  // 'V', PG_DIAG_SEVERITY_NONLOCALIZED
        return severity == "FATAL" || severity == "PANIC"
    }

    private func field(_ code: Int32) -> String? {
        unsafe PQresultErrorField(raw, code).map { unsafe String(cString: $0) }
    }
}
