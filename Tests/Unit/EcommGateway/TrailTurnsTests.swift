// Which banks may be told, step by step.
import Testing
import World

@testable import EcommGateway

@Suite struct `The turns of banks' trails` {
    private func at(_ seconds: Int64) -> Timestamp { Timestamp(seconds: 1_000_000 + seconds) }

    private func pause(_ failures: Int) -> Duration { .seconds(min(1 << (failures - 1), 30)) }

    private func names(_ turns: TrailTurns, _ limit: Int = 9, at seconds: Int64) -> [String] {
        turns.next(limit, most: 200, now: at(seconds)).map { "\($0.bankId) \($0.most)" }
    }

    @Test func `go to all banks at first, and not to one that is being told`() {
        var turns = TrailTurns(["a", "b"])
        #expect(names(turns, at: 0) == ["a 200", "b 200"])
        turns.claimed("a", count: 7, most: 200, until: at(10))
        turns.claimed("b", count: 0, most: 200, until: at(10))
        #expect(names(turns, at: 1) == ["b 200"])
        turns.ended("a", isAway: false, now: at(1), pause: pause)
        #expect(names(turns, at: 1) == ["a 200", "b 200"], "who was asked longest ago is first")
    }

    @Test func `come back from who does not say that it ended, when its lease does`() {
        var turns = TrailTurns(["a"])
        turns.claimed("a", count: 7, most: 200, until: at(10))
        #expect(names(turns, at: 9).isEmpty)
        turns.renewed("a", until: at(20))
        #expect(names(turns, at: 19).isEmpty)
        #expect(names(turns, at: 20) == ["a 200"])
        // A clock that was put back by a day.
        #expect(names(turns, at: -86_400) == ["a 200"])
    }

    @Test func `of one that is away come the later the longer it is, with one event`() {
        var turns = TrailTurns(["a", "b"])
        var now: Int64 = 0
        for rest: Int64 in [1, 2, 4, 8, 16, 30, 30] {
            turns.claimed("a", count: 1, most: 1, until: at(now + 10))
            turns.ended("a", isAway: true, now: at(now), pause: pause)
            #expect(names(turns, at: now + rest - 1) == ["b 200"])
            #expect(names(turns, at: now + rest).contains("a 1"))
            now += rest
        }
        turns.ended("a", isAway: false, now: at(now), pause: pause)
        #expect(names(turns, at: now).contains("a 200"))
    }

    @Test func `go round where there are fewer places than banks`() {
        var turns = TrailTurns(["a", "b", "c"])
        var order = ""
        for step: Int64 in 0..<6 {
            let next = turns.next(1, most: 200, now: at(step))
            for (bank, most) in next {
                order += bank
                turns.claimed(bank, count: 200, most: most, until: at(step + 10))
                turns.ended(bank, isAway: false, now: at(step), pause: pause)
            }
        }
        #expect(order == "abcabc")
        // Who has nothing to be told holds up nobody.
        turns.claimed("a", count: 0, most: 200, until: at(20))
        #expect(turns.next(1, most: 200, now: at(9)).map(\.bankId) == ["b"])
    }

    @Test func `are worth asking for again while one was full`() {
        var turns = TrailTurns(["a", "b"])
        turns.claimed("a", count: 200, most: 200, until: at(10))
        turns.claimed("b", count: 3, most: 200, until: at(10))
        #expect(turns.isBehind)
        turns.ended("a", isAway: false, now: at(1), pause: pause)
        turns.claimed("a", count: 0, most: 200, until: at(11))
        #expect(!turns.isBehind)
    }
}
