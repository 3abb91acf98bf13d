// What a seller reads about payments already made: every state under every errand, sums, lists and documents.
// Pure words, no gateway.
import Contracts
import Copy
import Money
import Testing
import WhatsApp
import World

@testable import CommandRouter

/// 2026-09-21 14:13:20 UTC, 17:13 in Chișinău.
let days = LocalDays(start, at: .chisinau)
private let words = PaymentWords(language: .en, days: days)

func view(
    _ status: PaymentStatus, rail: PaymentType = .qr, tag: String? = "cafea", description: String? = nil,
    link: String? = "https://bank.example/1", lives seconds: Int? = 300, at: Timestamp = start,
    number: Int = 1
) -> PaymentView {
    PaymentView(
        paymentId: "pay_01HZZZZZZZZZZZZZZZZZK7M2Q\(number)", status: status, bankId: "moldbank",
        merchantId: "128",
        terminalId: "T128", rail: rail, amount: Money(minorUnits: 10_000, currency: .mdl),
        description: description, tag: tag, link: link,
        expiresAt: seconds.map { start.advanced(by: .seconds($0)) }, createdAt: at,
        paidAt: status == .paid ? at.advanced(by: .seconds(120)) : nil, swiftMessageId: nil,
        swiftPayerBank: nil)
}

/// First line, then the note.
func parts(_ content: MessageContent) -> (line: String, note: String, button: String?) {
    let (body, button): (String, String?) =
        switch content {
        case .text(let text): (text, nil)
        case .buttons(let body, let buttons): (body, buttons.first?.id)
        case .link(let body, _, let url): (body, url)
        case .list, .document, .outcome: ("", nil)
        }
    let split = body.split(separator: "\n\n", maxSplits: 1).map(String.init)
    return (split.first ?? "", split.count > 1 ? split[1] : "", button)
}

@Suite struct `How a payment stands` {
    @Test(arguments: [
        // status, status reply's note, cancel reply's note, resend reply's note
        (
            PaymentStatus.registering, SaleKey?.some(.preparingNote), SaleKey?.some(.cancelUncertain),
            SaleKey?.some(.preparingNote)
        ),
        (.unknown, .uncertainNote, .cancelUncertain, .uncertainNote),
        (.pending, .pendingNote, .cancelMoving, .pendingNote),
        (.paid, nil, .cancelPaid, .resendPaid),
        (.partiallyRefunded, nil, .cancelPaid, .resendPaid),
        (.refunded, nil, .cancelPaid, .resendPaid),
        (.failed, .renewNote, .cancelEnded, .renewNote), (.declined, .renewNote, .cancelEnded, .renewNote),
        (.expired, .renewNote, .cancelEnded, .renewNote), (.cancelled, .renewNote, .cancelDone, .renewNote),
    ]) func `is told in every state under every errand`(
        status: PaymentStatus, told: SaleKey?, cancelled: SaleKey?, resent: SaleKey?
    ) {
        let view = view(status)
        for language in Language.allCases {
            let words = PaymentWords(language: language, days: days)
            func note(_ key: SaleKey?) -> String { key.map { Catalogue.text($0, language) } ?? "" }
            let handle = status.invitesRenewal ? "h1" : nil
            let renewal = handle.map { RenewalOffer.button($0) } ?? .nothing
            let asked = parts(words.status(view, renewal: renewal))
            #expect(asked.note == note(told) && asked.line.hasSuffix(" · " + view.reference))
            #expect(asked.button == handle.map { "renew." + $0 })
            let gone = parts(
                words.cancelled(.settled(view), renewal: status == .cancelled ? .nothing : renewal))
            #expect(gone.note.hasPrefix(note(cancelled)))
            let again = parts(words.resent(view, merchant: nil, at: start, renewal: renewal))
            #expect(again.note == note(resent))
            #expect(again.button?.hasPrefix("https") != true, "a link of what has ended is not given out")
        }
    }

    @Test func `has every state in one line with its own first word`() {
        let lines = PaymentStatus.allCases.map { words.line(view($0)) }
        #expect(Set(lines.map { $0.prefix { $0 != "·" } }).count == PaymentStatus.allCases.count)
        #expect(words.line(view(.paid)) == "Paid · 100.00\u{A0}MDL · 17:15 · #cafea · K7M2Q1")
        let yesterday = view(.expired, at: start.advanced(by: .seconds(-86_400)))
        #expect(words.line(yesterday) == "Link expired · 100.00\u{A0}MDL · 20.09 17:13 · #cafea · K7M2Q1")
        let lastYear = view(
            .expired, tag: nil, description: "Cafea", at: start.advanced(by: .seconds(-31_536_000)))
        #expect(words.line(lastYear).contains("21.09.2025 17:13 · Cafea"))
        let long = view(.open, tag: nil, description: String(repeating: "x", count: 140))
        #expect(words.line(long).utf16.count < 110)
    }

    @Test func `says until when a link can be paid`() {
        #expect(parts(words.status(view(.open), renewal: .nothing)).note.contains("17:18"))
        let endless = parts(words.status(view(.open, lives: nil), renewal: .nothing))
        #expect(endless.note == Catalogue.text(.openNote, .en))
    }

