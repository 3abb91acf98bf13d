// A certificate that ends while sessions made with it can still be taken up again: resuming checks no certificate, and
// each resumed session brings a fresh ticket, so a peer that always comes back in time would be let in for ever.
import Glibc
import TLSWire
import TestSupport
import Testing

/// An authority, a certificate that lasts, and one that lasts for a few seconds.
private final class ShortLived: Sendable {
    static let seconds = 4 * Sanitizer.slowness
    let folder: String

    init() {
        var template = Array(("/tmp/till-short-" + String(repeating: "X", count: 6)).utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary folder")
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
        shell("openssl req -x509 \(key) -days 2 -subj /CN=ca -keyout ca.key -out ca.pem")
        for name in ["lasting", "short"] {
            shell(
                "openssl req \(key) -subj /CN=caller -addext subjectAltName=DNS:till.test "
                    + "-keyout \(name).key -out \(name).csr")
        }
        let lines = [
            "[ca]", "default_ca=it", "[it]", "database=issued", "new_certs_dir=.", "default_md=sha256",
            "policy=any", "copy_extensions=copy", "unique_subject=no", "rand_serial=yes", "[any]",
            "commonName=supplied",
        ]
        shell("touch issued; printf '%s\\n' \(lines.map { "'\($0)'" }.joined(separator: " ")) > ca.conf")
        sign("lasting", seconds: 86_400)
        sign("short", seconds: Self.seconds)
    }

    deinit { _ = system("rm -rf -- \(folder)") }

    private func sign(_ name: String, seconds: Int) {
        shell(
            "openssl ca -config ca.conf -batch -notext -cert ca.pem -keyfile ca.key "
                + "-in \(name).csr -out \(name).pem "
                + "-enddate $(date -u -d '+\(seconds) seconds' +%Y%m%d%H%M%SZ)")
    }

    private func shell(_ command: String) {
        precondition(system("cd \(folder) && { \(command); } >/dev/null 2>&1") == 0, "failed: \(command)")
    }

    func server(as name: String, _ versions: TLSVersions) throws -> TLSContext {
        var settings = TLSServerSettings(
            certificateFile: "\(folder)/\(name).pem", keyFile: "\(folder)/\(name).key",
            clientCAFile: folder + "/ca.pem", clientNames: ["till.test"])
        settings.versions = versions
        return try TLSContext(server: settings)
    }

    func client(as name: String) throws -> TLSContext {
        try TLSContext(
            client: TLSClientSettings(
                authoritiesFile: folder + "/ca.pem", certificateFile: "\(folder)/\(name).pem",
                keyFile: "\(folder)/\(name).key"))
    }
}

@Suite struct `A certificate that ends between two connections` {
    /// A whole connection; true when it took up the last one's session.
    private func connects(_ client: TLSContext, to server: TLSContext) throws -> Bool {
        let (server, client) = (try server.acceptSession(), try client.connectSession(to: "till.test"))
        func shake() throws {
            for _ in 0..<20 where client.hasOutgoing || server.hasOutgoing {
                try server.receive(client.takeOutgoing())
                try client.receive(server.takeOutgoing())
            }
        }
        try shake()
        try server.write(Array("hello".utf8))
        try shake()
        let heard = try client.read()
        #expect(heard == Array("hello".utf8) && server.peerName == "till.test")
        return client.wasResumed
    }

    private func isRefused(_ client: TLSContext, by server: TLSContext) -> Bool {
        do { _ = try connects(client, to: server) } catch TLSFailure.certificateRefused { return true } catch
        {
            return false
        }
        return false
    }

    @Test func `is asked for again, whichever side it is`() async throws {
        let versions = [TLSVersions.only12, .only13]
        let files = ShortLived()
        let ended = time(nil) + ShortLived.seconds
        let callers = try versions.map {
            ($0, try files.client(as: "short"), try files.server(as: "lasting", $0))
        }
        let called = try versions.map {
            ($0, try files.client(as: "lasting"), try files.server(as: "short", $0))
        }
        for (version, client, server) in callers + called {
            #expect(try !connects(client, to: server))
            #expect(try connects(client, to: server), "\(version)")
            #expect(try connects(client, to: server), "\(version)")
        }
        try await until("the certificate has ended") { time(nil) > ended }
        for (version, client, server) in callers { #expect(isRefused(client, by: server), "\(version)") }
        for (version, client, server) in called { #expect(isRefused(client, by: server), "\(version)") }
    }
}
