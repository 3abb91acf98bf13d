// The e-commerce API of the fake banks, on the profile measured at the real sandbox: under /banks/{bankId}
// for each bank, and at the root for the first, because clients written by others know no bank ids.

import HTTPServer
import HTTPWire
import JSONWire
import World

struct BankRoutes: Sendable {
    let stage: Stage

    func add(to routes: inout Routes) {
        for prefix in ["", "/banks/{bankId}"] {
            let api = prefix + "/ecomm/api/v1"
            on("POST", api + "/token", &routes, at: .token, token)
            on("POST", api + "/token/refresh", &routes, at: .token, refresh)
            on("POST", api + "/pay", &routes, at: .pay) { pay($0, $1, $2, direct: false) }
            on("POST", api + "/request-to-pay/direct", &routes, at: .rtp) { pay($0, $1, $2, direct: true) }
            on("GET", api + "/payment/{paymentId}", &routes, at: .payment, payment)
            on("GET", api + "/public-key", &routes, at: .publicKey, publicKey)
            // The path that an older document gives; the real one fails there too.
            on("GET", prefix + "/api/v1/public-key", &routes) { _, _, _ in
                HTTPResponse.json(500, Self.error("Internal server error"))
            }
        }
    }

    private func on(
        _ method: String, _ pattern: String, _ routes: inout Routes, at place: Fault.Place? = nil,
        _ respond: @escaping @Sendable (HTTPRequest, _ bankId: String, _ clockOff: Duration) -> HTTPResponse
    ) {
        routes.on(method, pattern) { request in
            let bankId = request.parameters["bankId"] ?? stage.askBank { $0.firstBankId }
            return try await stage.answer(
                request, at: place, service: "bank", bankId: bankId, description: description(request),
                refusals: Stage.Refusals(
                    unavailable: .json(503, Self.error("Service unavailable")),
                    throttled: HTTPResponse(
                        status: 429, headers: ["content-type": "application/json", "retry-after": "2"],
                        body: Self.error("Too many requests")), unauthorized: unauthorized)
            ) { fault in
                stage.askBank { $0.bankIds.contains(bankId) }
                    ? respond(request, bankId, fault?.clockOff ?? .zero)
                    : HTTPResponse.json(404, Self.error("No such bank"))
            }
        }
    }

    /// What the payment that a request speaks of is for, where a fault asks.
    private func description(_ request: HTTPRequest) -> String? {
        guard stage.faultsSet.contains(where: { $0.mention != nil }) else { return nil }
        if let id = request.parameters["paymentId"] {
            return stage.askBank { $0.payment(id)?.payDescription }
        }
        return (try? JSONValue(parsing: request.body, duplicates: .kept))?["payDescription"]?.text
    }

    private func token(_ request: HTTPRequest, _ bankId: String, _ clockOff: Duration) -> HTTPResponse {
        let json = try? JSONValue(parsing: request.body, duplicates: .kept)
        guard let merchantId = json?["merchantId"]?.textOrNumber, !merchantId.isEmpty else {
            return refusal(.field("merchantId", nil, "merchantId is required"))
        }
        guard let secretKey = json?["secretKey"]?.filledText else {
            return refusal(.field("secretKey", nil, "secretKey is required"))
        }
        let pair = stage.askBank {
            $0.token(
                merchantId: merchantId, secretKey: secretKey, at: bankId, clockOff: clockOff,
                world: stage.world)
        }
        return pair.map(answer) ?? .json(401, Self.error("Invalid merchant credentials"))
    }

    private func refresh(_ request: HTTPRequest, _ bankId: String, _ clockOff: Duration) -> HTTPResponse {
        let json = try? JSONValue(parsing: request.body, duplicates: .kept)
        guard let token = json?["refreshToken"]?.filledText else {
            return refusal(.field("refreshToken", nil, "refreshToken is required"))
        }
        let pair = stage.askBank { $0.refreshed(token, at: bankId, clockOff: clockOff, world: stage.world) }
        return pair.map(answer) ?? .json(401, Self.error("Invalid refresh token"))
    }

    private func answer(_ pair: FakeBank.TokenPair) -> HTTPResponse {
        var json = JSONWriter()
        json.object { body in
            body.member("accessToken", pair.access)
            body.member("accessTokenExpiresIn", FakeBank.accessLife)
            body.member("refreshToken", pair.refresh)
            body.member("refreshTokenExpiresIn", FakeBank.refreshLife)
            body.member("tokenType", "Bearer")
        }
        return .json(200, json.bytes)
    }

    private func grant(_ request: HTTPRequest, _ bankId: String) -> FakeBank.Grant? {
        guard let token = Bearer.token(request) else { return nil }
        return stage.askBank { $0.grant(token, at: bankId, now: stage.world.now()) }
    }

    /// A missing or old token gets no word of explanation.
    private var unauthorized: HTTPResponse { HTTPResponse(status: 401) }

    private func pay(
        _ request: HTTPRequest, _ bankId: String, _ clockOff: Duration, direct: Bool
    ) -> HTTPResponse {
        guard let grant = grant(request, bankId) else { return unauthorized }
        do throws(BankRefusal) {
            let terminals = stage.askBank { $0.merchant(grant.merchantId, at: bankId)?.terminals ?? [] }
            let asked = try BankPayRequest(parsing: request.body, direct: direct, terminals: terminals)
            let base = request.parameters["bankId"].map { "/banks/" + $0 } ?? ""
            let payment = stage.atBank {
                $0.register(asked, for: grant, base: base, clockOff: clockOff, world: stage.world)
            }
            var json = JSONWriter()
            json.object { body in
                body.member("orderId", payment.orderId)
                body.member("paymentId", payment.paymentId)
                body.member("checkoutPage", ifAny: payment.checkoutPage)
            }
            return .json(200, json.bytes)
        } catch {
            return refusal(error)
        }
    }

    private func payment(_ request: HTTPRequest, _ bankId: String, _ clockOff: Duration) -> HTTPResponse {
        guard let grant = grant(request, bankId) else { return unauthorized }
        let id = request.parameters["paymentId"] ?? ""
        // Another merchant's payment is as unknown as none.
        guard let payment = stage.askBank({ $0.payment(id) }), payment.bankId == bankId,
            payment.merchantId == grant.merchantId
        else { return refusal(BankRefusal("Ecomm payment info not found with payment id [\(id)]")) }
        var json = JSONWriter(capacity: 512)
        payment.dated(off: clockOff).writeReport(to: &json, withPage: true)
        return .json(200, json.bytes)
    }

    private func publicKey(_ request: HTTPRequest, _ bankId: String, _ clockOff: Duration) -> HTTPResponse {
        guard grant(request, bankId) != nil else { return unauthorized }
        guard let key = stage.keys.publicKey(bankId) else {
            return .json(500, Self.error("Internal server error"))
        }
        var json = JSONWriter()
        json.object { $0.member("publicKey", key) }
        return .json(200, json.bytes)
    }

    private func refusal(_ refusal: BankRefusal) -> HTTPResponse { .json(400, Self.error(refusal.message)) }

    /// `errorCode` is always "1" and means nothing.
    private static func error(_ message: String) -> [UInt8] {
        var json = JSONWriter()
        json.object { body in
            body.member("errorCode", "1")
            body.member("errorMessage", message)
        }
        return json.bytes
    }
}
