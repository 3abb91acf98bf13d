// TLS as the environment asks for it: what this process presents and demands on its own port, and whom it
// trusts when it calls. One certificate serves both directions; a service without these variables speaks
// plain HTTP and calls https peers under the system's authorities.
import TLSWire

enum TransportSecurity {
    /// For the service's own port; nil without TILL_TLS_CERT_FILE. Complains instead of throwing.
    static func server(_ environment: inout Environment) -> TLSContext? {
        let certificate = environment.optionalText(CommonKeys.tlsCertificate)
        let key = environment.optionalText(CommonKeys.tlsKey)
        let clients = environment.optionalText(CommonKeys.tlsClientAuthorities)
        let names = environment.optionalText(CommonKeys.tlsClientNames)
        guard let certificate, let key else {
            if certificate != nil || key != nil || clients != nil {
                environment.complain("TILL_TLS_CERT_FILE and TILL_TLS_KEY_FILE are needed together")
            }
            return nil
        }
        if names != nil, clients == nil {
            environment.complain("TILL_TLS_CLIENT_NAMES means nothing without TILL_TLS_CLIENT_CA_FILE")
        }
        let settings = TLSServerSettings(
            certificateFile: certificate, keyFile: key, clientCAFile: clients,
            clientNames: names.map { $0.split(separator: ",").map(String.init) })
        do { return try TLSContext(server: settings) } catch {
            environment.complain("TLS: \(error.description)")
            return nil
        }
    }

    /// For calls to others; nil where nothing is said, which means the system's authorities and no
    /// certificate.
    static func client(_ environment: inout Environment) -> TLSContext? {
        let settings = TLSClientSettings(
            authoritiesFile: environment.optionalText(CommonKeys.tlsAuthorities),
            certificateFile: environment.optionalText(CommonKeys.tlsCertificate),
            keyFile: environment.optionalText(CommonKeys.tlsKey))
        // Half a pair is the server side's complaint.
        guard (settings.certificateFile == nil) == (settings.keyFile == nil) else { return nil }
        guard settings.authoritiesFile != nil || settings.certificateFile != nil else { return nil }
        do { return try TLSContext(client: settings) } catch {
            environment.complain("TLS: \(error.description)")
            return nil
        }
    }
}
