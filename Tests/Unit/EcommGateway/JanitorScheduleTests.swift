// When a payment is first looked at: as planned with its row where that is near enough, so that opening it moves it in
// no index.
import Testing
import World

@testable import EcommGateway

@Suite struct `The first look at a payment` {
    @Test(
        arguments: [
            // Seconds after now: planned, expected.
            (4.0, 4.0), (3.5, 3.5), (2.0, 2.0), (1.9, 4.0), (-3.0, 4.0), (4.5, 4.0), (3_600, 4.0),
        ])
    func `is as planned unless that is too early or too late`(planned: Double, expected: Double) {
        let now = Timestamp(seconds: 1_790_000_000)
        let due = JanitorSchedule.firstLook(planned: now.advanced(by: .seconds(planned)), from: now)
        #expect(due == now.advanced(by: .seconds(expected)))
        #expect(JanitorSchedule.firstLook(planned: nil, from: now) == now.advanced(by: .seconds(4)))
    }
}
