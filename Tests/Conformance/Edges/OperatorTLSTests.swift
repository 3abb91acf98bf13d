// tillctl towards a notifier that asks for certificates, as in an installation with mutual TLS: with its own it is let
// in, without one or with another service's it is not.
import Contracts
import EventLoop
import HTTPServer
import HTTPWire
import Observe
import Sealing
import Synchronization
import TLSWire
import TestSupport
import Testing
import TillCtl
import World

@Suite(.serialized) struct `tillctl's certificate` {
    @Test func `opens a notifier that asks for one, and nothing else does`() async throws {
        guard OutsideTool.path("openssl") != nil else { return }
        try await OutsideTool.withFolder { folder in
            let files = TemporaryCertificates(in: folder)
            let token = String(repeating: "t", count: 64)
            try await BlockingThread.run {
                try files.makeAuthority("ca")
                try files.issue("server", by: "ca", commonName: "till", names: "DNS:localhost,IP:127.0.0.1")
                try files.issue("tillctl", by: "ca", commonName: "tillctl", names: "DNS:tillctl")
                try files.issue("other", by: "ca", commonName: "other", names: "DNS:ecomm-gateway")
                try ChildProcess.run(["sh", "-c", "printf %s \(token)"], log: folder + "/token")
            }
            var settings = TLSServerSettings(
                certificateFile: files.certificate("server"), keyFile: files.key("server"))
            settings.clientCAFile = files.certificate("ca")
            settings.clientNames = ["tillctl"]
            var routes = Routes()
            routes.on("GET", "/v1/messages", callers: ["tillctl"]) { _ in
                .encoding(200, Page<MessageView>(items: [], nextCursor: nil))
            }
            let line = try #require(CallerTokens.line("tillctl", Secret(text: token)))
            let loop = TestLoop.shared, world = World.forWireTests
            let server = try await HTTPServer.bind(
                name: "notifier", host: "127.0.0.1", port: 0, routes: routes,
                callers: try CallerTokens(line), tls: try TLSContext(server: settings), loop: loop,
                world: world, log: .silent(world), metrics: Metrics())
            let running = Task(executorPreference: loop) { try await server.run() }

            func list(_ certificate: String?) async -> [String]? {
                let said = Mutex<[String]>([])
                var words = ["messages", "list", "--notifier", "https://localhost:\(server.port)"]
                words += ["--token-file", folder + "/token", "--ca", files.certificate("ca"), "--json"]
                if let certificate {
                    words += ["--cert", files.certificate(certificate), "--key", files.key(certificate)]
                }
                do {
                    let request = try OperatorRequest(words, environment: [:])
                    let tools = try Commands.Tools(tls: request.tls.context())
                    let command = try OperatorCommand(request, tools) { line in
                        said.withLock { $0.append(line) }
                    }
                    return try await command.run() ? said.withLock { $0 } : nil
                } catch { return nil }
            }
            #expect(await list("tillctl") == [#"{"items":[]}"#])
            #expect(await list(nil) == nil)
            #expect(await list("other") == nil)
            await server.drain(within: .zero)
            _ = await running.result
        }
    }
}
