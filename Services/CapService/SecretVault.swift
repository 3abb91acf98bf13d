// Merchant secrets between their rows and the one call that needs them. Sealing is Shared/Sealing's; what
// this file adds is the place a secret belongs to, which is part of what authenticates it.
import Contracts
import Problem
import Sealing

struct SecretVault: Sendable {
    let bankId: String
    let keys: MasterKeys
    private let sealer: Sealer

    init(bankId: String, keys: MasterKeys) {
        self.bankId = bankId
        self.keys = keys
        sealer = Sealer(keys)
    }

    func seal(_ secret: Secret, merchantId: String, version: Int64) throws -> StoredSecret {
        StoredSecret(
            merchantId: merchantId, version: version,
            envelope: try sealer.seal(secret, identity: identity(merchantId, version)))
    }

    /// Throws 502 RAIL_UNAVAILABLE: a secret that does not open is as good as none, and only an operator can
    /// help.
    func open(_ stored: StoredSecret) throws(Problem) -> Secret {
        do {
            return try sealer.open(stored.envelope, identity: identity(stored.merchantId, stored.version))
        } catch {
            throw Problem(
                .badGateway, code: "RAIL_UNAVAILABLE", toUser: "The merchant's credentials cannot be used.",
                toOperator: "secret: \(error)")
        }
    }

    func rewrap(_ stored: StoredSecret) throws -> StoredSecret {
        var moved = stored
        moved.envelope = try sealer.rewrap(stored.envelope)
        return moved
    }

    private func identity(_ merchantId: String, _ version: Int64) -> [String] {
        ["cap.merchant_secret", bankId, merchantId, "secret_key", String(version)]
    }
}
