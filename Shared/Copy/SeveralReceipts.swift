// Several payments that were received within moments, told in one bubble: how many, their exact total, and a line for
// each, in the words and the house style of a single receipt.
package import Money

extension Receipt {
    /// "Plătit · 3 plăți · 300,00 MDL" and below it a line like "14:23 · 100,00 MDL · #cafea" for each of
    /// `receipts`, in their order. `total` is the caller's exact sum. Called by the notifier.
    package static func several(_ receipts: [Receipt], total: Money, _ language: Language) -> String {
        let key: CopyKey =
            switch PluralForm(UInt64(receipts.count), in: language) {
            case .one: .severalPaidOne
            case .few: .severalPaidFew
            case .many: .severalPaidMany
            case .other: .severalPaidOther
            }
        let head = Catalogue.text(
            key, language,
            [
                .count: AmountFormat(language).count(receipts.count),
                .amount: AmountFormat(language).text(total),
            ])
        let lines = receipts.map { receipt in
            var parts = [
                CivilTime(receipt.at, at: receipt.place).clock, AmountFormat(language).text(receipt.amount),
            ]
            if let tag = receipt.tag {
                parts.append("#" + tag)
            } else if let description = receipt.description {
                parts.append(description)
            }
            return parts.joined(separator: " · ")
        }
        return head + "\n\n" + lines.joined(separator: "\n")
    }
}
