// A failed system call as a value: the call's name and errno, read on the line after the call, because
// neither errno nor the thread survives an await.
import CLinux
import Glibc

/// What a system call or a wait on a descriptor ended with.
package enum SystemFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// `call` returned an error; `code` is its errno.
    case call(String, code: Int32)
    /// The deadline passed first.
    case timedOut
    /// The descriptor was closed by us while something waited on it.
    case closed
    /// A host name has no address, or the resolver failed; `code` is getaddrinfo's.
    case unresolved(code: Int32)
    /// The address cannot be expressed, such as a socket path over 107 bytes.
    case badAddress

    static func last(_ call: String) -> SystemFailure { .call(call, code: errno) }

    /// The call and errno's own words; never an address or a payload.
    package var description: String {
        switch self {
        case .call(let name, let code): "\(name): \(unsafe String(cString: strerror(code)))"
        case .timedOut: "timed out"
        case .closed: "closed"
        case .unresolved(let code): "name not resolved (\(code))"
        case .badAddress: "address not usable"
        }
    }
}
