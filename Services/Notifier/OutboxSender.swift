// From a claimed message to Meta's answer: plan, pace, mark, send, settle. The order is the promise: what may
// have left is marked before, so a crash at any line leaves either a message that was not sent or one that
// waits for its status.
import Contracts
import EventLoop
import HTTPClient
import JobQueue
import Observe
import Postgres
import WhatsApp
import World

/// Claims for the worker.
struct OutboxSource: JobSource {
    let store: MessageStore
    var lease: Duration { MessageStore.lease }

    func claim(_ limit: Int) async throws -> [OutboundMessage] { try await store.claim(limit) }

    func release(_ jobs: [OutboundMessage]) async throws {
        for job in jobs { try await store.release(job, runAt: store.world.now()) }
    }

    func renew(_ jobs: [OutboundMessage]) async throws { try await store.renew(jobs) }
}

/// Sends one claimed message at a time; the worker runs many.
struct OutboxSender: Sendable {
    /// How long a database that is away is waited for with what only this sender knows.
    static let insistence = Duration.seconds(30)

    let store: MessageStore
    let graph: GraphSender
    let media: MediaDesk
    let numbers: [String: SendingNumber]
    let pace: NumberPace
    let catalogue: TemplateCatalogue
    let loop: EventLoop
    let log: Log
    let metrics: NotifierMetrics
    /// Called after a message left its conversation's head: the next one may be due.
    let wake: @Sendable () -> Void

    /// Never throws: whatever happens, the row says where the message stands, and its lease ends by itself.
    func perform(_ message: OutboundMessage) async {
        let context = RequestContext(
            requestID: message.requestId, traceparent: message.traceparent, world: store.world)
        await RequestContext.$current.withValue(context) {
            do { try await send(message) } catch {
                log.warn(
                    "message.leftToLease",
                    ["messageId": .id(message.messageId), "why": .name(Self.word(error))])
            }
        }
    }

    private func send(_ message: OutboundMessage) async throws {
        let now = store.world.now()
        guard let number = numbers[message.conversation.phoneNumberId] else {
            return try await stop(message, .heldBack(.numberUnknown), wait: RetrySchedule.accountWait)
        }
        if let pause = pace.pause(number.phoneNumberId, now: now) {
            return try await stop(message, .heldBack(.account(pause.code)), wait: pause.until.since(now))
        }
        guard let content = try? MessageRendering.decoded(message.content) else {
            return try await stop(message, .contentUnreadable)
        }
        let rendering = MessageRendering(content, place: number.place)
        let question = DeliveryPlan.Question(
            hasChatForm: true, templateName: rendering.templateName, templateOnly: message.templateOnly,
            locale: message.locale, notAfter: message.notAfter)
        let plan = DeliveryPlan.decide(question, window: message.window, catalogue: catalogue, now: now)
        switch plan {
        case .expire: try await stop(message, .deadlinePassed)
        case .hold(let reason): try await stop(message, .heldBack(reason))
        case .chat: try await sendChat(message, rendering, from: number)
        case .template(let definition):
            guard let body = rendering.template(definition) else {
                return try await stop(message, .contentUnreadable)
            }
            try await send(message, body, rendering, from: number, isChat: false)
        }
    }

    /// A message that does not leave now.
    private func stop(_ message: OutboundMessage, _ event: MessageEvent, wait: Duration? = nil) async throws {
        var settlement = Settlement(message.messageId, event, fence: message.fence)
        settlement.wait = wait
        let settled = try await store.settle(settlement)
        metrics.count(settled)
        if case .done(let state, _) = settled {
            log.info(
                "message.stopped",
                [
                    "messageId": .id(message.messageId), "state": .name(state.name.rawValue),
                    "reason": .name(state.reason?.text ?? "-"),
                ])
        }
        wake()
    }

    /// With its file first, where it has one. What Meta says against the file counts as said against the message.
    private func sendChat(
        _ message: OutboundMessage, _ rendering: MessageRendering, from number: SendingNumber
    ) async throws {
        let began = store.world.monotonic()
        let attempt = SendVerdict.Attempt(
            number: message.attempts + 1, refusals: message.refusals, templateLeft: false,
            fraction: store.world.fraction())
        switch try await media.media(for: message, rendering, from: number, attempt) {
        case .ready(let mediaId):
            let content = rendering.chat(message.locale, mediaId: mediaId)
            try await send(message, content, rendering, from: number, isChat: true)
        case .refused(let verdict):
            let fullAt = message.paceFullAt ?? store.world.now()
            guard try await store.markSending(message, isChat: true, paceFullAt: fullAt) else { return }
            let span = Duration.nanoseconds(store.world.monotonic() - began)
            try await settle(message, verdict, isChat: true, span: span)
        }
    }

