// A bank's key is asked for once a minute, and at once when something does not verify by it.
import Contracts
import Sealing
import Synchronization
import TestSupport
import Testing
import World

@testable import CallbackReceiver

@Suite struct `Keys that were read` {
    @Test func `verify as if read anew, each by its own text, and what is no key is none`() throws {
        let keys = ReadKeys()
        let bank = try RSAPrivateKey.generate(), other = try RSAPrivateKey.generate()
        let message = Array("signed".utf8)
        let signature = try bank.sign(message)
        for _ in 0..<2 {
            let key = try #require(keys.read(bank.publicKey.spkiBase64))
            #expect(key.verifyPKCS1v15SHA256(message: message, signature: signature))
            let wrong = try #require(keys.read(other.publicKey.spkiBase64))
            #expect(!wrong.verifyPKCS1v15SHA256(message: message, signature: signature))
            #expect(keys.read("bm8ga2V5") == nil && keys.read("") == nil)
        }
    }
}

@Suite struct `A shelf of keys` {
    private final class Gateway: GatewayCalls {
        let asked = Mutex<[String]>([])

        func attempt(_ capability: String) async throws -> AttemptView? { nil }
        func publicKey(bankId: String, paymentId: String, refetch: Bool) async throws -> BankPublicKey {
            let number = asked.withLock { asked in
                asked.append(bankId + (refetch ? " anew" : ""))
                return asked.count
            }
            return BankPublicKey(publicKey: "\(bankId) \(number)", fetchedAt: Timestamp(seconds: 0))
        }
        func keyAtHand(bankId: String) -> BankPublicKey? { nil }
        func apply(_ result: PaymentResult, paymentId: String, idempotencyKey: String) async throws {}
        func apply(_ entry: ResultBatch.Entry) async throws -> String? { nil }
    }

    @Test func `gives what it has for a minute, each bank its own, and what is new at once`() async throws {
        let clock = SeededWorld(seed: 1), gateway = Gateway()
        let shelf = KeyShelf(gateway, world: clock.world)
        func key(_ bank: String, refetch: Bool = false) async throws -> String {
            try await shelf.publicKey(bankId: bank, paymentId: "pay_1", refetch: refetch).publicKey
        }
        #expect(try await [key("a"), key("a"), key("b"), key("a")] == ["a 1", "a 1", "b 2", "a 1"])
        #expect(try await [key("a", refetch: true), key("a")] == ["a 3", "a 3"])
        clock.advance(by: KeyShelf<Gateway>.life - .milliseconds(1))
        #expect(try await key("a") == "a 3")
        clock.advance(by: .milliseconds(1))
        #expect(try await key("a") == "a 4")
        clock.advance(by: .seconds(-3_600))
        #expect(try await key("a") == "a 5", "a clock that was put back keeps nothing")
        #expect(gateway.asked.withLock { $0 } == ["a", "b", "a anew", "a", "a"])
        // For what asks nobody, however old.
        clock.advance(by: .seconds(86_400))
        #expect(shelf.lastKey(of: "a")?.publicKey == "a 5" && shelf.lastKey(of: "c") == nil)
    }

    @Test func `says what it has at hand without asking anybody`() async throws {
        let clock = SeededWorld(seed: 1), gateway = Gateway()
        let shelf = KeyShelf(gateway, world: clock.world)
        #expect(shelf.keyAtHand(bankId: "a") == nil)
        _ = try await shelf.publicKey(bankId: "a", paymentId: "pay_1", refetch: false)
        #expect(shelf.keyAtHand(bankId: "a")?.publicKey == "a 1" && shelf.keyAtHand(bankId: "b") == nil)
        clock.advance(by: KeyShelf<Gateway>.life)
        #expect(shelf.keyAtHand(bankId: "a") == nil)
        #expect(gateway.asked.withLock { $0 } == ["a"])
    }
}
