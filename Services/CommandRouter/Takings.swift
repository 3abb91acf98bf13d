// Sums of payments of several banks put together, exactly, and several banks' CSV as one. Pure.
import Contracts
import Money

/// What was paid, by currency and tag.
struct Takings: Sendable, Equatable {
    private(set) var lines: [PaymentTotals.Line] = []
    /// A sum that no longer fits an amount: more than ninety thousand million million. Shown as no sum rather
    /// than a wrong one.
    private(set) var isTooLarge = false

    mutating func add(_ totals: PaymentTotals) {
        for line in totals.lines {
            let index = lines.firstIndex { $0.tag == line.tag && $0.amount.currency == line.amount.currency }
            guard let index else {
                lines.append(line)
                continue
            }
            guard let sum = lines[index].amount.adding(line.amount) else {
                isTooLarge = true
                continue
            }
            lines[index].amount = sum
            lines[index].count += line.count
        }
        lines.sort { Self.place($0) < Self.place($1) }
    }

    var isEmpty: Bool { lines.allSatisfy { $0.count == 0 } }

    /// One line per currency, tags together.
    var sums: [PaymentTotals.Line] {
        var sums = Takings()
        sums.add(
            PaymentTotals(
                lines: lines.map { PaymentTotals.Line(tag: nil, count: $0.count, amount: $0.amount) }))
        return isTooLarge || sums.isTooLarge ? [] : sums.lines
    }

    /// By currency, then untagged last.
    private static func place(_ line: PaymentTotals.Line) -> (String, Int, String) {
        (line.amount.currency.rawValue, line.tag == nil ? 1 : 0, line.tag ?? "")
    }
}

/// A CSV of payments, put together from one file for each bank.
struct PaymentDocument: Sendable, Equatable {
    private(set) var bytes: [UInt8] = []
    private(set) var count = 0

    /// Every file has a header line; that of the first stays. No value of ours holds a line break.
    mutating func append(_ file: [UInt8]) {
        let newline: UInt8 = 0x0A
        guard let end = file.firstIndex(of: newline) else { return }
        let rows = file[(end + 1)...]
        bytes += bytes.isEmpty ? file[...] : rows
        count += rows.count { $0 == newline }
    }
}
