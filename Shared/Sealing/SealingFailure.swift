// Every way in which sealing, signing or reading a key can fail, told without any of the bytes concerned.
// Nothing here may carry a key, a plaintext, an envelope or a piece of one: these texts reach logs.

/// A failure of this module. Safe to log whole.
package enum SealingFailure: Error, Equatable, CustomStringConvertible {
    /// The envelope is of a version this build does not write or read.
    case unknownVersion(UInt8)
    /// The envelope ends early or has an impossible length.
    case malformedEnvelope
    /// No master key of that id is loaded: the file was rotated too far.
    case unknownMasterKey(String)
    /// Authentication failed: other bytes, another key or another identity than at sealing. Never says which.
    case doesNotOpen
    /// A key, nonce or signature argument has a shape the policy refuses; the text names the rule.
    case refusedArgument(String)
    /// A key file is not what it should be; the line counts from 1, zero when the whole file is meant.
    case keyFile(path: String, line: Int, reason: String)
    /// A secret file could not be read; `errno` of the call that failed.
    case unreadableFile(path: String, errno: Int32)
    /// OpenSSL refused an operation that should not fail; `code` is from its error queue, 0 when it left
    /// none.
    case cryptography(operation: String, code: UInt)

    package var description: String {
        switch self {
        case .unknownVersion(let version): "envelope version \(version) is not known"
        case .malformedEnvelope: "malformed envelope"
        case .unknownMasterKey(let id): "no master key \(id)"
        case .doesNotOpen: "envelope does not open"
        case .refusedArgument(let rule): "refused: \(rule)"
        case .keyFile(let path, let line, let reason): "\(path):\(line): \(reason)"
        case .unreadableFile(let path, let errno): "\(path) cannot be read (errno \(errno))"
        case .cryptography(let operation, let code): "\(operation) failed (OpenSSL code \(code))"
        }
    }
}
