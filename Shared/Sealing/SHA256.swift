// SHA-256, for fingerprints of content and file checks. Not for passwords and not for authentication: see
// HMACSHA256.
import COpenSSL

/// SHA-256 (FIPS 180-4), 32 bytes.
package enum SHA256 {
    package static let length = 32

    package static func digest(_ message: [UInt8]) -> [UInt8] {
        unsafe message.withUnsafeBytes { unsafe digest(raw: $0) }
    }

    package static func digest(_ message: Span<UInt8>) -> [UInt8] {
        // SAFETY: the bytes are read only inside the call.
        unsafe message.withUnsafeBytes { unsafe digest(raw: $0) }
    }

    /// 64 lower-case hexadecimal digits.
    package static func hex(_ message: [UInt8]) -> String { Hex.encode(digest(message)) }

    private static func digest(raw message: UnsafeRawBufferPointer) -> [UInt8] {
        var out = [UInt8](repeating: 0, count: length)
        // SAFETY: the output has the 32 bytes SHA-256 writes; the input is read for its own count.
        let done = unsafe out.withUnsafeMutableBufferPointer {
            unsafe EVP_Digest(message.baseAddress, message.count, $0.baseAddress, nil, EVP_sha256(), nil)
        }
        precondition(done == 1, "SHA-256 is missing from this OpenSSL: a provider is misconfigured")
        return out
    }
}
