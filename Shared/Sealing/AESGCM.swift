// AES-256-GCM for one message, with the two sizes we use and no others: 256-bit keys, 96-bit nonces, 128-bit
// tags. Choosing nonces and keys is the caller's: see `Sealer`, the only caller outside the tests.
import COpenSSL

/// AES-256-GCM (NIST SP 800-38D). A context per call: about a microsecond, and nothing is shared between
/// threads.
package enum AESGCM {
    package static let keyLength = 32
    package static let nonceLength = 12
    package static let tagLength = 16
    /// The longest message: every record sealed here is a key or a token, never a document.
    package static let messageBytesMax = 1 << 20

    /// Ciphertext followed by its 16-byte tag. Throws `refusedArgument` for sizes outside the policy.
    package static func seal(
        _ plaintext: [UInt8], key: Secret, nonce: [UInt8], associated: [UInt8]
    ) throws(SealingFailure) -> [UInt8] {
        try seal(Secret(bytes: plaintext), key: key, nonce: nonce, associated: associated)
    }

    package static func seal(
        _ plaintext: Secret, key: Secret, nonce: [UInt8], associated: [UInt8]
    ) throws(SealingFailure) -> [UInt8] {
        try check(key: key, nonce: nonce, messageLength: plaintext.count, associated: associated)
        let context = try CipherContext()
        var out = [UInt8](repeating: 0, count: plaintext.count + tagLength)
        try unsafe plaintext.withRaw { (bytes) throws(SealingFailure) in
            try unsafe context.seal(bytes, into: &out, key: key, nonce: nonce, associated: associated)
        }
        return out
    }

    /// The plaintext of what `seal` made. Throws `doesNotOpen` when key, nonce, associated data or one bit
    /// differs.
    package static func open(
        _ sealed: [UInt8], key: Secret, nonce: [UInt8], associated: [UInt8]
    ) throws(SealingFailure) -> Secret {
        guard sealed.count >= tagLength else { throw .malformedEnvelope }
        try check(key: key, nonce: nonce, messageLength: sealed.count - tagLength, associated: associated)
        let context = try CipherContext()
        let plain = try unsafe SecretBytes(count: sealed.count - tagLength) {
            (target) throws(SealingFailure) in
            try unsafe context.open(sealed, into: target, key: key, nonce: nonce, associated: associated)
        }
        return Secret(plain)
    }

    private static func check(
        key: Secret, nonce: [UInt8], messageLength: Int, associated: [UInt8]
    ) throws(SealingFailure) {
        guard key.count == keyLength else { throw .refusedArgument("AES keys are 256 bits") }
        guard nonce.count == nonceLength else { throw .refusedArgument("GCM nonces are 96 bits") }
        guard messageLength <= messageBytesMax, associated.count <= messageBytesMax else {
            throw .refusedArgument("a sealed message has at most \(messageBytesMax) bytes")
        }
    }
}

/// One `EVP_CIPHER_CTX`, used for one message.
@safe struct CipherContext: ~Copyable {
    private let raw: OpaquePointer

    init() throws(SealingFailure) {
        ERR_clear_error()
        guard let context = unsafe EVP_CIPHER_CTX_new() else {
            throw .cryptography(operation: "EVP_CIPHER_CTX_new", code: takeErrorCode())
        }
        unsafe raw = context
    }

    // SAFETY: the context is ours alone; freeing it also wipes the key schedule inside it.
    deinit { unsafe EVP_CIPHER_CTX_free(raw) }

    /// `out` has room for the message and the tag.
    func seal(
        _ message: UnsafeRawBufferPointer, into out: inout [UInt8], key: Secret, nonce: [UInt8],
        associated: [UInt8]
    ) throws(SealingFailure) {
        var length: Int32 = 0, end: Int32 = 0
        let messageStart = unsafe message.baseAddress?.assumingMemoryBound(to: UInt8.self)
        // SAFETY: GCM writes as many bytes as it reads, the tag goes behind them, and `out` holds both.
        let done = unsafe key.withRaw { key in
            unsafe out.withUnsafeMutableBufferPointer { target in
                let start = target.baseAddress!
                let keyStart = unsafe key.baseAddress?.assumingMemoryBound(to: UInt8.self)
                let tag = unsafe start + message.count
                return unsafe EVP_EncryptInit_ex(raw, EVP_aes_256_gcm(), nil, keyStart, nonce) == 1
                    && (associated.isEmpty
                        || EVP_EncryptUpdate(raw, nil, &length, associated, Int32(associated.count)) == 1)
                    && (message.count == 0
                        || EVP_EncryptUpdate(raw, start, &length, messageStart, Int32(message.count)) == 1)
                    && EVP_EncryptFinal_ex(raw, tag, &end) == 1 && end == 0
                    && EVP_CIPHER_CTX_ctrl(raw, EVP_CTRL_AEAD_GET_TAG, Int32(AESGCM.tagLength), tag) == 1
            }
        }
        guard done else { throw .cryptography(operation: "AES-GCM seal", code: takeErrorCode()) }
    }

    /// `target` has room for the message; it holds nothing of worth when this throws, and its owner wipes it.
    func open(
        _ sealed: [UInt8], into target: UnsafeMutableRawBufferPointer, key: Secret, nonce: [UInt8],
        associated: [UInt8]
    ) throws(SealingFailure) {
        let count = sealed.count - AESGCM.tagLength
        var tag = Array(sealed[count...])
        var length: Int32 = 0, end: Int32 = 0
        ERR_clear_error()
        // SAFETY: GCM writes as many bytes as it reads, which is what `target` has; the tag is 16 bytes of
        // ours.
        let ready = unsafe key.withRaw { key in
            let keyStart = unsafe key.baseAddress?.assumingMemoryBound(to: UInt8.self)
            let start = unsafe target.baseAddress?.assumingMemoryBound(to: UInt8.self)
            return unsafe EVP_DecryptInit_ex(raw, EVP_aes_256_gcm(), nil, keyStart, nonce) == 1
                && (associated.isEmpty
                    || EVP_DecryptUpdate(raw, nil, &length, associated, Int32(associated.count)) == 1)
                && (count == 0 || EVP_DecryptUpdate(raw, start, &length, sealed, Int32(count)) == 1)
                && EVP_CIPHER_CTX_ctrl(raw, EVP_CTRL_AEAD_SET_TAG, Int32(AESGCM.tagLength), &tag) == 1
        }
        guard ready else { throw .cryptography(operation: "AES-GCM open", code: takeErrorCode()) }
        var none: UInt8 = 0
        let genuine = unsafe EVP_DecryptFinal_ex(raw, &none, &end) == 1
        ERR_clear_error()
        guard genuine else { throw .doesNotOpen }
    }
}
