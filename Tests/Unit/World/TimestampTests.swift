// Moments, their RFC 3339 text and the calendar beneath, at the places where such code goes wrong.
import Testing
import World

@Suite struct `A timestamp` {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", Int64(0)), ("1969-12-31T23:59:59Z", -1_000_000),
        ("2000-02-29T12:00:00Z", 951_825_600_000_000), ("2026-11-21T13:02:03.123456Z", 1_795_266_123_123_456),
        ("2100-03-01T00:00:00Z", 4_107_542_400_000_000), ("0001-01-01T00:00:00Z", -62_135_596_800_000_000),
    ]) func `reads and writes the same text`(text: String, microseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.microseconds == microseconds)
        #expect(Timestamp(microseconds: microseconds).description == text)
    }

    @Test(arguments: [Int64.min, .min + 1, .min + 999_999, .max])
    func `has a text at the ends of time too`(microseconds: Int64) {
        #expect(Timestamp(microseconds: microseconds).description.hasSuffix("Z"))
    }

    @Test(arguments: [
        "", "2026-11-21", "2026-11-21T13:02:03", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
        "2026-11-21T24:00:00Z", "2026-11-21T13:60:00Z", "2026-11-21T13:02:60Z", "2026-11-21T13:02:03.Z",
        "2026-11-21 13:02:03Z", "2026-11-21T13:02:03+2:00", "2026-11-21T13:02:03+02:0x",
        "+026-11-21T13:02:03Z",
    ]) func `refuses what is not a date-time`(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func `brings an offset to UTC`() {
        #expect(Timestamp(rfc3339: "2026-11-21T15:02:03+02:00") == Timestamp(rfc3339: "2026-11-21T13:02:03Z"))
        #expect(Timestamp(rfc3339: "2026-11-20T23:30:00-05:30") == Timestamp(rfc3339: "2026-11-21T05:00:00Z"))
    }

    @Test func `agrees with the calendar day by day over four centuries`() {
        var date = CivilDate(year: 1800, month: 1, day: 1), days = date.daysSince1970, weekday = 3
        for _ in 0..<146_097 {
            #expect(CivilDate(daysSince1970: days) == date)
            #expect(date.weekday == weekday)
            days += 1
            weekday = (weekday + 1) % 7
            date.day += 1
            if date.day > date.daysInMonth { (date.day, date.month) = (1, date.month + 1) }
            if date.month > 12 { (date.month, date.year) = (1, date.year + 1) }
            if date.daysSince1970 != days { return #expect(Bool(false), "\(date) is not day \(days)") }
        }
    }

    @Test func `saturates instead of overflowing`() {
        #expect(Timestamp(seconds: .max).microseconds == .max)
        #expect(Timestamp(microseconds: .max).advanced(by: .seconds(1)).microseconds == .max)
        #expect(Timestamp(microseconds: .min).advanced(by: .seconds(-1)).microseconds == .min)
    }
}

@Suite struct `A world` {
    @Test func `makes ids that sort by the time they were made`() {
        let seeded = SeededWorld(seed: 1)
        var ids: [String] = []
        for _ in 0..<100 {
            ids.append(seeded.world.id("pay"))
            seeded.advance(by: .milliseconds(1))
        }
        #expect(ids == ids.sorted())
        #expect(Set(ids).count == 100)
        #expect(ids.allSatisfy { $0.hasPrefix("pay_") && $0.utf8.count == 30 })
    }

    @Test func `repeats itself for the same seed and no other`() {
        #expect(SeededWorld(seed: 7).world.hex(16) == SeededWorld(seed: 7).world.hex(16))
        #expect(SeededWorld(seed: 7).world.hex(16) != SeededWorld(seed: 8).world.hex(16))
    }
}
