// Working on one message from claim to finish: banks, decision, gateway, notifier, and only then the row.
// Every step before the last is idempotent, so a crash anywhere leads to the same answers again.
import Contracts
import Copy
import HTTPClient
import JobQueue
import Lifecycle
import Money
import Observe
import Problem
import Sealing
import WhatsApp
import World

struct MessageDesk: Sendable {
    /// The rail itself may take 30 s, and the gateway talks to a broker first.
    static let gatewayTimeout = Duration.seconds(40)

    /// Quick at first, since most trouble is a peer that restarts.
    static let backoff = Backoff(first: .seconds(1), last: .seconds(300))

    let store: InboundStore
    let holders: HolderStore
    let brokers: Brokers
    let gateway: ServiceClient
    let errands: ErrandDesk
    let voice: Voice
    /// By phoneNumberId.
    let numbers: [String: NumberEntry]
    /// Of all numbers, once each.
    let banks: [String]
    var checkout = CheckoutLanguages()
    let world: World
    let log: Log
    let meters: RouterMeters

    /// Never throws: what fails is tried again later or parked, and the row says which.
    func work(on event: InboundEvent) async {
        let context = RequestContext(requestID: event.requestId, traceparent: nil, world: world)
        await RequestContext.$current.withValue(context) {
            let began = world.monotonic()
            do {
                // Claimed once more than it may fail: whoever worked on it did not live to write it down.
                guard event.attempts <= InboundStore.attemptsMax else {
                    throw Problem(.internal, code: "ATTEMPTS_EXHAUSTED", toUser: "")
                }
                try await settle(event, try await answer(event), began)
            } catch {
                await fail(event, error)
            }
        }
    }

    /// What came of a message.
    private struct Answered {
        /// Of the metric's words.
        var outcome: StaticString
        var memory: ConversationMemory
        /// What was answered while a bank was away would be answered otherwise when it is back.
        var isDurable = false
    }

    private func settle(_ event: InboundEvent, _ answered: Answered, _ began: Int64) async throws {
        // Its row may wait for others; who wrote it does not.
        let span = Duration.nanoseconds(world.monotonic() - began),
            seconds = world.now().since(event.receivedAt)
        let isMine = try await store.finish(
            event, remembering: answered.memory, isDurable: answered.isDurable)
        guard isMine else {
            log.warn("message.leaseLost", ["attempt": .int(event.attempts)])
            return meters.messages.add(1, ["lease_lost"])
        }
        log.info(
            "message.answered",
            ["outcome": .word(answered.outcome), "attempt": .int(event.attempts), "ms": .ms(span)])
        meters.messages.add(1, ["\(answered.outcome)"])
        meters.seconds.observe(seconds)
    }

    /// Everything a message causes outside this service, and what to remember afterwards.
    private func answer(_ event: InboundEvent) async throws -> Answered {
        guard let number = numbers[event.phoneNumberId] else {
            return Answered(outcome: "number_unknown", memory: event.memory)
        }
        let message = try InboundMessage(envelope: event.payload)
        var incoming = incoming(message, event, number)
        var memory = event.memory
        memory.notice(incoming.marks, heardAt: incoming.heardAt)
        try await tell(memory, event, incoming)
        // Nobody can be answered where Meta named neither a phone nor a user id that can be one.
        if incoming.content == .nothing || event.peer.isEmpty {
            return Answered(outcome: "ignored", memory: memory)
        }
        var seller: Seller?
        if let phone = incoming.phone {
            let words = try await brokers.words(on: phone, of: number.banks)
            incoming.silentBanks = words.silent
            seller = try await known(words, event, &memory, &incoming)
        }
        if incoming.sellers.isEmpty { incoming.identityKnownAt = memory.knownAt(incoming, event.doubt) }
        if seller == .unreachable, event.attempts > 1 {
            // An earlier attempt may have reached the gateway: "no link was created" could be untrue by now.
            throw Problem(.unavailable, code: "BROKER_SILENT", toUser: "The bank does not answer.")
        }
        if case .active = seller { try await trust(memory, event) }
        var payers: [KnownPayer] = []
        if case .active(let tills, _) = seller, Decision.wantsPayers(incoming, memory) {
            payers = try await store.payers(of: tills.owners)
        }
        let (outcome, kept) = try await perform(
            Decision.on(incoming, from: seller, remembering: memory, payers: payers), seller, incoming)
        return Answered(outcome: outcome, memory: kept, isDurable: !incoming.silentBanks.isEmpty)
    }

