// Why a TLS connection or its configuration was refused, in words an operator can act on. Texts come from
// OpenSSL's constant tables and from file names; no key, no plaintext and no peer-chosen text is in them.

/// A failure of this module. Safe to log whole. After any of them except `notEstablished` the session is
/// over: send what `takeOutgoing()` still holds (an alert) and close.
package enum TLSFailure: Error, Equatable, CustomStringConvertible {
    /// A certificate, key or CA file cannot be used.
    case configuration(file: String, reason: String)
    /// The peer's certificate does not chain to our authorities, is expired, or is missing where one is
    /// required.
    case certificateRefused(reason: String)
    /// The server's certificate is genuine, but not for the name we called.
    case wrongHostname
    /// The client's certificate is genuine, but none of its names is on the list of callers.
    case callerNotAllowed
    /// No handshake: no common version, cipher or protocol, or bytes that are not TLS; the peer's alert if it
    /// sent one.
    case handshake(reason: String)
    /// A record after the handshake failed its authentication, or the peer broke the protocol.
    case brokenRecord(reason: String)
    /// The connection ended without `close_notify`: what was read may be cut short.
    case truncated
    /// Plaintext was written or read before the handshake ended: a mistake of the caller.
    case notEstablished
    /// The session has already failed or was closed by us.
    case over

    package var description: String {
        switch self {
        case .configuration(let file, let reason): "\(file): \(reason)"
        case .certificateRefused(let reason): "peer certificate refused: \(reason)"
        case .wrongHostname: "peer certificate is for another host"
        case .callerNotAllowed: "client certificate is of a caller not allowed"
        case .handshake(let reason): "TLS handshake failed: \(reason)"
        case .brokenRecord(let reason): "TLS record refused: \(reason)"
        case .truncated: "connection ended without close_notify"
        case .notEstablished: "TLS handshake not finished"
        case .over: "TLS session is over"
        }
    }
}
