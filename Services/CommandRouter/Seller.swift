// Who is writing, put together from what every bank of a number answered. No HTTP here: answers come in as
// values.
import Contracts
import Copy
import Money
import World

/// What one bank's broker said about a phone.
enum BrokerAnswer: Sendable, Equatable {
    case known(SellerRecord)
    case unknown
    /// Down, slow or broken: it may well know the phone.
    case silent
}

/// A person at one bank: whose payments these are.
struct Owner: Sendable, Hashable, Codable {
    var bankId: String
    var posUserId: String
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
    var linkTerminalId: String? { terminalId(for: .qr) }
    /// The terminal that sends requests to pay, where the bank offers them.
    var requestTerminalId: String? { terminalId(for: .rtp) }
    var owner: Owner { Owner(bankId: bank.bankId, posUserId: posUserId) }
    /// The clock on this merchant's wall.
    var place: WallClock { WallClock(country: merchant.country) }

    func terminalId(for rail: PaymentType) -> String? {
        merchant.terminals.first { $0.paymentTypes.contains(rail) }?.terminalId
    }
}

extension [Till] {
    /// Who the seller is at each bank, once each, in the tills' order.
    var owners: [Owner] {
        reduce(into: []) { owners, till in if !owners.contains(till.owner) { owners.append(till.owner) } }
    }
}

/// The person behind a phone, as all banks together know them.
enum Seller: Sendable, Equatable {
    /// Every bank answered and none knows the phone.
    case unknown
    /// No bank knows the phone, and one or more did not answer.
    case unreachable
    /// Known to a bank, which has not confirmed who holds the phone since that became doubtful.
    case suspended(BankRecord)
    /// The bank has confirmed it, but after this was written.
    case confirmedSince(BankRecord)
    /// Known, and blocked wherever known.
    case blocked(BankRecord, Language)
    /// At least one till, in the banks' configured order and by name within a bank, so that a number in a
    /// list means the same merchant tomorrow; `Language` is the first bank's record.
    case active([Till], Language)

    /// The language of the bank's record; `nil` when there is none to look at, or it may be another person's.
    var locale: Language? {
        switch self {
        case .active(_, let locale), .blocked(_, let locale): locale
        case .unknown, .unreachable, .suspended, .confirmedSince: nil
        }
    }

    /// Any record counts; a silent bank matters only when no other knows the phone. A bank that blocks a
    /// seller takes away its own tills and nobody else's. With `doubtfulSince` only records whose holder the
    /// bank has confirmed since count as this person's. A bank's word is about who holds the phone when it is given:
    /// what was written in doubt at `writtenInDoubtAt`, and before the word (which came by `settledAt`, where that is
    /// known), stays undone, in whichever order the two are handled.
    init(
        answers: [BrokerAnswer], doubtfulSince: Timestamp? = nil, settledAt: Timestamp? = nil,
        writtenInDoubtAt: Timestamp? = nil
    ) {
        let records = answers.compactMap { answer -> SellerRecord? in
            if case .known(let record) = answer { record } else { nil }
        }
        let known = records.filter { $0.status == .active }
        let active = known.filter { record in doubtfulSince.map { record.isConfirmed(after: $0) } ?? true }
        let obeyed = active.filter { record in
            guard let writtenInDoubtAt, let confirmedAt = record.holderConfirmedAt else { return true }
            return min(confirmedAt, settledAt ?? confirmedAt) <= writtenInDoubtAt
        }
        let tills = obeyed.flatMap { record in
            record.merchants.sorted { ($0.name, $0.merchantId) < ($1.name, $1.merchantId) }
                .map { Till(posUserId: record.posUserId, bank: record.bank, merchant: $0) }
        }
        if let first = obeyed.first, !tills.isEmpty {
            self = .active(tills, first.locale)
        } else if obeyed.isEmpty, let later = active.first {
            self = .confirmedSince(later.bank)
        } else if active.isEmpty, let doubtful = known.first {
            self = .suspended(doubtful.bank)
        } else if let blocked = records.first(where: { $0.status == .blocked }) {
            self = .blocked(blocked.bank, blocked.locale)
        } else if answers.contains(.silent) {
            self = .unreachable
        } else {
            self = .unknown
        }
    }
}
