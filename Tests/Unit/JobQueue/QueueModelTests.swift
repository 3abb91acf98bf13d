// A queue in memory with everything that makes a floor dangerous, driven by seeds: commits that take long, clocks of
// writers that differ, jobs that are tried again, workers that die with what they hold, a second worker, and writers
// that write jobs as claimed and begin them, or do not hear that they were written.
import Testing
import World

@testable import JobQueue

@Suite struct `A queue read from its floors` {
    private struct Job {
        var dueAt: Int64
        var visibleAt: Int64
        var leasedUntil: Int64 = .min
        var runs = 0
        var isDone = false
    }

    private static let lease: Int64 = 3_000

    /// Milliseconds since the model's begin.
    private static func moment(_ ms: Int64) -> Timestamp {
        Timestamp(seconds: 1_000).advanced(by: .milliseconds(ms))
    }

    /// Entries by when their jobs were due from, the dead among them: a snapshot is held open, so none goes.
    private struct Index {
        private(set) var entries: [(dueAt: Int64, job: Int)] = []

        func first(from dueAt: Int64) -> Int {
            var low = 0, high = entries.count
            while low < high {
                let middle = (low + high) / 2
                if entries[middle].dueAt < dueAt { low = middle + 1 } else { high = middle }
            }
            return low
        }

        mutating func add(_ job: Int, dueAt: Int64) {
            entries.insert((dueAt, job), at: first(from: dueAt + 1))
        }
    }

    private static func isOpen(_ job: Job, _ entry: Int64, _ now: Int64) -> Bool {
        !job.isDone && job.dueAt == entry && job.visibleAt <= now && job.leasedUntil < now
    }

    @Test(arguments: 1...6)
    func `runs every job once, but for those that are tried again, and walks past little`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        var jobs: [Job] = []
        var index = Index()
        var floors = [ClaimFloor(), ClaimFloor()]
        var walked = 0, looks = 0, again = 0, unheard = 0

        func run(_ job: Int, _ now: Int64) {
            jobs[job].runs += 1
            switch Int.random(in: 0..<100, using: &random) {
            case 0:  // Its worker dies.
                again += 1
                jobs[job].leasedUntil = now + Self.lease
            case 1...5:
                again += 1
                jobs[job].leasedUntil = .min
                jobs[job].dueAt = now + Int64.random(in: 1...4_000, using: &random)
                index.add(job, dueAt: jobs[job].dueAt)
            default: jobs[job].isDone = true
            }
        }
        for now in Int64(0)..<40_000 {
            if now < 12_000, Int.random(in: 0...1, using: &random) == 0 {
                let isSlow = Int.random(in: 0..<200, using: &random) == 0
                let commit = Int64.random(in: isSlow ? 100...9_000 : 0...15, using: &random)
                let dueAt = now - Int64.random(in: 0...200, using: &random)
                jobs.append(Job(dueAt: dueAt, visibleAt: now + commit))
                index.add(jobs.count - 1, dueAt: dueAt)
                if Int.random(in: 0..<3, using: &random) == 0 {
                    jobs[jobs.count - 1].leasedUntil = now + Self.lease
                    if Int.random(in: 0..<100, using: &random) == 0 {
                        unheard += 1
                    } else {
                        run(jobs.count - 1, now + commit)
                    }
                }
            }
            guard Int.random(in: 0..<6, using: &random) == 0 else { continue }
            let worker = Int.random(in: 0...1, using: &random)
            let look = floors[worker].look(now: Self.moment(now), startNs: now * 1_000_000)
            var found: [Int] = []
            let from = look.from.since(Self.moment(0)).milliseconds
            for entry in index.entries[index.first(from: from)...] {
                guard entry.dueAt <= now, found.count < 16 else { break }
                if look.depth == .floor || look.depth == .overlap { walked += 1 }
                if Self.isOpen(jobs[entry.job], entry.dueAt, now) { found.append(entry.job) }
            }
            if look.depth == .floor || look.depth == .overlap { looks += 1 }
            // The whole takes a hundred times what the rest takes.
            let tookMs: Int64 = look.depth == .whole ? 100 : look.depth == .recent ? 10 : 1
            floors[worker].found(
                found.map { Self.moment(jobs[$0].dueAt) }, isFull: found.count == 16, by: look,
                endNs: (now + tookMs) * 1_000_000)
            for job in found { run(job, now) }
        }
        let isAllDone = jobs.allSatisfy { $0.isDone }
        #expect(isAllDone, "\(jobs.count { !$0.isDone }) of \(jobs.count) were never run")
        #expect(again > 0 && unheard > 0)
        #expect(jobs.reduce(0) { $0 + $1.runs } == jobs.count + again)
        // Thousands are dead in the end; a look at the floor sees what came in the last fraction of a second.
        #expect(looks > 1_000)
        #expect(walked / max(1, looks) < 400, "\(walked / max(1, looks)) entries for each look")
    }

    /// As fast as it goes beside a snapshot: there is always more than a claim takes, jobs come in statements that
    /// take a while, and a claim takes the longer the more dead entries it walks past. In microseconds.
    @Test(arguments: 1...3)
    func `walks past little for each job where it never comes to the end`(seed: Int) {
        var random = SeededGenerator(seed: seed)
        var moments: [(dueAt: Int64, visibleAt: Int64)] = []
        var isDone: [Bool] = []
        var floor = ClaimFloor()
        var now: Int64 = 0, writerFreeAt: Int64 = 0
        var done = 0, walked = 0, late = 0
        while done < 200_000 {
            while writerFreeAt <= now, moments.count - done < 40_000 {
                let takes = Int64.random(in: 2_000...8_000, using: &random)
                let commit = writerFreeAt + takes + Int64.random(in: 500...9_000, using: &random)
                for job in Int64(0)..<1_000 {
                    moments.append((writerFreeAt + takes * job / 1_000, commit))
                    isDone.append(false)
                }
                writerFreeAt += takes
            }
            writerFreeAt = max(writerFreeAt, now)
            let start = Timestamp(seconds: 1_000)
            let look = floor.look(
                now: start.advanced(by: .microseconds(now)), startNs: now * 1_000)
            let from = look.from.since(start).microseconds
            var low = 0, high = moments.count
            while low < high {
                let middle = (low + high) / 2
                if moments[middle].dueAt < from { low = middle + 1 } else { high = middle }
            }
            var found: [Int] = [], passed = 0
            while low < moments.count, found.count < 512, moments[low].dueAt <= now {
                if !isDone[low], moments[low].visibleAt <= now { found.append(low) } else { passed += 1 }
                low += 1
            }
            walked += passed
            let end = now + 500 + Int64(found.count) * 8 + Int64(passed) / 2
            floor.found(
                found.map { start.advanced(by: .microseconds(moments[$0].dueAt)) },
                isFull: found.count == 512, by: look, endNs: end * 1_000)
            for job in found {
                isDone[job] = true
                if now - moments[job].visibleAt > 1_000_000 { late += 1 }
            }
            done += found.count
            now = end
        }
        print("dead entries walked past for each job: \(Double(walked) / Double(done)), \(now / 1_000) ms")
        #expect(walked < done * 2)
        #expect(late == 0, "found within a second of its commit, or of its turn")
    }
}
