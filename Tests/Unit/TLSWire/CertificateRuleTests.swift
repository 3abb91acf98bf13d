// What a certificate must be besides signed by ours and of the right name: valid today, and made for this side of a
// connection. And what a client says in the open before it knows whom it talks to.
import Glibc
import TLSWire
import Testing

@Suite struct `A certificate` {
    private let files: Certificates

    init() throws { files = try Certificates.shared.get() }

    private func shake(server name: String, versions: TLSVersions, clientAs caller: String? = nil) throws {
        var settings = TLSServerSettings(
            certificateFile: files.path("\(name).pem"), keyFile: files.path("\(name).key"),
            clientCAFile: caller.map { _ in files.path("ca.pem") })
        settings.versions = versions
        let server = try TLSContext(server: settings).acceptSession()
        let client = try TLSContext(
            client: TLSClientSettings(
                authoritiesFile: files.path("ca.pem"),
                certificateFile: caller.map { files.path("\($0).pem") },
                keyFile: caller.map { files.path("\($0).key") })
        ).connectSession(to: "till.test")
        for _ in 0..<20 where client.hasOutgoing || server.hasOutgoing {
            try server.receive(client.takeOutgoing())
            try client.receive(server.takeOutgoing())
        }
        #expect(server.isEstablished && client.isEstablished)
    }

    private func isRefused(_ body: () throws -> Void) -> Bool {
        do { try body() } catch TLSFailure.certificateRefused { return true } catch { return false }
        return false
    }

    @Test(arguments: [TLSVersions.only12, .only13])
    func `is refused when it has ended or was made for something else`(_ versions: TLSVersions) throws {
        try shake(server: "server", versions: versions)
        try shake(server: "answers-only", versions: versions)
        for wrong in ["ended", "calls-only"] {
            #expect(isRefused { try shake(server: wrong, versions: versions) }, "\(wrong)")
        }
        try shake(server: "server", versions: versions, clientAs: "calls-only")
        for wrong in ["ended", "answers-only"] {
            #expect(
                isRefused { try shake(server: "server", versions: versions, clientAs: wrong) }, "\(wrong)")
        }
    }

    @Test func `holds for its own life, and for that of the files that it was checked against`() throws {
        func server(clientCA: String?) throws -> TLSContext {
            try TLSContext(
                server: TLSServerSettings(
                    certificateFile: files.path("server.pem"), keyFile: files.path("server.key"),
                    clientCAFile: clientCA.map { files.path("\($0).pem") }))
        }
        let now = Int64(time(nil)), day: Int64 = 86_400
        for (authority, endsWithIt) in [("ca", true), (nil, false)] {
            let context = try server(clientCA: authority)
            let settings = TLSClientSettings(
                authoritiesFile: files.path("ca.pem"), certificateFile: files.path("gateway.pem"),
                keyFile: files.path("gateway.key"))
            let accepted = try context.acceptSession()
            let calling = try TLSContext(client: settings).connectSession(to: "till.test")
            for _ in 0..<20 where calling.hasOutgoing || accepted.hasOutgoing {
                try accepted.receive(calling.takeOutgoing())
                try calling.receive(accepted.takeOutgoing())
            }
            #expect(accepted.isEstablished && accepted.isPeerGood(at: now + day))
            #expect(accepted.isPeerGood(at: now + 3 * day) == !endsWithIt)
            try context.reload()
            #expect(accepted.isPeerGood(at: now) == !endsWithIt)
            #expect(calling.isPeerGood(at: now + 3 * day))
        }
    }

    @Test func `is asked for by name in the first message, and by no name where we call an address`() throws {
        let context = try TLSContext(client: TLSClientSettings(authoritiesFile: files.path("ca.pem")))
        func hello(_ host: String) throws -> String {
            String(decoding: try context.connectSession(to: host).takeOutgoing(), as: UTF8.self)
        }
        #expect(try hello("till.test").contains("till.test"))
        #expect(try !hello("127.0.0.1").contains("127.0.0.1"))
        #expect(try hello("till.test").contains("http/1.1"))
    }
}
