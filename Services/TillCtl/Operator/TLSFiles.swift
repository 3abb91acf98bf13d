// The certificate that tillctl shows and the authorities that it trusts, as a service has them: from the line, else
// from the variables that every service reads.
package import TLSWire

package struct TLSFiles: Sendable, Equatable {
    /// Options of the line that name the files, and the variables in their stead.
    static let options = ["ca": "TILL_TLS_CA_FILE", "cert": "TILL_TLS_CERT_FILE", "key": "TILL_TLS_KEY_FILE"]

    package var authorities: String?
    package var certificate: String?
    package var key: String?

    /// `values` by the name of the option, without its dashes. Throws `Misread`.
    package init(
        _ values: [String: String], environment: [String: String]
    ) throws(OperatorRequest.Misread) {
        func file(_ option: String) -> String? {
            values[option] ?? Self.options[option].flatMap { environment[$0] }
        }
        (authorities, certificate, key) = (file("ca"), file("cert"), file("key"))
        guard (certificate == nil) == (key == nil) else {
            throw .init("--cert and --key are needed together, or TILL_TLS_CERT_FILE and TILL_TLS_KEY_FILE")
        }
    }

    package init() {}

    /// Nil where nothing is said: the system's authorities and no certificate. Throws `Misread`.
    package func context() throws(OperatorRequest.Misread) -> TLSContext? {
        guard self != TLSFiles() else { return nil }
        do {
            return try TLSContext(
                client: TLSClientSettings(
                    authoritiesFile: authorities, certificateFile: certificate, keyFile: key))
        } catch { throw .init("TLS: \(error.description)") }
    }
}
