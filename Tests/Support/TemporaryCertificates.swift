// An authority and certificates of the tests' own, made by the openssl program for one run: P-256 keys, since they
// cost no time, or RSA where a test asks for what the world has.
package struct TemporaryCertificates: Sendable {
    private let folder: String

    package init(in folder: String) { self.folder = folder }

    package func certificate(_ name: String) -> String { "\(folder)/\(name).pem" }
    package func key(_ name: String) -> String { "\(folder)/\(name).key" }

    /// A self-signed authority.
    package func makeAuthority(_ name: String) throws {
        try openssl(
            ["req", "-x509"] + Self.newKey(isRSA: false) + ["-days", "2", "-subj", "/CN=\(name)"]
                + files(name))
    }

    /// A certificate of `authority` with this common name and, where given, alternative names such as
    /// `DNS:localhost,IP:127.0.0.1`.
    package func issue(
        _ name: String, by authority: String, commonName: String, names: String? = nil, isRSA: Bool = false
    ) throws {
        let extensions =
            ["-addext", "basicConstraints=critical,CA:FALSE"]
            + (names.map { ["-addext", "subjectAltName=\($0)"] } ?? [])
        try openssl(
            ["req", "-x509"] + Self.newKey(isRSA: isRSA) + ["-days", "2", "-subj", "/CN=\(commonName)"]
                + ["-CA", certificate(authority), "-CAkey", key(authority)] + extensions + files(name))
    }

    private static func newKey(isRSA: Bool) -> [String] {
        isRSA
            ? ["-newkey", "rsa:2048", "-nodes"]
            : ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    }

    private func files(_ name: String) -> [String] { ["-keyout", key(name), "-out", certificate(name)] }

    private func openssl(_ arguments: [String]) throws {
        try ChildProcess.run(["openssl"] + arguments, log: folder + "/openssl.log")
    }
}
