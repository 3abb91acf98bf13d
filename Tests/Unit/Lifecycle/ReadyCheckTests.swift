// What a probe is told of a database that answers, refuses, freezes and comes back, and how often it is looked at.
import Testing

@testable import Lifecycle

@Suite struct `A readiness check` {
    private let second: Int64 = 1_000_000_000
    private let tenth: Int64 = 100_000_000

    @Test func `is made once a second at most, however many ask`() {
        var check = ReadyCheck()
        #expect(check.asked(0) == .look(untilNs: ReadyCheck.patienceNs))
        #expect(check.asked(tenth) == .wait)
        #expect(check.isLooking)
        check.ended(isOk: true, 2 * tenth)
        #expect(!check.isLooking && check.verdict(2 * tenth) == .ok)
        #expect(check.asked(2 * tenth + second - 1) == .say(.ok))
        #expect(check.asked(2 * tenth + second) == .look(untilNs: 2 * tenth + second + ReadyCheck.patienceNs))
        check.ended(isOk: false, 13 * tenth)
        #expect(check.asked(14 * tenth) == .say(.failing))
    }

    @Test func `answers within a probe's second while what it looks at is silent, and says for how long`() {
        #expect(ReadyCheck.patienceNs < second)
        var check = ReadyCheck()
        check.ended(isOk: true, 0)
        let frozen = 5 * second
        #expect(check.asked(frozen) == .look(untilNs: frozen + ReadyCheck.patienceNs))
        // Whoever waited, and whoever asks from then on; nobody looks a second time meanwhile.
        let due = frozen + ReadyCheck.patienceNs
        #expect(check.asked(due - 1) == .wait)
        #expect(check.verdict(due) == .silent(forNs: ReadyCheck.patienceNs))
        #expect(check.asked(due) == .say(.silent(forNs: ReadyCheck.patienceNs)))
        #expect(check.asked(frozen + 60 * second) == .say(.silent(forNs: 60 * second)))
        // It comes back: the look that hung ends, and the next who asks has the answer or begins another.
        check.ended(isOk: true, frozen + 61 * second)
        #expect(check.asked(frozen + 61 * second) == .say(.ok))
        #expect(
            check.asked(frozen + 66 * second) == .look(untilNs: frozen + 66 * second + ReadyCheck.patienceNs))
    }

    @Test func `counts a silence from its beginning, however often a look is given up, and a refusal as one`()
    {
        var check = ReadyCheck()
        #expect(check.asked(second) == .look(untilNs: second + ReadyCheck.patienceNs))
        // Its own deadline ended it.
        check.ended(isOk: false, 6 * second)
        #expect(check.asked(6 * second) == .say(.silent(forNs: 5 * second)))
        #expect(check.asked(7 * second) == .look(untilNs: 7 * second + ReadyCheck.patienceNs))
        #expect(check.asked(8 * second) == .say(.silent(forNs: 7 * second)))
        check.ended(isOk: false, 12 * second)
        #expect(check.asked(12 * second) == .say(.silent(forNs: 11 * second)))
        // The machine is started again: for a moment nobody listens, and that is another thing.
        #expect(check.asked(14 * second) == .look(untilNs: 14 * second + ReadyCheck.patienceNs))
        check.ended(isOk: false, 14 * second + tenth)
        #expect(check.asked(14 * second + tenth) == .say(.failing))
        #expect(check.asked(16 * second) == .look(untilNs: 16 * second + ReadyCheck.patienceNs))
        check.ended(isOk: true, 16 * second + tenth)
        #expect(check.asked(16 * second + tenth) == .say(.ok))
    }

    @Test func `says yes, no, and why`() {
        #expect(ReadyCheck.Verdict.ok.line == "ok")
        #expect(ReadyCheck.Verdict.failing.line == "failing")
        #expect(ReadyCheck.Verdict.silent(forNs: 2_349_999_999).line == "failing: no answer for 2.3 s")
        #expect(ReadyCheck.Verdict.silent(forNs: 0).line == "failing: no answer for 0.0 s")
    }
}
