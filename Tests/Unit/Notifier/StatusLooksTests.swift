// When statuses are looked for: one look always follows on what was found, as whoever tells of statuses counts on.
import Contracts
import Testing
import World

@testable import Notifier

@Suite struct `Looks for statuses` {
    private static func at(_ milliseconds: Int64) -> Timestamp {
        Timestamp(microseconds: 1_795_000_000_000_000 + milliseconds * 1_000)
    }

    /// Milliseconds of a look's beginning and end, what it found, and how long the next is put off from its end.
    private typealias Look = (began: Int64, ended: Int64, found: Bool, isFull: Bool, wait: Int, isOwed: Bool)

    private static func follow(_ looks: [Look]) {
        var state = StatusLooks()
        for look in looks {
            state.looked(
                from: at(look.began), found: look.found, isFull: look.isFull, now: at(look.ended))
            #expect(state.wait(now: at(look.ended)) == .milliseconds(look.wait), "\(look)")
            #expect(state.isOwed == look.isOwed, "\(look)")
        }
    }

    @Test func `rest after one that found none`() {
        #expect(StatusLooks().wait(now: Self.at(0)) == .zero)
        Self.follow([
            (0, 1, false, false, 0, false), (500, 505, true, false, 100, true),
            (605, 606, false, false, 0, false),
        ])
    }

    @Test func `follow a full one at once, and once more when the gap is over`() {
        Self.follow([
            (0, 10, true, true, 0, true), (11, 12, false, false, 98, true),
            (110, 111, false, false, 0, false),
        ])
        Self.follow([
            (0, 10, true, true, 0, true), (11, 30, true, false, 100, true),
            (130, 131, false, false, 0, false),
        ])
    }

    @Test func `are not put off by a clock that was set back`() {
        var looks = StatusLooks()
        looks.looked(from: Self.at(0), found: true, now: Self.at(1))
        #expect(looks.wait(now: Self.at(-5_000)) == .zero)
        looks.looked(from: Self.at(-5_000), found: false, now: Self.at(-4_999))
        #expect(!looks.isOwed)
    }
}
