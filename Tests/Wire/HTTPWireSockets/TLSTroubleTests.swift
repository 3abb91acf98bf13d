// Peers that use TLS against us: a handshake that never ends, an end that is announced while the socket stays open,
// and what is no whole, true record behind an answer.
import EventLoop
import HTTPClient
import HTTPServer
import HTTPWire
import Observe
import TLSWire
import Testing

@Suite(.serialized) struct `Trouble over TLS` {
    private let files = TestCertificates.shared

    /// The server's end of one connection, in the open: the test says which bytes leave when.
    private struct OpenServer {
        let session: TLSSession
        let peer: RawPeer

        init(_ peer: RawPeer, _ context: TLSContext) async throws {
            (session, self.peer) = (try context.acceptSession(), peer)
            while !session.isEstablished { try await takeIn() }
        }

        private func takeIn() async throws {
            guard try await peer.socket.read(deadlineNs: soon, { try session.receive($0) }) else {
                throw SystemFailure.closed
            }
            try await peer.socket.write(session.takeOutgoing(), deadlineNs: soon)
        }

        func readRequest() async throws -> String {
            var bytes: [UInt8] = []
            while true {
                bytes += try session.read()
                if bytes.suffix(4) == Array("\r\n\r\n".utf8) { return String(decoding: bytes, as: UTF8.self) }
                try await takeIn()
            }
        }

        func record(_ text: String) throws -> [UInt8] {
            try session.write(Array(text.utf8))
            return session.takeOutgoing()
        }
    }

    private static let ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    private static let evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"

    /// The first connection answers `ok` and behind it what `more` makes; whoever asks there again hears `evil`.
    private func expectFreshConnection(
        versions: TLSVersions,
        _ more: @escaping @Sendable (TLSSession) throws -> (now: [UInt8], then: [UInt8])
    ) async throws {
        var settings = TLSServerSettings(
            certificateFile: files.path("server.pem"), keyFile: files.path("server.key"))
        settings.versions = versions
        let server = try TLSContext(server: settings)
        let context = try files.client()
        let connections = Tally()
        try await withScript { peer, number in
            await connections.add()
            let open = try await OpenServer(peer, server)
            _ = try await open.readRequest()
            let answer = try open.record(Self.ok)
            guard number == 1 else { return try await peer.socket.write(answer, deadlineNs: soon) }
            let (now, then) = try more(open.session)
            try await peer.socket.write(answer + now, deadlineNs: soon)
            _ = try await peer.socket.read(deadlineNs: soon) { _ in }
            try await peer.socket.write(then, deadlineNs: soon)
        } _: { url in
            let secure = try #require(HTTPURL("https://127.0.0.1:\(url.port)/"))
            let client = HTTPClient(
                loop: loop, world: world, log: .silent(world), metrics: Metrics(), tls: context)
            for _ in 0..<2 {
                let answer = try await client.send(ClientRequest(url: secure), timeout: patience)
                #expect(answer.body == Array("ok".utf8))
            }
            await client.close()
            #expect(await connections.value == 2)
        }
    }

    @Test(arguments: [TLSVersions.only12, .only13])
    func `an end that was announced beside an answer is the end, although the socket is open`(
        _ versions: TLSVersions
    ) async throws {
        try await expectFreshConnection(versions: versions) { session in
            session.closeNotify()
            return (session.takeOutgoing(), [])
        }
    }

    @Test(arguments: [TLSVersions.only12, .only13])
    func `half a record behind an answer is not the beginning of the next one`(_ versions: TLSVersions)
        async throws
    {
        let evil = Self.evil
        try await expectFreshConnection(versions: versions) { session in
            try session.write(Array(evil.utf8))
            let record = session.takeOutgoing()
            return (Array(record[..<7]), Array(record[7...]))
        }
    }

    @Test(arguments: [TLSVersions.only12, .only13])
    func `a forged record behind an answer ends the connection, not the next request`(_ versions: TLSVersions)
        async throws
    {
        let evil = Self.evil
        try await expectFreshConnection(versions: versions) { session in
            try session.write(Array(evil.utf8))
            var record = session.takeOutgoing()
            record[record.count - 1] ^= 1
            return (record, [])
        }
    }

    @Test func `handshakes that are begun and not finished end in time, and who finishes is served`()
        async throws
    {
        var settings = ServerSettings()
        settings.headTime = .seconds(1)
        var routes = Routes()
        routes.on("GET", "/") { _ in .text(200, "hello") }
        let context = try files.client()
        let hello = try context.connectSession(to: "localhost").takeOutgoing()
        try await withServer(routes, settings: settings, tls: try files.server()) { server in
            var halves: [RawPeer] = []
            for index in 0..<150 {
                let peer = try await RawPeer.connect(server.port)
                // Some stop within the first message, some behind it, some say nothing at all.
                let part = [0, 5, 60, hello.count][index % 4]
                if part > 0 { try await peer.socket.write(Array(hello[..<part]), deadlineNs: soon) }
                halves.append(peer)
            }
            let client = HTTPClient(
                loop: loop, world: world, log: .silent(world), metrics: Metrics(), tls: context)
            let url = try #require(HTTPURL("https://127.0.0.1:\(server.port)/"))
            for _ in 0..<5 {
                let answer = try await client.send(ClientRequest(url: url), timeout: patience)
                #expect(answer.status == 200)
            }
            await client.close()
            for peer in halves {
                // Ends, or the test does by its deadline.
                _ = try await peer.readToEnd()
                peer.close()
            }
        }
    }
}
