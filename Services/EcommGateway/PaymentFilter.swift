// What a list of payments may be narrowed by, and where a page begins. Pure.
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
    package var posUserId: String?
    package var merchantId: String?
    /// As `PaymentView.reference` prints it.
    package var reference: String?
    package var tag: String?
    package var states: [PaymentState]?
    /// Created at or after.
    package var from: Timestamp?
    /// Created before.
    package var to: Timestamp?
    /// Paid at or after.
    package var paidFrom: Timestamp?
    /// Paid before.
    package var paidTo: Timestamp?
    package var after: PaymentCursor?
    package var limit = PaymentFilter.limitStandard

    package init() {}

    /// From a query. Throws 400 `INVALID_QUERY` naming what cannot be read; a name that is not known is
    /// refused as well, since a misspelt filter would otherwise show everything.
    package init(_ query: [(name: String, value: String)]) throws(Problem) {
        for (name, value) in query {
            switch name {
            case "bankId": bankId = value
            case "posUserId": posUserId = value
            case "reference": reference = try Self.reference(name, value)
            case "merchantId": merchantId = value
            case "tag": tag = value
            case "status":
                states = PaymentState.allCases.filter { $0.status == value }
                if states == [] { throw Self.invalid(name) }
            case "from": from = try Self.moment(name, value)
            case "to": to = try Self.moment(name, value)
            case "paidFrom": paidFrom = try Self.moment(name, value)
            case "paidTo": paidTo = try Self.moment(name, value)
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

    /// For sums: `from` and `to` bound the moment of payment, since money counts where it came. Throws as the
    /// other, and for what makes no sense of a sum.
    package static func ofTotals(_ query: [(name: String, value: String)]) throws(Problem) -> PaymentFilter {
        for (name, _) in query where ["cursor", "limit", "paidFrom", "paidTo"].contains(name) {
            throw invalid(name)
        }
        var filter = try PaymentFilter(query)
        (filter.paidFrom, filter.paidTo) = (filter.from, filter.to)
        (filter.from, filter.to) = (nil, nil)
        return filter
    }

    /// Six characters of Crockford's base 32 in either case, with the letters that he reads as digits.
    private static func reference(_ name: String, _ value: String) throws(Problem) -> String {
        let text = value.uppercased().map { ["O": "0", "I": "1", "L": "1"][$0] ?? $0 }
        guard text.count == 6, text.allSatisfy({ "0123456789ABCDEFGHJKMNPQRSTVWXYZ".contains($0) }) else {
            throw invalid(name)
        }
        return String(text)
    }

    private static func moment(_ name: String, _ value: String) throws(Problem) -> Timestamp {
        guard let moment = Timestamp(rfc3339: value) else { throw invalid(name) }
        return moment
    }

    private static func invalid(_ name: String) -> Problem {
        Problem(.invalid, code: "INVALID_QUERY", toUser: "The query cannot be read: \(name) is not valid.")
    }
}
