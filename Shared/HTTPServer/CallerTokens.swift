// Which of our services is calling: a bearer token per caller, of which a service that is called holds the digest
// only, so that whoever reads its file can call nobody. Digests are compared in constant time against all accepted
// ones, so that neither the time nor the answer tells how close a guess was. Two lines per caller are accepted during
// rotation.
package import Sealing

/// The callers a service accepts, from a file of lines `name sha256:digest`.
package struct CallerTokens: Sendable {
    /// A shorter token could be guessed, and found by its digest; ours have 64 hex digits.
    package static let tokenBytesMin = 32
    /// One caller in a file has this many tokens at most: the old and the new one.
    package static let tokensOfOneMax = 2
    private static let mark = "sha256:"

    private let accepted: [(name: String, digest: [UInt8])]

    /// What is wrong with a callers file. Never quotes it.
    package enum Failure: Error, Sendable, Equatable {
        case line(Int)
        /// A token, or something else that is no digest.
        case noDigest(line: Int)
        case tooMany(line: Int)
        /// Who calls could not be told.
        case another(line: Int)

        /// What an operator is told.
        package var sentence: String {
            switch self {
            case .line(let line):
                "line \(line) of TILL_CALLERS_FILE is not `name sha256:digest`"
            case .noDigest(let line):
                """
                line \(line) of TILL_CALLERS_FILE holds no digest; tokens themselves do not belong there: make the \
                line with `tillctl callers digest NAME TOKEN-FILE`
                """
            case .tooMany(let line):
                "line \(line) of TILL_CALLERS_FILE is a third token of its caller; two are accepted"
            case .another(let line):
                "line \(line) of TILL_CALLERS_FILE has the digest of another caller; each needs a token of its own"
            }
        }
    }

    /// The line that makes `caller` known by its token; nil for a token that could be guessed, or a name with a
    /// space in it. The token is used as it would stand in a header.
    package static func line(_ caller: String, _ token: Secret) -> String? {
        let isWord = !caller.isEmpty && caller.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard isWord, !caller.hasPrefix("#"), token.count >= tokenBytesMin else { return nil }
        return caller + " " + mark + token.withBytes { Hex.encode(SHA256.digest($0)) }
    }

    /// Reads lines `name sha256:digest`; empty lines and lines that begin with # are skipped.
    package init(_ text: String) throws(Failure) {
        var accepted: [(name: String, digest: [UInt8])] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.isEmpty || line.hasPrefix("#") { continue }
            let parts = line.split(separator: " ")
            guard parts.count == 2 else { throw .line(index + 1) }
            guard parts[1].hasPrefix(Self.mark),
                let digest = Hex.decode(parts[1].utf8.dropFirst(Self.mark.utf8.count)),
                digest.count == SHA256.length
            else { throw .noDigest(line: index + 1) }
            guard accepted.count(where: { $0.name == parts[0] }) < Self.tokensOfOneMax else {
                throw .tooMany(line: index + 1)
            }
            guard accepted.allSatisfy({ $0.name == parts[0] || $0.digest != digest }) else {
                throw .another(line: index + 1)
            }
            accepted.append((String(parts[0]), digest))
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