    private func send(
        _ message: OutboundMessage, _ content: OutboundBody.Content, _ rendering: MessageRendering,
        from number: SendingNumber, isChat: Bool
    ) async throws {
        let attempt = message.attempts + 1
        let body: [UInt8]
        do throws(OutboundRefusal) {
            body = try OutboundBody(
                to: message.recipient, content,
                callbackData: CallbackName.text(message.messageId, attempt: attempt),
                replyTo: message.replyTo
            ).encoded()
        } catch { return try await stop(message, .contentUnreadable) }
        guard let fullAt = try await waitForTurn(message, number) else { return }
        let isMarked: Bool
        do { isMarked = try await store.markSending(message, isChat: isChat, paceFullAt: fullAt) } catch {
            try await takeBack(message)
            throw error
        }
        guard isMarked else {
            log.warn("message.leaseLost", ["messageId": .id(message.messageId)])
            return
        }
        let began = store.world.monotonic()
        let verdict = await graph.send(
            body, from: number,
            .init(
                number: attempt, refusals: message.refusals,
                templateLeft: isChat && rendering.templateName != nil,
                fraction: store.world.fraction()))
        let span = Duration.nanoseconds(store.world.monotonic() - began)
        metrics.sendTime.observe(span)
        try await settle(message, verdict, isChat: isChat, span: span)
    }

    /// Whether the mark was written is not known, but nothing has left: said in time, the message is sent
    /// later instead of waiting for a status that cannot come. Not a child of this task, which may have been
    /// cancelled.
    private func takeBack(_ message: OutboundMessage) async throws {
        let isEnding = Task.isCancelled
        let taking = Task(executorPreference: loop) {
            try await insist(for: isEnding ? .zero : Self.insistence) { try await store.takeBack(message) }
        }
        try await taking.value
    }

    /// Repeats a write, which must be one that may be repeated, while the database is away for a moment.
    private func insist<Value: Sendable>(
        for span: Duration, _ write: () async throws -> Value
    ) async throws -> Value {
        let end = store.world.monotonic() + span.nanoseconds
        var pause = Duration.milliseconds(100)
        while true {
            do { return try await write() } catch let error as PostgresError
                where error.isRetryable && store.world.monotonic() < end
            {
                try await loop.sleep(for: pause)
                pause = min(pause * 2, .seconds(2))
            }
        }
    }

    /// The person's pace and the number's. Nil: the message was given back for later.
    private func waitForTurn(_ message: OutboundMessage, _ number: SendingNumber) async throws -> Timestamp? {
        let now = store.world.now()
        guard case .go(let fullAt) = Pace.person.take(fullAt: message.paceFullAt, now: now) else {
            if case .wait(let until) = Pace.person.take(fullAt: message.paceFullAt, now: now) {
                try await store.release(message, runAt: until)
            }
            return nil
        }
        while case .wait(let until) = pace.take(number.phoneNumberId, now: store.world.now()) {
            try await loop.sleep(for: max(.milliseconds(1), until.since(store.world.now())))
        }
        return fullAt
    }

    private func settle(
        _ message: OutboundMessage, _ verdict: SendVerdict, isChat: Bool, span: Duration
    ) async throws {
        // Meta's answer comes once: if it is not written down, nobody will ever know it.
        let settled = try await insist(for: Self.insistence) { try await write(verdict, of: message) }
        metrics.count(settled)
        report(message, verdict, settled, isChat: isChat, span: span)
        wake()
    }

    private func write(_ verdict: SendVerdict, of message: OutboundMessage) async throws -> Settled {
        if let wamid = verdict.wamid,
            try await store.markAccepted(message.messageId, fence: message.fence, wamid: wamid)
        {
            return .done(.accepted, [])
        }
        var settlement = Settlement(message.messageId, verdict.event, fence: message.fence)
        if case .windowRefused = verdict.event {
            settlement.happened = .windowRefused(code: verdict.code)
        }
        settlement.wamid = verdict.wamid
        settlement.wait = verdict.wait
        settlement.code = verdict.code
        return try await store.settle(settlement)
    }

    private func report(
        _ message: OutboundMessage, _ verdict: SendVerdict, _ settled: Settled, isChat: Bool, span: Duration
    ) {
        let channel = isChat ? "chat" : "template"
        guard case .done(let state, let effects) = settled else {
            log.warn("message.settledElsewhere", ["messageId": .id(message.messageId)])
            return
        }
        metrics.attempts.add(1, [channel, state.name.rawValue])
        if effects.contains(.pauseNumber) {
            let until = store.world.now().advanced(by: RetrySchedule.accountWait)
            pace.pause(message.conversation.phoneNumberId, code: verdict.code, until: until)
        }
        if verdict.wamid != nil {
            log.info(
                "message.sent",
                ["messageId": .id(message.messageId), "channel": .name(channel), "ms": .ms(span)])
        } else if effects.contains(.showOperator) || verdict.isOurBug {
            log.error(
                "message.refused",
                [
                    "messageId": .id(message.messageId), "channel": .name(channel),
                    "code": .int(verdict.code),
                    "state": .name(state.name.rawValue), "isOurBug": .flag(verdict.isOurBug),
                ])
        } else {
            log.warn(
                "message.notSent",
                [
                    "messageId": .id(message.messageId), "channel": .name(channel),
                    "code": .int(verdict.code),
                    "state": .name(state.name.rawValue), "ms": .ms(span),
                ])
        }
    }

    private static func word(_ error: any Error) -> String {
        switch error {
        case is CancellationError: "cancelled"
        case let error as PostgresError: error.sqlState ?? "database"
        default: "\(type(of: error))"
        }
    }
}

extension OutboundMessage {
    /// By phone where one is known: sending to it keeps it visible to us for 30 days more.
    var recipient: OutboundBody.Recipient {
        if let waId, !waId.isEmpty { return .phone(waId) }
        return conversation.peer.utf8.allSatisfy { (0x30...0x39).contains($0) }
            ? .phone(conversation.peer) : .user(conversation.peer)
    }
}
