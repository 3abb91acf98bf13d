// One `SSL` with its two memory BIOs: the only place that calls it. Every operation reads its error before
// anything else happens (C.23), and nothing here suspends. Policy and states are in `TLSSession`.
import COpenSSL

/// An `SSL` object with one owner.
@safe struct SessionHandle: ~Copyable {
    /// How an operation ended.
    enum Outcome: Equatable {
        case done(Int)
        /// Needs more of the peer's bytes (or our outgoing ones sent).
        case wantsMore
        /// The peer sent `close_notify`.
        case peerClosed
        case failed(reason: String)
    }

    private let ssl: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer

    init(_ context: borrowing ContextHandle) throws(TLSFailure) {
        ERR_clear_error()
        guard let ssl = unsafe SSL_new(context.raw) else { throw .handshake(reason: takeReason()) }
        guard let incoming = unsafe BIO_new(BIO_s_mem()) else {
            unsafe SSL_free(ssl)
            throw .handshake(reason: takeReason())
        }
        guard let outgoing = unsafe BIO_new(BIO_s_mem()) else {
            unsafe BIO_free(incoming)
            unsafe SSL_free(ssl)
            throw .handshake(reason: takeReason())
        }
        // An empty BIO means "later", not the end of the connection: the owner of the socket knows the end.
        unsafe till_bio_eof_means_retry(incoming)
        unsafe till_bio_eof_means_retry(outgoing)
        unsafe SSL_set_bio(ssl, incoming, outgoing)
        unsafe self.ssl = ssl
        unsafe self.incoming = incoming
        unsafe self.outgoing = outgoing
    }

    // SAFETY: `SSL_free` frees both BIOs, which `SSL_set_bio` gave to it.
    deinit {
        // Freeing a connection that was not closed in order would spoil its session for those that share it, a
        // rule of TLS 1.0 that RFC 4346 section 7.2.1 gave up.
        unsafe SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
        unsafe SSL_free(ssl)
    }

    func acceptFirst() { unsafe SSL_set_accept_state(ssl) }

    /// Sets whom we call; false when the name cannot be used.
    func connectFirst(to host: String) -> Bool {
        unsafe SSL_set_connect_state(ssl)
        let parameters = unsafe SSL_get0_param(ssl)
        unsafe X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
        // An address is checked against the certificate's addresses and never sent as a name (RFC 6066
        // section 3).
        if unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1 { return true }
        ERR_clear_error()
        return unsafe X509_VERIFY_PARAM_set1_host(parameters, host, host.utf8.count) == 1
            && till_ssl_server_name(ssl, host) == 1
    }

    /// Takes up an earlier session, if the server agrees and its certificate has not ended meanwhile; otherwise the
    /// handshake is a whole one.
    func resume(_ ticket: TLSTicket) {
        if unsafe till_session_peer_ended(ticket.raw) == 1 { return }
        unsafe _ = SSL_set_session(ssl, ticket.raw)
    }

    /// The session as it stands, nil while it could not be taken up again.
    func ticket() -> TLSTicket? {
        guard let session = unsafe SSL_get1_session(ssl) else { return nil }
        let ticket = unsafe TLSTicket(owning: session)
        return unsafe SSL_SESSION_is_resumable(ticket.raw) == 1 ? ticket : nil
    }

    /// Whether the handshake took up an earlier session.
    var wasResumed: Bool { unsafe SSL_session_reused(ssl) == 1 }

