// Whether the person who writes is the one whom the banks know. A phone number outlives its owner: it is given to
// somebody else, or to another device in a thief's hand. WhatsApp tells in five ways; after any of them nothing
// that concerns money is done until a bank has written its record anew. Pure.
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
    /// When a message of ours was last refused because the keys are not the ones we wrote to.
    var alarmedAt: Timestamp?

    init(userId: String? = nil, keyHash: String? = nil, change: Change? = nil, alarmedAt: Timestamp? = nil) {
        self.userId = userId
        self.keyHash = keyHash
        self.change = change
        self.alarmedAt = alarmedAt
    }

    init(_ message: InboundMessage, alarmedAt: Timestamp?) {
        userId = message.userId
        keyHash = message.identityKeyHash
        self.alarmedAt = alarmedAt
        guard case .system(let event) = message.content else { return }
        switch event {
        case .changedNumber: change = .number
        case .changedUserId(let newUserId): change = .userId(newUserId)
        case .identityChanged: change = .keys
        case .other: break
        }
    }
}

extension ConversationMemory {
    /// Takes note of who writes. Where that is not the person of before, everything personal is forgotten and
    /// the conversation is suspended from the moment it was heard. The marks that are kept are those that the
    /// next message will bear, so that one change is one doubt.
    mutating func notice(_ marks: IdentityMarks, heardAt: Timestamp) {
        var doubtfulSince: Timestamp?
        if marks.change != nil || Self.differ(userId, marks.userId) || Self.differ(keyHash, marks.keyHash) {
            doubtfulSince = heardAt
        }
        if let alarmedAt = marks.alarmedAt, alarmSeenAt.map({ alarmedAt > $0 }) ?? true {
            alarmSeenAt = alarmedAt
            doubtfulSince = max(doubtfulSince ?? alarmedAt, alarmedAt)
        }
        guard let doubtfulSince else {
            userId = marks.userId ?? userId
            keyHash = marks.keyHash ?? keyHash
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

    /// Ends the suspension when every bank that knows the phone has written its record since. One bank's word
    /// gives that bank's tills back, and nobody else's.
    mutating func confirm(by answers: [BrokerAnswer]) {
        guard let since = suspendedSince else { return }
        let active = answers.compactMap { answer -> SellerRecord? in
            if case .known(let record) = answer, record.status == .active { record } else { nil }
        }
        guard !active.isEmpty, !answers.contains(.silent), active.allSatisfy({ $0.isWritten(after: since) })
        else { return }
        suspendedSince = nil
    }

    /// A phone may have another owner at the bank without WhatsApp having said a word: then nothing of the
    /// person of before is this one's. A bank that is silent says neither, and what it said before stays.
    mutating func meet(_ tills: [Till], silentBanks: Set<String> = []) {
        let owners = tills.owners
        let known = self.owners ?? []
        let comparable = known.filter { !silentBanks.contains($0.bankId) }
        if !comparable.isEmpty, Set(comparable).isDisjoint(with: owners) { forget() }
        self.owners = owners + known.filter { silentBanks.contains($0.bankId) && !owners.contains($0) }
        refusals = []
    }

    private static func differ(_ known: String?, _ told: String?) -> Bool {
        guard let known, let told else { return false }
        return known != told
    }
}

extension SellerRecord {
    /// A broker that does not tell when it wrote a record has not confirmed it.
    func isWritten(after moment: Timestamp) -> Bool { holderConfirmedAt.map { $0 > moment } ?? false }
}
