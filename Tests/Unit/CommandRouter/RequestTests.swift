// Requests to Pay: the payer's phone in every form people write it, with or without a name, before or behind
// the amount; against the published test numbers of the country.
import FoundationEssentials
import Money
import Testing

@testable import CommandRouter

private let phone = "+37369123456"

private func read(_ text: String) -> Result<Command, CommandRefusal> {
    CommandGrammar.read(text, currency: .mdl)
}

private func request(
    _ minor: Int64, _ payer: TypedPayer?, _ description: String? = nil, _ tag: String? = nil
) -> Command {
    .requestToPay(
        Charge(amount: Money(minorUnits: minor, currency: .mdl), description: description, tag: tag),
        payer: payer)
}

@Suite struct `A Request to Pay` {
    static let forms: [(text: String, command: Command)] = [
        ("/rtp 100", request(10_000, nil)), ("/rtp 100 #a", request(10_000, nil, nil, "a")),
        ("/rtp 100 069123456", request(10_000, TypedPayer(phone: phone))),
        (
            "/rtp 100 069123456 Ion Rusu \"Chirie\" #mai",
            request(10_000, TypedPayer(phone: phone, name: "Ion Rusu"), "Chirie", "mai")
        ),
        (
            "rtp 100 lei Ion Rusu +373 69 123 456 «Chirie»",
            request(10_000, TypedPayer(phone: phone, name: "Ion Rusu"), "Chirie")
        ),
        ("/rtp 100 Ion Rusu", request(10_000, TypedPayer(name: "Ion Rusu"))),
        ("/rtp 100 \"Chirie\"", request(10_000, nil, "Chirie")),
        (
            "/rtp 100 069123456 \"Ion Rusu\" \"Chirie\"",
            request(10_000, TypedPayer(phone: phone, name: "Ion Rusu"), "Chirie")
        ),
        ("/rtp 100 chirie luna 11", request(10_000, nil, "chirie luna 11")),
        ("/rtp 069123456 100", request(10_000, TypedPayer(phone: phone))),
        ("/rtp +373 69 123 456 100,50 Ion", request(10_050, TypedPayer(phone: phone, name: "Ion"))),
        ("/rtp 069 123 456 100", request(10_000, TypedPayer(phone: phone))),
        ("/rtp 100 069 123 456", request(10_000, TypedPayer(phone: phone))),
        ("/rtp 1 250 069 123 456", request(125_000, TypedPayer(phone: phone))),
        ("/rtp 1 250 000 (069) 123-456", request(125_000_000, TypedPayer(phone: phone))),
        ("/rtp 100 тел. 069123456 Ион", request(10_000, TypedPayer(phone: phone, name: "Ион"))),
        ("/rtp 100 MDL 37369123456", request(10_000, TypedPayer(phone: phone))),
        ("запрос 100 69123456", request(10_000, TypedPayer(phone: phone))),
        ("/demande 100 0037369123456 Élodie", request(10_000, TypedPayer(phone: phone, name: "Élodie"))),
        ("rtp Ion 069123456 100", request(10_000, TypedPayer(phone: phone, name: "Ion"))),
        ("rtp 069123456 Ion 100", request(10_000, TypedPayer(phone: phone, name: "Ion"))),
        (
            "rtp 100 Ion 069123456 chirie mai",
            request(10_000, TypedPayer(phone: phone, name: "Ion"), "chirie mai")
        ),
        (
            "rtp 100 Ion, 069123456, chirie",
            request(10_000, TypedPayer(phone: phone, name: "Ion"), "chirie")
        ),
        ("rtp 100 tel:069123456", request(10_000, TypedPayer(phone: phone))),
        ("rtp Ion 100", request(10_000, TypedPayer(name: "Ion"))),
        ("cere 100 lei de la Ion 069123456", request(10_000, TypedPayer(phone: phone, name: "Ion"))),
        ("cere de la 069123456 100 lei", request(10_000, TypedPayer(phone: phone))),
        ("/rtp 100 +373(0)69123456", request(10_000, TypedPayer(phone: phone))),
    ]

    @Test(arguments: forms) func `is read in every form`(text: String, command: Command) {
        #expect(read(text) == .success(command))
    }

    static let refusals: [(text: String, refusal: CommandRefusal)] = [
        ("/rtp", CommandRefusal.requestIncomplete), ("/rtp Ion", .requestIncomplete),
        ("/rtp 100 12345", .payerPhoneUnreadable), ("/rtp 100 0691234567", .payerPhoneUnreadable),
        ("/rtp 100 06912345a", .payerPhoneUnreadable), ("/rtp 100 069 123 456 789", .payerPhoneUnreadable),
        ("/rtp 100 069123456 069123457", .payerPhoneUnreadable), ("/rtp 100 90012345", .payerPhoneUnreadable),
        ("/rtp 1 373 69 123 456", .payerPhoneUnreadable), ("/rtp 100 +40712345678", .payerPhoneForeign),
        ("/rtp 100 0040712345678", .payerPhoneForeign), ("/rtp +40712345678 100", .payerPhoneForeign),
        ("/rtp 10 +37369", .payerPhoneUnreadable), ("/rtp 10 +373", .payerPhoneUnreadable),
        ("/rtp 10 lei Ion +373 69 12", .payerPhoneUnreadable),
        ("/rtp 10 +373 69 12 Ion", .payerPhoneUnreadable),
        ("/rtp 10 +50", .amountUnreadable), ("/rtp 10 + 50 069123456", .amountUnreadable),
        ("pay 10 +37369", .amountUnreadable), ("/rtp 069123456", .requestIncomplete),
        ("/rtp 0 069123456", .amountZero),
        ("/rtp 100 EUR 069123456", .otherCurrency),
        ("/rtp 100 069123456 " + String(repeating: "a", count: 101), .payerNameTooLong),
        (
            "/rtp 1.250 069123456",
            .amountAmbiguous(
                typed: "1.250",
                readings: [
                    request(125_000, TypedPayer(phone: phone)), request(125, TypedPayer(phone: phone)),
                ])
        ),
    ]

