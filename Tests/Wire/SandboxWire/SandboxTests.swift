// The sandbox over real sockets, as a stranger's client meets it: everything is asked by HTTP and checked
// with the readers that the services use, which were written apart from it.
import EventLoop
import HTTPWire
import JSONWire
import Mia
import Sealing
import Testing
import TestSupport
import WhatsApp

@testable import Sandbox

@Suite(.serialized) struct `The sandbox over sockets` {
    private static let api = "/ecomm/api/v1"

    private static func token(_ sandbox: RunningSandbox) async throws -> String {
        let answer = try await sandbox.ask("POST", api + "/token", #"{"merchantId":"128","secretKey":"s"}"#)
        #expect(answer.status == 200)
        return try MiaTokenAnswer(parsing: answer.bytes).accessToken
    }

    private static func pay(_ sandbox: RunningSandbox, _ token: String) async throws -> MiaPayAnswer {
        let order = """
            {"terminalId":"TE0001","orderId":"108","amount":12.50,"currency":"MDL","payDescription":"Cafea ☕",
             "callbackUrl":"\(sandbox.businessURL)/callbacks/1"}
            """
        let answer = try await sandbox.ask("POST", api + "/pay", order, token: token)
        #expect(answer.status == 200)
        return try MiaPayAnswer(parsing: answer.bytes)
    }

    @Test func `pays by itself once a stranger has opened the page, and says so once, signed`() async throws {
        try await RunningSandbox.run { sandbox in
            sandbox.business.answer([500])  // the one callback is not repeated
            let token = try await Self.token(sandbox), payment = try await Self.pay(sandbox, token)
            let page = try await sandbox.ask("GET", "/checkout?paymentId=" + payment.paymentId)
            #expect(page.status == 200 && String(decoding: page.bytes, as: UTF8.self).contains("12.50"))
            try await until { !sandbox.business.received("/callbacks").isEmpty }
            let key = try await sandbox.ask("GET", Self.api + "/public-key", token: token)
            let callback = try MiaCallback(parsing: sandbox.business.received("/callbacks")[0].body)
            let signature = try #require(Base64.decode(callback.signature))
            let publicKey = try RSAPublicKey(spkiBase64: MiaPublicKeyAnswer(parsing: key.bytes).base64)
            #expect(
                publicKey.verifyPKCS1v15SHA256(
                    message: Array(callback.canonicalString.utf8), signature: signature))
            #expect(callback.payment.status == .success && callback.payment.amount.shortest == "12.5")
            let status = try await sandbox.ask(
                "GET", Self.api + "/payment/" + payment.paymentId, token: token)
            let reported = try MiaPayment(parsing: status.bytes)
            #expect(reported.status == .success && reported.checkoutPage == payment.checkoutPage)
            #expect(sandbox.business.received("/callbacks").count == 1)
        }
    }

    @Test func `waits for a person on its own page, and pays when asked`() async throws {
        try await RunningSandbox.run { sandbox in
            let token = try await Self.token(sandbox), payment = try await Self.pay(sandbox, token)
            _ = try await sandbox.ask("GET", "/checkout?paymentId=\(payment.paymentId)&manual=1")
            let path = "/sandbox/v1/payments/" + payment.paymentId
            #expect(try await sandbox.ask("POST", path + "/open").json?["status"]?.text == "CREATED")
            #expect(try await sandbox.ask("POST", path + "/pay").json?["status"]?.text == "SUCCESS")
            #expect(try await sandbox.ask("POST", path + "/pay").status == 200)
            #expect(try await sandbox.ask("POST", path + "/decline").status == 409)
        }
    }

