// Whether the person who writes is the one whom the banks know. A phone number outlives its owner: it is given to
// somebody else, or to another device in a thief's hand. WhatsApp tells in five ways; after any of them nothing
// that concerns money is done until a bank has confirmed who holds the phone. Pure.
import Contracts
import WhatsApp
import World

/// What a message says of who wrote it.
struct IdentityMarks: Sendable, Equatable {
    /// The business-scoped user id: another one at the same phone is another person or account.
    var userId: String?
    /// Changes with the phone's keys, so with a new device or a reinstallation; only where the check is on.
    var keyHash: String?
    /// What WhatsApp says in words has changed.
    enum Change: Sendable, Equatable {
        /// The person has another number; whoever writes from this one next is somebody else.
        case number
        /// The person has another user id, when it is told which.
        case userId(String?)
        case keys
    }

    var change: Change?
    /// What is known of the person at all our numbers: that a message was refused because of its keys, or that
    /// any of this was heard elsewhere.
    var doubt: HolderDoubt?

    init(userId: String? = nil, keyHash: String? = nil, change: Change? = nil, doubt: HolderDoubt? = nil) {
        self.userId = userId
        self.keyHash = keyHash
        self.change = change
        self.doubt = doubt
    }

    init(_ message: InboundMessage, doubt: HolderDoubt?) {
        userId = message.userId
        keyHash = message.identityKeyHash
        self.doubt = doubt
        guard case .system(let event) = message.content else { return }
        switch event {
        case .changedNumber: change = .number
        case .changedUserId(let newUserId): change = .userId(newUserId)
        case .identityChanged: change = .keys
        case .other: break
        }
    }

    /// The user id that a doubt of this message is about.
    var toldUserId: String? {
        switch change {
        case .userId(let announced): announced
        case .number: nil
        case .keys, nil: userId
        }
    }
}

/// The word of every bank that knows a phone: who holds it, given after it was doubted.
struct HolderTrust: Sendable, Equatable {
    /// The earliest of their confirmations.
    var confirmedAt: Timestamp
    var owners: [Owner]

    /// Nil while one of them has not confirmed its seller since, or is silent: it may be one that has not.
    init?(_ answers: [BrokerAnswer], since: Timestamp) {
        let active = answers.compactMap { answer -> SellerRecord? in
            if case .known(let record) = answer, record.status == .active { record } else { nil }
        }
        let moments = active.compactMap(\.holderConfirmedAt).filter { $0 > since }
        guard let first = moments.min(), moments.count == active.count, !answers.contains(.silent) else {
            return nil
        }
        confirmedAt = first
        owners = active.map { Owner(bankId: $0.bank.bankId, posUserId: $0.posUserId) }
    }
}

extension ConversationMemory {
    /// Takes note of who writes. Where that is not the person of before, everything personal is forgotten and
    /// the conversation is suspended from the moment it was heard. The marks that are kept are those that the
    /// next message will bear, so that one change is one doubt; and so is a change that a doubt was about which
    /// was settled before this conversation heard of it.
    mutating func notice(_ marks: IdentityMarks, heardAt: Timestamp) {
        let doubt = marks.doubt
        let isUnseen = doubt.map { doubt in alarmSeenAt.map { doubt.raisedAt > $0 } ?? true } ?? false
        let settled = doubt.flatMap { $0.isOpen ? nil : $0 }
        var doubtfulSince: Timestamp?
        if isChanged(marks, settled: settled, isUnseen: isUnseen) { doubtfulSince = heardAt }
        if let doubt, isUnseen {
            alarmSeenAt = doubt.raisedAt
            if doubt.isOpen { doubtfulSince = max(doubtfulSince ?? doubt.raisedAt, doubt.raisedAt) }
        }
        guard let doubtfulSince else {
            userId = marks.userId ?? userId
            // What was refused or replaced since is no key to go by.
            keyHash = marks.keyHash ?? (isUnseen ? nil : keyHash)
            return
        }
        forget()
        suspendedSince = max(suspendedSince ?? doubtfulSince, doubtfulSince)
        keyHash = marks.keyHash
        switch marks.change {
        case .number: userId = nil
        case .userId(let announced): userId = announced
        case .keys, nil: userId = marks.userId ?? userId
        }
    }

    private func isChanged(_ marks: IdentityMarks, settled: HolderDoubt?, isUnseen: Bool) -> Bool {
        switch marks.change {
        case .number, .keys: return true
        case .userId(let announced):
            if announced == nil || announced != settled?.userId { return true }
        case nil: break
        }
        if Self.differ(userId, marks.userId), marks.userId != settled?.userId { return true }
        return Self.differ(keyHash, marks.keyHash) && !(settled != nil && isUnseen)
    }

    /// Ends the suspension when every bank that knows the phone has confirmed who holds it since. One bank's word
    /// gives that bank's tills back, and nobody else's. Answers what ended it, for everybody else to know.
    mutating func confirm(by answers: [BrokerAnswer]) -> HolderTrust? {
        guard let since = suspendedSince, let trust = HolderTrust(answers, since: since) else { return nil }
        suspendedSince = nil
        return trust
    }

    /// Whether nobody whom a bank has named here before is among these. A bank that is silent says neither.
    func isStrange(to owners: [Owner], silentBanks: Set<String>) -> Bool {
        let comparable = (self.owners ?? []).filter { !silentBanks.contains($0.bankId) }
        return !comparable.isEmpty && Set(comparable).isDisjoint(with: owners)
    }

    /// A phone may have another owner at the bank without WhatsApp having said a word: then nothing of the
    /// person of before is this one's. A bank that is silent says neither, and what it said before stays.
    mutating func meet(_ tills: [Till], silentBanks: Set<String> = []) {
        let owners = tills.owners
        let known = self.owners ?? []
        if isStrange(to: owners, silentBanks: silentBanks) { forget() }
        self.owners = owners + known.filter { silentBanks.contains($0.bankId) && !owners.contains($0) }
        refusals = []
    }

    private static func differ(_ known: String?, _ told: String?) -> Bool {
        guard let known, let told else { return false }
        return known != told
    }
}

extension SellerRecord {
    /// A broker that does not tell when it confirmed the holder has not.
    func isConfirmed(after moment: Timestamp) -> Bool { holderConfirmedAt.map { $0 > moment } ?? false }
}
