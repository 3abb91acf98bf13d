// What an answer of Meta's means, code by code, and that nothing doubtful is ever sent again.
import HTTPClient
import HTTPWire
import Notifier
import Testing
import WhatsApp

@Suite struct `The verdict on an attempt` {
    private func attempt(_ number: Int = 1, refusals: Int = 0, template: Bool = false) -> SendVerdict.Attempt
    {
        .init(number: number, refusals: refusals, templateLeft: template, fraction: 0.5)
    }

    private func error(_ code: Int) -> [UInt8] {
        Array(#"{"error":{"message":"x","type":"OAuthException","code":\#(code),"fbtrace_id":"A"}}"#.utf8)
    }

    @Test func `is acceptance only with a name in the answer`() {
        let body = #"{"messaging_product":"whatsapp","messages":[{"id":"wamid.X"}]}"#
        let verdict = SendVerdict.of(.json(200, Array(body.utf8)), attempt())
        #expect(verdict.event == .graphAccepted)
        #expect(verdict.wamid == "wamid.X")
        for body in ["", "{}", "<html>", #"{"messages":[]}"#] {
            #expect(SendVerdict.of(.json(200, Array(body.utf8)), attempt()).event == .answerLost)
        }
    }

    @Test(arguments: [
        (131_056, MessageEvent.refusedForNow(131_056)), (130_429, .refusedForNow(130_429)),
        (131_000, .refusedForNow(131_000)), (2, .refusedForNow(2)), (190, .accountRefused(190)),
        (0, .accountRefused(0)), (131_042, .accountRefused(131_042)), (368, .accountRefused(368)),
        (131_026, .refusedForGood(131_026)), (100, .refusedForGood(100)), (132_000, .refusedForGood(132_000)),
        (137_000, .identityRefused(137_000)), (132_001, .templateRefused(132_001)),
        (131_047, .windowRefused(templateLeft: false)), (999_999, .refusedForGood(999_999)),
    ])
    func `follows the error table`(code: Int, event: MessageEvent) {
        let verdict = SendVerdict.of(.json(400, error(code)), attempt())
        #expect(verdict.event == event)
        #expect(verdict.code == code)
        if case .refusedForNow = event { #expect(verdict.wait.map { $0 >= .seconds(1) } == true) }
    }

    @Test func `offers the template once when the window turns out closed`() {
        let answer = HTTPResponse.json(400, error(131_047))
        #expect(SendVerdict.of(answer, attempt(template: true)).event == .windowRefused(templateLeft: true))
        #expect(SendVerdict.of(answer, attempt()).event == .windowRefused(templateLeft: false))
    }

    @Test func `parks after the last of many refusals`() {
        let last = attempt(RetrySchedule.refusalsMax, refusals: RetrySchedule.refusalsMax - 1)
        #expect(SendVerdict.of(.json(500, error(131_000)), last).event == .attemptsExhausted(131_000))
        let before = attempt(RetrySchedule.refusalsMax - 1, refusals: RetrySchedule.refusalsMax - 2)
        #expect(SendVerdict.of(.json(500, error(131_000)), before).event == .refusedForNow(131_000))
    }

    @Test func `takes an answer of a gateway on the way for a lost answer`() {
        #expect(SendVerdict.of(.text(502, "bad gateway"), attempt()).event == .answerLost)
        #expect(SendVerdict.of(.text(504, "timed out"), attempt()).event == .answerLost)
        #expect(SendVerdict.of(.text(500, "oops"), attempt()).event == .answerLost)
        #expect(SendVerdict.of(.text(503, "busy"), attempt()).event == .refusedForNow(0))
        #expect(SendVerdict.of(.text(429, "slow down"), attempt()).event == .refusedForNow(0))
        #expect(SendVerdict.of(.text(404, "what"), attempt()).event == .refusedForGood(0))
    }

    @Test(arguments: [
        (HTTPClientFailure.notSent("refused"), MessageEvent.notSent), (.timedOut(sent: false), .notSent),
        (.timedOut(sent: true), .answerLost), (.answerLost("reset"), .answerLost),
        (.malformedAnswer("x"), .answerLost), (.answerTooLarge, .answerLost), (.cancelled, .answerLost),
    ])
    func `allows another attempt only when nothing left`(failure: HTTPClientFailure, event: MessageEvent) {
        #expect(SendVerdict.of(failure, attempt()).event == event)
    }

    @Test func `stops even what never left after a night of trying`() {
        let last = attempt(RetrySchedule.attemptsMax)
        #expect(SendVerdict.of(HTTPClientFailure.notSent("x"), last).event == .attemptsExhausted(0))
    }
}

@Suite struct `The name that statuses carry back` {
    @Test func `reads back as the message and its attempt`() throws {
        for attempt in [1, 2, 10, 500] {
            let read = try #require(CallbackName.parse(CallbackName.text("msg_01abc", attempt: attempt)))
            #expect(read == ("msg_01abc", attempt))
        }
        #expect(CallbackName.text("msg_01abc", attempt: 1) == "msg_01abc")
    }

    @Test(arguments: ["", "x", "pay_1", "msg_1.", "msg_1.0", "msg_1.1", "msg_1.02", "msg_1.-3", "msg_1.2.3"])
    func `is refused when it is none of ours`(text: String) {
        #expect(CallbackName.parse(text) == nil)
    }
}
