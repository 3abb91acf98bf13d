// Rows to records, in the column order of PaymentQueries. A word in a row that this program does not know is
// an error of decoding, never a guess: newer code may have written it. A payment whose state is such a word can be read
// as one that nothing is known of, so that releases run side by side; nothing of it is written.
import Contracts
import Money
import Postgres
import World

enum PaymentRow {
    /// Records with their attempts, from rows of one attempt each, in the order in which payments come.
    static func records(_ rows: PostgresRows) throws -> [PaymentRecord] {
        var records: [PaymentRecord] = []
        var places: [String: Int] = [:]
        for row in rows {
            let attempt = try attempt(row, from: columns)
            let isForeign = AttemptState(rawValue: try row.text(columns + 4)) == nil
            if let place = places[try row.text(0)] {
                records[place].attempts.append(attempt)
                if isForeign { records[place].isForeign = true }
            } else {
                places[try row.text(0)] = records.count
                var record = try record(row)
                record.attempts = [attempt]
                if isForeign { record.isForeign = true }
                records.append(record)
            }
        }
        for place in records.indices where records[place].attempts.count > 1 {
            records[place].attempts.sort { $0.ordinal < $1.ordinal }
        }
        return records
    }

    /// Of a payment; those of an attempt follow.
    private static let columns = 35

    /// A record without its attempts.
    static func record(_ row: PostgresRow) throws -> PaymentRecord {
        var record = PaymentRecord(
            paymentId: try row.text(0), order: try order(row), createdAt: try row.timestamp(20),
            requestId: try row.text(25), state: PaymentState(rawValue: try row.text(15)) ?? .unknown,
            attemptId: try row.text(17), fence: try row.int8(30), version: try row.int8(26), attempts: [])
        record.isForeign = PaymentState(rawValue: try row.text(15)) == nil
        record.failureCode = try row.textOrNil(16)
        record.link = try row.textOrNil(18)
        record.expiresAt = try row.timestampOrNil(19)
        record.openedAt = try row.timestampOrNil(21)
        record.paidAt = try row.timestampOrNil(22)
        record.swiftMessageId = try row.textOrNil(23)
        record.swiftPayerBank = try row.textOrNil(24)
        record.unanswered = try row.int4(27)
        record.runAt = try row.timestampOrNil(28)
        record.countedWhenWritten = record.countsTowardsDay
        record.leaseUntil = try row.timestampOrNil(29)
        record.lastError = try row.textOrNil(31)
        record.supersededBy = try row.textOrNil(34)
        return record
    }

    private static func order(_ row: PostgresRow) throws -> OpenPayment {
        OpenPayment(
            posUserId: try row.text(1), bankId: try row.text(2), merchantId: try row.text(3),
            merchantName: try row.text(4), terminalId: try row.text(5), rail: try word(row, 6),
            amount: Money(minorUnits: try row.int8(7), currency: try word(row, 8)),
            description: try row.textOrNil(9),
            tag: try row.textOrNil(10),
            conversation: Conversation(phoneNumberId: try row.text(11), peer: try row.text(12)),
            locale: try word(row, 13),
            checkoutLanguage: try row.textOrNil(14).map { try parsed($0, "checkout_language") },
            payer: try payer(row))
    }

    private static func payer(_ row: PostgresRow) throws -> Payer? {
        guard let phone = try row.textOrNil(32), let name = try row.textOrNil(33) else { return nil }
        return Payer(phone: phone, name: name)
    }

    private static func attempt(_ row: PostgresRow, from first: Int) throws -> AttemptRecord {
        AttemptRecord(
            attemptId: try row.text(first), ordinal: try row.int4(first + 1),
            capabilityDigest: try row.bytes(first + 2), createdAt: try row.timestamp(first + 3),
            state: AttemptState(rawValue: try row.text(first + 4)) ?? .unknown,
            railPaymentId: try row.textOrNil(first + 5),
            link: try row.textOrNil(first + 6))
    }

    static func attemptView(_ row: PostgresRow) throws -> AttemptView {
        AttemptView(
            attemptId: try row.text(0), paymentId: try row.text(1), bankId: try row.text(2),
            terminalId: try row.text(3),
            amount: Money(minorUnits: try row.int8(4), currency: try word(row, 5)),
            railPaymentId: try row.textOrNil(6))
    }

    /// One of our own words from a text column.
    static func word<Word: RawRepresentable>(_ row: PostgresRow, _ column: Int) throws -> Word
    where Word.RawValue == String {
        try parsed(try row.text(column), "\(column)")
    }

    /// The same where the column may be empty.
    static func wordOrNil<Word: RawRepresentable>(_ row: PostgresRow, _ column: Int) throws -> Word?
    where Word.RawValue == String {
        try row.textOrNil(column).map { try parsed($0, "\(column)") }
    }

    private static func parsed<Word: RawRepresentable>(_ text: String, _ column: String) throws -> Word
    where Word.RawValue == String {
        guard let word = Word(rawValue: text) else {
            throw PostgresError(.decode, operatorText: "column \(column): a word this program does not know")
        }
        return word
    }
}
