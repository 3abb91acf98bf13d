// Rings before and after there is somebody to hear them.
import Synchronization
import Testing
import World

import JobQueue

@Suite struct `A doorbell` {
    private final class Heard: Sendable {
        let rings = Mutex<[Timestamp?]>([])
        func hear(_ moment: Timestamp?) { rings.withLock { $0.append(moment) } }
        var all: [Timestamp?] { rings.withLock { $0 } }
    }

    @Test func `rings for who answers, at once or for a moment`() {
        let bell = Doorbell(), heard = Heard(), moment = Timestamp(seconds: 7)
        bell.answer { heard.hear($0) }
        #expect(heard.all.isEmpty)
        bell.ring()
        bell.ring(at: moment)
        #expect(heard.all == [nil, moment])
    }

    @Test func `keeps what rang before anybody answered, once, with the earliest moment`() {
        let bell = Doorbell(), heard = Heard()
        for seconds: Int64 in [9, 3, 5] { bell.ring(at: Timestamp(seconds: seconds)) }
        bell.ring()
        bell.ring()
        bell.answer { heard.hear($0) }
        #expect(heard.all == [nil, Timestamp(seconds: 3)])
    }

    @Test func `is answered by the last who said so`() {
        let bell = Doorbell(), first = Heard(), second = Heard()
        bell.answer { first.hear($0) }
        bell.ring()
        bell.answer { second.hear($0) }
        bell.ring()
        #expect(first.all == [nil] && second.all == [nil])
    }
}
