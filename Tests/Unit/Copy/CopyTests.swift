// The catalogue's promises: complete, the same slots in every language, within the chat's limits, and no dead
// key.
import Copy
import FoundationEssentials
import Money
import Testing
import World

@Suite struct `The text catalogue` {
    @Test(arguments: CopyKey.allCases) func `has the same slots in every language and no stray brace`(
        key: CopyKey
    ) {
        let wanted = Set(Catalogue.slots(key, .en))
        for language in Language.allCases {
            let text = Catalogue.template(key, language)
            #expect(!text.isEmpty)
            #expect(text.first?.isWhitespace == false && text.last?.isWhitespace == false)
            #expect(!text.contains("  "))
            #expect(Set(Catalogue.slots(key, language)) == wanted, "\(language)")
            #expect(text.count { $0 == "{" } == Catalogue.slots(key, language).count, "\(language)")
            #expect(text.count { $0 == "}" } == Catalogue.slots(key, language).count, "\(language)")
        }
    }

    @Test func `says different things in different languages`() {
        let same: Set<CopyKey> = [.minutesOne, .minutesFew, .minutesMany, .minutesOther]
        for key in CopyKey.allCases where !same.contains(key) {
            #expect(Set(Language.allCases.map { Catalogue.template(key, $0) }).count == 5, "\(key)")
        }
    }

    @Test func `fits the chat's limits`() {
        for language in Language.allCases {
            for key in [
                CopyKey.receiptRenew, .linkButton, .chooseMerchantButton, .amountAmbiguousButton,
                .languageButton,
            ] {
                #expect(Catalogue.text(key, language).utf16.count <= 20, "\(key) \(language)")
            }
            #expect(language.nativeName.utf16.count <= 24)
            for key in CopyKey.allCases {
                #expect(Catalogue.template(key, language).utf16.count <= 700, "\(key)")
            }
        }
    }

    @Test(arguments: [
        CopyKey.templatePaid, .templateFailed, .templateDeclined, .templateExpired, .templatePaidSpare,
        .templateFailedSpare, .templateDeclinedSpare, .templateExpiredSpare,
    ])
    func `has templates that start and end with words`(key: CopyKey) {
        for language in Language.allCases {
            let text = Catalogue.template(key, language)
            #expect(!text.hasPrefix("{") && !text.hasSuffix("}") && !text.contains("\n"))
            #expect(Set(Catalogue.slots(key, language)) == [.amount, .time, .reference])
            #expect(Catalogue.slots(key, language).count == 3)
        }
    }

    @Test func `never fills a value twice`() {
        let text = Catalogue.text(.merchantDisabled, .en, [.merchant: "{merchant} {bank}", .bank: "X"])
        #expect(text.hasPrefix("Payments for {merchant} {bank} are"))
    }
}

@Suite struct `A receipt` {
    let amount = Money(minorUnits: 10_000, currency: .mdl)
    /// 2026-11-21 12:23 UTC
    let moment = Timestamp(seconds: 1_795_263_780)

    @Test(arguments: [
        (Language.ro, "Plătit · 100,00\u{A0}MDL · 14:23 · #cafea"),
        (.ru, "Оплачено · 100,00\u{A0}MDL · 14:23 · #cafea"),
        (.en, "Paid · 100.00\u{A0}MDL · 14:23 · #cafea"),
        (.fr, "Payé · 100,00\u{A0}MDL · 14:23 · #cafea"), (.de, "Bezahlt · 100,00\u{A0}MDL · 14:23 · #cafea"),
    ]) func `of a paid link is one line at the merchant's own time`(language: Language, text: String) {
        let receipt = Receipt(outcome: .paid, amount: amount, at: moment, place: .chisinau, tag: "cafea")
        #expect(receipt.text(language) == text)
    }

