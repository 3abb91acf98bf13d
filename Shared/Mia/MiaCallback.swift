// The body that miaPOS posts once per outcome: `{"result": {…}, "signature": "base64"}`. Reading it proves
// nothing; whoever uses it verifies `canonicalString` with the key of the payment's bank first.
import JSONWire

/// A callback, read but not yet believed.
package struct MiaCallback: Sendable {
    package let payment: MiaPayment
    /// Base64 as received. RSA PKCS#1 v1.5 with SHA-256 over the UTF-8 of `canonicalString`.
    package let signature: String
    /// The text that was signed, over whatever members arrived.
    package let canonicalString: String

    /// Throws `MiaRefusal`; a name that occurs twice anywhere is refused.
    package init(parsing bytes: [UInt8]) throws(MiaRefusal) {
        let body = try JSONValue.miaObject(bytes)
        guard let result = body["result"], case .object = result else { throw .missing("result") }
        signature = try body.required("signature")
        canonicalString = try CallbackCanonicalString.of(result)
        payment = try MiaPayment(result)
    }

    /// The body to send for `payment`; `sign` gets the canonical string and answers the base64 signature.
    /// Called by whoever plays the bank.
    package static func bytes(
        of payment: MiaPayment, signedBy sign: (_ canonicalString: String) throws -> String
    ) throws -> [UInt8] {
        var reported = payment
        reported.checkoutPage = nil
        let signature = try sign(CallbackCanonicalString.of(JSONValue.miaObject(reported.bytes)))
        var json = JSONWriter(capacity: 768)
        json.object {
            $0.name("result")
            reported.write(to: &$0)
            $0.member("signature", signature)
        }
        return json.bytes
    }
}