    /// Puts the peer's bytes where OpenSSL will read them.
    func feed(_ bytes: Span<UInt8>) {
        guard bytes.count > 0 else { return }
        // SAFETY: the BIO copies `count` bytes.
        let taken = unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe BIO_write(incoming, bytes.baseAddress, Int32(bytes.count))
        }
        precondition(Int(taken) == bytes.count, "a memory BIO takes everything unless memory is out")
    }

    /// Everything OpenSSL wants sent.
    func drain() -> [UInt8] {
        let count = unsafe till_bio_pending(outgoing)
        guard count > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: count)
        // SAFETY: the array has exactly the bytes that are pending.
        _ = unsafe bytes.withUnsafeMutableBytes { unsafe BIO_read(outgoing, $0.baseAddress, Int32($0.count)) }
        return bytes
    }

    var outgoingCount: Int { unsafe till_bio_pending(outgoing) }

    /// What was fed and not read: in the BIO, in a record that is not whole, in one that is.
    var incomingCount: Int {
        unsafe till_bio_pending(incoming) + Int(SSL_has_pending(ssl))
    }

    func handshake() -> Outcome {
        ERR_clear_error()
        return outcome(unsafe SSL_do_handshake(ssl))
    }

    /// Appends at most `bytesMax` of plaintext. The room for it is this call's alone: a thousand sessions that only
    /// wait would each keep theirs.
    func read(_ bytesMax: Int, appendingTo plain: inout [UInt8]) -> Outcome {
        // SAFETY: OpenSSL writes at most the count it is given, and as much as it says is copied before the room goes.
        unsafe withUnsafeTemporaryAllocation(byteCount: bytesMax, alignment: 16) { room in
            ERR_clear_error()
            let ended = outcome(unsafe SSL_read(ssl, room.baseAddress, Int32(room.count)))
            if case .done(let count) = ended { unsafe plain.append(contentsOf: room[..<count]) }
            return ended
        }
    }

    func write(_ plain: Span<UInt8>) -> Outcome {
        ERR_clear_error()
        // SAFETY: OpenSSL reads exactly that many bytes.
        return outcome(
            unsafe plain.withUnsafeBufferPointer { unsafe SSL_write(ssl, $0.baseAddress, Int32($0.count)) })
    }

    func closeNotify() {
        ERR_clear_error()
        _ = unsafe SSL_shutdown(ssl)
        ERR_clear_error()
    }

    /// nil when the peer's certificate is fine (or none was asked for), else OpenSSL's constant text.
    var certificateProblem: (code: Int, text: String)? {
        let code = unsafe SSL_get_verify_result(ssl)
        guard code != Int(X509_V_OK) else { return nil }
        return unsafe (code, String(cString: X509_verify_cert_error_string(code)))
    }

    /// "TLSv1.2" or "TLSv1.3".
    var version: String { unsafe String(cString: SSL_get_version(ssl)) }

    /// The application protocol agreed on, empty when the peer did not offer one.
    var applicationProtocol: String {
        var start: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        unsafe SSL_get0_alpn_selected(ssl, &start, &count)
        // SAFETY: the text belongs to the session and is copied here.
        return unsafe String(decoding: UnsafeBufferPointer(start: start, count: Int(count)), as: UTF8.self)
    }

    /// The DNS names of the peer's certificate; its common name where it has none; empty without a
    /// certificate.
    func peerNames() -> [String] {
        // SAFETY: the certificate is ours (get1) and freed here; texts are copied before it goes.
        guard let certificate = unsafe SSL_get1_peer_certificate(ssl) else { return [] }
        defer { unsafe X509_free(certificate) }
        let names = unsafe alternativeNames(certificate)
        return unsafe names.isEmpty ? [commonName(certificate)].compactMap(\.self) : names
    }

    /// When the peer's certificate ends, in seconds since 1970; nil without one.
    func peerEndSeconds() -> Int64? {
        // SAFETY: as above.
        guard let certificate = unsafe SSL_get1_peer_certificate(ssl) else { return nil }
        defer { unsafe X509_free(certificate) }
        return unsafe endSeconds(of: certificate)
    }

    /// The common name of the peer's certificate, whatever other names it has; nil where it has none or several.
    func peerCommonName() -> String? {
        // SAFETY: as above.
        guard let certificate = unsafe SSL_get1_peer_certificate(ssl) else { return nil }
        defer { unsafe X509_free(certificate) }
        return unsafe commonName(certificate)
    }

    private func commonName(_ certificate: OpaquePointer) -> String? {
        let subject = unsafe X509_get_subject_name(certificate)
        let index = unsafe X509_NAME_get_index_by_NID(subject, NID_commonName, -1)
        // Which of two would be meant is nothing to guess.
        guard index >= 0, unsafe X509_NAME_get_index_by_NID(subject, NID_commonName, index) < 0 else {
            return nil
        }
        var text = [CChar](repeating: 0, count: 256)
        let length = unsafe X509_NAME_get_text_by_NID(subject, NID_commonName, &text, Int32(text.count))
        guard length > 0, length < text.count else { return nil }
        let bytes = text.prefix(Int(length)).map { UInt8(bitPattern: $0) }
        // A name with a zero byte in it is a trick on C programs and is no name.
        guard !bytes.contains(0) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    private func alternativeNames(_ certificate: OpaquePointer) -> [String] {
        guard let list = unsafe till_alternative_names(certificate) else { return [] }
        defer { unsafe GENERAL_NAMES_free(list) }
        var names: [String] = []
        for index in unsafe 0..<till_alternative_count(list) {
            var start: UnsafePointer<UInt8>?
            let length = unsafe till_alternative_dns(list, index, &start)
            guard length > 0 else { continue }
            let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: Int(length)))
            guard !bytes.contains(0), let name = String(validating: bytes, as: UTF8.self) else { continue }
            names.append(name)
        }
        return names
    }

    /// Must follow the operation at once.
    private func outcome(_ result: Int32) -> Outcome {
        if result > 0 { return .done(Int(result)) }
        switch unsafe SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return .wantsMore
        case SSL_ERROR_ZERO_RETURN: return .peerClosed
        default: return .failed(reason: takeReason())
        }
    }
}
