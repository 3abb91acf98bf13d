// A side's configuration, loaded: certificates, keys, authorities. Sessions are made from it, and it can be
// loaded again while sessions live, so that a renewed certificate needs no restart. No bytes of connections
// pass here.
import COpenSSL
import Synchronization

/// Certificates and rules for many sessions. Shared by all tasks of a process.
package final class TLSContext: Sendable {
    private enum Side: Sendable {
        case server(TLSServerSettings)
        case client(TLSClientSettings)
    }

    private let side: Side
    private let current: Mutex<ContextHandle>

    /// Throws `configuration` naming the file that cannot be used.
    package init(server settings: TLSServerSettings) throws(TLSFailure) {
        side = .server(settings)
        current = Mutex(try ContextHandle(server: settings))
    }

    /// Throws `configuration` naming the file that cannot be used.
    package init(client settings: TLSClientSettings = TLSClientSettings()) throws(TLSFailure) {
        side = .client(settings)
        current = Mutex(try ContextHandle(client: settings))
    }

    /// Reads the files again. New sessions use them, old ones go on; when a file is bad nothing changes.
    package func reload() throws(TLSFailure) {
        let fresh =
            switch side {
            case .server(let settings): try ContextHandle(server: settings)
            case .client(let settings): try ContextHandle(client: settings)
            }
        current.withLock { $0 = fresh }
    }

    /// The files that `reload` reads. The system's authorities are not among them.
    package var files: [String] {
        switch side {
        case .server(let settings):
            [settings.certificateFile, settings.keyFile] + [settings.clientCAFile].compactMap(\.self)
        case .client(let settings):
            [settings.certificateFile, settings.keyFile, settings.authoritiesFile].compactMap(\.self)
        }
    }

    /// When the certificate that new sessions present ends, in seconds since 1970; nil for a client without
    /// one.
    package var certificateExpirySeconds: Int64? { current.withLock { $0 }.certificateExpirySeconds }

    /// A session for an accepted connection.
    package func acceptSession() throws(TLSFailure) -> TLSSession {
        guard case .server(let settings) = side else {
            preconditionFailure("a client's context cannot accept: two contexts were mixed up at wiring")
        }
        return try TLSSession(
            accepting: current.withLock { $0 }, allowedNames: settings.clientNames,
            verifiedBy: settings.clientCAFile == nil ? nil : self)
    }

    /// Whether new sessions are still made of this; not after a `reload`.
    func isCurrent(_ handle: ContextHandle) -> Bool { current.withLock { $0 === handle } }

    /// A session towards `host` (a DNS name or an IP address literal without brackets), which the peer's
    /// certificate must carry. The first bytes to send are in `takeOutgoing()` at once. An earlier session with
    /// the same host at the same `address` is taken up again where the server agrees.
    package func connectSession(to host: String, at address: String = "") throws(TLSFailure) -> TLSSession {
        guard case .client = side else {
            preconditionFailure("a server's context cannot connect: two contexts were mixed up at wiring")
        }
        return try TLSSession(connecting: current.withLock { $0 }, to: host, at: address)
    }
}
