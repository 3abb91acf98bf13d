// Where claims begin, step by step, and in a queue that does everything that queues do: jobs that come late, are tried
// again, or lose their worker. Nothing may be missed for good, and what is done may not be walked past again and again.
import Testing
import World

@testable import JobQueue

@Suite struct `The floor of claims` {
    private let start = Timestamp(seconds: 1_000_000)
    private func at(_ milliseconds: Int64) -> Timestamp { start.advanced(by: .milliseconds(milliseconds)) }

    /// A look at `ms` that takes a millisecond.
    private func look(
        _ floor: inout ClaimFloor, at ms: Int64, finds due: [Int64] = [], isFull: Bool = false
    ) -> ClaimFloor.Look {
        let look = floor.look(now: at(ms), startNs: ms * 1_000_000)
        floor.found(due.map { at($0) }, isFull: isFull, by: look, endNs: (ms + 1) * 1_000_000)
        return look
    }

    @Test func `is the moment until which everything was seen, less the time that a commit takes`() {
        var floor = ClaimFloor()
        #expect(look(&floor, at: 0).from == ClaimFloor.beginning)
        #expect(look(&floor, at: 10).from == at(0 - 20))
        #expect(look(&floor, at: 30).from == at(10 - 20))
    }

    @Test func `is the last job found while there are more than a claim takes, also when that leads back`() {
        var floor = ClaimFloor()
        _ = look(&floor, at: 0, finds: [-5_000, -4_000], isFull: true)
        #expect(look(&floor, at: 1, finds: [-3_000, -2_000], isFull: true).from == at(-4_000 - 20))
        #expect(look(&floor, at: 3).from == at(-2_000))
        // The whole is looked at again, and somebody left a backlog.
        #expect(look(&floor, at: 60, finds: [-90_000, -80_000], isFull: true).from == ClaimFloor.beginning)
        #expect(look(&floor, at: 62, finds: [-70_000]).from == at(-80_000))
        #expect(look(&floor, at: 64).from == at(62 - 20))
    }

    @Test func `is the very last job found in a backlog, and in between looks for what came late`() {
        var floor = ClaimFloor()
        let whole = floor.look(now: at(0), startNs: 0)
        floor.found([at(-9_000)], isFull: true, by: whole, endNs: 1_000_000_000)
        var depths: [ClaimFloor.Depth] = []
        for step in Int64(1)...45 {
            let look = look(&floor, at: 1_000 + step, finds: [-9_000 + step], isFull: true)
            depths.append(look.depth)
            let overlap: Int64 = look.depth == .overlap ? 20 : 0
            #expect(look.from == at(-9_000 + step - 1 - overlap))
        }
        // A millisecond each, so one in forty.
        #expect(depths.indices.filter { depths[$0] == .overlap } == [0, 41])
        // At the end of it all, every look is one for what comes late.
        _ = look(&floor, at: 1_046)
        #expect(look(&floor, at: 1_047).depth == .overlap)
    }

    @Test func `is left for the whole the less often that takes long, and for the recent in between`() {
        var floor = ClaimFloor()
        let whole = floor.look(now: at(0), startNs: 0)
        // A second for the whole: it rests for 40.
        floor.found([], isFull: false, by: whole, endNs: 1_000_000_000)
        let recent = look(&floor, at: 1_051)
        #expect(recent.depth == .recent && recent.from == at(0 - 20 - 10_000))
        // A millisecond for the recent: it rests for 40 of them.
        #expect(look(&floor, at: 1_091).depth == .overlap)
        #expect(look(&floor, at: 1_093).depth == .recent)
        #expect(look(&floor, at: 40_999).depth == .recent)
        #expect(look(&floor, at: 41_001).from == ClaimFloor.beginning)
        // The whole was cheap this time, and is soon looked at again.
        #expect(look(&floor, at: 41_030).depth == .overlap)
        #expect(look(&floor, at: 41_043).depth == .whole)
    }

    @Test func `begins earlier when jobs come later, and forgets that slowly`() {
        var floor = ClaimFloor()
        _ = look(&floor, at: 0)
        _ = look(&floor, at: 10, finds: [-190])
        // 190 ms before what had been seen: a quarter more than that from now on.
        #expect(look(&floor, at: 20).from <= at(10 - 20 - 237))
        #expect(look(&floor, at: 30).from >= at(20 - 20 - 240))
        for step in 1...400 { _ = look(&floor, at: 30 + Int64(step) * 50) }
        #expect(look(&floor, at: 20_070).from >= at(20_030 - 30))
    }

    @Test func `learns nothing from what a dead worker left`() {
        var floor = ClaimFloor()
        _ = look(&floor, at: 0)
        _ = look(&floor, at: 10, finds: [-30_000])
        #expect(look(&floor, at: 20).from == at(10 - 20))
    }

    @Test
    func `sees the whole when the clock that leases end by has moved on, however little time has passed`() {
        var floor = ClaimFloor()
        _ = look(&floor, at: 0)
        let next = floor.look(now: at(11_000), startNs: 2_000_000)
        #expect(next.from == ClaimFloor.beginning)
    }

    @Test func `sees the whole when a job has ended that another waited for`() {
        var floor = ClaimFloor()
        _ = look(&floor, at: 0)
        #expect(look(&floor, at: 2).depth == .overlap)
        floor.lookBack()
        #expect(look(&floor, at: 4).depth == .whole)
    }

    @Test func `follows a clock that was put back`() {
        var floor = ClaimFloor()
        let first = floor.look(now: at(3_600_000), startNs: 0)
        floor.found([], isFull: false, by: first, endNs: 1_000_000)
        let back = floor.look(now: at(0), startNs: 2_000_000)
        #expect(back.from == at(0 - 20))
    }
}
