// Bodies of the bank's API, read and written, each way, with the surprises that were seen.
import Mia
import Money
import Testing

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

@Suite struct `Bodies of the bank's API` {
    @Test func `a token request is written plainly and read back`() throws {
        let written = MiaTokenRequest(merchantId: "128", secretKey: "s\"1").bytes
        #expect(text(written) == #"{"merchantId":"128","secretKey":"s\"1"}"#)
        #expect(try MiaTokenRequest(parsing: written).secretKey == "s\"1")
        let generous = try MiaTokenRequest(
            parsing: bytes(#"{"merchantId":128,"secretKey":"x","terminalId":"T"}"#))
        #expect(generous.merchantId == "128")
        #expect(throws: MiaRefusal.missing("secretKey")) {
            try MiaTokenRequest(parsing: bytes(#"{"merchantId":"128","secretKey":null}"#))
        }
    }

    @Test func `a token answer is read in both documented forms`() throws {
        let measured = try MiaTokenAnswer(
            parsing: MiaTokenAnswer(
                accessToken: "a", accessTokenExpiresIn: 300, refreshToken: "r", refreshTokenExpiresIn: 432_000
            ).bytes)
        #expect(measured.accessTokenExpiresIn == 300 && measured.refreshTokenExpiresIn == 432_000)
        let other = try MiaTokenAnswer(
            parsing: bytes(#"{"accessToken":"a","refreshToken":"r","expiresIn":900}"#))
        #expect(other.accessTokenExpiresIn == 900 && other.refreshToken == "r")
        #expect(throws: MiaRefusal.missing("accessTokenExpiresIn")) {
            try MiaTokenAnswer(parsing: bytes(#"{"accessToken":"a","accessTokenExpiresIn":0}"#))
        }
    }

    @Test func `a pay request prints two decimals and leaves out what it has not`() throws {
        var request = MiaPayRequest(
            terminalId: "TE0001", orderId: "o1",
            amount: try MiaAmount(Money(minorUnits: 10_000, currency: .mdl)),
            currency: "MDL", payDescription: "Cafea + croissant")
        request.language = "ro"
        request.directRedirect = true
        #expect(
            text(request.bytes)
                == #"{"terminalId":"TE0001","orderId":"o1","amount":100.00,"currency":"MDL","#
                + #""payDescription":"Cafea + croissant","language":"ro","directRedirect":true}"#)
        #expect(try MiaPayRequest(parsing: request.bytes) == request)
    }

    @Test func `a pay request names the first field it lacks`() {
        #expect(throws: MiaRefusal.missing("terminalId")) { try MiaPayRequest(parsing: bytes("{}")) }
        #expect(throws: MiaRefusal.missing("amount")) {
            try MiaPayRequest(parsing: bytes(#"{"terminalId":"T","orderId":"1","amount":null}"#))
        }
    }

    @Test func `a request to pay names its payer, and its answer needs no page`() throws {
        let request = MiaRequestToPay(
            terminalId: "RTP0001", orderId: "o1",
            amount: try MiaAmount(Money(minorUnits: 10_050, currency: .mdl)), currency: "MDL",
            payDescription: "Chirie", clientName: "Ana Rusu", clientPhone: "69123456",
            callbackUrl: "https://us.example/c")
        #expect(
            text(request.bytes)
                == #"{"terminalId":"RTP0001","orderId":"o1","amount":100.50,"currency":"MDL","#
                + #""payDescription":"Chirie","clientName":"Ana Rusu","clientPhone":"69123456","#
                + #""callbackUrl":"https://us.example/c"}"#)
        #expect(try MiaRequestToPay(parsing: request.bytes) == request)
        #expect(throws: MiaRefusal.missing("clientPhone")) {
            try MiaRequestToPay(
                parsing: bytes(
                    #"{"terminalId":"T","orderId":"1","amount":1,"currency":"MDL","payDescription":"x","#
                        + #""clientName":"A"}"#))
        }
        let answer = MiaRequestToPayAnswer(orderId: "o", paymentId: "p")
        #expect(try MiaRequestToPayAnswer(parsing: answer.bytes) == answer)
        #expect(
            try MiaRequestToPayAnswer(
                parsing: MiaPayAnswer(orderId: "o", paymentId: "p", checkoutPage: "https://b/c").bytes)
                == answer)
    }

    @Test func `a pay answer survives the round trip, and an unknown member is ignored`() throws {
        let answer = MiaPayAnswer(
            orderId: "o", paymentId: "p", checkoutPage: "https://b/c")
        #expect(try MiaPayAnswer(parsing: answer.bytes) == answer)
        let more =
            #"{"new":{"x":[1]},"orderId":"o","paymentId":"p","checkoutPage":"https://b/c"}"#
        #expect(try MiaPayAnswer(parsing: bytes(more)) == answer)
    }

    @Test func `a payment is read with every optional member missing or null`() throws {
        let bare = try MiaPayment(
            parsing: bytes(
                #"{"terminalId":"T","orderId":"o","paymentId":"p","status":"CREATED","amount":12.5,"#
                    + #""currency":"MDL","paymentDate":null}"#))
        #expect(bare.status == .created && bare.paymentDate == nil)
        #expect(try bare.money() == Money(minorUnits: 1_250, currency: .mdl))
        #expect(text(bare.bytes).contains(#""amount":12.5,"#))
    }

    @Test func `a payment in a currency that is none has no money`() throws {
        let odd = MiaPayment(
            terminalId: "T", orderId: "o", paymentId: "p", status: .success,
            amount: try MiaAmount(Money(minorUnits: 1, currency: .mdl)), currency: "lei")
        #expect(throws: MiaRefusal.badCurrency) { try odd.money() }
    }

    @Test func `every status keeps its word, a new one too`() {
        for status in MiaStatus.known { #expect(MiaStatus(status.word) == status) }
        #expect(MiaStatus("COMPLETED") == .unknown("COMPLETED"))
        #expect(MiaStatus("success") == .unknown("success"))
        #expect(MiaStatus.known.map(\.isFinal) == [false, false, true, true, true, true])
        #expect(!MiaStatus("COMPLETED").isFinal)
    }

    @Test func `a public key is taken out of its armour`() throws {
        #expect(try MiaPublicKeyAnswer(parsing: bytes(#"{"publicKey":"MIIB+/="}"#)).base64 == "MIIB+/=")
        let pem = #"{"publicKey":"-----BEGIN PUBLIC KEY-----\nMIIB\r\n+/=\n-----END PUBLIC KEY-----\n"}"#
        #expect(try MiaPublicKeyAnswer(parsing: bytes(pem)).base64 == "MIIB+/=")
        #expect(throws: MiaRefusal.missing("publicKey")) {
            try MiaPublicKeyAnswer(parsing: bytes(#"{"publicKey":"-----"}"#))
        }
    }

    @Test(arguments: [
        (#"{"errorCode":"1","errorMessage":"no"}"#, MiaError(code: "1", message: "no")),
        (
            #"{"error":{"code":"RATE_LIMITED","message":"slow","requestId":"req_1"}}"#,
            MiaError(code: "RATE_LIMITED", message: "slow", requestId: "req_1")
        ),
        (#"{"errorCode":7}"#, MiaError(code: "7")), ("", MiaError()), ("<html>", MiaError()),
        ("[]", MiaError()),
        (#"{"error":"no"}"#, MiaError()),
    ])
    func `an error is read in every shape, the empty one too`(body: String, error: MiaError) {
        #expect(MiaError(reading: bytes(body)) == error)
    }

    @Test func `an error is written in both shapes`() {
        let error = MiaError(code: "X", message: "m", requestId: "r")
        #expect(text(error.bytes) == #"{"errorCode":"X","errorMessage":"m"}"#)
        #expect(text(error.envelopeBytes) == #"{"error":{"code":"X","message":"m","requestId":"r"}}"#)
    }

    @Test func `what is no object is refused without quoting it`() throws {
        for body in ["", "null", "[1]", "\"secret\"", "{\"secret\":", "{\"a\":1}{}"] {
            do {
                _ = try MiaPayAnswer(parsing: bytes(body))
                Issue.record("accepted")
            } catch {
                #expect(!"\(error)".contains("secret"))
            }
        }
    }

    @Test(arguments: [
        ("+37369123456", "69123456"), ("+37322123456", "22123456"), ("37369123456", nil),
        ("+3736912345", nil),
        ("+373691234567", nil), ("+40712345678", nil), ("+37306912345", nil), ("+3736912345a", nil),
        ("", nil),
    ])
    func `a Moldovan number loses its prefix, another is refused`(e164: String, national: String?) {
        #expect(MiaPhone.nationalDigits(e164: e164) == national)
    }

    @Test func `the checkout page speaks three of our five languages`() {
        #expect(Language.allCases.map(MiaLanguage.page(for:)) == ["ro", "ru", "en", "en", "en"])
    }
}
