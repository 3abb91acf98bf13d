// Timers without a task: they run once, on the loop, in the order of their moments, and not at all once cancelled,
// from whichever thread they are set and cancelled.
import EventLoop
import Synchronization
import Testing

@Suite struct `A timer of a loop` {
    let loop: EventLoop
    let ran = Ran()

    /// What ran, and whether each did so on the loop.
    final class Ran: Sendable {
        private let marks = Mutex<[String]>([])
        var all: [String] { marks.withLock { $0 } }
        func note(_ mark: String) { marks.withLock { $0.append(mark) } }
    }

    init() throws { loop = try EventLoop.start(name: "test") }

    @Test func `runs its body on the loop, once its span has passed and in the order of their moments`()
        async throws
    {
        let (loop, ran) = (loop, ran)
        let start = loop.nowNs
        try await loop.run {
            // Far apart: between two of these lines a busy machine may do something else.
            for ms in [900, 300, 600] {
                loop.timer(after: .milliseconds(ms)) { ran.note("\(ms) \(loop.isCurrent)") }
            }
            while ran.all.count < 3 { try await loop.sleep(for: .milliseconds(5)) }
        }
        #expect(ran.all == ["300 true", "600 true", "900 true"])
        #expect(loop.nowNs - start >= 900_000_000)
        loop.stop()
    }

    @Test func `is set and cancelled from another thread as well`() async throws {
        let (loop, ran) = (loop, ran)
        let dropped = loop.timer(after: .milliseconds(1_500)) { ran.note("cancelled") }
        dropped.cancel()
        dropped.cancel()
        loop.timer(after: .milliseconds(1_600)) { ran.note("kept \(loop.isCurrent)") }
        try await loop.run { while ran.all.isEmpty { try await loop.sleep(for: .milliseconds(5)) } }
        #expect(ran.all == ["kept true"])
        loop.stop()
    }

    @Test func `that was cancelled on the loop does not run, and one that ran is cancelled in vain`()
        async throws
    {
        let (loop, ran) = (loop, ran)
        try await loop.run {
            let early = loop.timer(after: .zero) { ran.note("early") }
            let dropped = loop.timer(after: .milliseconds(1_500)) { ran.note("cancelled") }
            while ran.all.isEmpty { try await loop.sleep(for: .milliseconds(1)) }
            early.cancel()
            dropped.cancel()
            loop.timer(after: .milliseconds(1_600)) { ran.note("late") }
            while ran.all.count < 2 { try await loop.sleep(for: .milliseconds(5)) }
        }
        #expect(ran.all == ["early", "late"])
        loop.stop()
    }
}
