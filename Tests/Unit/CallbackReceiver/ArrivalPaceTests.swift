// An open port keeps a bounded number of rows.
import Testing

@testable import CallbackReceiver

@Suite struct `The pace of arrivals` {
    @Test func `lets a burst in, then so many a second`() {
        let pace = ArrivalPace()
        let burst = (0..<10_000).filter { _ in pace.admits(now: 7, bytes: 700) }.count
        #expect(burst == 5_000)
        let second = (1...10_000).filter { pace.admits(now: 7 + Int64($0) * 100_000, bytes: 700) }.count
        #expect(second == 500)
        // A long quiet night fills it to the brim and no further, and a clock that stands still adds nothing.
        let morning = (0..<10_000).filter { _ in pace.admits(now: 86_400_000_000_000, bytes: 700) }.count
        #expect(morning == 5_000)
        #expect(!pace.admits(now: 0, bytes: 700))
    }

    @Test func `counts a long body for as many as it is long`() {
        let pace = ArrivalPace()
        let long = (0..<10_000).filter { _ in pace.admits(now: 7, bytes: 64 * 1_024) }.count
        #expect(long == 5_000 / 65)
        #expect(pace.admits(now: 7, bytes: 700), "what is left is enough for one of a bank's")
    }
}
