// Payments as CSV, for whoever reconciles them in a spreadsheet. Pure. A line is an order: `amount` counts once
// where there is a `paidAt`, so a column of them sums up to what `GET /v1/payments/totals` says. Money for a link whose
// order another one has paid stands where money received again does.
package import Contracts
package import Money
import World

/// RFC 4180 with a header line.
package enum PaymentCSV {
    package static let header =
        "paymentId,createdAt,status,bankId,merchantId,terminalId,amount,currency,description,tag,paidAt,"
        + "swiftMessageId,swiftPayerBank,reference,remark,receivedAgain,receivedAgainSwiftMessageIds\r\n"

    /// A payment and what its receipts of money add to it.
    package struct Line: Sendable {
        package var view: PaymentView
        /// Paid after it had been told expired or cancelled.
        package var isLate: Bool
        /// Money for an order that was paid already, to be given back: no part of `amount`.
        package var receivedAgain: Money?
        package var againHandles: String?

        package init(
            view: PaymentView, isLate: Bool = false, receivedAgain: Money? = nil, againHandles: String? = nil
        ) {
            self.view = view
            self.isLate = isLate
            self.receivedAgain = receivedAgain
            self.againHandles = againHandles
        }
    }

    package static func line(_ line: Line) -> String {
        var view = line.view
        var remark: PaymentOutcome.Remark? = line.isLate ? .late : nil
        if view.supersededBy != nil, view.paidAt != nil {
            (view.paidAt, view.swiftMessageId, view.swiftPayerBank) = (nil, nil, nil)
            remark = .again
        }
        let fields: [String?] = [
            view.paymentId, view.createdAt.description, view.status.rawValue, view.bankId, view.merchantId,
            view.terminalId, view.amount.decimalText, view.amount.currency.rawValue, view.description,
            view.tag,
            view.paidAt?.description, view.swiftMessageId, view.swiftPayerBank, view.reference,
            remark?.rawValue, line.receivedAgain?.decimalText, line.againHandles,
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
