// HMAC-SHA-256 with a key prepared once: webhooks are checked at tens of thousands a second, so the key
// schedule is not repeated per message. Comparison of codes is here too, so that nobody compares them as
// strings.
import COpenSSL

/// A key ready for use: OpenSSL's context after its key schedule, duplicated for every message.
// SAFETY: after `init` the template context is only read (`EVP_MAC_CTX_dup` copies from it), so threads may
// share it.
@safe package final class HMACKey: @unchecked Sendable, CustomStringConvertible {
    private let template: OpaquePointer

    /// The key may have any length above zero (RFC 2104); shorter than 16 bytes is a misconfiguration to be
    /// noticed by whoever reads the configuration, not here.
    package init(_ key: Secret) {
        precondition(
            !key.isEmpty, "an empty HMAC key authenticates everyone: the configuration must refuse it")
        unsafe template = Self.prepared(key)
    }

    deinit { unsafe EVP_MAC_CTX_free(template) }

    package func authenticate(_ message: Span<UInt8>) -> [UInt8] {
        // SAFETY: the bytes are read only inside the call.
        unsafe message.withUnsafeBytes { unsafe authenticate(raw: $0) }
    }

    package func authenticate(_ message: [UInt8]) -> [UInt8] {
        unsafe message.withUnsafeBytes { unsafe authenticate(raw: $0) }
    }

    package func authenticate(_ message: UnsafeRawBufferPointer) -> [UInt8] {
        unsafe authenticate(raw: message)
    }

    package var description: String { "<secret>" }

    private func authenticate(raw message: UnsafeRawBufferPointer) -> [UInt8] {
        // SAFETY: the duplicate is ours and freed below; it is used by this call alone.
        let context = unsafe EVP_MAC_CTX_dup(template)
        defer { unsafe EVP_MAC_CTX_free(context) }
        var out = [UInt8](repeating: 0, count: SHA256.length)
        var written = 0
        let bytes = unsafe message.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let done = unsafe out.withUnsafeMutableBufferPointer { target in
            unsafe context != nil
                && (message.count == 0 || EVP_MAC_update(context, bytes, message.count) == 1)
                && EVP_MAC_final(context, target.baseAddress, &written, target.count) == 1
        }
        precondition(
            done && written == SHA256.length, "HMAC failed in memory: OpenSSL is out of it or broken")
        return out
    }

    private static func prepared(_ key: Secret) -> OpaquePointer {
        // SAFETY: the algorithm is freed here, the context keeps its own reference; the key is copied by
        // init.
        let algorithm = unsafe EVP_MAC_fetch(nil, "HMAC", nil)
        defer { unsafe EVP_MAC_free(algorithm) }
        guard unsafe algorithm != nil, let context = unsafe EVP_MAC_CTX_new(algorithm) else {
            preconditionFailure("HMAC is missing from this OpenSSL: a provider is misconfigured")
        }
        let ready = unsafe key.withRaw { bytes in
            var name = Array("SHA256".utf8CString)
            // SAFETY: parameters keep a pointer to their own name, a Swift string here, so it must outlive
            // init.
            return unsafe OSSL_MAC_PARAM_DIGEST.withCString { option in
                unsafe name.withUnsafeMutableBufferPointer { digest in
                    var parameters = unsafe [
                        OSSL_PARAM_construct_utf8_string(option, digest.baseAddress, 0),
                        OSSL_PARAM_construct_end(),
                    ]
                    let start = unsafe bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
                    return unsafe EVP_MAC_init(context, start, bytes.count, &parameters)
                }
            }
        }
        precondition(ready == 1, "HMAC-SHA-256 cannot be set up: a provider is misconfigured")
        return unsafe context
    }
}

/// HMAC-SHA-256 (RFC 2104) and its comparison.
package enum HMACSHA256 {
    package static func authenticate(_ message: Span<UInt8>, key: Secret) -> [UInt8] {
        HMACKey(key).authenticate(message)
    }

    package static func authenticate(_ message: [UInt8], key: Secret) -> [UInt8] {
        HMACKey(key).authenticate(message)
    }

    package static func authenticate(_ message: UnsafeRawBufferPointer, key: Secret) -> [UInt8] {
        unsafe HMACKey(key).authenticate(message)
    }

    /// Whether `header` is `sha256=` and the 64 hexadecimal digits of this message's code (either case,
    /// nothing before or after). This is the form of `X-Hub-Signature-256`. Constant time in the code's
    /// content.
    package static func verifyHex(_ header: [UInt8], message: Span<UInt8>, key: HMACKey) -> Bool {
        guard let code = codeBytes(header) else { return false }
        return constantTimeEqual(code, key.authenticate(message))
    }

    package static func verifyHex(_ header: [UInt8], message: [UInt8], key: HMACKey) -> Bool {
        verifyHex(header, message: message.span, key: key)
    }

    package static func verifyHex(_ header: String, message: [UInt8], key: HMACKey) -> Bool {
        verifyHex(Array(header.utf8), message: message.span, key: key)
    }

    /// The 32 bytes behind `sha256=…`, nil for any other shape. With several keys in rotation, decode once
    /// and compare against each key's code.
    package static func codeBytes(_ header: [UInt8]) -> [UInt8]? {
        let prefix = Array("sha256=".utf8)
        guard header.count == prefix.count + 2 * SHA256.length, header.starts(with: prefix) else {
            return nil
        }
        return Hex.decode(header[prefix.count...])
    }
}
