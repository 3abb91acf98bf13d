// Addresses of sockets: IPv4, IPv6 and Unix paths, as the bytes that the kernel takes. Names are resolved on
// a thread that may block; the loop never asks a resolver.
import CLinux
import Glibc

/// Where a socket listens or connects to. Holds the kernel's form; compares by its text.
package struct SocketAddress: Sendable, CustomStringConvertible {
    let storage: [UInt8]
    let family: Int32
    /// `127.0.0.1:8080`, `[::1]:8080` or a path.
    package let description: String
    /// The address without its port, as limits per peer count it; a Unix path as it is.
    package let host: String

    /// A numeric IPv4 or IPv6 address and a port. Nil when `host` is not numeric.
    package init?(numeric host: String, port: UInt16) {
        var v4 = sockaddr_in()
        if unsafe inet_pton(AF_INET, host, &v4.sin_addr) == 1 {
            v4.sin_family = sa_family_t(AF_INET)
            v4.sin_port = port.bigEndian
            storage = unsafe withUnsafeBytes(of: &v4) { unsafe Array($0) }
            family = AF_INET
            description = "\(host):\(port)"
            self.host = host
            return
        }
        var v6 = sockaddr_in6()
        guard unsafe inet_pton(AF_INET6, host, &v6.sin6_addr) == 1 else { return nil }
        v6.sin6_family = sa_family_t(AF_INET6)
        v6.sin6_port = port.bigEndian
        storage = unsafe withUnsafeBytes(of: &v6) { unsafe Array($0) }
        family = AF_INET6
        description = "[\(host)]:\(port)"
        self.host = host
    }

    /// The addresses of a name, or the numeric address itself. Throws `SystemFailure.unresolved`.
    package static func resolve(_ host: String, port: UInt16) async throws -> [SocketAddress] {
        if let numeric = SocketAddress(numeric: host, port: port) { return [numeric] }
        return try await BlockingThread.run { try lookUp(host, port) }
    }

    private static func lookUp(_ host: String, _ port: UInt16) throws -> [SocketAddress] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else { throw SystemFailure.unresolved(code: code) }
        defer { unsafe freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let address = unsafe SocketAddress(raw: entry.pointee.ai_addr, port: port) {
                found.append(address)
            }
            unsafe next = entry.pointee.ai_next
        }
        if found.isEmpty { throw SystemFailure.unresolved(code: EAI_NONAME) }
        return found
    }

    /// What accept or getaddrinfo wrote. `port` replaces the one inside when it is given.
    init?(raw: UnsafePointer<sockaddr>?, port: UInt16? = nil) {
        guard let raw = unsafe raw else { return nil }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let raw4 = unsafe UnsafeRawPointer(raw)
        switch Int32(unsafe raw.pointee.sa_family) {
        case AF_INET:
            var v4 = unsafe raw4.loadUnaligned(as: sockaddr_in.self)
            guard unsafe inet_ntop(AF_INET, &v4.sin_addr, &text, socklen_t(text.count)) != nil else {
                return nil
            }
            self.init(numeric: Self.string(text), port: port ?? UInt16(bigEndian: v4.sin_port))
        case AF_INET6:
            var v6 = unsafe raw4.loadUnaligned(as: sockaddr_in6.self)
            guard unsafe inet_ntop(AF_INET6, &v6.sin6_addr, &text, socklen_t(text.count)) != nil else {
                return nil
            }
            self.init(numeric: Self.string(text), port: port ?? UInt16(bigEndian: v6.sin6_port))
        default: return nil
        }
    }

    private static func string(_ text: [CChar]) -> String {
        String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func withRaw<Value>(_ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Value) rethrows -> Value {
        try unsafe storage.withUnsafeBytes { bytes in
            try unsafe body(bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
    }
}