    @Test func `of an expired link offers the same charge again`() {
        let receipt = Receipt(
            outcome: .expired, amount: Money(minorUnits: 10_050, currency: .mdl), at: moment, place: .utc,
            description: "Ceai \"verde\"", tag: "t1")
        #expect(
            receipt.text(.en) == "Link expired · 100.50\u{A0}MDL · 12:23 · #t1\n\nFor a new link, send:\n"
                + "pay 100.50 «Ceai \"verde\"» #t1")
    }

    @Test func `of a request to pay speaks of the request, and offers another one`() {
        let receipt = Receipt(
            outcome: .expired, amount: amount, at: moment, place: .utc, tag: "t1", isRequest: true)
        #expect(
            receipt.text(.en) == "Request expired · 100.00\u{A0}MDL · 12:23 · #t1\n\n"
                + "For a new request, send:\nrtp 100 #t1")
        for language in Language.allCases {
            let button = Receipt.renewalTitle(language, isRequest: true)
            #expect(button != Receipt.renewalTitle(language) && button.utf16.count <= 20)
            let note = Catalogue.text(.requestRenewNote, language)
            #expect(receipt.text(language, offersButton: true).hasSuffix("#t1\n\n" + note))
            let words = Catalogue.text(.receiptRequestExpired, language)
            for key in ReceiptOutcome.expired.templateKeys {
                #expect(receipt.templateValues(key, language).contains("#t1 · " + words))
            }
            var late = receipt
            late.outcome = .paidLate
            #expect(late.text(language).hasPrefix(Catalogue.text(.receiptRequestPaidLate, language) + " · "))
        }
    }

    @Test func `of money that came late or twice says so in either form`() {
        var receipt = Receipt(outcome: .paidLate, amount: amount, at: moment, place: .chisinau, tag: "cafea")
        for language in Language.allCases {
            for outcome in [ReceiptOutcome.paidLate, .paidAgain] {
                receipt.outcome = outcome
                let words = Catalogue.text(outcome.key, language)
                #expect(receipt.text(language).hasPrefix(words + " · "))
                for key in outcome.templateKeys {
                    #expect(receipt.templateValues(key, language).contains("#cafea · " + words))
                }
            }
            let advice = Catalogue.text(.receiptPaidAgainAdvice, language)
            #expect(receipt.text(language).hasSuffix("\n\n" + advice))
        }
        receipt.tag = nil
        receipt.description = String(repeating: "x", count: 140)
        let long = receipt.templateValues(.templatePaid, .ro)
        #expect(
            long.contains {
                $0.hasSuffix("x · Plătit încă o dată") && $0.count == TemplateValue.charactersMax
            })
    }

    @Test func `leaves the command for a new link to the button where there is one`() {
        let receipt = Receipt(outcome: .expired, amount: amount, at: moment, place: .chisinau, tag: "cafea")
        #expect(receipt.text(.ro, offersButton: true) == "Link expirat · 100,00\u{A0}MDL · 14:23 · #cafea")
        #expect(Receipt.renewalTitle(.ro) == "Link nou")
    }

    @Test(arguments: Language.allCases) func `fits a template's rules for values`(language: Language) {
        let receipt = Receipt(
            outcome: .failed, amount: amount, at: moment, place: .kolkata, description: "a\n\tb\u{0}c      d")
        let values = receipt.templateValues(.templateFailed, language)
        #expect(values.count == 3)
        #expect(values.contains("a b c d"))
        let moments: [Language: String] = [
            .ro: "21.11.2026, la 17:53", .ru: "21.11.2026 в 17:53", .en: "21.11.2026 at 17:53",
            .fr: "21/11/2026 à 17:53", .de: "21.11.2026 um 17:53 Uhr",
        ]
        #expect(moments[language].map(values.contains) == true)
    }

    @Test func `says how long a link works with the right noun`() {
        #expect(Catalogue.minutes(1, .ro) == "1 minut")
        #expect(Catalogue.minutes(5, .ro) == "5 minute")
        #expect(Catalogue.minutes(20, .ro) == "20 de minute")
        #expect(Catalogue.minutes(21, .ru) == "21 минуту")
        #expect(Catalogue.minutes(5, .ru) == "5 минут")
        let bubble = LinkBubble(amount: amount, description: "Cafea", tag: "a", minutes: 5)
        #expect(
            bubble.body(.ro)
                == "100,00\u{A0}MDL · Cafea · #a\n\nTrimiteți linkul clientului. Este valabil 5 minute.")
        let named = LinkBubble(amount: amount, merchant: "Flori Moldova", tag: "a")
        #expect(named.body(.en).hasPrefix("100.00\u{A0}MDL · Flori Moldova · #a\n"))
    }
}

@Suite struct `A merchant's wall clock` {
    /// UTC text, place, what hangs on the wall. Changes of 2026: 29 March and 25 October, 01:00 UTC.
    @Test(arguments: [
        ("2026-01-15T12:00:00Z", WallClock.chisinau, "15.01.2026 14:00"),
        ("2026-03-29T00:59:59Z", .chisinau, "29.03.2026 02:59"),
        ("2026-03-29T01:00:00Z", .chisinau, "29.03.2026 04:00"),
        ("2026-07-01T21:30:00Z", .chisinau, "02.07.2026 00:30"),
        ("2026-10-25T00:59:59Z", .bucharest, "25.10.2026 03:59"),
        ("2026-10-25T01:00:00Z", .bucharest, "25.10.2026 03:00"),
        ("2024-02-29T22:00:00Z", .chisinau, "01.03.2024 00:00"),
        ("2027-03-28T01:00:00Z", .chisinau, "28.03.2027 04:00"),
        ("2025-12-31T18:30:00Z", .kolkata, "01.01.2026 00:00"),
        ("2026-06-01T00:00:00Z", .kolkata, "01.06.2026 05:30"),
        ("2026-06-01T23:59:59Z", .utc, "01.06.2026 23:59"),
    ]) func `follows its country's rule`(moment: String, place: WallClock, wall: String) throws {
        let at = try #require(Timestamp(rfc3339: moment))
        #expect(CivilTime(at, at: place).dateAndClock(.en) == wall.replacing(" ", with: " at "))
    }

    @Test func `is chosen by country`() {
        #expect(WallClock(country: "md") == .chisinau)
        #expect(WallClock(country: "IN") == .kolkata)
        #expect(WallClock(country: "") == .utc)
    }
}
