// A merchant's secret opens in its own row of its own bank only.
import Problem
import Sealing
import Testing

@testable import CapService

@Suite struct `A merchant's secret` {
    private func vault(_ bankId: String, _ key: Secret) throws -> SecretVault {
        SecretVault(bankId: bankId, keys: try MasterKeys(id: "k1", key: key))
    }

    @Test func `does not open in another row, version or bank`() throws {
        let key = Secret(random: 32)
        let mine = try vault("moldbank", key)
        let stored = try mine.seal(Secret(text: "rail-secret"), merchantId: "128", version: 3)
        #expect(try mine.open(stored).matches(Array("rail-secret".utf8)))
        var moved = stored
        moved.merchantId = "129"
        var older = stored
        older.version = 2
        for wrong in [moved, older] { #expect(throws: Problem.self) { try mine.open(wrong) } }
        #expect(throws: Problem.self) { try vault("codrubank", key).open(stored) }
        #expect(throws: Problem.self) { try vault("moldbank", Secret(random: 32)).open(stored) }
    }
}
