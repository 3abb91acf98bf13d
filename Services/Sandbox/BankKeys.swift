// The key with which each fake bank signs its callbacks. Kept in the state folder, so that a restarted
// sandbox is still the same bank to those who have cached its public key; replaced when a bank is told to
// rotate.

import EventLoop
import FoundationEssentials
import Lifecycle
import Sealing
import Synchronization

/// One RSA key for each bank, and a stranger's for forgeries.
final class BankKeys: Sendable {
    private let keys: Mutex<[String: RSAPrivateKey]>
    private let stranger: RSAPrivateKey
    private let folder: String?

    private init(keys: [String: RSAPrivateKey], stranger: RSAPrivateKey, folder: String?) {
        self.keys = Mutex(keys)
        self.stranger = stranger
        self.folder = folder
    }

    /// Reads the keys of `banks`, making and keeping those that are missing. Blocks for about 0.2 s a new
    /// key.
    static func load(_ banks: [String], folder: String?) async throws -> BankKeys {
        try await BlockingThread.run {
            var keys: [String: RSAPrivateKey] = [:]
            for bank in banks { keys[bank] = try key(bank, folder) }
            return BankKeys(keys: keys, stranger: try RSAPrivateKey.generate(), folder: folder)
        }
    }

    private static func path(_ bank: String, _ folder: String) -> String { folder + "/bank-" + bank + ".pem" }

    private static func key(_ bank: String, _ folder: String?) throws -> RSAPrivateKey {
        guard let folder else { return try RSAPrivateKey.generate() }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = path(bank, folder)
        if FileManager.default.fileExists(atPath: path) { return try RSAPrivateKey(pem: Secret(file: path)) }
        return try fresh(bank, folder)
    }

    private static func fresh(_ bank: String, _ folder: String?) throws -> RSAPrivateKey {
        let key = try RSAPrivateKey.generate()
        guard let folder else { return key }
        let text = try key.pem().revealText() ?? ""
        guard
            FileManager.default.createFile(
                atPath: path(bank, folder), contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else {
            throw ConfigurationProblems(sentences: [
                "TILL_SANDBOX_STATE_DIR names a folder that cannot be written"
            ])
        }
        return key
    }

    /// From now on this bank signs with another key. False for a bank that is not here.
    func rotate(_ bank: String) async throws -> Bool {
        guard publicKey(bank) != nil else { return false }
        let folder = folder
        let key = try await BlockingThread.run { try Self.fresh(bank, folder) }
        keys.withLock { $0[bank] = key }
        return true
    }

    /// Base64 of the DER SubjectPublicKeyInfo on one line.
    func publicKey(_ bank: String) -> String? { keys.withLock { $0[bank]?.publicKeySPKIBase64 } }

    /// Base64 of the PKCS#1 v1.5 SHA-256 signature over the text's UTF-8.
    func sign(_ text: String, as bank: String) -> String? {
        let key = keys.withLock { $0[bank] }
        return (try? key?.sign(Array(text.utf8))).map(Base64.encode)
    }

    /// The same by somebody who is no bank.
    func forge(_ text: String) -> String? { (try? stranger.sign(Array(text.utf8))).map(Base64.encode) }
}
