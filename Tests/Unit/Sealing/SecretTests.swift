// Secrets that stay secret, and the small codecs that carry them.
import Sealing
import Testing

@Suite struct `A secret` {
    @Test func `is never printed`() throws {
        let secret = Secret(text: "hunter2")
        let key = try RSAPrivateKey.generate()
        var dumped = ""
        dump(secret, to: &dumped)
        dump(["a": secret], to: &dumped)
        let texts = [
            "\(secret)", String(reflecting: secret), dumped, "\([secret])", "\(HMACKey(secret))", "\(key)",
            "\(SealingFailure.doesNotOpen)", "\(Optional(secret) as Any)",
        ]
        for text in texts { #expect(!text.contains("hunter2") && !text.contains("PRIVATE")) }
        #expect("\(secret)" == "<secret>")
    }

    @Test func `gives its bytes only to who asks`() {
        let secret = Secret(text: "zar")
        #expect(secret.withBytes { span in (0..<span.count).map { span[$0] } } == Array("zar".utf8))
        #expect(secret.revealText() == "zar")
        #expect(Secret(bytes: [0xFF]).revealText() == nil)
        #expect(
            secret.matches(Array("zar".utf8)) && !secret.matches(Array("zat".utf8)) && !secret.matches([]))
        #expect(Secret(random: 32).count == 32)
    }

    @Test func `of a missing file is a failure with its path and reason`() {
        #expect(throws: SealingFailure.unreadableFile(path: "/nonexistent/x", errno: 2)) {
            try Secret(file: "/nonexistent/x")
        }
        #expect(throws: SealingFailure.keyFile(path: "/dev/null", line: 0, reason: "is empty")) {
            try Secret(file: "/dev/null")
        }
        #expect(throws: SealingFailure.self) { try Secret(file: "/dev/zero") }
    }
}

@Suite struct `A webhook code` {
    private let key = HMACKey(Secret(text: "app-secret"))
    private let body = Array(#"{"entry":[]}"#.utf8)

    @Test func `is accepted in its one form and no other`() {
        let hex = Hex.encode(key.authenticate(body))
        #expect(HMACSHA256.verifyHex("sha256=" + hex, message: body, key: key))
        #expect(HMACSHA256.verifyHex("sha256=" + hex.uppercased(), message: body, key: key))
        let wrong = [
            "", "sha256=", hex, "sha256=" + hex.dropLast(), "sha256=" + hex + "0", "sha1=" + hex,
            "SHA256=" + hex,
            " sha256=" + hex, "sha256=" + hex.dropLast() + "g", "sha256=" + String(repeating: "0", count: 64),
        ]
        for header in wrong {
            #expect(!HMACSHA256.verifyHex(header, message: body, key: key), "\(header.count)")
        }
        #expect(!HMACSHA256.verifyHex("sha256=" + hex, message: body + [0x20], key: key))
    }

    @Test func `of the empty message and of large ones is the same by every road`() {
        let secret = Secret(text: "k")
        for count in [0, 1, 63, 64, 65, 100_000] {
            let message = [UInt8](repeating: 7, count: count)
            let code = HMACKey(secret).authenticate(message)
            #expect(HMACSHA256.authenticate(message.span, key: secret) == code)
        }
        #expect(SHA256.hex([]) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(SHA256.digest([1, 2].span) == SHA256.digest([1, 2]))
    }
}

@Suite struct `A bank's key` {
    @Test func `verifies what its owner signed and nothing else`() throws {
        let mine = try RSAPrivateKey.generate(), other = try RSAPrivateKey.generate()
        let message = Array("12.50;MDL;ord-1".utf8)
        let signature = try mine.sign(message)
        let key = try RSAPublicKey(spkiBase64: mine.publicKeySPKIBase64)
        #expect(signature.count == 256)
        #expect(key.verifyPKCS1v15SHA256(message: message, signature: signature))
        #expect(!key.verifyPKCS1v15SHA256(message: message + [0], signature: signature))
        #expect(!other.publicKey.verifyPKCS1v15SHA256(message: message, signature: signature))
        #expect(!key.verifyPKCS1v15SHA256(message: message, signature: []))
        #expect(!key.verifyPKCS1v15SHA256(message: message, signature: signature + [0]))
        let again = try RSAPrivateKey(pem: mine.pem())
        #expect(again.publicKeySPKIBase64 == mine.publicKeySPKIBase64)
    }

    @Test func `is refused when it is not exactly one RSA key of a safe size`() throws {
        let der = try #require(Base64.decode(try RSAPrivateKey.generate().publicKeySPKIBase64))
        #expect(throws: SealingFailure.self) { try RSAPublicKey(spkiDER: der + [0]) }
        #expect(throws: SealingFailure.self) { try RSAPublicKey(spkiDER: Array(der.dropLast())) }
        #expect(throws: SealingFailure.self) { try RSAPublicKey(spkiDER: []) }
        #expect(throws: SealingFailure.self) { try RSAPublicKey(spkiBase64: "not base64") }
        #expect(throws: SealingFailure.self) { try RSAPrivateKey.generate(bits: 1024) }
        // A P-256 key: genuine, and of the wrong kind.
        let elliptic =
            "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaxfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpZP40Li/hp/m47n60p8D54WK84z"
            + "V2sxXs7LtkBoN79R9Q=="
        #expect(throws: SealingFailure.refusedArgument("not an RSA key")) {
            try RSAPublicKey(spkiBase64: elliptic)
        }
    }
}

@Suite struct `Text codecs` {
    @Test func `give every byte string one text and take no other`() {
        let cases: [([UInt8], String, String, String)] = [
            ([], "", "", ""), ([0x66], "66", "Zg==", "Zg"), ([0x66, 0x6F], "666f", "Zm8=", "Zm8"),
            ([0x66, 0x6F, 0x6F], "666f6f", "Zm9v", "Zm9v"), ([0xFB, 0xFF, 0xFE], "fbfffe", "+//+", "-__-"),
        ]
        for (bytes, hex, standard, url) in cases {
            #expect(Hex.encode(bytes) == hex && Hex.decode(hex) == bytes)
            #expect(Base64.encode(bytes) == standard && Base64.decode(standard) == bytes)
            #expect(Base64URL.encode(bytes) == url && Base64URL.decode(url) == bytes)
        }
        for text in [
            "Zg", "Zg=", "Zh==", "Zg==\n", " Zg==", "Zg==Zg==", "Z===", "====", "Zm9v====", "-__-", "Zm 8=",
        ] {
            #expect(Base64.decode(text) == nil, "\(text)")
        }
        for text in ["Zh", "Z", "Zg==", "+//+", "Zm9vZ"] { #expect(Base64URL.decode(text) == nil, "\(text)") }
        for text in ["0", "0g", "0x", "é0"] { #expect(Hex.decode(text) == nil, "\(text)") }
    }
}
