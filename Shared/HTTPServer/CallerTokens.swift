// Which of our services is calling: a bearer token per caller, compared in constant time against all
// accepted ones, so that neither the time nor the answer tells how close a guess was. Two lines per caller
// are accepted during rotation.
import Sealing

/// The callers a service accepts, from a file of lines `name token`.
package struct CallerTokens: Sendable {
    /// A shorter token could be guessed; ours have 64 hex digits.
    package static let tokenBytesMin = 32

    private let accepted: [(name: String, digest: [UInt8])]

    /// What is wrong with a callers file. Never quotes it.
    package enum Failure: Error, Sendable, Equatable {
        case line(Int)
        case shortToken(line: Int)
    }

    /// Reads lines `name token`; empty lines and lines that begin with # are skipped.
    package init(_ text: String) throws(Failure) {
        var accepted: [(name: String, digest: [UInt8])] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.isEmpty || line.hasPrefix("#") { continue }
            let parts = line.split(separator: " ")
            guard parts.count == 2 else { throw .line(index + 1) }
            guard parts[1].utf8.count >= Self.tokenBytesMin else { throw .shortToken(line: index + 1) }
            accepted.append((String(parts[0]), SHA256.digest(Array(parts[1].utf8))))
        }
        self.accepted = accepted
    }

    /// The caller whose token stands in an Authorization header (RFC 6750 section 2.1), nil when none does.
    package func caller(authorization: String?) -> String? {
        guard let authorization, authorization.utf8.count <= 512 else { return nil }
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        let digest = SHA256.digest(Array(parts[1].utf8))
        var found: String?
        // Every row is compared, whichever matches.
        for row in accepted where constantTimeEqual(row.digest, digest) { found = row.name }
        return found
    }
}
