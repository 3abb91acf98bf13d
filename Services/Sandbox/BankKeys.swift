// The key with which each fake bank signs its callbacks. Kept in the state folder, so that a restarted
// sandbox is still the same bank to those who have cached its public key.

import EventLoop
import FoundationEssentials
import Lifecycle
import Sealing

/// One RSA key for each bank.
struct BankKeys: Sendable {
    private let keys: [String: RSAPrivateKey]

    /// Reads the keys of `banks`, making and keeping those that are missing. Blocks for about 0.2 s a new
    /// key.
    static func load(_ banks: [String], folder: String?) async throws -> BankKeys {
        try await BlockingThread.run {
            var keys: [String: RSAPrivateKey] = [:]
            for bank in banks { keys[bank] = try key(bank, folder) }
            return BankKeys(keys: keys)
        }
    }

    private static func key(_ bank: String, _ folder: String?) throws -> RSAPrivateKey {
        guard let folder else { return try RSAPrivateKey.generate() }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = folder + "/bank-" + bank + ".pem"
        if FileManager.default.fileExists(atPath: path) { return try RSAPrivateKey(pem: Secret(file: path)) }
        let key = try RSAPrivateKey.generate()
        let text = try key.pem().revealText() ?? ""
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else {
            throw ConfigurationProblems(sentences: [
                "TILL_SANDBOX_STATE_DIR names a folder that cannot be written"
            ])
        }
        return key
    }

    /// Base64 of the DER SubjectPublicKeyInfo on one line.
    func publicKey(_ bank: String) -> String? { keys[bank]?.publicKeySPKIBase64 }

    /// Base64 of the PKCS#1 v1.5 SHA-256 signature over the text's UTF-8.
    func sign(_ text: String, as bank: String) -> String? {
        (try? keys[bank]?.sign(Array(text.utf8))).map(Base64.encode)
    }
}
