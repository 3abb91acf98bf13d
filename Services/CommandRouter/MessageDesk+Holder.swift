// What a message tells of who holds its phone, written where the notifier and our other numbers see it: before anything
// is said because of it, and repeated harmlessly after a crash.
import Contracts
import Observe
import World

extension MessageDesk {
    /// A doubt that this conversation has come to, unless it is known as one already.
    func tell(_ memory: ConversationMemory, _ event: InboundEvent, _ incoming: Incoming) async throws {
        guard let since = memory.suspendedSince else { return }
        if let doubt = event.doubt, doubt.isOpen, doubt.raisedAt >= since { return }
        try await holders.raise(
            Self.marks(event, incoming), since: since, about: incoming.marks.toldUserId)
        log.warn("holder.doubted", ["isNew": .flag(event.memory.suspendedSince != since)])
    }

    /// Who the banks say that this is; what ends a doubt, and what shows that the phone has another holder, is
    /// written down.
    func known(
        _ answers: [BrokerAnswer], _ event: InboundEvent, _ memory: inout ConversationMemory,
        _ incoming: inout Incoming
    ) async throws -> Seller {
        let marks = Self.marks(event, incoming)
        let trust = memory.confirm(by: answers)
        if let trust {
            try await holders.settle(marks, trust)
            log.info("holder.confirmed", ["by": .word("message")])
        }
        let seller = Seller(answers: answers, doubtfulSince: memory.suspendedSince)
        var owners: [Owner] = []
        switch seller {
        case .active(let tills, _):
            owners = tills.owners
            incoming.sellers = Array(owners.names.prefix(SendMessage.sellersMax))
            incoming.identityKnownAt = memory.suspendedSince
        case .unknown: break
        case .unreachable, .suspended, .blocked: return seller
        }
        guard memory.suspendedSince == nil, trust == nil else { return seller }
        var names = Set(owners.names.map(\.text))
        let before = event.doubt?.owners ?? []
        // What a silent bank said before stays.
        names.formUnion(before.filter { name in incoming.silentBanks.contains { name.hasPrefix($0 + "/") } })
        let isOther = memory.isStrange(to: owners, silentBanks: incoming.silentBanks)
        if isOther || (event.doubt.map { !$0.isOpen && $0.owners != names } ?? false) {
            try await holders.name(marks, names, at: world.now())
        }
        return seller
    }

    /// The names of one person: whose conversation it is, the phone, and the user id of before.
    static func marks(_ event: InboundEvent, _ incoming: Incoming) -> [String] {
        var marks = [event.peer]
        if let phone = incoming.phone { marks.append(String(phone.dropFirst())) }
        if let userId = event.memory.userId { marks.append(userId) }
        return marks.filter { !$0.isEmpty }
    }
}
