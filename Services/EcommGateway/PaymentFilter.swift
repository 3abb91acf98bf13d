// What a list of payments may be narrowed by, where a page begins, and the list as CSV. Pure.
package import Contracts
import Money
package import Problem
package import World

/// A position in the list: everything before it has been seen.
package struct PaymentCursor: Sendable, Equatable {
    package var createdAt: Timestamp
    package var paymentId: String

    package init(createdAt: Timestamp, paymentId: String) {
        self.createdAt = createdAt
        self.paymentId = paymentId
    }

    /// `<microseconds>.<payment id>`: opaque to callers by contract only, there is no secret in it.
    package var text: String { "\(createdAt.microseconds).\(paymentId)" }

    package init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let microseconds = Int64(parts[0]), parts[1].hasPrefix("pay_") else {
            return nil
        }
        self.init(createdAt: Timestamp(microseconds: microseconds), paymentId: String(parts[1]))
    }
}

package struct PaymentFilter: Sendable, Equatable {
    package static let limitStandard = 50
    package static let limitMax = 200

    package var bankId: String?
    package var merchantId: String?
    package var tag: String?
    package var states: [PaymentState]?
    /// Inclusive.
    package var from: Timestamp?
    /// Exclusive.
    package var to: Timestamp?
    package var after: PaymentCursor?
    package var limit = PaymentFilter.limitStandard

    package init() {}

    /// From a query. Throws 400 `INVALID_QUERY` naming what cannot be read; a name that is not known is
    /// refused as well, since a misspelt filter would otherwise show everything.
    package init(_ query: [(name: String, value: String)]) throws(Problem) {
        for (name, value) in query {
            switch name {
            case "bankId": bankId = value
            case "merchantId": merchantId = value
            case "tag": tag = value
            case "status":
                states = PaymentState.allCases.filter { $0.status == value }
                if states == [] { throw Self.invalid(name) }
            case "from": from = try Self.moment(name, value)
            case "to": to = try Self.moment(name, value)
            case "cursor":
                guard let cursor = PaymentCursor(value) else { throw Self.invalid(name) }
                after = cursor
            case "limit":
                guard let number = Int(value), (1...Self.limitMax).contains(number) else {
                    throw Self.invalid(name)
                }
                limit = number
            default: throw Self.invalid("this parameter")
            }
        }
    }

    private static func moment(_ name: String, _ value: String) throws(Problem) -> Timestamp {
        guard let moment = Timestamp(rfc3339: value) else { throw invalid(name) }
        return moment
    }

    private static func invalid(_ name: String) -> Problem {
        Problem(.invalid, code: "INVALID_QUERY", toUser: "The query cannot be read: \(name) is not valid.")
    }
}

/// RFC 4180 with a header line.
package enum PaymentCSV {
    package static let header =
        "paymentId,createdAt,status,bankId,merchantId,terminalId,amount,currency,description,tag,paidAt,"
        + "swiftMessageId,swiftPayerBank\r\n"

    package static func line(_ view: PaymentView) -> String {
        let fields: [String?] = [
            view.paymentId, view.createdAt.description, view.status.rawValue, view.bankId, view.merchantId,
            view.terminalId, view.amount.decimalText, view.amount.currency.rawValue, view.description,
            view.tag,
            view.paidAt?.description, view.swiftMessageId, view.swiftPayerBank,
        ]
        return fields.map { field($0 ?? "") }.joined(separator: ",") + "\r\n"
    }

    /// Quoted where it must be, or where a spreadsheet with another separator would cut it.
    private static func field(_ text: String) -> String {
        let text = defused(text)
        guard text.utf8.contains(where: { [0x22, 0x2C, 0x3B, 0x0A, 0x0D].contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    /// A seller's text that a spreadsheet would run as a formula gets an apostrophe in front. A spreadsheet
    /// whose language separates by semicolon or tab (Romanian, Russian, German, French) begins a cell behind
    /// each of those, wherever quotes stand, so the same holds there.
    private static func defused(_ text: String) -> String {
        var out = String.UnicodeScalarView()
        var beginsCell = true
        for scalar in text.unicodeScalars {
            if beginsCell, formulaSigns.contains(scalar) { out.append("'") }
            out.append(scalar)
            beginsCell = cellEnds.contains(scalar) || (beginsCell && (scalar == " " || scalar == "\""))
        }
        return String(out)
    }

    /// The full-width ones count where a spreadsheet folds them, as Japanese editions do.
    private static let formulaSigns: Set<Unicode.Scalar> = [
        "=", "+", "-", "@", "\t", "\r", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
    ]
    private static let cellEnds: Set<Unicode.Scalar> = [";", "\t", "\r", "\n"]
}
