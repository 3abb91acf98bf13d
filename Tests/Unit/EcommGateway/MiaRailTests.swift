// The rail's calls against a bank that answers from a list: which answers are a link, a no, or a doubt.
import Contracts
import EcommGateway
import Mia
import Money
import Synchronization
import Testing
import World

private final class ScriptedBank: BankWire {
    private let state: Mutex<(answers: [BankAnswer], asks: [BankAsk])>
    init(_ answers: [BankAnswer]) { state = Mutex((answers, [])) }
    var asks: [BankAsk] { state.withLock { $0.asks } }

    func exchange(_ ask: BankAsk) async -> BankAnswer {
        state.withLock {
            $0.asks.append(ask)
            return $0.answers.removeFirst()
        }
    }
}

private func answer(_ status: Int, _ body: String, retryAfter: Int? = nil) -> BankAnswer {
    .answered(status: status, body: Array(body.utf8), retryAfterSeconds: retryAfter)
}

private let token = AccessToken(
    accessToken: "t0k", expiresAt: Timestamp(seconds: 1), ecommBaseUrl: "https://bank.example")
private let order = LinkOrder(
    attemptId: "att_1", terminalId: "TE0001", amount: Money(minorUnits: 10_000, currency: .mdl),
    description: "Cafea",
    language: .fr, callbackURL: "https://us.example/callbacks/mia/moldbank/ab")

private func rail(_ bank: ScriptedBank) -> MiaRail {
    MiaRail(minimumMinor: 0, maximumMinor: 10_000_000, linkLife: .seconds(300), wire: bank)
}

@Suite struct `The miaPOS rail` {
    @Test func `asks for a link with our attempt as its reference`() async throws {
        let bank = ScriptedBank([
            answer(
                200,
                #"{"orderId":"att_1","paymentId":"p","checkoutPage":"https://b.example/c?paymentId=p"}"#
            )
        ])
        let link = try await rail(bank).register(order, token: token, timeout: .seconds(5))
        #expect(link == RailLink(railPaymentId: "p", link: "https://b.example/c?paymentId=p"))
        let ask = try #require(bank.asks.first)
        #expect(ask.path == "/ecomm/api/v1/pay" && ask.accessToken == "t0k" && ask.method == .post)
        let sent = try MiaPayRequest(parsing: ask.body)
        #expect(sent.orderId == "att_1" && sent.amount.twoDecimals == "100.00" && sent.currency == "MDL")
        #expect(sent.language == "en" && sent.callbackUrl == order.callbackURL && sent.paymentType == "qr")
    }

