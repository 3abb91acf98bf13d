// The line of a callers file that makes a caller known by its token's digest, so that no token has to be copied to the
// services that it opens.
import HTTPServer
import Sealing

extension Commands {
    package static let callersUsage = """
        usage: tillctl callers digest NAME TOKEN-FILE     the line for TILL_CALLERS_FILE of who is called

        """

    /// What `tillctl callers …` prints. Throws `Misread`.
    package static func callerLine(_ words: [String]) throws(OperatorRequest.Misread) -> String {
        guard words.count == 3, words[0] == "digest" else {
            throw .init("callers takes: digest NAME TOKEN-FILE")
        }
        let token: Secret
        do { token = try Secret(file: words[2]) } catch {
            throw .init("\(words[2]) cannot be read: it should hold the token of \(words[1])")
        }
        guard let line = CallerTokens.line(words[1], token) else {
            throw .init(
                """
                a caller's name has no space in it, and its token \(CallerTokens.tokenBytesMin) bytes at least: \
                `openssl rand -hex 32` makes one
                """)
        }
        return line
    }
}
