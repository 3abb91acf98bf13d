// What one answer of the Cloud API, or its absence, means for the message. Pure: bytes and failures in, one
// event and a wait out. The rule above all others: only an answer or a request that provably never left
// allows another attempt.
package import HTTPClient
package import HTTPWire
import WhatsApp

/// The meaning of one attempt's end.
package struct SendVerdict: Sendable, Equatable {
    package var event: MessageEvent
    /// Meta's name of the message, when it took it.
    package var wamid: String?
    /// When to try again, for the events that lead back to the queue.
    package var wait: Duration?
    /// Meta's error code; 0 where there was none.
    package var code: Int
    /// The request was wrong in itself: someone has to mend the program.
    package var isOurBug: Bool

    init(
        _ event: MessageEvent, wamid: String? = nil, wait: Duration? = nil, code: Int = 0,
        isOurBug: Bool = false
    ) {
        self.event = event
        self.wamid = wamid
        self.wait = wait
        self.code = code
        self.isOurBug = isOurBug
    }

    /// What the attempt was, as far as the verdict depends on it.
    package struct Attempt: Sendable {
        /// This attempt's number, from 1.
        package var number: Int
        /// Refusals before this attempt.
        package var refusals: Int
        /// It was the chat form, and the content has a template.
        package var templateLeft: Bool
        /// 0..<1, for jitter.
        package var fraction: Double

        package init(number: Int, refusals: Int, templateLeft: Bool, fraction: Double) {
            self.number = number
            self.refusals = refusals
            self.templateLeft = templateLeft
            self.fraction = fraction
        }
    }

    /// The verdict on an answer.
    package static func of(_ answer: HTTPResponse, _ attempt: Attempt) -> SendVerdict {
        if (200...299).contains(answer.status) {
            guard let accepted = SendAnswer(parsing: answer.body) else { return SendVerdict(.answerLost) }
            return SendVerdict(.graphAccepted, wamid: accepted.wamid)
        }
        let error = GraphError(parsing: answer.body)
        // Somebody between us and Meta gave up, or Meta broke before it had words: the message may have been
        // taken. Only 503 says by its meaning that nothing was done.
        if error == nil, answer.status >= 500, answer.status != 503 { return SendVerdict(.answerLost) }
        let reaction = GraphErrorReaction.reaction(to: error?.code, httpStatus: answer.status)
        return refused(reaction, code: error?.code ?? 0, attempt)
    }

    private static func refused(_ reaction: GraphErrorReaction, code: Int, _ attempt: Attempt) -> SendVerdict
    {
        switch reaction.action {
        case .retrySoon, .retryInMinutes, .retrySlowly, .retryPair:
            if attempt.refusals + 1 >= RetrySchedule.refusalsMax {
                return SendVerdict(.attemptsExhausted(code), code: code)
            }
            let asked = reaction.delaySeconds(afterAttempt: attempt.refusals + 1) ?? 1
            return SendVerdict(
                .refusedForNow(code), wait: RetrySchedule.wait(asked: asked, fraction: attempt.fraction),
                code: code)
        case .useTemplate:
            return SendVerdict(.windowRefused(templateLeft: attempt.templateLeft), wait: .zero, code: code)
        case .suspend:
            return SendVerdict(.accountRefused(code), wait: RetrySchedule.accountWait, code: code)
        case .useOtherTemplate: return SendVerdict(.templateRefused(code), wait: .zero, code: code)
        case .blockIdentity: return SendVerdict(.identityRefused(code), code: code)
        case .usePhone, .drop:
            return SendVerdict(.refusedForGood(code), code: code, isOurBug: reaction.isOurBug)
        }
    }

    /// The verdict on a request without an answer.
    package static func of(_ failure: HTTPClientFailure, _ attempt: Attempt) -> SendVerdict {
        guard failure.mayBeRepeated else { return SendVerdict(.answerLost) }
        if attempt.number >= RetrySchedule.attemptsMax { return SendVerdict(.attemptsExhausted(0)) }
        return SendVerdict(
            .notSent, wait: RetrySchedule.wait(afterAttempt: attempt.number, fraction: attempt.fraction))
    }
}