    @Test func `sorts every other answer by what it leaves us knowing`() async {
        let cases: [(BankAnswer, RailFailure)] = [
            (.notSent, .notDone(retryAfterSeconds: nil)), (.lost, .answerLost),
            (answer(401, ""), .unauthorized),
            (answer(400, #"{"errorCode":"1","errorMessage":"no"}"#), .refused(status: 400)),
            (answer(403, #"{"error":{"code":"TERMINAL_INACTIVE","message":"no"}}"#), .refused(status: 403)),
            (answer(429, "", retryAfter: 7), .notDone(retryAfterSeconds: 7)), (answer(500, ""), .answerLost),
            (answer(503, #"{"error":{"code":"RAIL_UNAVAILABLE"}}"#), .answerLost),
            (answer(408, ""), .answerLost),
            (answer(200, ""), .answerLost), (answer(200, #"{"paymentId":"p"}"#), .answerLost),
            (
                answer(200, #"{"orderId":"o","paymentId":"p","checkoutPage":"javascript:alert(1)"}"#),
                .answerLost
            ),
            (answer(302, ""), .refused(status: 302)),
        ]
        for (given, failure) in cases {
            await #expect(throws: failure) {
                try await rail(ScriptedBank([given])).register(order, token: token, timeout: .seconds(5))
            }
        }
    }

    @Test func `reads a status exactly, and concludes nothing from what it cannot read`() async throws {
        let body =
            #"{"terminalId":"TE0001","orderId":"att_1","paymentId":"p/1","status":"SUCCESS","amount":12.5,"#
            + #""currency":"MDL","swiftMessageId":"M","swiftPayerBank":"CMTBMD2X"}"#
        let bank = ScriptedBank([answer(200, body), answer(200, body.replacing("SUCCESS", with: "LATER"))])
        let report = try await rail(bank).status(of: "p/1", token: token, timeout: .seconds(5))
        #expect(report.status == .paid && report.amount == Money(minorUnits: 1_250, currency: .mdl))
        #expect(report.swiftPayerBank == "CMTBMD2X" && report.railPaymentId == "p/1")
        #expect(bank.asks.first?.path == "/ecomm/api/v1/payment/p%2F1")
        #expect(try await rail(bank).status(of: "p/1", token: token, timeout: .seconds(5)).status == nil)
        for broken in ["", body.replacing("12.5", with: "12.505"), body.replacing("MDL", with: "lei")] {
            await #expect(throws: RailFailure.answerLost) {
                try await rail(ScriptedBank([answer(200, broken)])).status(
                    of: "p", token: token, timeout: .seconds(5))
            }
        }
    }

    @Test func `hands out the key, and cannot take a link back`() async throws {
        let bank = ScriptedBank([answer(200, #"{"publicKey":"MIIB"}"#)])
        #expect(try await rail(bank).publicKey(token: token, timeout: .seconds(5)) == "MIIB")
        await #expect(throws: RailFailure.notOffered) {
            try await rail(bank).cancel("p", token: token, timeout: .seconds(5))
        }
        let lives = MiaRail(
            minimumMinor: 1, maximumMinor: 2, linkLife: .seconds(300), linkLives: ["TE2": .seconds(60)],
            wire: bank
        ).profile
        #expect(lives.linkLife(at: "TE1") == .seconds(300) && lives.linkLife(at: "TE2") == .seconds(60))
        #expect(rail(bank).profile.offers.isEmpty && rail(bank).profile.minimumMinor == 1)
    }
}

@Suite struct `The miaPOS rail for requests` {
    private func rail(_ bank: ScriptedBank) -> MiaRequestToPayRail {
        MiaRequestToPayRail(minimumMinor: 0, maximumMinor: 10_000_000, life: .seconds(900), wire: bank)
    }

    private var request: LinkOrder {
        var request = order
        request.terminalId = "RTP0001"
        request.payer = Payer(phone: "+37369123456", name: "Ana Rusu")
        return request
    }

    @Test func `sends the payer's eight digits and learns the bank's id`() async throws {
        let bank = ScriptedBank([answer(200, #"{"orderId":"att_1","paymentId":"p"}"#)])
        let sent = try await rail(bank).register(request, token: token, timeout: .seconds(5))
        #expect(sent == RailLink(railPaymentId: "p", link: nil))
        let ask = try #require(bank.asks.first)
        #expect(ask.path == "/ecomm/api/v1/request-to-pay/direct" && ask.method == .post)
        let body = try MiaRequestToPay(parsing: ask.body)
        #expect(body.clientPhone == "69123456" && body.clientName == "Ana Rusu" && body.orderId == "att_1")
        #expect(body.callbackUrl == order.callbackURL && body.terminalId == "RTP0001")
    }

    @Test func `is in doubt after every answer that does not say what was done`() async {
        let cases: [(BankAnswer, RailFailure)] = [
            (.notSent, .notDone(retryAfterSeconds: nil)), (.lost, .answerLost),
            (answer(500, ""), .answerLost),
            (answer(200, ""), .answerLost), (answer(200, #"{"orderId":"o"}"#), .answerLost),
            (answer(400, #"{"errorCode":"1","errorMessage":"no"}"#), .refused(status: 400)),
        ]
        for (given, failure) in cases {
            await #expect(throws: failure) {
                try await rail(ScriptedBank([given])).register(request, token: token, timeout: .seconds(5))
            }
        }
    }

    @Test func `repeats nothing and reaches phones of its own country alone`() {
        let profile = rail(ScriptedBank([])).profile
        #expect(profile.needsPayer && !profile.repeatsLostAsks && profile.linkLife == .seconds(900))
        for (phone, isReached) in [("+37369123456", true), ("+40712345678", false), ("069123456", false)] {
            #expect(rail(ScriptedBank([])).reaches(Payer(phone: phone, name: "A")) == isReached)
        }
    }
}
