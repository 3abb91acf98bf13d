// Who is writing, put together from what every bank of a number answered. No HTTP here: answers come in as
// values.
import Contracts
import Money

/// What one bank's broker said about a phone.
enum BrokerAnswer: Sendable, Equatable {
    case known(SellerRecord)
    case unknown
    /// Down, slow or broken: it may well know the phone.
    case silent
}

/// One till: a merchant that this seller may charge for, at one bank.
struct Till: Sendable, Equatable {
    /// What survives in a question while the seller thinks: the record itself is asked for again at the
    /// answer.
    struct Key: Sendable, Hashable, Codable {
        var bankId: String
        var merchantId: String
    }

    var posUserId: String
    var bank: BankRecord
    var merchant: MerchantRecord

    var key: Key { Key(bankId: bank.bankId, merchantId: merchant.merchantId) }
    var limit: Money? {
        merchant.limits.perPayment.map { Money(minorUnits: $0, currency: merchant.currency) }
    }
    /// The terminal that makes QR links; `nil` means this merchant cannot be charged by link.
    var linkTerminalId: String? { merchant.terminals.first { $0.paymentTypes.contains(.qr) }?.terminalId }
}

/// The person behind a phone, as all banks together know them.
enum Seller: Sendable, Equatable {
    /// Every bank answered and none knows the phone.
    case unknown
    /// No bank knows the phone, and one or more did not answer.
    case unreachable
    /// Known, and blocked wherever known.
    case blocked(BankRecord, Language)
    /// At least one till, in the banks' configured order and by name within a bank, so that a number in a
    /// list means the same merchant tomorrow; `Language` is the first bank's record.
    case active([Till], Language)

    /// The language of the bank's record; `nil` when there is none to look at.
    var locale: Language? {
        switch self {
        case .active(_, let locale), .blocked(_, let locale): locale
        case .unknown, .unreachable: nil
        }
    }

    /// Any record counts; a silent bank matters only when no other knows the phone. A bank that blocks a
    /// seller takes away its own tills and nobody else's.
    init(answers: [BrokerAnswer]) {
        let records = answers.compactMap { answer -> SellerRecord? in
            if case .known(let record) = answer { record } else { nil }
        }
        let active = records.filter { $0.status == .active }
        let tills = active.flatMap { record in
            record.merchants.sorted { ($0.name, $0.merchantId) < ($1.name, $1.merchantId) }
                .map { Till(posUserId: record.posUserId, bank: record.bank, merchant: $0) }
        }
        if let first = active.first, !tills.isEmpty {
            self = .active(tills, first.locale)
        } else if let blocked = records.first(where: { $0.status == .blocked }) {
            self = .blocked(blocked.bank, blocked.locale)
        } else if answers.contains(.silent) {
            self = .unreachable
        } else {
            self = .unknown
        }
    }
}
