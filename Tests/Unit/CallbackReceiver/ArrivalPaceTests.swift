// An open port keeps a bounded number of rows.
import Testing

@testable import CallbackReceiver

@Suite struct `The pace of arrivals` {
    @Test func `lets a burst in, then so many a second`() {
        let pace = ArrivalPace()
        let burst = (0..<10_000).filter { _ in pace.admits(now: 7) }.count
        #expect(burst == 5_000)
        let second = (1...10_000).filter { pace.admits(now: 7 + Int64($0) * 100_000) }.count
        #expect(second == 500)
        // A long quiet night fills it to the brim and no further, and a clock that stands still adds nothing.
        let morning = (0..<10_000).filter { _ in pace.admits(now: 86_400_000_000_000) }.count
        #expect(morning == 5_000)
        #expect(!pace.admits(now: 0))
    }
}
