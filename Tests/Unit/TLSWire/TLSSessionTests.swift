// Both ends of a connection in one process, joined by arrays: every handshake, every refusal, every cut of
// the bytes.
import TLSWire
import Testing

@Suite struct `A TLS connection` {
    private let files: Certificates

    init() throws { files = try Certificates.shared.get() }

    private func server(
        _ name: String = "server", clientCA: String? = nil, allowed: [String]? = nil,
        versions: TLSVersions = .tls12And13
    ) throws -> TLSContext {
        var settings = TLSServerSettings(
            certificateFile: files.path("\(name).pem"), keyFile: files.path("\(name).key"),
            clientCAFile: clientCA.map { files.path("\($0).pem") }, clientNames: allowed)
        settings.versions = versions
        return try TLSContext(server: settings)
    }

    private func client(
        trusts: String = "ca", as name: String? = nil, versions: TLSVersions = .tls12And13
    ) throws -> TLSContext {
        var settings = TLSClientSettings(
            authoritiesFile: files.path("\(trusts).pem"),
            certificateFile: name.map { files.path("\($0).pem") },
            keyFile: name.map { files.path("\($0).key") })
        settings.versions = versions
        return try TLSContext(client: settings)
    }

    /// Carries bytes both ways until neither side has any; each chunk is cut to `piece` bytes.
    private func shake(_ a: TLSSession, _ b: TLSSession, piece: Int = .max) throws {
        for _ in 0..<20 {
            let fromA = a.takeOutgoing(), fromB = b.takeOutgoing()
            if fromA.isEmpty, fromB.isEmpty { return }
            for part in pieces(fromA, piece) { try b.receive(part) }
            for part in pieces(fromB, piece) { try a.receive(part) }
        }
    }

    private func pieces(_ bytes: [UInt8], _ length: Int) -> [[UInt8]] {
        guard length < bytes.count else { return bytes.isEmpty ? [] : [bytes] }
        return stride(from: 0, to: bytes.count, by: length).map {
            Array(bytes[$0..<min($0 + length, bytes.count)])
        }
    }

    private func pair(_ server: TLSContext, _ client: TLSContext, host: String = "till.test") throws
        -> (TLSSession, TLSSession)
    { (try server.acceptSession(), try client.connectSession(to: host)) }

    @Test(arguments: [(TLSVersions.only12, "TLSv1.2"), (.only13, "TLSv1.3"), (.tls12And13, "TLSv1.3")])
    func `carries bytes both ways in each version`(_ versions: TLSVersions, _ spoken: String) throws {
        let (server, client) = try pair(try server(versions: versions), try client())
        try shake(client, server)
        #expect(server.isEstablished && client.isEstablished)
        #expect(server.version == spoken && client.version == spoken)
        #expect(client.applicationProtocol == "http/1.1" && server.applicationProtocol == "http/1.1")
        #expect(client.peerName == "till.test" && server.peerNames == [])
        let large = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        try client.write(large)
        try server.receive(client.takeOutgoing())
        #expect(try server.read() == large)
        try server.write([1, 2, 3])
        try client.receive(server.takeOutgoing())
        #expect(try client.read() == [1, 2, 3])
    }

    @Test(arguments: [TLSVersions.only12, .only13])
    func `does not care where its bytes are cut`(_ versions: TLSVersions) throws {
        let serverContext = try server(versions: versions), clientContext = try client()
        for piece in [1, 2, 3, 5, 64, 500] {
            let (server, client) = try pair(serverContext, clientContext)
            try shake(client, server, piece: piece)
            #expect(server.isEstablished && client.isEstablished, "\(piece)")
        }
        let (server, client) = try pair(serverContext, clientContext)
        try shake(client, server)
        for _ in 0..<3 {
            try client.write([9, 8, 7, 6])
            let cipher = client.takeOutgoing()
            for cut in 0...cipher.count {
                if cut == 0 { continue }
                try server.receive(Array(cipher[(cut - 1)..<cut]))
                #expect(try server.read() == (cut == cipher.count ? [9, 8, 7, 6] : []))
            }
        }
    }

