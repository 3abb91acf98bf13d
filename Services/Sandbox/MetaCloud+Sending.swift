// What the business asks of Meta: messages, read receipts. Refused as Meta refuses, or shown on the phone and
// followed by the statuses.

package import World

extension MetaCloud {
    /// An answer to POST /messages.
    package enum Answer: Sendable, Equatable {
        case accepted(input: String, waId: String?, userId: String?, messageId: String)
        case success
    }

    /// The business posts to /messages. `fault`: what goes wrong with a message on purpose.
    package mutating func send(_ body: [UInt8], fault: Fault.Kind? = nil, world: World) throws(GraphError)
        -> (Answer, [Effect])
    {
        let request: OutboundRequest
        do throws(GraphError) { request = try OutboundReader(templates: templates).read(body) } catch {
            ledger.refused[Int(error.code), default: 0] += 1
            throw error
        }
        switch request {
        case .read(let messageId, let typing): return (.success, markRead(messageId, typing, world.now()))
        case .message(let message):
            do throws(GraphError) { return try deliver(message, fault, world) } catch {
                ledger.refused[Int(error.code), default: 0] += 1
                throw error
            }
        }
    }

    private mutating func markRead(_ messageId: String, _ typing: Bool, _ now: Timestamp) -> [Effect] {
        ledger.receipts += 1
        // Meta answers success for ids it does not know as well.
        guard let phone = phoneByMessage[messageId] else { return [] }
        if typing { phones[phone]?.startTyping(at: now) }
        let changed = phones[phone]?.markRead(upTo: messageId) ?? []
        return changed.map { .keep(phone: phone, $0, stamped: phones[phone]?.lastSaid) }
    }

    private mutating func deliver(
        _ message: OutboundRequest.Message, _ fault: Fault.Kind?, _ world: World
    ) throws(GraphError) -> (Answer, [Effect]) {
        let phoneNumber = try recipient(of: message)
        let now = world.now(), isTemplate = message.content.kind == .template
        if phones[phoneNumber] == nil {
            // A number that has never written has no window; a template reaches it all the same.
            guard isTemplate else { throw windowClosed() }
            introduce(phoneNumber, name: nil)
        }
        guard let phone = phones[phoneNumber] else { throw .undeliverable() }
        let content = try withFile(message.content, now)
        switch fault {
        case .windowClosed: throw .windowClosed()
        case .pairLimited: throw .pairLimited()
        default: break
        }
        guard isTemplate || phone.windowIsOpen(at: now) else { throw windowClosed() }
        try limits.take(phoneNumber, now: now)
        let bubble = Bubble(
            id: Self.messageId(world), direction: .in, kind: content.kind, text: content.text,
            header: content.header,
            footer: content.footer, buttons: content.buttons, list: content.list, template: content.template,
            document: content.document, replyTo: message.replyTo, at: now.microseconds / 1_000)
        let answer = Answer.accepted(
            input: message.to ?? message.recipient ?? "", waId: message.to == nil ? nil : phone.waId,
            userId: message.to == nil ? phone.userId : nil, messageId: bubble.id)
        let isStale = message.identityKey.map { $0 != phone.identityKey } ?? false
        if let failure = Self.failure(fault, isStale: isStale) {
            return (answer, [status(.failed, of: bubble, message, phone, after: pace.sent, now, failure)])
        }
        ledger.accepted[content.kind.rawValue, default: 0] += 1
        phones[phoneNumber]?.show(bubble)
        let early = fault == .statusFirst
        let steps: [(Bubble.Ticks, Duration)] = [
            (.sent, early ? .zero : pace.sent), (.delivered, early ? .zero : pace.delivered),
            (.read, pace.read),
        ]
        let statuses = steps.map { ticks, after in
            status(ticks, of: bubble, message, phone, after: after, now, nil)
        }
        return (answer, [.keep(phone: phoneNumber, bubble, stamped: nil)] + statuses)
    }

    private func recipient(of message: OutboundRequest.Message) throws(GraphError) -> String {
        if let to = message.to {
            guard let number = E164.normalised(to) else { throw .badValue("to is not a phone number") }
            return number
        }
        guard let known = phoneByUserId[message.recipient ?? ""] else { throw .undeliverable() }
        return known
    }

    /// Counted apart from a refusal that was asked for by a fault.
    private mutating func windowClosed() -> GraphError {
        ledger.outsideWindow += 1
        return .windowClosed()
    }

    private static func failure(_ fault: Fault.Kind?, isStale: Bool) -> GraphError? {
        if fault == .windowClosedLater { return .windowClosed() }
        return fault == .identityChanged || isStale ? .identityChanged() : nil
    }

    private func withFile(_ content: OutboundRequest.Content, _ now: Timestamp) throws(GraphError)
        -> OutboundRequest.Content
    {
        guard let id = content.document?.mediaId else { return content }
        guard let file = media.file(id, now: now) else { throw .media("There is no media with this id.") }
        var content = content
        content.document?.mimeType = file.mimeType
        content.document?.bytes = file.bytes.count
        return content
    }

    private mutating func status(
        _ ticks: Bubble.Ticks, of bubble: Bubble, _ message: OutboundRequest.Message, _ phone: FakePhone,
        after: Duration, _ now: Timestamp, _ failure: GraphError?
    ) -> Effect {
        let category = bubble.kind == .template ? "utility" : "service"
        // Free until a number has been delivered its thousand of the month (since October 2026).
        if ticks == .delivered, category == "service" { limits.countService(now) }
        let isFree = category == "service" && limits.servicesThisMonth <= MetaLimits.freeServices
        return .post(
            Post(
                lane: phone.phone, after: after,
                body: webhook.status(
                    MetaWebhook.Status(
                        messageId: bubble.id, status: ticks, at: now.advanced(by: after),
                        opaque: message.opaque, category: category, isFree: isFree, failure: failure),
                    of: phone), deliveredBubble: nil, place: .status))
    }
}
