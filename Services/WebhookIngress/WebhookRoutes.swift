// HTTP to events: the handshake, the signature, and the answer after the commit. No SQL, no policy on
// content.
import HTTPServer
import HTTPWire
import Observe
import Problem
import Sealing
import WhatsApp
import World

struct WebhookRoutes: Sendable {
    static let path = "/webhooks/whatsapp"
    /// Meta documents payloads of up to 3 MB; over it: 413 before the body is read.
    static let bodyBytesMax = 3 << 20
    /// A challenge is a short opaque text; more is not echoed.
    static let challengeBytesMax = 512

    let signers: WebhookSigners
    let verifyTokens: [Secret]
    let lanes: CommitLanes
    let world: World
    let log: Log
    let metrics: IngressMetrics
    private let handshakeLines = LinePace()
    private let missingLines = LinePace()
    /// Of their own: they may mean that our secret is wrong.
    private let wrongLines = LinePace()

    var routes: Routes {
        var routes = Routes()
        routes.on("GET", Self.path) { request in try handshake(request) }
        routes.on("POST", Self.path, bodyBytesMax: Self.bodyBytesMax) { request in
            try await receive(request)
        }
        return routes
    }

    /// `hub.mode=subscribe`, our verify token, and a challenge to echo. No signature: Meta sends none here.
    private func handshake(_ request: HTTPRequest) throws(Problem) -> HTTPResponse {
        let token = Array((request.query("hub.verify_token") ?? "").utf8)
        // All tokens are compared, so that time does not tell which one was near.
        let isKnown = verifyTokens.reduce(false) { known, secret in secret.matches(token) || known }
        guard request.query("hub.mode") == "subscribe", isKnown,
            let challenge = request.query("hub.challenge"), challenge.utf8.count <= Self.challengeBytesMax
        else {
            log.line(.warn, "handshake.refused", at: handshakeLines)
            throw Problem(.forbidden, code: "HANDSHAKE_REFUSED", toUser: "The subscription is not verified.")
        }
        log.info("handshake.accepted")
        var response = HTTPResponse.text(200, challenge)
        response.headers.append("x-content-type-options", "nosniff")
        return response
    }

    private func receive(_ request: HTTPRequest) async throws -> HTTPResponse {
        let began = world.monotonic()
        let header = request.headers.firstOctets("x-hub-signature-256")
        guard let signer = signers.signer(header: header, body: request.body) else {
            return unsigned(isMissing: header == nil)
        }
        let receivedAt = world.now()
        let requestId = RequestContext.current?.requestID ?? world.id("req")
        var events: [InboundEvent] = []
        var foreign = 0
        for item in WebhookClassifier.items(in: request.body) {
            guard signer.speaks(for: item) else {
                foreign += 1
                continue
            }
            let event = InboundEvent(item, receivedAt: receivedAt, requestId: requestId)
            if event.isParked { metrics.parked.add(1) }
            events.append(event)
        }
        if foreign > 0 {
            metrics.notOurs.add(foreign)
            log.warn("webhook.notOurs", ["events": .int(foreign)])
        }
        let shared = events.isEmpty ? 1 : try await lanes.keep(events)
        if shared <= EventBatcher.linesMax {
            log.info(
                "webhook.accepted",
                ["events": .int(events.count), "ms": .ms(.nanoseconds(world.monotonic() - began))])
        }
        return HTTPResponse(status: 200)
    }

    /// The same answer whatever was wrong with the signature.
    private func unsigned(isMissing: Bool) -> HTTPResponse {
        metrics.badSignatures.add(1, [isMissing ? "missing" : "wrong"])
        log.line(
            .warn, "webhook.refused", ["signature": .word(isMissing ? "missing" : "wrong")],
            at: isMissing ? missingLines : wrongLines)
        let problem = Problem(
            .unauthenticated, code: "SIGNATURE_INVALID", toUser: "The delivery is not signed by a known app.")
        var response = HTTPResponse(problem, requestID: RequestContext.current?.requestID)
        // RFC 9110 section 11.6.1 wants a challenge; ours is the header that is checked.
        response.headers.replace("www-authenticate", "X-Hub-Signature-256")
        return response
    }
}
