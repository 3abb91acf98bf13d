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

    /// The key that a doubt of this message is about. Who gives a number up shows a key that is theirs no more.
    var toldKey: String? { change == .number ? nil : keyHash }

    /// A key that is not the one that the doubt is about; also where it is the one that has always been seen here.
    var showsAnotherKey: Bool {
        guard let toldKey, let doubted = doubt?.keyHash else { return false }
        return toldKey != doubted
    }
}

/// The word of every bank that knows a phone: who holds it, given after it was doubted.
struct HolderTrust: Sendable, Equatable {
    /// The earliest of their confirmations.
    var confirmedAt: Timestamp
    var owners: [Owner]

    /// Nil while one of them has not confirmed its seller since, or is silent: it may be one that has not.
    init?(_ answers: [BrokerAnswer], since: Timestamp) {
        // Whom a bank has blocked it knows: else to block and unblock would be as good as to confirm.
        let known = answers.compactMap { answer -> SellerRecord? in
            if case .known(let record) = answer { record } else { nil }
        }
        let moments = known.compactMap(\.holderConfirmedAt).filter { $0 > since }
        guard let first = moments.min(), moments.count == known.count, !answers.contains(.silent) else {
            return nil
        }
        confirmedAt = first
        owners = known.map { Owner(bankId: $0.bank.bankId, posUserId: $0.posUserId) }
    }
}

extension ConversationMemory {
    /// Takes note of who writes. Where that is not the person of before, everything personal is forgotten and
    /// the conversation is suspended from the moment it was heard. The marks that are kept are those that the
    /// next message will bear, so that one change is one doubt; and so is a change to the user id, or to the key, that
    /// a doubt of elsewhere is about, settled before this conversation heard of it or not. Another key than this
    /// conversation knows, and than that one, is always a new doubt.
    mutating func notice(_ marks: IdentityMarks, heardAt: Timestamp) {
        let doubt = marks.doubt
        let isUnseen = doubt.map { doubt in alarmSeenAt.map { doubt.raisedAt > $0 } ?? true } ?? false
        var doubtfulSince: Timestamp?
        if isChanged(marks) { doubtfulSince = heardAt }
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

    private func isChanged(_ marks: IdentityMarks) -> Bool {
        let doubted = marks.doubt?.userId
        switch marks.change {
        case .number, .keys: return true
        case .userId(let announced):
            if announced == nil || announced != doubted { return true }
        case nil: break
        }
        if Self.differ(userId, marks.userId), marks.userId != doubted { return true }
        return Self.differ(keyHash, marks.keyHash) && marks.keyHash != marks.doubt?.keyHash
    }

    /// Ends the suspension when every bank that knows the phone has confirmed who holds it since. One bank's word
    /// gives that bank's tills back, and nobody else's. Answers what ended it, for everybody else to know.
    mutating func confirm(by answers: [BrokerAnswer], after doubt: HolderDoubt? = nil) -> HolderTrust? {
        guard suspendedSince != nil, let since = doubtfulSince(doubt),
            let trust = HolderTrust(answers, since: since)
        else { return nil }
        suspendedSince = nil
        return trust
    }

    /// What a bank's confirmation has to be later than, here and at every number, settled or not: a bank that was
    /// not asked when a doubt ended has still not said who holds the phone. Nil: nothing was ever doubted.
    func doubtfulSince(_ doubt: HolderDoubt?) -> Timestamp? {
        [suspendedSince, doubt?.doubtedAt].compactMap(\.self).max()
    }

    /// Of which doubts an answer that tells nobody's business knows: of those it was written because of, whatever
    /// another machine's clock says.
    func knownAt(_ incoming: Incoming, _ doubt: HolderDoubt?) -> Timestamp {
        [incoming.now, incoming.heardAt, doubtfulSince(doubt)].compactMap(\.self).max() ?? incoming.now
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

    /// As we may take it: by our clock, however wrong the broker's is. Counted back from when it was asked, so that a
    /// slow answer makes a confirmation older and never younger. One that is yet to come is none: it would end doubts
    /// that have not been raised yet.
    func heard(at now: Timestamp, askedAt: Timestamp) -> SellerRecord {
        guard let confirmed = holderConfirmedAt else { return self }
        let moment = answeredAt.map { askedAt.advanced(by: confirmed.since($0)) } ?? confirmed
        let isToCome = answeredAt.map { confirmed > $0 } ?? (confirmed > now)
        var record = self
        record.holderConfirmedAt = isToCome ? nil : moment
        return record
    }
}
