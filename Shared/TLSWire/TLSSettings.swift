// What an operator chooses about TLS: files and names. Versions and ciphers are policy and not here.

/// Versions spoken. The default is both; the tests pin one.
package enum TLSVersions: Sendable {
    case tls12And13, only12, only13
}

/// The server's side: what a listening port presents and demands.
package struct TLSServerSettings: Sendable {
    /// PEM chain, the server's own certificate first.
    package var certificateFile: String
    /// PEM private key without a passphrase.
    package var keyFile: String
    /// PEM authorities for client certificates; nil means clients need none.
    package var clientCAFile: String?
    /// Names (DNS alternative names, or the common name where there are none) of which a client must have
    /// one, compared exactly; `CN=name` means the common name whatever other names there are, as Meta's webhooks
    /// ask for. nil means any certificate of `clientCAFile` will do.
    package var clientNames: [String]?
    package var versions: TLSVersions = .tls12And13

    package init(
        certificateFile: String, keyFile: String, clientCAFile: String? = nil, clientNames: [String]? = nil
    ) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
        self.clientCAFile = clientCAFile
        self.clientNames = clientNames
    }
}

/// The client's side: whom to trust and what to present.
package struct TLSClientSettings: Sendable {
    /// PEM authorities; nil means the system's.
    package var authoritiesFile: String?
    /// PEM chain and key for servers that ask; both or neither.
    package var certificateFile: String?
    package var keyFile: String?
    package var versions: TLSVersions = .tls12And13

    package init(authoritiesFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil) {
        self.authoritiesFile = authoritiesFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}
