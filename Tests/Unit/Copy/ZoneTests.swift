// Wall clocks against the time zone database of the machine, where it has one: every change of every zone we
// know from 2023 to 2037, and the hours around it.
import Copy
import FoundationEssentials
import Money
import Testing
import World

@Suite struct `A zone's rule` {
    /// 2023 to the last change that these files hold; before it some countries had other rules.
    static let span: Range<Int64> = 1_672_531_200..<2_140_000_000

    @Test(arguments: WallClock.allCases) func `is that of the time zone database`(zone: WallClock) throws {
        let path = "/usr/share/zoneinfo/" + zone.rawValue
        guard let data = FileManager.default.contents(atPath: path) else {
            print("skipped, no zoneinfo: \(zone.rawValue)")
            return
        }
        let file = try #require(ZoneFile([UInt8](data)))
        let changes = file.changes.map(\.at).filter(Self.span.contains)
        // Zones without changes are looked at monthly.
        let moments = changes + stride(from: Self.span.lowerBound, to: Self.span.upperBound, by: 2_629_746)
        for moment in moments {
            for seconds in [moment - 3601, moment - 1, moment, moment + 1, moment + 3601] {
                let ours = zone.offsetSeconds(at: Timestamp(seconds: seconds))
                let theirs = file.offset(at: seconds)
                // Databases older than 2026 still have Moldova change an hour early.
                if zone == .chisinau, changes.contains(where: { abs(seconds - $0) <= 3601 }) { continue }
                #expect(ours == theirs, "\(zone.rawValue) at \(seconds)")
            }
        }
    }

    @Test(arguments: WallClock.allCases) func `puts midnight where the day begins`(zone: WallClock) {
        for days in stride(from: Int64(19_000), to: 24_000, by: 1) {
            let date = CivilDate(daysSince1970: days)
            let start = zone.start(of: date)
            let time = CivilTime(start, at: zone)
            #expect(time.date == date && time.hour == 0 && time.minute == 0)
            #expect(CivilTime(start.advanced(by: .seconds(-1)), at: zone).date != date)
        }
    }

    @Test func `is found by its name alone, and an unknown name is none`() {
        for name in ["Europe/Kishinev", "europe/chisinau", "Chisinau", "EET", "+02:00", "", "Mars/Olympus"] {
            #expect(WallClock(rawValue: name) == nil)
        }
        #expect(WallClock(rawValue: "Europe/Chisinau") == .chisinau)
        #expect(Set(WallClock.allCases.map(\.rawValue)).count == WallClock.allCases.count)
    }

    @Test func `belongs to the countries whose sellers speak the five languages`() {
        let countries: [(String, WallClock)] = [
            ("MD", .chisinau), ("RO", .bucharest), ("FR", .paris), ("BE", .brussels), ("DE", .berlin),
            ("AT", .vienna), ("CH", .zurich), ("GB", .london), ("IE", .dublin), ("BY", .minsk), ("UA", .kyiv),
            ("IN", .kolkata), ("ZZ", .utc),
        ]
        for (country, zone) in countries { #expect(WallClock(country: country) == zone) }
    }
}

/// A TZif file's second, 64-bit part (RFC 8536).
private struct ZoneFile {
    var changes: [(at: Int64, offset: Int64)] = []
    private var first: Int64 = 0

    init?(_ bytes: [UInt8]) {
        func number(_ at: Int, _ width: Int) -> Int64 {
            let unsigned = bytes[at..<at + width].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return width == 4 ? Int64(Int32(truncatingIfNeeded: unsigned)) : Int64(bitPattern: unsigned)
        }
        guard bytes.count > 44, bytes.starts(with: Array("TZif".utf8)), bytes[4] >= 50 else { return nil }
        let counts = (0..<6).map { Int(number(20 + 4 * $0, 4)) }
        // isut, isstd, leap, time, type, char
        let part = 44 + counts[3] * 5 + counts[4] * 6 + counts[5] + counts[2] * 8 + counts[1] + counts[0]
        let times = Int(number(part + 32, 4))
        let start = part + 44
        let types = start + times * 9
        func offset(_ type: Int) -> Int64 { number(types + 6 * type, 4) }
        first = offset(0)
        changes = (0..<times).map { (number(start + 8 * $0, 8), offset(Int(bytes[start + 8 * times + $0]))) }
    }

    func offset(at moment: Int64) -> Int64 { changes.last { $0.at <= moment }?.offset ?? first }
}