    @Test func `shows the same link with the minutes that are left, and none that has run out`() {
        let shown = words.resent(
            view(.open), merchant: "Cafeneaua", at: start.advanced(by: .seconds(130)), renewal: .nothing)
        guard case .link(let body, _, let url) = shown else {
            Issue.record("a link is shown as a link")
            return
        }
        #expect(url == "https://bank.example/1" && body.contains("2 minutes") && body.contains("Cafeneaua"))
        let over = words.resent(
            view(.open), merchant: nil, at: start.advanced(by: .seconds(301)), renewal: .nothing)
        // Whichever phone it is asked from: its end is told where it was made.
        let gone = parts(over).note
        #expect(gone.hasSuffix("status " + view(.open).reference) && !gone.contains(" here"))
        let request = words.resent(
            view(.open, rail: .rtp, link: nil), merchant: nil, at: start, renewal: .nothing)
        #expect(parts(request).note == Catalogue.text(.resendRequest, .en))
    }

    @Test func `gives a later tap the link that stands with the minutes that it has left`() throws {
        let till = try #require(planned(decide("100", one))).till
        func body(askedAfter seconds: Int64?) -> String {
            let asked = seconds.map { start.advanced(by: .seconds($0)) }
            let ground = ReplyGround(till: till, namesMerchant: false, askedAt: asked)
            return parts(PaymentReply.content(.opened(view(.open)), ground, .en).content).note
        }
        #expect(body(askedAfter: nil).contains("5 minutes") && body(askedAfter: -3).contains("5 minutes"))
        #expect(body(askedAfter: 180).contains("2 minutes"))
        #expect(body(askedAfter: 239).contains("1 minute."))
        #expect(body(askedAfter: 241).hasSuffix(Catalogue.text(.linkForwardSoon, .en)))
        let late = words.resent(
            view(.open), merchant: nil, at: start.advanced(by: .seconds(241)), renewal: .nothing)
        #expect(parts(late).note == Catalogue.text(.linkForwardSoon, .en))
    }

    @Test func `offers the command where no handle was to be had`() {
        let told = parts(words.status(view(.expired), renewal: .nothing))
        #expect(told.button == nil && told.note.contains("pay 100 #cafea"))
    }

    @Test func `is not offered again where another link has paid its order`() {
        for status in [PaymentStatus.failed, .declined, .expired, .cancelled] {
            let view = view(status)
            for answer in [
                words.status(view, renewal: .orderPaid),
                words.resent(view, merchant: nil, at: start, renewal: .orderPaid),
            ].map(parts) {
                #expect(answer.line == words.line(view) && answer.button == nil)
                #expect(answer.note == Catalogue.text(.orderPaid, .en))
            }
        }
        let gone = parts(words.cancelled(.settled(view(.expired)), renewal: .orderPaid))
        #expect(gone.button == nil && gone.note.hasSuffix(Catalogue.text(.orderPaid, .en)))
    }

    @Test func `is told as paid while a link whose order another one has paid is yet to be taken back`()
        throws
    {
        let till = try #require(planned(decide("100", one))).till
        for (status, rail) in [(PaymentStatus.open, PaymentType.qr), (.registering, .qr), (.open, .rtp)] {
            var view = view(status, rail: rail)
            view.supersededBy = "pay_0"
            let answers = [
                words.status(view, renewal: .nothing),
                words.resent(view, merchant: nil, at: start, renewal: .nothing),
            ]
            for answer in answers.map(parts) {
                #expect(answer.line.hasPrefix("Paid · ") && answer.button == nil)
                #expect(answer.note == Catalogue.text(.resendPaid, .en))
            }
            let told = PaymentReply.content(
                .opened(view), ReplyGround(till: till, namesMerchant: false), .en)
            #expect(told.content == .text(Catalogue.text(.resendPaid, .en)))
            #expect(told.subject == view.paymentId)
        }
        var paid = view(.paid)
        paid.supersededBy = "pay_0"
        #expect(words.line(paid).hasPrefix("Paid once more · "))
    }

    @Test func `is told by what the bank says of a cancellation`() {
        let open = view(.open)
        #expect(
            parts(words.cancelled(.moneyMayBeMoving(open), renewal: .nothing)).note
                == Catalogue.text(.cancelMoving, .en))
        #expect(
            parts(words.cancelled(.notOffered(open), renewal: .nothing)).note
                == Catalogue.text(.cancelNotOffered, .en))
        #expect(
            parts(words.cancelled(.uncertain(open), renewal: .nothing)).note
                == Catalogue.text(.cancelUncertain, .en))
        #expect(
            parts(words.cancelled(.settled(open), renewal: .nothing)).note
                == Catalogue.text(.cancelUncertain, .en)
        )
    }
}

@Suite struct `Sums and lists` {
    private func line(_ tag: String?, _ count: Int, _ minor: Int64, _ currency: Currency = .mdl)
        -> PaymentTotals.Line
    {
        PaymentTotals.Line(tag: tag, count: count, amount: Money(minorUnits: minor, currency: currency))
    }

