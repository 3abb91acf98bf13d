// What banks say of one phone, and as whom they know its holder because of it. Pure, so that a message and the
// keeper come to the same names.
import Contracts
import World

/// The answers of these banks, one each, in the same order.
struct BankWords: Sendable, Equatable {
    var banks: [String]
    var answers: [BrokerAnswer]

    /// Those that did not say.
    var silent: Set<String> { Set(zip(banks, answers).filter { $0.1 == .silent }.map(\.0)) }

    static func + (first: BankWords, second: BankWords) -> BankWords {
        BankWords(banks: first.banks + second.banks, answers: first.answers + second.answers)
    }

    /// As whom the holder is known, given what was known before. A bank that answered here replaces its own name
    /// and no other bank's: the others' stay, and what a silent one said. Whom a bank has blocked it knows, too.
    /// - Parameter since: the latest doubt; a bank that has not confirmed the holder after it names nobody.
    func names(over before: Set<String>, since: Timestamp?) -> Set<String> {
        let told = Set(banks).subtracting(silent)
        let kept = before.filter { name in !told.contains { name.hasPrefix($0 + "/") } }
        let owners = answers.compactMap { answer -> Owner? in
            guard case .known(let record) = answer, since.map(record.isConfirmed(after:)) ?? true else {
                return nil
            }
            return Owner(bankId: record.bank.bankId, posUserId: record.posUserId)
        }
        return kept.union(owners.names.map(\.text))
    }
}
