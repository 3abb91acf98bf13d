// RSA with PKCS#1 v1.5 and SHA-256, the scheme of bank callbacks: verifying for us, signing for the sandbox's
// bank and the tests. No other padding, digest or key type is accepted. What is signed is the caller's
// business.
import COpenSSL

/// One `EVP_PKEY`. It is never changed after it was made.
// SAFETY: OpenSSL reads a key that nobody changes from any number of threads (its counters are atomic).
@safe final class KeyHandle: @unchecked Sendable {
    let raw: OpaquePointer
    init(owning raw: OpaquePointer) { unsafe self.raw = raw }
    deinit { unsafe EVP_PKEY_free(raw) }
}

/// Key sizes accepted: below is breakable, above is a way to make us compute.
let rsaBits = 2048...8192

/// A bank's public key. Verification takes about 16 µs for 2048 bits.
package struct RSAPublicKey: Sendable {
    private let handle: KeyHandle

    /// Base64 of a DER SubjectPublicKeyInfo on one line: the form in which banks publish it.
    package init(spkiBase64: String) throws(SealingFailure) {
        guard let der = Base64.decode(spkiBase64) else {
            throw .refusedArgument("the public key is not base64")
        }
        try self.init(spkiDER: der)
    }

    /// DER SubjectPublicKeyInfo, nothing after it. Throws `refusedArgument` for another type or size.
    package init(spkiDER der: [UInt8]) throws(SealingFailure) {
        ERR_clear_error()
        // SAFETY: `d2i_PUBKEY` reads at most `count` bytes and moves its own copy of the pointer.
        let (key, used) = unsafe der.withUnsafeBufferPointer { bytes in
            var at = bytes.baseAddress
            let key = unsafe d2i_PUBKEY(nil, &at, bytes.count)
            return unsafe (key, at.map { unsafe $0 - bytes.baseAddress! } ?? 0)
        }
        ERR_clear_error()
        guard let key = unsafe key else { throw .refusedArgument("not a public key") }
        handle = unsafe KeyHandle(owning: key)
        guard used == der.count else { throw .refusedArgument("bytes after the public key") }
        try requireRSA(handle)
    }

    /// PEM `BEGIN PUBLIC KEY`.
    package init(pem: String) throws(SealingFailure) {
        let lines = pem.split(whereSeparator: \.isNewline).map { $0.filter { $0 != " " } }
        guard lines.first == "-----BEGINPUBLICKEY-----", lines.last == "-----ENDPUBLICKEY-----" else {
            throw .refusedArgument("not a PEM public key")
        }
        try self.init(spkiBase64: lines.dropFirst().dropLast().joined())
    }

    init(_ handle: KeyHandle) { self.handle = handle }

    /// Whether `signature` is this key's over `message`. Wrong lengths and paddings are simply false.
    package func verifyPKCS1v15SHA256(message: [UInt8], signature: [UInt8]) -> Bool {
        ERR_clear_error()
        defer { ERR_clear_error() }
        // SAFETY: the context lives through the block; both arrays are read for their own counts.
        let context = unsafe EVP_MD_CTX_new()
        defer { unsafe EVP_MD_CTX_free(context) }
        return unsafe EVP_DigestVerifyInit(context, nil, EVP_sha256(), nil, handle.raw) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    /// DER SubjectPublicKeyInfo in base64, one line.
    package var spkiBase64: String {
        // SAFETY: with a nil target OpenSSL tells the length, then writes exactly that many bytes.
        let length = unsafe i2d_PUBKEY(handle.raw, nil)
        var der = [UInt8](repeating: 0, count: Int(max(length, 0)))
        unsafe der.withUnsafeMutableBufferPointer { bytes in
            var at = bytes.baseAddress
            _ = unsafe i2d_PUBKEY(handle.raw, &at)
        }
        return Base64.encode(der)
    }
}

/// A signing key: the sandbox's bank and the tests have one, no production service does.
package struct RSAPrivateKey: Sendable, CustomStringConvertible {
    private let handle: KeyHandle

    /// A fresh key; 2048 bits take a few tens of milliseconds.
    package static func generate(bits: Int = 2048) throws(SealingFailure) -> RSAPrivateKey {
        guard rsaBits.contains(bits) else { throw .refusedArgument("an RSA key has \(rsaBits) bits") }
        ERR_clear_error()
        // SAFETY: the context is freed here; the key belongs to the handle.
        let context = unsafe EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nil)
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        guard unsafe EVP_PKEY_keygen_init(context) == 1,
            unsafe EVP_PKEY_CTX_set_rsa_keygen_bits(context, Int32(bits)) == 1,
            unsafe EVP_PKEY_keygen(context, &key) == 1, let key = unsafe key
        else { throw .cryptography(operation: "RSA key generation", code: takeErrorCode()) }
        return RSAPrivateKey(unsafe KeyHandle(owning: key))
    }

    private init(_ handle: KeyHandle) { self.handle = handle }

    /// PKCS#8 PEM without a passphrase.
    package init(pem: Secret) throws(SealingFailure) {
        ERR_clear_error()
        // SAFETY: the BIO reads the secret's bytes in place and is freed before they are.
        let key = unsafe pem.withRaw { bytes -> OpaquePointer? in
            let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count))
            defer { unsafe BIO_free(bio) }
            return unsafe PEM_read_bio_PrivateKey(bio, nil, nil, nil)
        }
        ERR_clear_error()
        guard let key = unsafe key else { throw .refusedArgument("not a PEM private key") }
        handle = unsafe KeyHandle(owning: key)
        try requireRSA(handle)
    }

    package func pem() throws(SealingFailure) -> Secret {
        ERR_clear_error()
        // SAFETY: the memory BIO owns what it holds; it is copied into a secret before the BIO goes.
        let bio = unsafe BIO_new(BIO_s_secmem())
        defer { unsafe BIO_free(bio) }
        guard unsafe bio != nil,
            unsafe PEM_write_bio_PKCS8PrivateKey(bio, handle.raw, nil, nil, 0, nil, nil) == 1
        else {
            throw .cryptography(operation: "writing a private key", code: takeErrorCode())
        }
        var start: UnsafeMutablePointer<CChar>?
        let count = unsafe till_bio_mem(bio, &start)
        let text = unsafe UnsafeRawBufferPointer(start: start, count: count)
        return unsafe Secret(SecretBytes(count: count) { target in unsafe target.copyMemory(from: text) })
    }

    package var publicKey: RSAPublicKey { RSAPublicKey(handle) }
    package var publicKeySPKIBase64: String { publicKey.spkiBase64 }

    /// The PKCS#1 v1.5 SHA-256 signature, as long as the key.
    package func sign(_ message: [UInt8]) throws(SealingFailure) -> [UInt8] {
        ERR_clear_error()
        // SAFETY: the context lives through the block; the signature is at most the size OpenSSL names.
        let context = unsafe EVP_MD_CTX_new()
        defer { unsafe EVP_MD_CTX_free(context) }
        var length = Int(unsafe EVP_PKEY_get_size(handle.raw))
        var signature = [UInt8](repeating: 0, count: length)
        guard unsafe EVP_DigestSignInit(context, nil, EVP_sha256(), nil, handle.raw) == 1,
            unsafe EVP_DigestSign(context, &signature, &length, message, message.count) == 1
        else { throw .cryptography(operation: "RSA signing", code: takeErrorCode()) }
        return Array(signature[..<length])
    }

    package var description: String { "<secret>" }
}

private func requireRSA(_ handle: KeyHandle) throws(SealingFailure) {
    guard unsafe EVP_PKEY_get_base_id(handle.raw) == EVP_PKEY_RSA else {
        throw .refusedArgument("not an RSA key")
    }
    guard unsafe rsaBits.contains(Int(EVP_PKEY_get_bits(handle.raw))) else {
        throw .refusedArgument("an RSA key has \(rsaBits) bits")
    }
}