    private func incoming(_ message: InboundMessage, _ event: InboundEvent, _ number: NumberEntry) -> Incoming
    {
        let phone = Incoming.phone(peer: event.peer, from: message.from)
        return Incoming(
            content: Incoming.content(of: message), key: Self.key(event.phoneNumberId, message.id),
            wamid: message.id, repliedTo: message.contextMessageId,
            marks: IdentityMarks(message, doubt: event.doubt),
            conversation: Conversation(phoneNumberId: event.phoneNumberId, peer: event.peer), phone: phone,
            fallbackLanguage: phone.map { Language(phone: $0) } ?? Self.language(of: number),
            now: world.now(), heardAt: event.receivedAt)
    }

    private func perform(
        _ decision: Decision, _ seller: Seller?, _ incoming: Incoming
    ) async throws -> (StaticString, ConversationMemory) {
        var memory = decision.memory
        let language = decision.language
        switch decision.action {
        case .nothing: return ("ignored", memory)
        case .reply(let content):
            try await voice.say(Told(content: content), to: incoming, in: language)
            switch seller {
            case .suspended, .confirmedSince: return ("suspended", memory)
            case nil, .unknown, .unreachable, .blocked, .active: return ("replied", memory)
            }
        case .errand(let errand):
            guard case .active(let tills, _) = seller else { return ("ignored", memory) }
            // Waits beside the errand and is cut off with it: it never makes a seller wait.
            async let _ = voice.seenIfSlow(incoming)
            let ground = ErrandDesk.Ground(message: incoming, tills: tills, language: language)
            let told = try await errands.run(errand, ground, &memory)
            try await voice.say(told, to: incoming, in: language)
            return ("errand", memory)
        case .charge(let plan):
            async let _ = voice.seenIfSlow(incoming)
            let answer = try await charge(plan, for: incoming, in: language)
            if case .opened(let view) = answer {
                memory.lastPaymentId = view.paymentId
                if let payer = plan.payer {
                    try await store.remember(
                        KnownPayer(owner: plan.till.owner, phone: payer.phone, name: payer.name))
                }
            }
            try await voice.say(PaymentReply.content(answer, plan, language), to: incoming, in: language)
            guard case .opened = answer else { return ("charge_refused", memory) }
            if plan.offersUsual {
                let offer = Told(content: UsualTill.offer(plan.till, language))
                try await voice.say(offer, as: .offer, to: incoming, in: language)
                memory.question = UsualTill.question(plan.till.key, incoming.key, now: incoming.now)
            }
            return ("charged", memory)
        }
    }

    private func charge(
        _ plan: ChargePlan, for incoming: Incoming, in language: Language
    ) async throws -> GatewayAnswer {
        let body = OpenPayment(
            posUserId: plan.till.posUserId, bankId: plan.till.bank.bankId,
            merchantId: plan.till.merchant.merchantId,
            merchantName: plan.till.merchant.name, terminalId: plan.terminalId, rail: plan.rail,
            amount: plan.charge.amount,
            description: plan.charge.description, tag: plan.charge.tag, conversation: incoming.conversation,
            locale: language, checkoutLanguage: checkout.language(for: plan.till.key), payer: plan.payer,
            limits: plan.till.merchant.limits)
        do {
            return .opened(
                try await gateway.call(
                    "POST", "/v1/payments", body: body, idempotencyKey: plan.sourceKey,
                    timeout: Self.gatewayTimeout,
                    as: PaymentView.self))
        } catch let problem as Problem where PaymentReply.isAnswer(problem) {
            log.warn("payment.refused", ["code": .name(problem.code)])
            return .refused(problem)
        }
    }