    @Test func `answers a missing token with an empty body and a wrong one in words`() async throws {
        try await RunningSandbox.run { sandbox in
            for target in ["/public-key", "/payment/x"] {
                let answer = try await sandbox.ask("GET", Self.api + target)
                #expect(answer.status == 401 && answer.bytes.isEmpty)
            }
            let wrong = try await sandbox.ask(
                "POST", Self.api + "/token", #"{"merchantId":"128","secretKey":"x"}"#)
            #expect(wrong.status == 401 && MiaError(reading: wrong.bytes).code == "1")
            let token = try await Self.token(sandbox)
            let unknown = try await sandbox.ask("GET", Self.api + "/payment/x", token: token)
            #expect(unknown.status == 400)
            #expect(
                MiaError(reading: unknown.bytes).message == "Ecomm payment info not found with payment id [x]"
            )
        }
    }

    @Test func `repeats a webhook until it is answered with 200, the same bytes signed the same way`()
        async throws
    {
        try await RunningSandbox.run { sandbox in
            sandbox.business.answer([500, 204])
            let said = try await sandbox.ask(
                "POST", "/sandbox/v1/phones/%2B37369000001/say", #"{"text":"Plătește 1/2 😀"}"#)
            let id = try #require(said.json?["messageId"]?.text)
            try await until { sandbox.business.received("/webhooks").count == 3 }
            let webhooks = sandbox.business.received("/webhooks")
            let key = HMACKey(Secret(text: RunningSandbox.appSecret))
            for webhook in webhooks {
                #expect(webhook.body == webhooks[0].body)
                #expect(
                    HMACSHA256.verifyHex(try #require(webhook.signature), message: webhook.body, key: key))
            }
            let item = try #require(WebhookClassifier.items(in: webhooks[0].body).first)
            #expect(item.lane == .messages && item.waId == "37369000001" && item.opensWindow)
            let chat = "/sandbox/v1/phones/37369000001/chat"
            try await until {
                try await sandbox.ask("GET", chat).json?["bubbles"]?[0]?["status"]?.text == "delivered"
            }
            #expect(try await sandbox.ask("GET", chat).json?["bubbles"]?[0]?["id"]?.text == id)
        }
    }

    @Test func `takes a message for the phone and reports it sent, delivered and read`() async throws {
        try await RunningSandbox.run { sandbox in
            let target = "/v26.0/800000000000009/messages"
            let message = """
                {"messaging_product":"whatsapp","to":"+37369000001","type":"text","text":{"body":"Bine"},
                 "biz_opaque_callback_data":"msg_1"}
                """
            #expect(try await sandbox.ask("POST", target, message).status == 403)
            #expect(try await sandbox.ask("POST", target, message, token: "wrong").status == 401)
            let token = RunningSandbox.graphToken
            let closed = try await sandbox.ask("POST", target, message, token: token)
            #expect(closed.json?["error"]?["code"]?.int64 == 131_047)
            _ = try await sandbox.ask("POST", "/sandbox/v1/phones/37369000001/say", #"{"text":"hello"}"#)
            let sent = try await sandbox.ask("POST", target, message, token: token)
            #expect(sent.status == 200 && sent.json?["messages"]?[0]?["message_status"]?.text == "accepted")
            let statuses = { sandbox.business.received("/webhooks").dropFirst().map(\.body) }
            try await until { statuses().count == 3 }
            let keys = statuses().flatMap { WebhookClassifier.items(in: $0) }.map(\.dedupKey)
            let id = try #require(sent.json?["messages"]?[0]?["id"]?.text)
            #expect(keys == ["sent", "delivered", "read"].map { id + "|" + $0 })
        }
    }

    @Test func `fails on demand, and forgets it when told`() async throws {
        try await RunningSandbox.run { sandbox in
            let fault = #"{"at":"token","kind":"unavailable","times":5}"#
            #expect(try await sandbox.ask("POST", "/sandbox/v1/faults", fault).status == 200)
            let body = #"{"merchantId":"128","secretKey":"s"}"#
            #expect(try await sandbox.ask("POST", Self.api + "/token", body).status == 503)
            #expect(
                try await sandbox.ask("DELETE", "/sandbox/v1/faults").json?["faults"]?.items.isEmpty == true)
            _ = try await Self.token(sandbox)
        }
    }
}