    @Test func `put several banks together exactly, by currency and tag`() {
        var takings = Takings()
        takings.add(PaymentTotals(lines: [line(nil, 1, 5), line("a", 2, 30_001), line("a", 1, 7, .eur)]))
        takings.add(PaymentTotals(lines: [line("a", 3, 9), line("b", 1, 1), line(nil, 1, 10)]))
        #expect(
            takings.lines == [
                line("a", 1, 7, .eur), line("a", 5, 30_010), line("b", 1, 1), line(nil, 2, 15),
            ])
        #expect(takings.sums == [line(nil, 1, 7, .eur), line(nil, 8, 30_026)])
        takings.add(PaymentTotals(lines: [line("b", 1, .max)]))
        #expect(takings.isTooLarge && takings.sums == [])
        #expect(
            SalesWords(language: .en, days: days).today(takings)
                == .text(Catalogue.text(.exportTooLarge, .en)))
    }

    @Test func `are today's in the words of each language`() {
        var takings = Takings()
        takings.add(PaymentTotals(lines: [line("cafea", 21, 210_000), line(nil, 1, 5_050)]))
        let content = SalesWords(language: .ro, days: days).today(takings)
        #expect(
            content
                == .text(
                    """
                    Încasat astăzi, 21.09.2026:
                    22 de plăți · 2.150,50\u{A0}MDL

                    #cafea: 21 de plăți · 2.100,00\u{A0}MDL
                    fără etichetă: 1 plată · 50,50\u{A0}MDL
                    """))
        let untagged = SalesWords(language: .en, days: days)
        var one = Takings()
        one.add(PaymentTotals(lines: [line(nil, 1, 100)]))
        #expect(untagged.today(one) == .text("Received today, 21.09.2026:\n1 payment · 1.00\u{A0}MDL"))
        #expect(
            untagged.today(Takings()) == .text(Catalogue.text(.todayNone, .en, [.date: "21.09.2026"])))
    }

    @Test func `keep within a message however many tags there are`() {
        var takings = Takings()
        takings.add(
            PaymentTotals(
                lines: (0..<400).map { line("tag-\($0)-" + String(repeating: "ă", count: 50), 1, 100) }))
        for language in Language.allCases {
            guard case .text(let text) = SalesWords(language: language, days: days).today(takings) else {
                Issue.record("sums are text")
                return
            }
            #expect(text.utf16.count <= OutboundLimits.textMax)
        }
        let page = (1...8).map {
            view(.paid, tag: String(repeating: "Ж", count: 64), number: $0)
        }
        for language in Language.allCases {
            let content = SalesWords(language: language, days: days).list(
                page[...], Listing(tag: String(repeating: "Ж", count: 64)), hasMore: true, takings)
            guard case .buttons(let body, let buttons) = content else {
                Issue.record("a list that goes on has a button")
                return
            }
            #expect(body.utf16.count <= OutboundLimits.interactiveBodyMax)
            #expect(body.hasSuffix(Catalogue.text(.listMore, language)))
            #expect(buttons[0].id.utf16.count <= OutboundLimits.buttonIdMax)
        }
    }

    @Test func `go on from where they were cut`() throws {
        let listing = Listing(tag: "a.b", page: 3, before: start)
        #expect(Listing(rowId: listing.rowId) == listing)
        #expect(Listing(rowId: listing.next.rowId)?.page == 4)
        let plain = Listing(tag: nil)
        #expect(Listing(rowId: plain.rowId) == plain)
        for broken in ["list.", "list.x..", "list.0..", "list.-1..", "other.1..", "list.1"] {
            #expect(Listing(rowId: broken) == nil, "\(broken)")
        }
        #expect(Listing(tag: nil, page: 9_999).page == Listing.pagesMax)
    }

    @Test func `of a span become a document with one header and a caption`() throws {
        var file = PaymentDocument()
        file.append(Array("id,amount\r\na,1\r\nb,2\r\n".utf8))
        file.append(Array("id,amount\r\nc,3\r\n".utf8))
        file.append(Array("id,amount\r\n".utf8))
        #expect(String(decoding: file.bytes, as: UTF8.self) == "id,amount\r\na,1\r\nb,2\r\nc,3\r\n")
        let first = CivilDate(year: 2026, month: 9, day: 1), end = CivilDate(year: 2026, month: 10, day: 1)
        let words = SalesWords(language: .en, days: days)
        #expect(
            words.document(file, first: first, end: end)
                == .document(
                    caption: "3 payments · 01.09.2026–30.09.2026", filename: "till-20260901-20260930.csv",
                    mediaType: "text/csv", base64: "aWQsYW1vdW50DQphLDENCmIsMg0KYywzDQo="))
        #expect(words.document(nil, first: first, end: end) == .text(Catalogue.text(.exportTooLarge, .en)))
        #expect(
            words.document(PaymentDocument(), first: first, end: CivilDate(year: 2026, month: 9, day: 2))
                == .text(Catalogue.text(.exportNone, .en, [.date: "01.09.2026"])))
    }
}
