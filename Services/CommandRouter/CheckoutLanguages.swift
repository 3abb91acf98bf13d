// In which language a payer reads the bank's page, where a merchant wants another than the seller's own. The page
// knows three of our five; which of them stands in for French and German is the rail's to know.
import Lifecycle
import Money

/// What till.json says of merchants' pages.
struct CheckoutLanguages: Sendable, Equatable {
    private var chosen: [Till.Key: Language] = [:]

    init() {}

    /// Throws a sentence for each language that is not `ro`, `ru` or `en`.
    init(_ banks: [BankEntry]) throws(ConfigurationProblems) {
        var sentences: [String] = []
        for bank in banks {
            for (merchantId, code) in (bank.checkoutLanguages ?? [:]).sorted(by: { $0.key < $1.key }) {
                guard let language = Language(rawValue: code), Self.pages.contains(language) else {
                    sentences.append(
                        "till.json: checkoutLanguages of \(bank.bankId) for \(merchantId) must be ro, ru or en"
                    )
                    continue
                }
                chosen[Till.Key(bankId: bank.bankId, merchantId: merchantId)] = language
            }
        }
        if !sentences.isEmpty { throw ConfigurationProblems(sentences: sentences) }
    }

    private static let pages: Set<Language> = [.ro, .ru, .en]

    /// `nil`: the seller's own language decides.
    func language(for till: Till.Key) -> Language? { chosen[till] }
}
