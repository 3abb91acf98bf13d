// What a batch of statuses does to the messages it speaks of. Pure: the locked rows and the statuses in, the rows
// to write out. Statuses of one message are applied one after the other to the same row, which is then written
// once.
import Contracts
import Money
import WhatsApp
import World

struct StatusBatch: Sendable {
    /// One event of the lane, decoded.
    struct Heard: Sendable {
        var event: StatusEvent
        var status: MessageStatus
    }

    /// A locked row that a wamid of the batch stands for.
    struct Target: Sendable {
        var wamid: String
        /// The attempt of this row that the wamid names.
        var attempt: Int
        /// The wamid is known already.
        var isNamed: Bool
        /// The row whose name the bubble carries.
        var isLeader: Bool
        var row: LockedMessage
        var sent: SentAttempt
    }

    /// A row to write.
    struct Write: Sendable {
        var row: LockedMessage
        var lastError: String?
    }

    struct Price: Sendable, Equatable {
        var number: String
        var category: String
        var type: String
        var month: String
    }

    private(set) var writes: [String: Write] = [:]
    /// Names to keep, with whom they name.
    private(set) var names: [String: (messageId: String, attempt: Int)] = [:]
    private(set) var orphans: [Heard] = []
    private(set) var disproved: [(conversation: Conversation, inboundAt: Timestamp)] = []
    private(set) var turns: [Conversation: Timestamp] = [:]
    /// What bubbles are billed as, by their names.
    private(set) var prices: [String: Price] = [:]
    /// The latest place in each conversation that a status shows to have been sent.
    private(set) var heardOf: [Conversation: Int64] = [:]
    /// Numbers whose account or payment method was refused, by code.
    private(set) var pauses: [String: Int] = [:]
    private(set) var alarms: [Conversation: Timestamp] = [:]
    /// Attempts whose template Meta refused, each with its code.
    private(set) var templateRefusals: [(messageId: String, attempt: Int, code: Int)] = []
    /// What became of each status, for metrics and the log; nil for one that speaks of nobody yet.
    private(set) var outcomes: [(heard: Heard, settled: [Settled])] = []

    init(_ heard: [Heard], _ targets: [Target], now: Timestamp) {
        var byWamid: [String: [Target]] = [:]
        for target in targets { byWamid[target.wamid, default: []].append(target) }
        for one in heard { apply(one, byWamid[one.status.wamid] ?? [], now) }
    }

    private mutating func apply(_ heard: Heard, _ targets: [Target], _ now: Timestamp) {
        let code = heard.status.errors.first?.code
        guard let happened = Self.happened(heard.status.status, code: code) else {
            return outcomes.append((heard, []))
        }
        guard !targets.isEmpty else {
            orphans.append(heard)
            return outcomes.append((heard, [.unknown]))
        }
        var settled: [Settled] = []
        for target in targets {
            if target.isLeader, !target.isNamed {
                names[target.wamid] = (target.row.messageId, target.attempt)
            }
            if target.isLeader { price(heard, target) }
            settled.append(settle(target, happened, code ?? 0, heard, now))
        }
        outcomes.append((heard, settled))
    }

    /// A stated price replaces one that was guessed from another status of the batch.
    private mutating func price(_ heard: Heard, _ target: Target) {
        guard let (category, type) = MessagePrice.of(heard.status, wasChat: target.sent.isChat) else {
            return
        }
        if let known = prices[target.wamid], known.type != MessagePrice.unstated { return }
        prices[target.wamid] = Price(
            number: target.row.conversation.phoneNumberId, category: category, type: type,
            month: MessagePrice.month(heard.event.eventAt))
    }

    private mutating func settle(
        _ target: Target, _ happened: Settlement.Happened, _ code: Int, _ heard: Heard, _ now: Timestamp
    ) -> Settled {
        let row = writes[target.row.messageId]?.row ?? target.row
        var settlement = Settlement(row.messageId, .statusSent)
        settlement.happened = happened
        settlement.code = code
        let change = MessageChange(row, settlement, attempt: target.attempt, target.sent, now: now)
        if let after = change.after {
            let error = change.lastError ?? writes[row.messageId]?.lastError
            writes[row.messageId] = Write(row: after, lastError: error)
        }
        if case .event(.statusFailed) = happened {
            // A refusal shows that it arrived at Meta and no more.
        } else if row.state != .unresolved {
            heardOf[row.conversation] = max(row.seq, heardOf[row.conversation] ?? row.seq)
        }
        if let inbound = change.disproved { disproved.append((row.conversation, inbound)) }
        if let turn = change.nextTurn { turns[row.conversation] = min(turn, turns[row.conversation] ?? turn) }
        let action = code == 0 ? nil : GraphErrorReaction.reaction(to: code, httpStatus: 0).action
        if action == .suspend, change.after != nil { pauses[row.conversation.phoneNumberId] = code }
        if action == .blockIdentity {
            alarms[row.conversation] = max(
                heard.event.eventAt, alarms[row.conversation] ?? heard.event.eventAt)
        }
        if case .event(.templateRefused(let code)) = happened {
            templateRefusals.append((row.messageId, target.attempt, code))
        }
        return change.settled
    }

    /// The machine's words for Meta's. Nil for a word that says nothing about a message's way.
    static func happened(_ word: StatusWord, code: Int?) -> Settlement.Happened? {
        switch word {
        case .sent: .event(.statusSent)
        case .delivered: .event(.statusDelivered)
        case .read, .played: .event(.statusRead)
        case .failed:
            switch code.map({ GraphErrorReaction.reaction(to: $0, httpStatus: 0).action }) {
            case .useTemplate: .windowRefused(code: code ?? 0)
            case .useOtherTemplate: .event(.templateRefused(code ?? 0))
            case .blockIdentity: .event(.identityRefused(code ?? 0))
            default: .event(.statusFailed(code ?? 0))
            }
        case .unknown: nil
        }
    }
}
