// The whole way of a signature with a key made here: signed as the bank signs, verified as the receiver
// verifies. The published signature cannot be checked offline, since no public key of the bank's is
// published.
import Mia
import Money
import Sealing
import Testing

@Suite struct `A signed callback` {
    private static func body(_ key: RSAPrivateKey) throws -> [UInt8] {
        var payment = MiaPayment(
            terminalId: "TE0001", orderId: "att_1", paymentId: "p-1", status: .success,
            amount: try MiaAmount(Money(minorUnits: 10_000, currency: .mdl)), currency: "MDL")
        payment.paymentDate = "2026-11-21T15:02:03"
        return try MiaCallback.bytes(of: payment) { Base64.encode(try key.sign(Array($0.utf8))) }
    }

    private static func verifies(_ body: [UInt8], _ key: RSAPublicKey) throws -> Bool {
        let callback = try MiaCallback(parsing: body)
        guard let signature = Base64.decode(callback.signature) else { return false }
        return key.verifyPKCS1v15SHA256(message: Array(callback.canonicalString.utf8), signature: signature)
    }

    @Test func `verifies with its key as the bank publishes it, and with no other`() throws {
        let key = try RSAPrivateKey.generate()
        let published = MiaPublicKeyAnswer(base64: key.publicKeySPKIBase64).bytes
        let read = try RSAPublicKey(spkiBase64: MiaPublicKeyAnswer(parsing: published).base64)
        let body = try Self.body(key)
        #expect(try Self.verifies(body, read))
        #expect(try !Self.verifies(body, RSAPrivateKey.generate().publicKey))
    }

    @Test func `fails when a value changes, and not when only the writing of the amount does`() throws {
        let key = try RSAPrivateKey.generate()
        let text = String(decoding: try Self.body(key), as: UTF8.self)
        for (old, new) in [
            ("\"amount\":100", "\"amount\":1000"), ("SUCCESS", "FAILED"), ("MDL", "EUR"), ("p-1", "p-2"),
            ("\"terminalId\":\"TE0001\"", "\"terminalId\":\"TE0001\",\"extra\":\"x\""),
            ("15:02:03", "15:02:03+02:00"),
        ] {
            let changed = text.replacing(old, with: new)
            #expect(changed != text)
            #expect(try !Self.verifies(Array(changed.utf8), key.publicKey))
        }
        let padded = text.replacing("\"amount\":100", with: "\"amount\":100.00")
        #expect(padded != text)
        #expect(try Self.verifies(Array(padded.utf8), key.publicKey))
    }
}
