// One event applied to one message, in a transaction: read under lock, ask the machine, write what it says.
// Used by the sender for everything but the usual end, by the statuses, by the keeper and by an operator's
// replay.
import Contracts
import Postgres
import World

/// What is to be applied, and what came with it.
struct Settlement: Sendable {
    /// A status says only that the window was refused; whether a template is left is known by the row.
    enum Happened: Sendable, Equatable {
        case event(MessageEvent)
        case windowRefused(code: Int)
    }

    var messageId: String
    var happened: Happened
    /// Only while this lease holds; nil for events that need none.
    var fence: Int64?
    /// Only if the lease has ended by then: a renewal may come between finding the row and locking it.
    var leaseEndedBy: Timestamp?
    /// The attempt that a status speaks of, nil for the current one.
    var attempt: Int?
    var wamid: String?
    var wait: Duration?
    var code = 0

    init(_ messageId: String, _ event: MessageEvent, fence: Int64? = nil) {
        self.messageId = messageId
        happened = .event(event)
        self.fence = fence
    }
}

/// What became of a settlement.
enum Settled: Sendable, Equatable {
    case done(MessageState, [MessageEffect])
    case refused(MessageState)
    /// Another process has the message now.
    case leaseLost
    case unknown
}

extension MessageStore {
    /// Applies one event. Throws only for the database.
    func settle(_ settlement: Settlement) async throws -> Settled {
        try await database.transaction { session in try await self.settle(settlement, in: session) }
    }

    /// The same inside a transaction that does more.
    func settle(_ settlement: Settlement, in session: PostgresTransaction) async throws -> Settled {
        guard let row = try await LockedMessage.read(settlement.messageId, in: session) else {
            return .unknown
        }
        if let fence = settlement.fence, fence != row.fence { return .leaseLost }
        if let end = settlement.leaseEndedBy, row.leaseUntil.map({ $0 >= end }) ?? false {
            return .refused(row.state)
        }
        if let wamid = settlement.wamid {
            _ = try await session.query(
                MessageQueries.nameAttempt,
                [
                    .text(wamid), .text(row.messageId), .int4(Int32(settlement.attempt ?? row.attempts)),
                    .timestamp(world.now()),
                ])
        }
        let attempt = settlement.attempt ?? row.attempts
        let sent = try await row.sentAttempt(attempt, in: session)
        guard let event = row.event(settlement.happened, attempt: attempt, wasChat: sent.isChat) else {
            return .done(row.state, [])
        }
        // The sender itself, under the fence of its attempt, was taken for gone and was not: what it has
        // learned about that attempt counts as if nobody had given it up.
        let isFromItsSender = settlement.fence != nil && row.state == .unresolved
        let step: MessageState.Step
        do { step = try MessageState.next(isFromItsSender ? .sending : row.state, event) } catch {
            return .refused(row.state)
        }
        if step.effects.contains(.closeWindow), let inbound = sent.inboundAt {
            _ = try await session.query(
                MessageQueries.disprove,
                [.text(row.conversation.phoneNumberId), .text(row.conversation.peer), .timestamp(inbound)])
        }
        if step.state != row.state || !step.effects.isEmpty {
            try await write(row, step, event, settlement, in: session)
        }
        return .done(step.state, step.effects)
    }

    private func write(
        _ row: LockedMessage, _ step: MessageState.Step, _ event: MessageEvent, _ settlement: Settlement,
        in session: PostgresTransaction
    ) async throws {
        var templateOnly = row.templateOnly, refusals = row.refusals
        switch event {
        case .refusedForNow, .accountRefused: refusals += 1
        case .windowRefused: templateOnly = true
        // The person wrote again, or a person decided: both forms are possible again and the count starts
        // anew.
        case .holdEnded, .replayAsked: (templateOnly, refusals) = (false, 0)
        case .claimed, .heldBack, .deadlinePassed, .contentUnreadable, .graphAccepted, .notSent, .answerLost,
            .leaseLost, .refusedForGood, .attemptsExhausted, .statusSent, .statusDelivered, .statusRead,
            .statusFailed, .graceEnded:
            break
        }
        let now = world.now()
        _ = try await session.query(
            MessageQueries.store,
            [
                .text(row.messageId), .text(step.state.name.rawValue), .text(step.state.reason?.text),
                .bool(templateOnly), .int4(Int32(refusals)),
                .timestamp(now.advanced(by: settlement.wait ?? .zero)),
                .text(settlement.code == 0 ? nil : "graph:\(settlement.code)"), .timestamp(now),
            ])
    }
}

/// A message's row, held until the transaction ends.
struct LockedMessage: Sendable {
    let messageId: String
    let conversation: Conversation
    let state: MessageState
    let kind: String
    let templateOnly: Bool
    let attempts: Int
    let refusals: Int
    let fence: Int64
    let leaseUntil: Timestamp?

    static func read(_ messageId: String, in session: PostgresTransaction) async throws -> LockedMessage? {
        guard let row = try await session.query(MessageQueries.lock, [.text(messageId)]).atMostOne() else {
            return nil
        }
        guard let name = MessageStatusName(rawValue: try row.text("state")),
            let state = MessageState(name: name, reason: try row.textOrNil("reason"))
        else { throw UnreadableState() }
        return LockedMessage(
            messageId: messageId,
            conversation: Conversation(
                phoneNumberId: try row.text("phone_number_id"), peer: try row.text("peer")),
            state: state, kind: try row.text("kind"), templateOnly: try row.bool("template_only"),
            attempts: Int(try row.int4("attempts")), refusals: Int(try row.int4("refusals")),
            fence: try row.int8("fence"), leaseUntil: try row.timestampOrNil("lease_until"))
    }

    /// A reason that this version does not know: a newer one wrote it, and that one has to handle it.
    struct UnreadableState: Error {}

    func sentAttempt(
        _ attempt: Int, in session: PostgresTransaction
    ) async throws -> (isChat: Bool, inboundAt: Timestamp?) {
        guard attempt > 0,
            let row = try await session.query(
                MessageQueries.attempt, [.text(messageId), .int4(Int32(attempt))]
            ).atMostOne()
        else { return (false, nil) }
        return (try row.text("channel") == "chat", try row.timestampOrNil("inbound_at"))
    }

    /// The machine's event for what happened, or nil when it is old news: a failure of an attempt that has
    /// been followed by another says nothing about that one. Good news of any attempt counts.
    func event(_ happened: Settlement.Happened, attempt: Int, wasChat: Bool) -> MessageEvent? {
        switch happened {
        case .windowRefused:
            attempt < attempts
                ? nil : .windowRefused(templateLeft: kind == "outcome" && wasChat && !templateOnly)
        case .event(.statusFailed) where attempt < attempts: nil
        case .event(let event): event
        }
    }
}
