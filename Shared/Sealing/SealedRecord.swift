// The bytes of an envelope: what is stored in a column. Only cutting and joining happen here, no keys.
//
//   offset    length  content
//   0         1       version, 1
//   1         1       n, length of the master key's id (1 to 32)
//   2         n       the master key's id, ASCII
//   2+n       12      nonce of the wrapping
//   14+n      48      data key (32) under the master key, with its tag (16)
//   62+n      12      nonce of the record
//   74+n      m+16    the record (m bytes) under the data key, with its tag

/// A parsed envelope. Its parts are ciphertext, nonces and a key id: nothing in it is secret.
struct SealedRecord: Equatable, Sendable {
    static let version: UInt8 = 1

    var masterKeyId: String
    var wrapNonce: [UInt8]
    var wrappedKey: [UInt8]
    var recordNonce: [UInt8]
    var record: [UInt8]

    init(masterKeyId: String, wrapNonce: [UInt8], wrappedKey: [UInt8], recordNonce: [UInt8], record: [UInt8])
    {
        self.masterKeyId = masterKeyId
        self.wrapNonce = wrapNonce
        self.wrappedKey = wrappedKey
        self.recordNonce = recordNonce
        self.record = record
    }

    /// Throws `unknownVersion` or `malformedEnvelope`.
    init(_ bytes: [UInt8]) throws(SealingFailure) {
        guard let version = bytes.first else { throw .malformedEnvelope }
        guard version == Self.version else { throw .unknownVersion(version) }
        guard bytes.count > 2, (1...MasterKeys.idBytesMax).contains(Int(bytes[1])) else {
            throw .malformedEnvelope
        }
        var at = 2
        func end(_ length: Int) throws(SealingFailure) -> Int {
            guard bytes.count - at >= length else { throw .malformedEnvelope }
            return at + length
        }
        func take(_ length: Int) throws(SealingFailure) -> [UInt8] {
            let stop = try end(length)
            defer { at = stop }
            return Array(bytes[at..<stop])
        }
        let id = try take(Int(bytes[1]))
        guard let masterKeyId = String(validating: id, as: UTF8.self) else { throw .malformedEnvelope }
        self.masterKeyId = masterKeyId
        wrapNonce = try take(AESGCM.nonceLength)
        wrappedKey = try take(AESGCM.keyLength + AESGCM.tagLength)
        recordNonce = try take(AESGCM.nonceLength)
        record = Array(bytes[at...])
        guard record.count >= AESGCM.tagLength else { throw .malformedEnvelope }
    }

    var bytes: [UInt8] {
        let id = Array(masterKeyId.utf8)
        return [Self.version, UInt8(id.count)] + id + wrapNonce + wrappedKey + recordNonce + record
    }
}