    @Test func `is refused for another host, an unknown authority and a foreign address`() throws {
        let cases: [(TLSContext, TLSContext, String, Bool)] = [
            (try server(), try client(), "other.test", true), (try server(), try client(), "10.0.0.1", true),
            (try server("impostor"), try client(), "till.test", false),
            (try server(), try client(trusts: "stranger"), "till.test", false),
        ]
        for (serverContext, clientContext, host, mismatch) in cases {
            let (server, client) = try pair(serverContext, clientContext, host: host)
            do {
                try shake(client, server)
                Issue.record("accepted \(host)")
            } catch let failure as TLSFailure {
                switch failure {
                case .wrongHostname: #expect(mismatch)
                case .certificateRefused: #expect(!mismatch)
                default: Issue.record("\(failure)")
                }
                #expect(!client.isEstablished)
                // The server learns it from an alert.
                #expect(throws: TLSFailure.self) {
                    try server.receive(client.takeOutgoing())
                    _ = try server.read()
                }
            }
        }
        let (server, client) = try pair(try server(), try client(), host: "127.0.0.1")
        try shake(client, server)
        #expect(client.isEstablished)
    }

    @Test(arguments: [TLSVersions.only12, .only13])
    func `lets in the callers on its list and no others`(_ versions: TLSVersions) throws {
        let guarded = try server(
            clientCA: "ca", allowed: ["second-name", "command-router"], versions: versions)
        for (name, peer) in [("gateway", "second-name"), ("plain", "command-router")] {
            let (server, client) = try pair(guarded, try client(as: name))
            try shake(client, server)
            #expect(server.isEstablished && server.peerName == peer)
        }
        let (server, client) = try pair(guarded, try self.client(as: "server"))
        #expect(throws: TLSFailure.callerNotAllowed) { try shake(client, server) }
        #expect(throws: TLSFailure.callerNotAllowed) { try server.write([1]) }
        for nobody in [try self.client(), try self.client(as: "impostor")] {
            let (server, client) = try pair(guarded, nobody)
            #expect {
                try shake(client, server)
                _ = try server.read()
            } throws: {
                if case .certificateRefused = $0 as? TLSFailure { true } else { false }
            }
            #expect(!server.isEstablished)
        }
        let open = try server_anyClient(versions)
        let (listener, caller) = try pair(open, try self.client(as: "gateway"))
        try shake(caller, listener)
        #expect(
            listener.peerNames == ["ecomm-gateway", "second-name"] && listener.peerName == "ecomm-gateway")
    }

    private func server_anyClient(_ versions: TLSVersions) throws -> TLSContext {
        try server(clientCA: "ca", versions: versions)
    }

    /// One exchange, which is when a client keeps its session.
    private func exchange(_ server: TLSContext, _ client: TLSContext) throws -> (TLSSession, TLSSession) {
        let (server, client) = try pair(server, client)
        try shake(client, server)
        try server.write(Array("hello".utf8))
        try shake(client, server)
        let heard = try client.read()
        #expect(heard == Array("hello".utf8))
        return (server, client)
    }

    @Test(arguments: [TLSVersions.only12, .only13])
    func `is taken up again by the next one to the same server, names included`(_ versions: TLSVersions)
        throws
    {
        let server = try server(clientCA: "ca", allowed: ["second-name"], versions: versions)
        let client = try client(as: "gateway")
        let first = try exchange(server, client)
        #expect(!first.0.wasResumed && !first.1.wasResumed)
        for _ in 0..<3 {
            let next = try exchange(server, client)
            #expect(next.0.wasResumed && next.1.wasResumed)
            #expect(next.0.peerName == "second-name" && next.1.peerNames == ["till.test"])
        }
        // New files on either side begin from nothing.
        try server.reload()
        #expect(try !exchange(server, client).1.wasResumed)
        #expect(try exchange(server, client).1.wasResumed)
        try client.reload()
        #expect(try !exchange(server, client).0.wasResumed)
    }

    @Test func `is not taken up at another address, nor after a refusal`() throws {
        let server = try server()
        let client = try client()
        _ = try exchange(server, client)
        let elsewhere = try client.connectSession(to: "till.test", at: "127.0.0.9:1")
        let accepted = try server.acceptSession()
        try shake(elsewhere, accepted)
        #expect(elsewhere.isEstablished && !elsewhere.wasResumed)
        // The same name and address, answered by somebody whom we do not trust.
        let impostor = try self.server("impostor")
        #expect(throws: TLSFailure.self) { _ = try exchange(impostor, client) }
        #expect(try !exchange(server, client).1.wasResumed)
    }

    @Test func `lets in by the exact common name where the list asks for it`() throws {
        for (list, certificate, isIn) in [
            ("CN=other", "gateway", true), ("CN=othe", "gateway", false), ("CN=other2", "gateway", false),
            ("other", "gateway", false), ("CN=ecomm-gateway", "gateway", false),
            ("CN=command-router", "plain", true), ("CN=Command-Router", "plain", false),
        ] {
            let (server, client) = try pair(
                try server(clientCA: "ca", allowed: [list], versions: .only12),
                try client(as: certificate))
            if isIn {
                try shake(client, server)
                #expect(server.peerName == String(list.dropFirst(3)))
            } else {
                #expect(throws: TLSFailure.callerNotAllowed, "\(list)") { try shake(client, server) }
            }
        }
    }

    @Test func `tells an end from a cut`() throws {
        let (server, client) = try pair(try server(), try client())
        #expect(throws: TLSFailure.handshake(reason: "connection ended during the handshake")) {
            try server.endOfInput()
        }
        try shake(client, server)
        #expect(throws: TLSFailure.truncated) { try server.endOfInput() }
        try client.write([5])
        client.closeNotify()
        client.closeNotify()
        #expect(throws: TLSFailure.over) { try client.write([6]) }
        try server.receive(client.takeOutgoing())
        #expect(try server.read() == [5])
        #expect(server.peerClosed)
        try server.endOfInput()
        // The other direction is still open.
        try server.write([7])
        try client.receive(server.takeOutgoing())
        #expect(try client.read() == [7])
    }

    @Test func `refuses a changed record, plain text and early use`() throws {
        let serverContext = try server(), clientContext = try client()
        let (server, client) = try pair(serverContext, clientContext)
        #expect(throws: TLSFailure.notEstablished) { try client.write([1]) }
        #expect(try client.read() == [])
        try shake(client, server)
        try client.write([1, 2, 3])
        var cipher = client.takeOutgoing()
        cipher[cipher.count - 1] ^= 1
        try server.receive(cipher)
        #expect {
            try server.read()
        } throws: {
            if case .brokenRecord = $0 as? TLSFailure { true } else { false }
        }
        let fresh = try serverContext.acceptSession()
        #expect {
            try fresh.receive(Array("GET / HTTP/1.1\r\n\r\n".utf8))
        } throws: {
            if case .handshake = $0 as? TLSFailure { true } else { false }
        }
    }

    @Test func `needs a version in common`() throws {
        let (server, client) = try pair(try server(versions: .only13), try client(versions: .only12))
        #expect(throws: TLSFailure.self) { try shake(client, server) }
    }

    @Test func `is configured with files that exist and fit, and takes new ones while it runs`() throws {
        #expect(throws: TLSFailure.self) {
            try TLSContext(
                server: TLSServerSettings(certificateFile: "/nonexistent", keyFile: files.path("ca.key")))
        }
        #expect(throws: TLSFailure.self) {
            try TLSContext(
                server: TLSServerSettings(
                    certificateFile: files.path("server.pem"), keyFile: files.path("gateway.key")))
        }
        #expect(throws: TLSFailure.self) {
            try TLSContext(client: TLSClientSettings(certificateFile: files.path("gateway.pem")))
        }
        let context = try server()
        let (server, client) = try pair(context, try client())
        try context.reload()
        try shake(client, server)
        #expect(client.isEstablished)
    }
}
