// One loaded `SSL_CTX`. It is filled in `init` and never changed afterwards; sessions take their own
// reference. Policy lives here: TLS 1.2 and 1.3 only, no renegotiation, no compression, http/1.1, nobody asks
// for a passphrase.
import COpenSSL

// SAFETY: after `init` nobody writes to the context; OpenSSL's own counters and caches inside it are locked.
@safe final class ContextHandle: @unchecked Sendable {
    let raw: OpaquePointer

    /// A chain of more certificates than this is an attack on our time, not a chain.
    private static let chainDepthMax: Int32 = 8
    /// TLS 1.2 with forward secrecy and authenticated encryption only (RFC 9325 section 4.2).
    private static let ciphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20"
    /// How long a session may be taken up again, unless the peer's certificate ends before.
    private static let resumptionSeconds = 3_600

    /// A client's sessions.
    let resumption = ResumptionStore()

    private init(_ method: OpaquePointer?, versions: TLSVersions) throws(TLSFailure) {
        ERR_clear_error()
        guard let context = unsafe SSL_CTX_new(method) else {
            throw .configuration(file: "OpenSSL", reason: takeReason())
        }
        unsafe raw = context
        unsafe till_ctx_harden(context)
        unsafe till_ctx_never_ask(context)
        let (lowest, highest) =
            switch versions {
            case .tls12And13: (TLS1_2_VERSION, TLS1_3_VERSION)
            case .only12: (TLS1_2_VERSION, TLS1_2_VERSION)
            case .only13: (TLS1_3_VERSION, TLS1_3_VERSION)
            }
        guard unsafe till_ctx_versions(context, lowest, highest) == 1,
            unsafe SSL_CTX_set_cipher_list(context, Self.ciphers12) == 1
        else { throw .configuration(file: "OpenSSL", reason: takeReason()) }
        unsafe SSL_CTX_set_verify_depth(context, Self.chainDepthMax)
        unsafe till_ctx_keep_no_sessions(context, Self.resumptionSeconds)
    }

    convenience init(server settings: TLSServerSettings) throws(TLSFailure) {
        try unsafe self.init(TLS_server_method(), versions: settings.versions)
        try load(certificate: settings.certificateFile, key: settings.keyFile)
        unsafe till_ctx_accept_http(raw)
        // Each resumed connection brings the next ticket.
        _ = unsafe SSL_CTX_set_num_tickets(raw, 1)
        _ = unsafe till_ctx_take_tickets(raw)
        // Required once clients are verified, or resumption fails the handshake
        // (SSL_CTX_set_session_id_context(3)).
        let name = Array("till".utf8)
        unsafe SSL_CTX_set_session_id_context(raw, name, UInt32(name.count))
        guard let authorities = settings.clientCAFile else { return }
        try trust(authorities)
        // The names of our authorities help a client with several certificates to choose.
        guard let names = unsafe SSL_load_client_CA_file(authorities) else {
            throw .configuration(file: authorities, reason: takeReason())
        }
        unsafe SSL_CTX_set_client_CA_list(raw, names)
        unsafe SSL_CTX_set_verify(raw, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
    }

    convenience init(client settings: TLSClientSettings) throws(TLSFailure) {
        try unsafe self.init(TLS_client_method(), versions: settings.versions)
        if let file = settings.authoritiesFile {
            try trust(file)
        } else if unsafe SSL_CTX_set_default_verify_paths(raw) != 1 {
            throw .configuration(file: "system authorities", reason: takeReason())
        }
        switch (settings.certificateFile, settings.keyFile) {
        case (let certificate?, let key?): try load(certificate: certificate, key: key)
        case (nil, nil): break
        case (let only?, nil), (nil, let only?):
            throw .configuration(file: only, reason: "a client certificate needs both its chain and its key")
        }
        unsafe SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nil)
        guard unsafe till_ctx_offer_http(raw) == 1 else {
            throw .configuration(file: "ALPN", reason: takeReason())
        }
    }

    // SAFETY: sessions hold their own references, so freeing ours never takes one from under them.
    deinit { unsafe SSL_CTX_free(raw) }

    /// notAfter of our own certificate, in seconds since 1970.
    var certificateExpirySeconds: Int64? {
        // SAFETY: the certificate belongs to the context, which lives as long as `self`.
        guard let certificate = unsafe SSL_CTX_get0_certificate(raw) else { return nil }
        return unsafe endSeconds(of: certificate)
    }

    private func load(certificate: String, key: String) throws(TLSFailure) {
        ERR_clear_error()
        guard unsafe SSL_CTX_use_certificate_chain_file(raw, certificate) == 1 else {
            throw .configuration(file: certificate, reason: takeReason())
        }
        guard unsafe SSL_CTX_use_PrivateKey_file(raw, key, SSL_FILETYPE_PEM) == 1,
            unsafe SSL_CTX_check_private_key(raw) == 1
        else { throw .configuration(file: key, reason: takeReason()) }
    }

    private func trust(_ file: String) throws(TLSFailure) {
        ERR_clear_error()
        guard unsafe SSL_CTX_load_verify_locations(raw, file, nil) == 1 else {
            throw .configuration(file: file, reason: takeReason())
        }
    }
}

/// notAfter of a certificate, in seconds since 1970.
func endSeconds(of certificate: OpaquePointer) -> Int64? {
    // SAFETY: the times are read while the caller holds the certificate.
    guard let end = unsafe X509_get0_notAfter(certificate), let epoch = unsafe ASN1_TIME_set(nil, 0) else {
        return nil
    }
    defer { unsafe ASN1_STRING_free(epoch) }
    var days: Int32 = 0, seconds: Int32 = 0
    guard unsafe ASN1_TIME_diff(&days, &seconds, epoch, end) == 1 else { return nil }
    return Int64(days) * 86_400 + Int64(seconds)
}

/// The text of the oldest error in this thread's queue, from OpenSSL's constant table; empties the queue.
/// Called right after the operation that failed (C.23: the queue belongs to the thread).
func takeReason() -> String {
    let code = ERR_get_error()
    ERR_clear_error()
    guard code != 0 else { return "no reason given" }
    // SAFETY: the table's texts are constants.
    guard let text = unsafe ERR_reason_error_string(code) else { return "OpenSSL code \(code)" }
    return unsafe String(cString: text)
}
