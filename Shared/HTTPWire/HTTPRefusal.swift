// Why a message from a peer is not accepted: the status that tells the peer and the policy that was broken.
// The words are fixed at compile time, so nothing that a peer sent can reach a log through a refusal.

/// A message that broke the protocol or one of our limits. The connection it came on must be closed after the
/// answer, since the start of the next message can no longer be known.
package struct HTTPRefusal: Error, Sendable, Equatable, CustomStringConvertible {
    /// 400, 408, 413, 414, 417, 431, 501 or 505 for a request; 502 for an answer of a server that we asked.
    package let status: Int
    /// The policy that was broken, in words for an operator.
    package let reason: StaticString

    /// A refusal with the status that the peer is told.
    package init(_ status: Int, _ reason: StaticString) {
        self.status = status
        self.reason = reason
    }

    /// The status and the policy.
    package var description: String { "\(status) \(reason)" }

    /// A client's refusal of an answer that ended with the connection before it was complete.
    package static let cutShort = HTTPRefusal(502, "the connection closed before the answer was complete")

    /// A client's refusal of an answer whose body is beyond its limit.
    package static let answerTooLong = HTTPRefusal(502, "a body beyond the limit")

    /// So that a refusal can stand in a catch clause.
    package static func ~= (pattern: HTTPRefusal, error: any Error) -> Bool {
        error as? HTTPRefusal == pattern
    }

    /// Two refusals are the same when they tell the peer the same and name the same policy.
    package static func == (left: HTTPRefusal, right: HTTPRefusal) -> Bool {
        left.status == right.status && left.reason.description == right.reason.description
    }
}
