// What a stranger's handshake costs that is begun and left: everybody may leave a thousand of them open, and what each
// holds is all that bounds them together.
import Glibc
import TLSWire
import TestSupport
import Testing

@Suite(.serialized) struct `Handshakes that were begun and left` {
    private static let count = 1_000
    /// OpenSSL's own buffers and keys; room for a record of plaintext, which none of them has sent, is not among them.
    private static let mebibytesMax = 50

    @Test func `hold less than a service's memory when there are a thousand`() throws {
        let files = TestCertificates.shared
        let server = try TLSContext(
            server: TLSServerSettings(
                certificateFile: files.folder + "/server.pem", keyFile: files.folder + "/server.key"))
        let client = try TLSContext(
            client: TLSClientSettings(authoritiesFile: files.folder + "/ca.pem"))
        let hello = try client.connectSession(to: "localhost").takeOutgoing()
        let before = Self.residentBytes()
        let sessions = try (0..<Self.count).map { _ in
            let session = try server.acceptSession()
            try session.receive(hello)
            #expect(!session.takeOutgoing().isEmpty)
            return session
        }
        let grown = (Self.residentBytes() - before) >> 20
        print("resident: \(grown) MiB more for \(Self.count) handshakes")
        #expect(sessions.allSatisfy { !$0.isEstablished })
        // Under a sanitizer memory says nothing.
        #expect(grown < (Sanitizer.isOn ? 512 : Self.mebibytesMax), "\(grown) MiB")
    }

    private static func residentBytes() -> Int {
        guard let file = fopen("/proc/self/statm", "r") else { return 0 }
        defer { fclose(file) }
        var buffer = [CChar](repeating: 0, count: 256)
        guard fgets(&buffer, Int32(buffer.count), file) != nil else { return 0 }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * Int(getpagesize())
    }
}
