// Everything the broker reads from its environment, checked before anything starts.
import Contracts
package import Lifecycle
import Sealing

/// The settings of `cap-svc`.
package struct CapConfig: Sendable {
    package static let bankId = ConfigKey.required(
        "TILL_BANK_ID", .text, "The bank this broker belongs to, as in till.json.")
    package static let bankName = ConfigKey.required(
        "TILL_BANK_NAME", .text, "The bank's name as sellers read it.")
    package static let masterKeysFile = ConfigKey.required(
        "TILL_MASTER_KEYS_FILE", .secretFile, "Lines of `keyId base64(32 bytes)`; the first seals, all open.")
    package static let railTimeout = ConfigKey.standard(
        "TILL_RAIL_TIMEOUT_MS", .milliseconds, "4000", "How long the bank's token endpoint may take.")

    /// Every variable that this program reads.
    package static let keys =
        CommonKeys.program + [CommonKeys.callers] + CommonKeys.database
        + [bankId, bankName, masterKeysFile, railTimeout]

    let bank: BankRecord
    let masterKeys: MasterKeys?
    let railTimeout: Duration

    /// Throws every problem at once.
    package init(_ environment: inout Environment) throws(ConfigurationProblems) {
        bank = BankRecord(bankId: environment.text(Self.bankId), name: environment.text(Self.bankName))
        railTimeout = environment.milliseconds(Self.railTimeout)
        // Read here too, so that all problems come out together; `Setup.database` opens it.
        _ = environment.text(CommonKeys.databaseURL)
        var keys: MasterKeys?
        let path = environment.text(Self.masterKeysFile)
        if !path.isEmpty {
            do { keys = try MasterKeys(file: path) } catch {
                environment.complain("TILL_MASTER_KEYS_FILE: \(error)")
            }
        }
        masterKeys = keys
        try environment.finish()
    }
}
