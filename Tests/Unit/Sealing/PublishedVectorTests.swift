// Every published case of the three algorithms we use, and what our policy says to the ones outside it.
import Sealing
import Testing

@Suite struct `Published vectors` {
    private func bytes(_ hex: String?) throws -> [UInt8] { try #require(Hex.decode(hex ?? "")) }

    @Test func `AES-GCM opens what is genuine, refuses the rest, and takes only its two sizes`() throws {
        guard let file = Wycheproof.load("aes_gcm_test.json") else { return }
        var ours = 0, refusedByPolicy = 0
        for group in file.testGroups {
            for one in group.tests {
                let key = Secret(bytes: try bytes(one.key)), nonce = try bytes(one.iv),
                    aad = try bytes(one.aad)
                let message = try bytes(one.msg), sealed = try bytes(one.ct) + bytes(one.tag)
                guard group.keySize == 256, group.ivSize == 96 else {
                    #expect(throws: SealingFailure.self) {
                        try AESGCM.open(sealed, key: key, nonce: nonce, associated: aad)
                    }
                    refusedByPolicy += 1
                    continue
                }
                ours += 1
                if one.result == "valid" {
                    #expect(
                        try AESGCM.seal(message, key: key, nonce: nonce, associated: aad) == sealed,
                        "\(one.tcId)")
                    #expect(try AESGCM.open(sealed, key: key, nonce: nonce, associated: aad).matches(message))
                } else {
                    #expect(throws: SealingFailure.doesNotOpen, "\(one.tcId)") {
                        try AESGCM.open(sealed, key: key, nonce: nonce, associated: aad)
                    }
                }
            }
        }
        #expect(ours > 50 && refusedByPolicy > 100)
    }

    @Test func `HMAC-SHA-256 agrees, cut codes included`() throws {
        guard let file = Wycheproof.load("hmac_sha256_test.json") else { return }
        var seen = 0
        for group in file.testGroups {
            for one in group.tests {
                let key = Secret(bytes: try bytes(one.key)), message = try bytes(one.msg),
                    tag = try bytes(one.tag)
                let code = HMACSHA256.authenticate(message, key: key)
                #expect(code.count == 32)
                let cut = Array(code.prefix((group.tagSize ?? 0) / 8))
                #expect(constantTimeEqual(cut, tag) == (one.result == "valid"), "\(one.tcId)")
                #expect(HMACKey(key).authenticate(message) == code)
                seen += 1
            }
        }
        #expect(seen == 174)
    }

    @Test func `RSA signatures are verified strictly`() throws {
        guard let file = Wycheproof.load("rsa_signature_2048_sha256_test.json") else { return }
        var seen = 0
        for group in file.testGroups {
            let der = try bytes(group.publicKeyDer)
            let key = try RSAPublicKey(spkiDER: der)
            #expect(key.spkiBase64 == Base64.encode(der))
            #expect(try RSAPublicKey(pem: #require(group.publicKeyPem)).spkiBase64 == key.spkiBase64)
            for one in group.tests {
                let genuine = key.verifyPKCS1v15SHA256(
                    message: try bytes(one.msg), signature: try bytes(one.sig))
                // "acceptable" is a signature without the algorithm's NULL parameter: RFC 8017 does not write
                // it.
                #expect(genuine == (one.result == "valid"), "\(one.tcId)")
                seen += 1
            }
        }
        #expect(seen == 259)
    }
}
