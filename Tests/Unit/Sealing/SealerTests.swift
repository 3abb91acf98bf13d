// Envelopes: what opens, what never does, and what a rotation changes.
import Sealing
import Testing

@Suite struct `A sealed record` {
    private let identity = ["merchant_secret", "128", "secret_key", "1"]
    private let plaintext = Array("rail-secret-value".utf8)

    private func sealer(_ lines: String) throws -> Sealer {
        Sealer(try MasterKeys(text: Array(lines.utf8), path: "keys"))
    }
    private func line(_ id: String, _ byte: UInt8) -> String {
        "\(id) \(Base64.encode([UInt8](repeating: byte, count: 32)))\n"
    }

    @Test func `opens at its own place`() throws {
        let sealer = try sealer(line("k1", 1))
        let envelope = try sealer.seal(plaintext, identity: identity)
        #expect(try sealer.open(envelope, identity: identity).matches(plaintext))
        #expect(try sealer.seal(plaintext, identity: identity) != envelope)
        #expect(try Sealer.masterKeyId(of: envelope) == "k1")
        let empty = try sealer.seal([], identity: identity)
        #expect(try sealer.open(empty, identity: identity).isEmpty)
    }

    @Test func `opens nowhere else`() throws {
        let sealer = try sealer(line("k1", 1))
        let envelope = try sealer.seal(plaintext, identity: identity)
        let others = [
            [], ["merchant_secret", "129", "secret_key", "1"], ["merchant_secret", "12", "8secret_key", "1"],
            ["merchant_secret", "128", "secret_key"], identity + [""],
            ["merchant_secret", "128", "secret_key", "2"],
        ]
        for other in others {
            #expect(throws: SealingFailure.doesNotOpen) { try sealer.open(envelope, identity: other) }
        }
    }

    @Test func `does not survive a change of any byte or any cut`() throws {
        let sealer = try sealer(line("k1", 1) + line("k2", 2))
        let envelope = try sealer.seal(plaintext, identity: identity)
        for index in envelope.indices {
            for flip: UInt8 in [1, 3, 0x80] {
                var changed = envelope
                changed[index] ^= flip
                #expect(throws: SealingFailure.self) { try sealer.open(changed, identity: identity) }
            }
            #expect(throws: SealingFailure.self) {
                try sealer.open(Array(envelope[..<index]), identity: identity)
            }
        }
        #expect(throws: SealingFailure.self) { try sealer.open(envelope + [0], identity: identity) }
    }

    @Test func `moves to a new master key without being opened`() throws {
        let old = try sealer(line("k1", 1))
        let rotating = try sealer(line("k2", 2) + line("k1", 1))
        let done = try sealer(line("k2", 2))
        let envelope = try old.seal(plaintext, identity: identity)
        #expect(try rotating.open(envelope, identity: identity).matches(plaintext))
        #expect(throws: SealingFailure.unknownMasterKey("k1")) { try done.open(envelope, identity: identity) }
        let moved = try rotating.rewrap(envelope)
        #expect(try Sealer.masterKeyId(of: moved) == "k2")
        #expect(moved.suffix(plaintext.count + 28) == envelope.suffix(plaintext.count + 28))
        #expect(try done.open(moved, identity: identity).matches(plaintext))
        #expect(try rotating.rewrap(moved) == moved)
    }

    @Test func `of another master key under the same name does not open`() throws {
        let envelope = try sealer(line("k1", 1)).seal(plaintext, identity: identity)
        #expect(throws: SealingFailure.doesNotOpen) {
            try sealer(line("k1", 9)).open(envelope, identity: identity)
        }
    }

    @Test func `wants a key file that says what it means`() throws {
        let good = line("k1", 1)
        let cases: [(String, Int)] = [
            ("", 0), ("# only a comment\n", 0), ("k1\n", 1), ("k1 AAAA\n", 1), ("\n" + good + "K2 x\n", 3),
            (good + good, 2), (good.replacing("\n", with: " more\n"), 1),
        ]
        for (text, line) in cases {
            do {
                _ = try sealer(text)
                Issue.record("accepted: line \(line)")
            } catch SealingFailure.keyFile(_, let at, let reason) {
                #expect(at == line)
                #expect(!reason.contains("AAAA"))
            }
        }
        let keys = try MasterKeys(text: Array("# current\n\(good)\r\n\(line("k0", 3))".utf8), path: "keys")
        #expect(keys.ids == ["k1", "k0"])
    }
}
