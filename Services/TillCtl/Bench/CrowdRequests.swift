// What a thousand connections ask each service of, while its memory is looked at: that which costs it most of all that
// it is asked of, prepared before the run.
import Contracts
import JSONWire
import Money
import World

struct CrowdRequests {
    let stack: Stack
    let world: World

    /// One service, the port that the crowd is on, and what it asks.
    struct Crowd {
        let key: String
        let what: String
        let port: Int
        let requests: [[UInt8]]
    }

    private static let host = "127.0.0.1"

    /// `count` requests for each. The router is asked of nothing but its health.
    func all(_ count: Int, phones: [String]) throws -> [Crowd] {
        let token = try stack.secrets.text("token-command-router"), plan = stack.plan
        return [
            Crowd(
                key: "callback", what: "forged callbacks", port: plan.port("callback"),
                requests: (0..<count).map { _ in callback() }),
            Crowd(
                key: "gateway", what: "lists of payments", port: plan.port("gateway"),
                requests: [
                    request(
                        "GET", "/v1/payments?merchantId=\(DemoCast.banks[0].merchants[1].merchantId)", token)
                ]),
            Crowd(
                key: "notifier", what: "messages for closed windows", port: plan.port("notifier"),
                requests: try (0..<count).map { try message($0, token) }),
            Crowd(
                key: "capSvc", what: "who a phone is", port: plan.port("capSvc"),
                requests: try phones.map { phone in
                    request(
                        "POST", "/rev2/sellers/resolve", token,
                        try ResolveSeller(phone: phone, channel: "whatsapp").jsonBytes())
                }),
            Crowd(
                key: "router", what: "its health", port: plan.port("router"),
                requests: [request("GET", "/health/ready", token)]),
        ]
    }

    private func callback() -> [UInt8] {
        let body =
            "{\"result\":{\"payId\":\"\(world.hex(16))\",\"amount\":1.0},\"signature\":\"\(world.hex(256))\"}"
        return request(
            "POST", "/callbacks/mia/\(DemoCast.banks[0].bankId)/\(world.hex(32))", nil, Array(body.utf8))
    }

    /// Nobody of these has written, so that nothing is sent.
    private func message(_ index: Int, _ token: String) throws -> [UInt8] {
        let message = SendMessage(
            conversation: Conversation(
                phoneNumberId: DemoCast.phoneNumberId, peer: "3736955" + String(1_000 + index % 9_000)),
            locale: .ro, content: .text("Plata 100,00 MDL pentru Cafea a fost primită."),
            notAfter: world.now().advanced(by: .seconds(600)))
        return request(
            "POST", "/v1/messages", token, try message.jsonBytes(), key: "crowd-\(world.hex(8))-\(index)")
    }

    private func request(
        _ method: String, _ target: String, _ token: String?, _ body: [UInt8] = [], key: String? = nil
    ) -> [UInt8] {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: \(Self.host)\r\n"
        if let token { head += "Authorization: Bearer \(token)\r\n" }
        if let key { head += "Idempotency-Key: \(key)\r\n" }
        if !body.isEmpty { head += "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n" }
        return Array((head + "\r\n").utf8) + body
    }
}
