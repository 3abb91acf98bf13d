// One TLS connection as bytes in, bytes out: it owns no socket, never waits and never calls back. The owner
// of the socket feeds what it received and sends what `takeOutgoing()` gives, after every call that may have
// produced some.
import COpenSSL

/// A TLS session of either side. Not Sendable: it belongs to the one task that owns the connection.
package final class TLSSession {
    private enum State: Equatable { case handshaking, established, closing, failed(TLSFailure) }

    /// Plaintext is taken out of OpenSSL in pieces of one record's greatest size (RFC 8446 section 5.1).
    private static let recordBytesMax = 16 * 1024

    private let handle: SessionHandle
    private let allowedNames: [String]?
    private let isServer: Bool
    /// By what the client's certificate was found good.
    private let verifiedBy: (owner: TLSContext, loaded: ContextHandle)?
    private var peerEndSeconds: Int64?
    /// Where a client's sessions are kept, and under which name; nil on a server.
    private let resumption: (store: ResumptionStore, server: String)?
    private var hasKeptTicket = false
    private var state = State.handshaking

    /// The verified names of the peer's certificate: DNS alternative names, or the common name where it has
    /// none. Empty before the handshake ends and where the peer presented no certificate.
    package private(set) var peerNames: [String] = []
    /// The name by which the peer was let in: the first of its names on the list of callers, or simply its
    /// first.
    package private(set) var peerName: String?
    /// The peer said `close_notify`: nothing more will come.
    package private(set) var peerClosed = false

    /// `owner` is given where clients must have certificates.
    init(accepting context: ContextHandle, allowedNames: [String]?, verifiedBy owner: TLSContext?)
        throws(TLSFailure)
    {
        handle = try SessionHandle(context)
        self.allowedNames = allowedNames
        verifiedBy = owner.map { ($0, context) }
        isServer = true
        resumption = nil
        handle.acceptFirst()
    }

    init(connecting context: ContextHandle, to host: String, at address: String) throws(TLSFailure) {
        handle = try SessionHandle(context)
        allowedNames = nil
        verifiedBy = nil
        isServer = false
        let server = host + " " + address
        resumption = (context.resumption, server)
        guard handle.connectFirst(to: host) else { throw .handshake(reason: "not a host name") }
        if let ticket = context.resumption.ticket(for: server) { handle.resume(ticket) }
        try step()
    }

    /// Whether this client's certificate would still be looked at as it was: it has not ended by `seconds` since 1970,
    /// and the files that it was checked against have not been read again. True where no client needs one.
    package func isPeerGood(at seconds: Int64) -> Bool {
        guard let verifiedBy else { return true }
        return seconds <= peerEndSeconds ?? .max && verifiedBy.owner.isCurrent(verifiedBy.loaded)
    }

    package var isEstablished: Bool { state == .established }
    /// The handshake took up an earlier session instead of checking certificates anew.
    package var wasResumed: Bool { handle.wasResumed }
    /// "TLSv1.2" or "TLSv1.3" once established.
    package var version: String { handle.version }
    /// "http/1.1" once established, empty when the peer does not speak ALPN.
    package var applicationProtocol: String { handle.applicationProtocol }

    /// Takes bytes from the socket and advances the handshake as far as they allow. When it throws, send
    /// `takeOutgoing()` (it may hold an alert that tells the peer why) and close.
    package func receive(_ cipherBytes: Span<UInt8>) throws(TLSFailure) {
        switch state {
        case .failed(let failure): throw failure
        case .closing, .established: handle.feed(cipherBytes)
        case .handshaking:
            handle.feed(cipherBytes)
            try step()
        }
    }

    package func receive(_ cipherBytes: [UInt8]) throws(TLSFailure) { try receive(cipherBytes.span) }

    /// The plaintext that has arrived whole, empty when there is none yet. Sets `peerClosed` when the peer is
    /// done. At most the bytes that were received come out, so the owner's read size bounds this.
    package func read() throws(TLSFailure) -> [UInt8] {
        switch state {
        case .failed(let failure): throw failure
        case .handshaking: return []
        case .established, .closing: break
        }
        var plain: [UInt8] = []
        while !peerClosed {
            switch handle.read(Self.recordBytesMax, appendingTo: &plain) {
            case .done: keepTicket()
            case .wantsMore: return plain
            case .peerClosed: peerClosed = true
            case .failed(let reason):
                // What was authentic before the bad record is still handed out; the failure follows next
                // time.
                let failure = failureNow(reason, handshake: false)
                state = .failed(failure)
                if plain.isEmpty { throw failure }
                return plain
            }
        }
        return plain
    }

    /// Encrypts `plain` whole into `takeOutgoing()`. Throws `notEstablished` during the handshake.
    package func write(_ plain: Span<UInt8>) throws(TLSFailure) {
        switch state {
        case .failed(let failure): throw failure
        case .handshaking: throw .notEstablished
        case .closing: throw .over
        case .established: break
        }
        guard plain.count > 0 else { return }
        switch handle.write(plain) {
        case .done(plain.count): return
        case .failed(let reason):
            let failure = failureNow(reason, handshake: false)
            state = .failed(failure)
            throw failure
        case .done, .wantsMore, .peerClosed:
            preconditionFailure("a memory BIO takes a whole write: partial writes are not enabled")
        }
    }

    package func write(_ plain: [UInt8]) throws(TLSFailure) { try write(plain.span) }

    /// Bytes for the socket, in order; empty when there are none.
    package func takeOutgoing() -> [UInt8] { handle.drain() }
    package var hasOutgoing: Bool { handle.outgoingCount > 0 }
    /// Bytes of the peer that are no whole record yet, or plaintext that nobody has taken.
    package var holdsInput: Bool { handle.incomingCount > 0 }

    /// Says that we will write no more; reading may go on. Does nothing before the handshake and the second
    /// time.
    package func closeNotify() {
        guard state == .established else { return }
        handle.closeNotify()
        state = .closing
    }

    /// The socket ended. Throws `truncated` unless the peer had said `close_notify`, and the handshake's
    /// failure when it never finished.
    package func endOfInput() throws(TLSFailure) {
        switch state {
        case .failed(let failure): throw failure
        case .handshaking: throw .handshake(reason: "connection ended during the handshake")
        case .established, .closing: if !peerClosed { throw .truncated }
        }
    }

    private func step() throws(TLSFailure) {
        switch handle.handshake() {
        case .wantsMore: return
        case .peerClosed: throw fail(.handshake(reason: "peer closed"))
        case .failed(let reason): throw fail(failureNow(reason, handshake: true))
        case .done: break
        }
        peerNames = handle.peerNames()
        if let allowedNames {
            peerName = peerNames.first { allowedNames.contains($0) } ?? commonName(among: allowedNames)
            guard peerName != nil else {
                handle.closeNotify()
                throw fail(.callerNotAllowed)
            }
        } else {
            peerName = peerNames.first
        }
        if verifiedBy != nil { peerEndSeconds = handle.peerEndSeconds() }
        state = .established
    }

    /// `CN=name` on the list means the common name, also where a certificate has other names: a stranger's
    /// authority puts its word where it likes.
    private func commonName(among allowed: [String]) -> String? {
        guard let name = handle.peerCommonName(), allowed.contains("CN=" + name) else { return nil }
        return name
    }

    /// With a client's first plaintext: by then a server of TLS 1.3 has sent its ticket, and it has shown that
    /// it can speak.
    private func keepTicket() {
        guard let resumption, !hasKeptTicket else { return }
        hasKeptTicket = true
        if let ticket = handle.ticket() { resumption.store.keep(ticket, for: resumption.server) }
    }

    private func fail(_ failure: TLSFailure) -> TLSFailure {
        if let resumption { resumption.store.forget(resumption.server) }
        state = .failed(failure)
        return failure
    }

    private func failureNow(_ reason: String, handshake: Bool) -> TLSFailure {
        guard handshake else { return .brokenRecord(reason: reason) }
        if let problem = handle.certificateProblem {
            let mismatches = [Int(X509_V_ERR_HOSTNAME_MISMATCH), Int(X509_V_ERR_IP_ADDRESS_MISMATCH)]
            return mismatches.contains(problem.code)
                ? .wrongHostname : .certificateRefused(reason: problem.text)
        }
        if isServer, reason == "peer did not return a certificate" {
            return .certificateRefused(reason: reason)
        }
        return .handshake(reason: reason)
    }
}
