// As what a bubble is billed, read from its statuses. Meta states it in one of them; where none does, our own
// form says the category. Pure.
package import Contracts
package import WhatsApp
package import World

package enum MessagePrice {
    /// Since October 2026: service messages per number and month that cost nothing.
    package static let freeServiceMessages: Int64 = 1_000
    static let unstated = "unstated"
    static let other = "other"

    /// Meta's words for categories and for who pays. What it invents beside them is counted as `other`: they become
    /// labels, which have to be few.
    private static let categories: Set<String> = [
        "authentication", "authentication_international", "marketing", "marketing_lite", "utility", "service",
        "referral_conversion", "group_marketing", "group_service", "group_utility",
    ]
    private static let types: Set<String> = [
        "regular", "free_customer_service", "free_entry_point", "free_group_customer_service",
    ]

    /// Category and type of the bubble that a status speaks of; nil while nothing says that it is billed.
    package static func of(_ status: MessageStatus, wasChat: Bool) -> (category: String, type: String)? {
        if let category = status.pricingCategory {
            let word = category.replacing("-", with: "_")
            let type = status.pricingType ?? unstated
            return (
                categories.contains(word) ? word : other,
                types.contains(type) || type == unstated ? type : other
            )
        }
        switch status.status {
        case .delivered, .read, .played: return (wasChat ? "service" : "utility", unstated)
        case .sent, .failed, .unknown: return nil
        }
    }

    /// The calendar month of a moment, in UTC, as 2026-11.
    package static func month(_ moment: Timestamp) -> String { String(moment.description.prefix(7)) }

    /// True for a month as `month` writes it.
    package static func isMonth(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 7, bytes[4] == 0x2D,
            (bytes[..<4] + bytes[5...]).allSatisfy({ (0x30...0x39).contains($0) })
        else { return false }
        return ("2000"..."2199").contains(text.prefix(4)) && ("01"..."12").contains(text.suffix(2))
    }

    /// What of these lines is billed: what Meta called regular, and of what it did not state all but the free service
    /// messages.
    package static func billed(_ lines: [CostLine]) -> Int64 {
        let free = max(0, freeServiceMessages - stated(lines, "service"))
        return lines.reduce(0) { sum, line in
            if line.type == "regular" { return sum + line.messages }
            guard line.type == unstated else { return sum }
            return sum + (line.category == "service" ? max(0, line.messages - free) : line.messages)
        }
    }

    /// Service messages of the month that are still free.
    package static func freeServiceLeft(_ lines: [CostLine]) -> Int64 {
        let used = lines.reduce(0) { $1.category == "service" ? $0 + $1.messages : $0 }
        return max(0, freeServiceMessages - used)
    }

    private static func stated(_ lines: [CostLine], _ category: String) -> Int64 {
        lines.reduce(0) { $1.category == category && $1.type != unstated ? $0 + $1.messages : $0 }
    }
}
