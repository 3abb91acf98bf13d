// How long to wait: after refusals, and between messages. Pure numbers, no clock.
import Notifier
import Testing
import WhatsApp
import World

@Suite struct `The retry schedule` {
    @Test func `doubles from one second to a minute, half of it by chance`() {
        let expected: [Int64] = [1, 2, 4, 8, 16, 32, 60, 60, 60]
        for (index, seconds) in expected.enumerated() {
            let least = RetrySchedule.wait(afterAttempt: index + 1, fraction: 0)
            let most = RetrySchedule.wait(afterAttempt: index + 1, fraction: 0.999_999)
            #expect(least == .seconds(seconds) / 2)
            #expect(most < .seconds(seconds) && most > .seconds(seconds) * 0.99)
        }
    }

    @Test func `waits 4 to the X seconds for one person and never less`() throws {
        let reaction = GraphErrorReaction.reaction(to: 131_056, httpStatus: 400)
        for (index, seconds) in [1, 4, 16, 64, 256].enumerated() {
            let asked = try #require(reaction.delaySeconds(afterAttempt: index + 1))
            #expect(RetrySchedule.wait(asked: asked, fraction: 0) == .seconds(seconds))
            #expect(RetrySchedule.wait(asked: asked, fraction: 0.999) <= .seconds(seconds) * 1.25)
        }
    }

    @Test func `takes any attempt number without trapping`() {
        for attempt in [Int.min + 1, -1, 0, 1_000_000] {
            #expect(RetrySchedule.wait(afterAttempt: attempt, fraction: 0.5) <= RetrySchedule.waitMax)
        }
    }
}

@Suite struct `The pace` {
    private let start = Timestamp(seconds: 1_790_000_000)

    @Test func `lets 45 messages to one person go at once and then one in six seconds`() {
        var fullAt: Timestamp?
        for _ in 1...45 {
            guard case .go(let next) = Pace.person.take(fullAt: fullAt, now: start) else {
                Issue.record("refused within the burst")
                return
            }
            fullAt = next
        }
        #expect(Pace.person.take(fullAt: fullAt, now: start) == .wait(until: start.advanced(by: .seconds(6))))
        let later = start.advanced(by: .seconds(6))
        guard case .go(let next) = Pace.person.take(fullAt: fullAt, now: later) else {
            Issue.record("refused after the wait that was asked for")
            return
        }
        #expect(Pace.person.take(fullAt: next, now: later) == .wait(until: start.advanced(by: .seconds(12))))
    }

    @Test(arguments: [0, 3, 15, 44, 45, 99])
    func `says up to when a bucket may be full for a token to be taken now`(leaving: Int) {
        let latest = Pace.person.latest(now: start, leaving: leaving)
        for (offset, goes) in [(-1, true), (0, true), (1, false)] as [(Int64, Bool)] {
            let fullAt = Timestamp(microseconds: latest.microseconds + offset)
            let turn = Pace.person.take(fullAt: fullAt, now: start, leaving: leaving)
            if case .go = turn { #expect(goes) } else { #expect(!goes) }
        }
    }

    @Test func `sends a business number's 80 a second and no more`() {
        let number = Pace.number(ratePerSecond: 80)
        var fullAt: Timestamp?
        var sent = 0
        for microsecond in stride(from: Int64(0), to: 10_000_000, by: 1_000) {
            let now = Timestamp(microseconds: start.microseconds + microsecond)
            if case .go(let next) = number.take(fullAt: fullAt, now: now) {
                fullAt = next
                sent += 1
            }
        }
        #expect(sent >= 800 && sent <= 800 + number.burst)
    }

    @Test func `does not wait for hours because a clock was ahead for a moment`() {
        let ahead = start.advanced(by: .seconds(7_200))
        guard case .go(let fullAt) = Pace.person.take(fullAt: nil, now: ahead),
            case .go(let next) = Pace.person.take(fullAt: fullAt, now: start)
        else {
            Issue.record("refused"); return
        }
        #expect(next == start.advanced(by: .seconds(6)))
    }

    @Test func `forgets a long silence instead of saving it up`() {
        let pace = Pace(interval: .seconds(1), burst: 2)
        let later = start.advanced(by: .seconds(1_000))
        guard case .go(let next) = pace.take(fullAt: start, now: later) else {
            Issue.record("refused"); return
        }
        #expect(next == later.advanced(by: .seconds(1)))
    }
}
