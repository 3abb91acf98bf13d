// The second half of the catalogue keeps the promises of the first.
import Copy
import FoundationEssentials
import Money
import Testing
import World

@Suite struct `What is said once a seller is charging` {
    @Test(arguments: SaleKey.allCases) func `has the same slots in every language and no stray brace`(
        key: SaleKey
    ) {
        func slots(_ language: Language) -> [String] {
            Catalogue.template(key, language).split(separator: "{", omittingEmptySubsequences: false)
                .dropFirst()
                .map { String($0.prefix { $0 != "}" }) }
        }
        for language in Language.allCases {
            let text = Catalogue.template(key, language)
            #expect(!text.isEmpty && text.first?.isWhitespace == false && text.last?.isWhitespace == false)
            #expect(!text.contains("  ") && text.utf16.count <= 700)
            #expect(slots(language).sorted() == slots(.en).sorted(), "\(language)")
            #expect(slots(language).allSatisfy { Slot(rawValue: $0) != nil }, "\(language)")
            #expect(text.count { $0 == "}" } == slots(language).count, "\(language)")
        }
    }

    @Test func `says different things in different languages and keeps buttons short`() {
        let counted: Set<SaleKey> = [.paymentsOne, .paymentsFew, .paymentsMany, .paymentsOther]
        for key in SaleKey.allCases where !counted.contains(key) {
            #expect(Set(Language.allCases.map { Catalogue.template(key, $0) }).count == 5, "\(key)")
        }
        for key in [SaleKey.moreButton, .keepButton, .merchantEach] {
            for language in Language.allCases {
                #expect(Catalogue.text(key, language).utf16.count <= 20, "\(key) \(language)")
            }
        }
    }

    @Test(arguments: [
        (1, "1 plată", "1 платёж", "1 payment"), (2, "2 plăți", "2 платежа", "2 payments"),
        (5, "5 plăți", "5 платежей", "5 payments"), (20, "20 de plăți", "20 платежей", "20 payments"),
        (21, "21 de plăți", "21 платёж", "21 payments"), (101, "101 plăți", "101 платёж", "101 payments"),
        (0, "0 plăți", "0 платежей", "0 payments"),
    ]) func `counts payments by each language's rules`(count: Int, ro: String, ru: String, en: String) {
        #expect(Catalogue.payments(count, .ro) == ro)
        #expect(Catalogue.payments(count, .ru) == ru)
        #expect(Catalogue.payments(count, .en) == en)
    }

    @Test func `has no key that nothing uses`() throws {
        let root = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
        var sources = ""
        for folder in ["Shared/Copy", "Services/CommandRouter", "Services/Notifier"] {
            for file in (try? FileManager.default.subpathsOfDirectory(atPath: root + "/" + folder)) ?? []
            where file.hasSuffix(".swift") && !file.hasPrefix("Sales+") && file != "SaleKey.swift" {
                let bytes = FileManager.default.contents(atPath: root + "/" + folder + "/" + file) ?? Data()
                sources += String(decoding: bytes, as: UTF8.self)
            }
        }
        let words = Set(
            sources.split { !$0.isLetter && !$0.isNumber && $0 != "." }.flatMap { $0.split(separator: ".") })
        #expect(SaleKey.allCases.map(\.rawValue).filter { !words.contains(Substring($0)) } == [])
    }
}

@Suite struct `A day on a wall` {
    @Test(arguments: [
        // Summer and winter time in Chișinău, and the two days on which the clock changes.
        (WallClock.chisinau, 2026, 11, 21, "2026-11-20T22:00:00Z"),
        (.chisinau, 2026, 7, 1, "2026-06-30T21:00:00Z"),
        (.chisinau, 2026, 3, 29, "2026-03-28T22:00:00Z"), (.chisinau, 2026, 3, 30, "2026-03-29T21:00:00Z"),
        (.chisinau, 2026, 10, 25, "2026-10-24T21:00:00Z"), (.chisinau, 2026, 10, 26, "2026-10-25T22:00:00Z"),
        (.kolkata, 2026, 1, 1, "2025-12-31T18:30:00Z"), (.utc, 2026, 1, 1, "2026-01-01T00:00:00Z"),
    ]) func `begins at its own midnight`(place: WallClock, year: Int, month: Int, day: Int, begins: String) {
        let date = CivilDate(year: year, month: month, day: day)
        let start = place.start(of: date)
        #expect(start == Timestamp(rfc3339: begins))
        #expect(CivilTime(start, at: place).date == date)
        #expect(CivilTime(start.advanced(by: .microseconds(-1)), at: place).date < date)
    }

    @Test func `is written as each language writes dates`() {
        let date = CivilDate(year: 2026, month: 3, day: 9)
        #expect(date.text(.ro) == "09.03.2026" && date.text(.fr) == "09/03/2026")
        #expect(date.shortText(.de) == "09.03" && date.shortText(.fr) == "09/03")
    }
}