    @Test(arguments: refusals) func `has its own refusals`(text: String, refusal: CommandRefusal) {
        #expect(read(text) == .failure(refusal))
    }

    @Test(arguments: [
        ("069123456", TypedPayer(phone: phone)), ("Ion Rusu", TypedPayer(name: "Ion Rusu")),
        ("Ion Rusu, 069 123 456", TypedPayer(phone: phone, name: "Ion Rusu")),
        ("\"Ion\"", TypedPayer(name: "Ion")), ("tel 69123456", TypedPayer(phone: phone)),
    ]) func `takes an answer to who pays`(text: String, payer: TypedPayer) {
        #expect(CommandGrammar.payer(text) == .success(payer))
    }

    @Test func `refuses an answer that is nobody`() {
        #expect(CommandGrammar.payer("  ") == .failure(.notACommand))
        #expect(CommandGrammar.payer("12345") == .failure(.payerPhoneUnreadable))
        #expect(CommandGrammar.payer("+40712345678") == .failure(.payerPhoneForeign))
    }
}

@Suite struct `A payer's phone` {
    static let accepted = [
        "069123456", "69123456", "+373 69 123 456", "37369123456", "0037369123456", "069-123-456",
        "(069) 123 456", "+373.69.123.456", "+373 (69) 123-456", "+373\u{A0}69\u{202F}123\u{2011}456",
        "٠٦٩١٢٣٤٥٦",
    ]

    @Test(arguments: accepted) func `becomes the same number in every form`(text: String) {
        var typed = TypedText(text)
        #expect(PhoneText.take(from: &typed) == .number(phone))
        #expect(typed.isAtEnd)
        #expect(read("/rtp 100 \(text)") == .success(request(10_000, TypedPayer(phone: phone))))
    }

    @Test(arguments: [
        "", "12345", "+3736912345", "+373691234567", "+40712345678", "06912345a", "0691234567", "+", "()",
        "+a",
    ]) func `is not found in what is none`(text: String) {
        var typed = TypedText(text)
        if case .number = PhoneText.take(from: &typed) { Issue.record("\(text) is no phone of ours") }
    }

    /// Services (toll-free, premium, shared cost, company-wide numbers) pay for nothing.
    @Test func `of every published kind of line is read, and of every kind of service refused`() throws {
        let path =
            "/" + #filePath.split(separator: "/").dropLast(5).joined(separator: "/")
            + "/shared/vectors/phone/373-examples.csv"
        guard let data = FileManager.default.contents(atPath: path) else {
            print("skipped, no vectors: phone/373-examples.csv")
            return
        }
        var seen = 0
        for line in String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).dropFirst() {
            let columns = line.split(separator: ";").map { $0.filter { !" \"".contains($0) } }
            let isLine = ["FIXED_LINE", "MOBILE", "VOIP"].contains(columns[1])
            for form in ["", "0", "373", "+373", "00373"] {
                var typed = TypedText(form + columns[2])
                let found = PhoneText.take(from: &typed)
                #expect((found == .number("+373" + columns[2])) == isLine, "\(form) \(line)")
            }
            seen += 1
        }
        #expect(seen == 7)
    }

    @Test func `of every published range is read when people live there`() throws {
        let path =
            "/" + #filePath.split(separator: "/").dropLast(5).joined(separator: "/")
            + "/shared/vectors/phone/373-ranges.csv"
        guard let data = FileManager.default.contents(atPath: path) else {
            print("skipped, no vectors: phone/373-ranges.csv")
            return
        }
        var seen = 0
        for line in String(decoding: data, as: UTF8.self).split(whereSeparator: \.isNewline).dropFirst() {
            let columns = line.split(separator: ";").map { $0.filter { $0 != " " } }
            // "6[12][2-9]": the first of each bracket will do.
            var prefix = columns[0]
            while let open = prefix.firstIndex(of: "["), let close = prefix.firstIndex(of: "]") {
                prefix.replaceSubrange(open...close, with: [prefix[prefix.index(after: open)]])
            }
            let number = prefix + String(repeating: "5", count: 8 - prefix.count)
            let isLine =
                columns[3] == "STANDARD_RATE" && ["FIXED_LINE", "MOBILE", "VOIP"].contains(columns[2])
            var typed = TypedText("0" + number)
            #expect((PhoneText.take(from: &typed) == .number("+373" + number)) == isLine, "\(line)")
            seen += 1
        }
        #expect(seen > 70)
    }
}
