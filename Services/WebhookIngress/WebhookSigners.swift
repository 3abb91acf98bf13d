// Whose signature a delivery carries, and which numbers that app may speak for. One app secret may serve many
// numbers, and a number has several secrets during rotation. Checked over the bytes as they came, before
// anything reads them.
package import Sealing
package import WhatsApp

/// The app secrets of all numbers.
package struct WebhookSigners: Sendable {
    /// What one secret signs for.
    package struct Signer: Sendable {
        let key: HMACKey
        package fileprivate(set) var phoneNumberIds: Set<String>
        package fileprivate(set) var wabaIds: Set<String>

        /// True when an item that this app signed concerns a number or account of ours. A number that is not
        /// configured may belong to the same app at Meta and must not drive this bot.
        package func speaks(for item: WebhookItem) -> Bool {
            if let number = item.phoneNumberId { return phoneNumberIds.contains(number) }
            return item.wabaId.isEmpty || wabaIds.contains(item.wabaId)
        }
    }

    package private(set) var signers: [Signer] = []

    package init() {}

    /// Adds a secret of a number; the same secret given for another number is one signer for both.
    package mutating func add(secret: Secret, phoneNumberId: String, wabaId: String) {
        let probe = secret.withBytes { HMACSHA256.authenticate($0, key: secret) }
        let known = signers.firstIndex { candidate in
            secret.withBytes { constantTimeEqual(candidate.key.authenticate($0), probe) }
        }
        if let known {
            signers[known].phoneNumberIds.insert(phoneNumberId)
            signers[known].wabaIds.insert(wabaId)
        } else {
            signers.append(
                Signer(key: HMACKey(secret), phoneNumberIds: [phoneNumberId], wabaIds: [wabaId]))
        }
    }

    /// The app whose signature `header` (`X-Hub-Signature-256`) is over `body`; nil for a missing, malformed
    /// or wrong one. Constant time in the signature's content.
    package func signer(header: ArraySlice<UInt8>?, body: [UInt8]) -> Signer? {
        guard let header, let code = HMACSHA256.codeBytes(Array(header)) else { return nil }
        return signers.first { constantTimeEqual($0.key.authenticate(body), code) }
    }
}
