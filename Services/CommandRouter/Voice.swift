// Saying things: replies through the notifier, each under a key of the message that it answers, and the two blue ticks.
import Contracts
import EventLoop
import HTTPClient
import Money
import Observe
import Problem
import World

struct Voice: Sendable {
    static let timeout = Duration.seconds(10)
    /// Best effort: it shows that somebody is at work, and must not be work itself.
    static let seenTimeout = Duration.seconds(2)
    /// A quicker answer is the better sign, and two requests less for each message.
    static let seenAfter = Duration.milliseconds(700)
    /// An answer to a message is worth nothing the day after.
    static let replyWorth = Duration.seconds(86_400)

    /// The parts of what one message may cause to be said.
    enum Part: String, Sendable {
        case reply, offer
        /// The reply that speaks of a payment, where an earlier attempt's spoke of none.
        case after
    }

    let notifier: ServiceClient
    let loop: EventLoop
    let log: Log

    /// Under the message's key and the part. A conflict means that an earlier attempt has already said something
    /// there, which is what this attempt wanted; unless that one told of no payment ("the bank does not answer") and
    /// this one has made one since. Then both stand, this one with a word about the other.
    func say(_ told: Told, as part: Part = .reply, to incoming: Incoming, in language: Language) async throws
    {
        guard let taken = try await post(told, part, incoming, language) else { return }
        guard part == .reply, told.subject != nil, let before = taken.use, before.subject == nil else {
            return log.info("reply.saidBefore")
        }
        log.warn("reply.afterAll", ["before": .name(before.kind)])
        let after = told.afterAll(language)
        if try await post(after, .after, incoming, language) != nil { log.info("reply.saidBefore") }
    }

    /// That a key is taken, and for what; a notifier of before does not say.
    private struct Taken { var use: KeyUse? }

    /// Nil when it is said, now or before.
    private func post(
        _ told: Told, _ part: Part, _ incoming: Incoming, _ language: Language
    ) async throws -> Taken? {
        let body = SendMessage(
            conversation: incoming.conversation, locale: language, content: told.content,
            notAfter: told.notAfter ?? incoming.now.advanced(by: Self.replyWorth),
            replyTo: part == .offer ? nil : Self.quotable(incoming.wamid), subject: told.subject,
            ends: told.ends.isEmpty ? nil : told.ends,
            sellers: incoming.sellers.isEmpty ? nil : incoming.sellers,
            identityKnownAt: incoming.identityKnownAt)
        do {
            _ = try await notifier.call(
                "POST", "/v1/messages", body: body, idempotencyKey: incoming.key + ":" + part.rawValue,
                timeout: Self.timeout, as: MessageAccepted.self)
            return nil
        } catch let problem as Problem where problem.code == "IDEMPOTENCY_CONFLICT" {
            return Taken(use: problem.usedFor)
        }
    }

    /// Shows that the message was read and is being answered, once the answer takes longer than a person expects.
    /// Cancelled by its caller when there is an answer. Never throws and never matters.
    func seenIfSlow(_ incoming: Incoming) async {
        guard let wamid = Self.quotable(incoming.wamid),
            (try? await loop.sleep(for: Self.seenAfter)) != nil
        else { return }
        let body = MarkSeen(conversation: incoming.conversation, wamid: wamid, typing: true)
        do {
            _ = try await notifier.call(
                "POST", "/v1/seen", body: body, timeout: Self.seenTimeout, as: ServiceClient.Nothing.self)
        } catch { log.debug("seen.failed", ["code": .name(MessageDesk.code(of: error))]) }
    }

    /// The id to quote, or nil for one that is not the short visible text that every wamid has been: the
    /// answer matters, the quote above it does not.
    static func quotable(_ wamid: String) -> String? {
        let isPlain =
            (1...512).contains(wamid.utf8.count) && wamid.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        return isPlain ? wamid : nil
    }
}