    private func fail(_ event: InboundEvent, _ error: any Error) async {
        let code = Self.code(of: error)
        let isHopeless = Self.isFinal(error) || event.attempts >= InboundStore.attemptsMax
        if isHopeless { await apologise(for: event) }
        do {
            if isHopeless {
                log.error("message.parked", ["code": .name(code), "attempt": .int(event.attempts)])
                meters.messages.add(1, ["parked"])
                _ = try await store.park(event, code: code)
            } else {
                log.warn("message.postponed", ["code": .name(code), "attempt": .int(event.attempts)])
                meters.messages.add(1, ["postponed"])
                let pause = Self.backoff.pause(after: event.attempts, world)
                _ = try await store.retry(event, at: world.now().advanced(by: pause), code: code)
            }
        } catch {
            // The lease ends by itself and the event is claimed again; there is nothing left to write it down
            // in.
            log.error("message.stateLost", ["code": .name(Self.code(of: error))])
        }
    }

    /// The last thing done for a message that could not be worked on: its sender hears that something went
    /// wrong. When even that fails, the parked row is what is left.
    private func apologise(for event: InboundEvent) async {
        guard let number = numbers[event.phoneNumberId],
            let message = try? InboundMessage(envelope: event.payload),
            Incoming.content(of: message) != .nothing
        else { return }
        let phone = Incoming.phone(peer: event.peer, from: message.from)
        let language =
            event.memory.language ?? event.memory.seenLanguage ?? phone.map { Language(phone: $0) }
            ?? Self.language(of: number)
        var incoming = Incoming(
            content: .nothing, key: Self.key(event.phoneNumberId, message.id), wamid: message.id,
            conversation: Conversation(phoneNumberId: event.phoneNumberId, peer: event.peer), phone: nil,
            fallbackLanguage: language, now: world.now(), heardAt: event.receivedAt)
        // It tells nobody's business.
        incoming.identityKnownAt = event.memory.knownAt(incoming, event.doubt)
        let words = Told(content: .text(Self.apology(Incoming.content(of: message), language)))
        do { try await voice.say(words, to: incoming, in: language) } catch {
            log.error("apology.failed", ["code": .name(Self.code(of: error))])
        }
    }

    /// A link that nobody was sent can be asked for again; what else was wished may have happened, a request that
    /// rings in somebody's phone among it, so that the seller looks first.
    private static func apology(_ content: Incoming.Content, _ language: Language) -> String {
        if case .text(let text) = content,
            case .success(.pay) = CommandGrammar.read(text, currency: .mdl)
        {
            return Catalogue.text(.tryAgain, language)
        }
        return Catalogue.text(.troubled, language)
    }

    /// What would fail in the same way for ever, while everything else that this person writes would wait
    /// behind it.
    private static func isFinal(_ error: any Error) -> Bool {
        guard let problem = error as? Problem else { return error is InboundMessage.Refusal }
        return problem.kind == .tooLarge || ["MESSAGE_REFUSED", "INVALID_JSON"].contains(problem.code)
    }

    /// A wamid holds a phone number, so what travels and is logged is its hash.
    static func key(_ phoneNumberId: String, _ wamid: String) -> String {
        "in_" + SHA256.hex(Array((phoneNumberId + ":" + wamid).utf8))
    }

    static func code(of error: any Error) -> String {
        switch error {
        case let problem as Problem: problem.code
        case is CancellationError: "CANCELLED"
        case is InboundMessage.Refusal: "MESSAGE_UNREADABLE"
        default: "\(type(of: error))"
        }
    }

    private static func language(of number: NumberEntry) -> Language {
        switch number.country.uppercased() {
        case "MD", "RO": .ro
        case "FR": .fr
        case "DE", "AT": .de
        default: .en
        }
    }
}
