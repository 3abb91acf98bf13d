// The kernel without a database: a server that checks a webhook's signature and says 200, in a process of its own.
// What the ingress costs beyond this is reading, keeping and committing.
import EventLoop
import HTTPServer
import HTTPWire
import Observe
import Sealing
import World

enum SignatureServer {
    static let secret = Secret(text: PeerPrograms.secret)
    static let path = "/webhooks/whatsapp"

    /// Serves until it is ended.
    static func run(port: UInt16, tools: Commands.Tools) async throws {
        let key = HMACKey(secret)
        var routes = Routes()
        routes.on("POST", path, bodyBytesMax: 3 << 20) { request in
            let header = request.headers.firstOctets("x-hub-signature-256")
            guard let header, let code = HMACSHA256.codeBytes(Array(header)),
                constantTimeEqual(key.authenticate(request.body), code)
            else { return HTTPResponse(status: 401) }
            return HTTPResponse(status: 200)
        }
        var settings = ServerSettings()
        settings.logsRequests = false
        settings.connectionsPerAddressMax = 100_000
        let server = try await HTTPServer.bind(
            name: "signatures", host: "127.0.0.1", port: port, routes: routes, settings: settings,
            loop: tools.loop, world: tools.world, log: .silent(tools.world), metrics: Metrics())
        try await server.run()
    }
}

extension Commands {
    /// `signature-server`: what `bench http` measures; of no other use.
    package static func signatureServer(port: Int) async throws {
        guard let port = UInt16(exactly: port) else { return }
        try await SignatureServer.run(port: port, tools: try Tools())
    }
}
