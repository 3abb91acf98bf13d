// Public keys by their text, read once: OpenSSL takes longer to read a key than to verify with it. The text is the
// name, so a key that was replaced is never used for its successor.
import Sealing
import Synchronization

/// The keys that were read lately.
final class ReadKeys: Sendable {
    /// Far more than an installation has banks; beyond it all are read anew.
    static let countMax = 64

    private let known = Mutex<[String: RSAPublicKey]>([:])

    /// Nil for what is no key; it is looked at again each time.
    func read(_ spkiBase64: String) -> RSAPublicKey? {
        if let key = known.withLock({ $0[spkiBase64] }) { return key }
        guard let key = try? RSAPublicKey(spkiBase64: spkiBase64) else { return nil }
        known.withLock { known in
            if known.count >= Self.countMax { known.removeAll() }
            known[spkiBase64] = key
        }
        return key
    }
}
