// Certificates made for one test run with the openssl program: an authority, a server for `till.test`,
// clients. They live in a temporary folder that goes with the suite.
import FoundationEssentials
import Glibc

/// A folder of fresh PEM files. P-256 keys, since they are made in no time.
final class Certificates: Sendable {
    static let shared = Result { try Certificates() }
    struct Failed: Error { let command: String }

    let folder: String
    func path(_ name: String) -> String { "\(folder)/\(name)" }

    init() throws {
        var template = Array(("/tmp/till-tls-" + String(repeating: "X", count: 6)).utf8CString)
        guard mkdtemp(&template) != nil else { throw Failed(command: "mkdtemp") }
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        for authority in ["ca", "stranger"] { try authorityFiles(authority) }
        try issue("server", by: "ca", subject: "/CN=till.test", names: "DNS:till.test,IP:127.0.0.1")
        try issue("impostor", by: "stranger", subject: "/CN=till.test", names: "DNS:till.test")
        try issue("gateway", by: "ca", subject: "/CN=other", names: "DNS:ecomm-gateway,DNS:second-name")
        try issue("plain", by: "ca", subject: "/CN=command-router", names: nil)
        try issue("ended", by: "ca", subject: "/CN=till.test", names: "DNS:till.test", days: -1)
        try issue(
            "calls-only", by: "ca", subject: "/CN=till.test",
            names: "DNS:till.test\nextendedKeyUsage=clientAuth")
        try issue(
            "answers-only", by: "ca", subject: "/CN=till.test",
            names: "DNS:till.test\nextendedKeyUsage=serverAuth")
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func authorityFiles(_ name: String) throws {
        try openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=\(name) "
                + "-keyout \(path(name)).key -out \(path(name)).pem")
    }

    /// One that is not valid any more has a negative number of days.
    private func issue(
        _ name: String, by authority: String, subject: String, names: String?, days: Int = 2
    ) throws {
        try openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj \(subject) -keyout \(path(name)).key "
                + "-out \(path(name)).csr")
        let extensions = names.map { "subjectAltName=\($0)\n" } ?? "basicConstraints=CA:FALSE\n"
        try extensions.write(toFile: path("\(name).ext"), atomically: false, encoding: .utf8)
        try openssl(
            "x509 -req -in \(path(name)).csr -CA \(path(authority)).pem -CAkey \(path(authority)).key -days \(days) "
                + "-set_serial \(UInt32.random(in: 1...UInt32.max)) -extfile \(path(name)).ext -out \(path(name)).pem"
        )
    }

    private func openssl(_ arguments: String) throws {
        let command = "openssl \(arguments) >/dev/null 2>&1"
        guard system(command) == 0 else { throw Failed(command: command) }
    }
}
