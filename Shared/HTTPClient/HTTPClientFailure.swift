// How a request can fail, sorted by the one question that matters with money: may it be sent again? Only
// `notSent` and `timedOut(sent: false)` promise that the server has seen nothing.

/// Why there is no answer. The words are ours or the system's; they never name an address or quote a peer.
package enum HTTPClientFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// No byte of the request left this process: repeating it cannot do anything twice.
    case notSent(String)
    /// Bytes left and no complete answer came back: what the server did is unknown.
    case answerLost(String)
    /// The deadline passed. With `sent` false no byte had left.
    case timedOut(sent: Bool)
    /// The answer breaks the protocol; what the server did is unknown.
    case malformedAnswer(String)
    /// The answer is longer than the limit; the server has done its work.
    case answerTooLarge
    /// The calling task was cancelled; whether bytes had left is unknown.
    case cancelled

    /// True when the server cannot have seen the request.
    package var mayBeRepeated: Bool {
        switch self {
        case .notSent, .timedOut(sent: false): true
        case .answerLost, .timedOut(sent: true), .malformedAnswer, .answerTooLarge, .cancelled: false
        }
    }

    /// The kind as a word for logs and metrics.
    package var word: String {
        switch self {
        case .notSent: "not_sent"
        case .answerLost: "answer_lost"
        case .timedOut(let sent): sent ? "timed_out" : "timed_out_unsent"
        case .malformedAnswer: "malformed_answer"
        case .answerTooLarge: "answer_too_large"
        case .cancelled: "cancelled"
        }
    }

    /// The kind and the reason.
    package var description: String {
        switch self {
        case .notSent(let reason): "not sent: \(reason)"
        case .answerLost(let reason): "answer lost: \(reason)"
        case .timedOut(let sent): sent ? "timed out after sending" : "timed out before sending"
        case .malformedAnswer(let reason): "malformed answer: \(reason)"
        case .answerTooLarge: "answer too large"
        case .cancelled: "cancelled"
        }
    }
}
