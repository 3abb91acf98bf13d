// The books of a worker's places, step by step and by seeds: claims that are under way, rows that are written as
// claimed, places given back, jobs that end, in any order. Never may more be taken than there are.
import Testing

@testable import JobQueue

@Suite struct `The places of a worker` {
    @Test func `are kept for a claim before it is sent, so that nobody else takes them`() {
        let running = RunningJobs<Int>()
        #expect(running.keepForClaim(of: 8, least: 1, isBehind: false) == 8)
        #expect(!running.keep(of: 8), "all are the claim's")
        let ids = running.begin([1, 2, 3], kept: 8, isShort: false)
        #expect(ids.count == 3 && running.count == 3)
        #expect(running.keep(of: 8), "the rest is free again")
    }

    @Test func `are left by half to rows that come while a claim is under way, unless there is a backlog`() {
        let running = RunningJobs<Int>()
        running.expectWriters()
        #expect(running.keepForClaim(of: 8, least: 1, isBehind: false) == 4)
        let writers = (0..<8).filter { _ in running.keep(of: 8) }
        #expect(writers.count == 4)
        running.giveBack(8)
        #expect(running.keepForClaim(of: 8, least: 2, isBehind: true) == 8)
        running.giveBack(8)
        // The last one is of use to somebody.
        #expect(running.keepForClaim(of: 1, least: 1, isBehind: false) == 1)
    }

    @Test func `are too few for a claim below the least, and then each end is of interest`() {
        let running = RunningJobs<Int>()
        let first = running.begin([1, 2, 3], kept: 0, isShort: false)
        #expect(running.keepForClaim(of: 4, least: 2, isBehind: true) == 0)
        #expect(running.isShort)
        _ = running.finished(first[0])
        #expect(running.keepForClaim(of: 4, least: 2, isBehind: true) == 2)
        running.giveBack(2)
        #expect(running.keepForClaim(of: 2, least: 1, isBehind: false) == 0)
        #expect(running.isShort, "no place at all")
    }

    @Test func `are refused to rows once the worker was stopped, also one that was kept before`() {
        let running = RunningJobs<Int>()
        #expect(running.keep(of: 2))
        running.stop()
        #expect(!running.keep(of: 2))
        #expect(running.reserveKept(1) == nil)
        #expect(running.count == 0)
    }

    /// Several claims may be under way: their worker makes one at a time, the books would bear more.
    @Test(arguments: 1...8)
    func `are never more than there are, whatever happens in which order`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        let most = Int.random(in: 1...12, using: &random)
        let running = RunningJobs<Int>()
        if seed.isMultiple(of: 2) { running.expectWriters() }
        var claims: [Int] = [], writers = 0, ids: [Int] = []
        var ran = 0
        for step in 0..<20_000 {
            switch Int.random(in: 0..<6, using: &random) {
            case 0:
                let kept = running.keepForClaim(
                    of: most, least: Int.random(in: 1...3, using: &random),
                    isBehind: Bool.random(using: &random))
                if kept > 0 { claims.append(kept) }
            case 1:
                guard let kept = claims.popLast() else { break }
                if Int.random(in: 0..<4, using: &random) == 0 {
                    running.giveBack(kept)
                } else {
                    let found = Int.random(in: 0...kept, using: &random)
                    ids += running.begin(
                        Array(repeating: step, count: found), kept: kept, isShort: found == kept)
                    ran += found
                }
            case 2: if running.keep(of: most) { writers += 1 }
            case 3:
                guard writers > 0 else { break }
                writers -= 1
                if Bool.random(using: &random) {
                    running.giveBack()
                } else if let id = running.reserveKept(step) {
                    ids.append(id)
                    ran += 1
                }
            default:
                guard !ids.isEmpty else { break }
                _ = running.finished(ids.remove(at: Int.random(in: ids.indices, using: &random)))
            }
            #expect(running.count <= most)
            #expect(running.count == claims.reduce(0, +) + writers + ids.count)
            #expect(running.jobs.count == ids.count)
        }
        #expect(ran > 500)
    }
}
