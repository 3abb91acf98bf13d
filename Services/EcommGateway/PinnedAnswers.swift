// What a key was answered although no payment has it: the refusal of a limit, or the payment that another key had
// made. A repeat is answered the same, however much room there is by then. What is asked is kept as digests only.
import Contracts
package import Postgres
import Sealing
import World

/// What a key asked and was answered.
struct PinnedAnswer: Sendable, Equatable {
    enum Verdict: Sendable, Equatable {
        case refused(LimitRefusal)
        /// A paymentId.
        case payment(String)
    }

    var asked: AskedFields
    var verdict: Verdict
    var at: Timestamp
}

/// What a request with a key asked for, field by field as digests: enough to say which field another request with
/// the key has changed, and to read nothing out of it.
struct AskedFields: Sendable, Equatable {
    /// Which route was asked; a field of each, so that the key of one never answers the other.
    enum Route: String { case payment, renewal }

    private static let digestDigits = 16

    /// `name=digest`, with spaces between.
    let text: String

    init(text: String) { self.text = text }

    /// `key` salts the digests, so that equal values of two requests look different.
    init(_ order: OpenPayment, key: String) {
        self.init(.payment, OrderFingerprint.fields(of: order), key: key)
    }

    init(_ route: Route, _ fields: [(name: String, value: String?)], key: String) {
        text = ([("route", route.rawValue)] + fields).map { field in
            field.name + "="
                + (field.value.map { SHA256.hex(Array((key + "\n" + $0).utf8)).prefix(Self.digestDigits) }
                    ?? "")
        }.joined(separator: " ")
    }

    /// The first field that both name and that differs.
    func difference(from other: AskedFields) -> String? {
        let theirs = Dictionary(other.pairs) { first, _ in first }
        return pairs.first { name, digest in theirs[name].map { $0 != digest } ?? false }.map { String($0.0) }
    }

    private var pairs: [(Substring, Substring)] {
        text.split(separator: " ").compactMap { pair in
            pair.firstIndex(of: "=").map { (pair[..<$0], pair[$0...]) }
        }
    }
}

package struct PinnedAnswers: Sendable {
    /// Far longer than any caller repeats a request: the messages behind them are repeated for seven days at most.
    static let life = Duration.seconds(8 * 86_400)

    private let database: PostgresPool

    package init(database: PostgresPool) { self.database = database }

    func find(caller: String, idempotencyKey: String) async throws -> PinnedAnswer? {
        let rows = try await database.query(PinnedQueries.find, [.text(caller), .text(idempotencyKey)])
        return try rows.atMostOne().map(Self.answer)
    }

    /// Pins the answer unless the key has another, which is then the one that counts. Nil when a payment has the key.
    /// Two transactions that answer for one key meet at the seller's pace: whichever comes second sees the first.
    func keep(
        _ answer: PinnedAnswer, caller: String, idempotencyKey: String, seller: RenewPayment.Seller
    ) async throws -> PinnedAnswer? {
        var code: String?, paymentId: String?
        switch answer.verdict {
        case .refused(let refusal): code = refusal.rawValue
        case .payment(let id): paymentId = id
        }
        let key: [PostgresValue] = [.text(caller), .text(idempotencyKey)]
        let results = try await database.batch([
            (
                PinnedQueries.lockPace,
                [
                    .text(seller.bankId), .text(seller.posUserId), .timestamp(answer.at),
                    .text(caller + " " + idempotencyKey),
                ]
            ),
            (
                PinnedQueries.keep,
                key + [.text(answer.asked.text), .text(code), .text(paymentId), .timestamp(answer.at)]
            ),
            (PinnedQueries.find, key),
        ])
        return try results[2].atMostOne().map(Self.answer)
    }

    private static func answer(_ row: PostgresRow) throws -> PinnedAnswer {
        let verdict: PinnedAnswer.Verdict
        if let paymentId = try row.textOrNil(2) {
            verdict = .payment(paymentId)
        } else {
            verdict = .refused(try PaymentRow.word(row, 1))
        }
        return PinnedAnswer(
            asked: AskedFields(text: try row.text(0)), verdict: verdict, at: try row.timestamp(3))
    }
}

enum PinnedQueries {
    /// Every opening moves its seller's pace. One that waits for it meanwhile sees this row as it is afterwards, and
    /// nothing else that is written beside it.
    static let lockPace: PostgresStatement = """
        insert into gateway.pace (bank_id, scope, subject, at, taken_until, pinned_key)
        values ($1, 'seller', $2, $3, $3, $4)
        on conflict (bank_id, scope, subject) do update set pinned_key = excluded.pinned_key
        """

    static let keep: PostgresStatement = """
        insert into gateway.pinned_answer (caller, idempotency_key, asked, code, payment_id, at)
        select $1, $2, $3, $4, $5, $6
        where not exists (select from gateway.payment where caller = $1 and idempotency_key = $2)
        on conflict (caller, idempotency_key) do nothing
        """

    static let find: PostgresStatement = """
        select asked, code, payment_id, at from gateway.pinned_answer where caller = $1 and idempotency_key = $2
        """
}
