// What a message tells of who holds its phone, written where the notifier and our other numbers see it: before anything
// is said because of it, and repeated harmlessly after a crash.
import Contracts
import Observe
import World

extension MessageDesk {
    /// A doubt that this conversation has come to, unless it is known as one already; and that somebody writes with
    /// another key than the one that a doubt is about, so that the bank's word may be about either.
    func tell(_ memory: ConversationMemory, _ event: InboundEvent, _ incoming: Incoming) async throws {
        guard let since = memory.suspendedSince else {
            // Handled behind a confirmation that it was heard before: that was about this key, or about the other.
            if let doubt = event.doubt, doubt.wasOpen(at: incoming.heardAt), incoming.marks.showsAnotherKey {
                try await holders.raise(
                    Self.marks(event, incoming), since: incoming.heardAt, about: incoming.marks.toldUserId,
                    key: incoming.marks.toldKey)
            }
            return
        }
        if let doubt = event.doubt, doubt.isOpen, doubt.raisedAt >= since, !incoming.marks.showsAnotherKey {
            return
        }
        try await holders.raise(
            Self.marks(event, incoming), since: since, about: incoming.marks.toldUserId,
            key: incoming.marks.toldKey)
        log.warn("holder.doubted", ["isNew": .flag(event.memory.suspendedSince != since)])
    }

    /// A key that is new here is written before anything is done because of its message: what that brings about may be
    /// told before its end is written, and somebody else may hold the phone by then.
    func trust(_ memory: ConversationMemory, _ event: InboundEvent) async throws {
        guard let key = memory.trustedKeyHash, key != event.memory.trustedKeyHash else { return }
        try await holders.trust(key, in: event)
    }

    /// Who the banks say that this is; what ends a doubt, and what shows that the phone has another holder, is
    /// written down.
    func known(
        _ words: BankWords, _ event: InboundEvent, _ memory: inout ConversationMemory,
        _ incoming: inout Incoming
    ) async throws -> Seller {
        let marks = Self.marks(event, incoming)
        let since = memory.doubtfulSince(event.doubt)
        let began = [memory.suspendedSince, event.doubt?.doubtedAt].compactMap(\.self).min()
        var trust: HolderTrust?
        // A doubt is of a person, and ends for all numbers: so the banks of the others are asked, too.
        if memory.suspendedSince != nil, let since, HolderTrust(words.answers, since: since) != nil {
            trust = memory.confirm(by: try await whole(words, incoming).answers, after: event.doubt)
        }
        if let trust {
            try await holders.settle(marks, trust)
            log.info("holder.confirmed", ["by": .word("message")])
        }
        let isInDoubt = began.map { $0 <= incoming.heardAt } ?? false
        let seller = Seller(
            answers: words.answers, doubtfulSince: since,
            settledAt: since.flatMap { event.doubt?.ended(after: $0) },
            writtenInDoubtAt: isInDoubt ? incoming.heardAt : nil)
        var owners: [Owner] = []
        switch seller {
        case .active(let tills, _):
            owners = tills.owners
            incoming.sellers = Array(owners.names.prefix(SendMessage.sellersMax))
            incoming.identityKnownAt = memory.suspendedSince == nil ? nil : since
        case .unknown: break
        case .unreachable, .suspended, .confirmedSince, .blocked: return seller
        }
        guard memory.suspendedSince == nil, trust == nil else { return seller }
        let before = event.doubt?.owners
        let isOther = memory.isStrange(to: owners, silentBanks: incoming.silentBanks)
        let isNews = before.map { $0 != words.names(over: $0, since: since) } ?? false
        guard isOther || isNews else { return seller }
        // Whom no bank names here may be another number's seller, whose news waits until that is written down.
        let all = try await whole(words, incoming)
        let names = all.names(over: before ?? [], since: since)
        let now = world.now()
        let isWhole = !names.isEmpty && all.silent.isEmpty
        try await holders.name(marks, names, at: now, lookAt: isWhole ? nil : now)
        return seller
    }

    /// With what the banks of the other numbers say.
    private func whole(_ words: BankWords, _ incoming: Incoming) async throws -> BankWords {
        let others = banks.filter { !words.banks.contains($0) }
        guard let phone = incoming.phone, !others.isEmpty else { return words }
        return words + (try await brokers.words(on: phone, of: others))
    }

    /// The names of one person: whose conversation it is, the phone, and the user id of before.
    static func marks(_ event: InboundEvent, _ incoming: Incoming) -> [String] {
        var marks = [event.peer]
        if let phone = incoming.phone { marks.append(String(phone.dropFirst())) }
        if let userId = event.memory.userId { marks.append(userId) }
        return marks.filter { !$0.isEmpty }
    }
}
