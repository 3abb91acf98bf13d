// One call to the rail however many ask, and never a token that is about to die.
import Contracts
import Problem
import Sealing
import Synchronization
import Testing
import World

@testable import CapService

@Suite struct `An access token` {
    private final class Rail: Sendable {
        let calls = Mutex(0)
        let world: SeededWorld
        let life: Duration
        init(_ world: SeededWorld, life: Duration = .seconds(300)) {
            self.world = world
            self.life = life
        }
        func token() -> AccessToken {
            let number = calls.withLock { calls in
                calls += 1
                return calls
            }
            return AccessToken(
                accessToken: "token-\(number)", expiresAt: world.world.now().advanced(by: life),
                ecommBaseUrl: "http://b")
        }
    }

    private func key(_ merchant: String, version: Int64 = 1) -> TokenCache.Key {
        TokenCache.Key(
            bankId: "moldbank", merchantId: merchant, railMerchantId: merchant, ecommBaseUrl: "http://b",
            secretVersion: version)
    }

    private func ask(
        _ cache: TokenCache, _ key: TokenCache.Key, rejected: String? = nil
    ) async throws -> String {
        try await cache.token(key, rejectedSHA256: rejected) { Secret(text: "s") }.accessToken
    }

    @Test func `is asked for once by many at the same time`() async throws {
        let seeded = SeededWorld(seed: 1), rail = Rail(seeded)
        let gate = AsyncStream.makeStream(of: Void.self)
        let cache = TokenCache(world: seeded.world) { _, _ in
            for await _ in gate.stream {}
            return rail.token()
        }
        let tokens = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 { group.addTask { try await ask(cache, key("128")) } }
            for _ in 0..<200 { await Task.yield() }
            gate.continuation.finish()
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(tokens == ["token-1"])
        #expect(rail.calls.withLock { $0 } == 1)
    }

    @Test func `is renewed thirty seconds before its end`() async throws {
        let seeded = SeededWorld(seed: 2), rail = Rail(seeded)
        let cache = TokenCache(world: seeded.world) { _, _ in rail.token() }
        #expect(try await ask(cache, key("128")) == "token-1")
        seeded.advance(by: .seconds(269))
        #expect(try await ask(cache, key("128")) == "token-1")
        seeded.advance(by: .seconds(1))
        #expect(try await ask(cache, key("128")) == "token-2")
    }

    @Test func `belongs to one merchant and one secret`() async throws {
        let seeded = SeededWorld(seed: 3), rail = Rail(seeded)
        let cache = TokenCache(world: seeded.world) { _, _ in rail.token() }
        #expect(try await ask(cache, key("128")) == "token-1")
        #expect(try await ask(cache, key("129")) == "token-2")
        #expect(try await ask(cache, key("128", version: 2)) == "token-3")
        #expect(try await ask(cache, key("128")) == "token-1")
        #expect(cache.count == 3)
    }

    @Test func `is dropped when the rail refused this very one`() async throws {
        let seeded = SeededWorld(seed: 4), rail = Rail(seeded)
        let cache = TokenCache(world: seeded.world) { _, _ in rail.token() }
        let first = SHA256.hex(Array("token-1".utf8))
        #expect(try await ask(cache, key("128")) == "token-1")
        #expect(try await ask(cache, key("128"), rejected: SHA256.hex(Array("other".utf8))) == "token-1")
        #expect(try await ask(cache, key("128"), rejected: first) == "token-2")
        // A second caller that still holds the old one gets the new one, without another call.
        #expect(try await ask(cache, key("128"), rejected: first) == "token-2")
    }

    @Test func `that could not be had is asked for again`() async throws {
        let seeded = SeededWorld(seed: 5), rail = Rail(seeded)
        let isDown = Mutex(true)
        let cache = TokenCache(world: seeded.world) { _, _ in
            if isDown.withLock({ $0 }) { throw Problem(.unavailable, code: "RAIL_UNAVAILABLE", toUser: "") }
            return rail.token()
        }
        await #expect(throws: Problem.self) { try await ask(cache, key("128")) }
        isDown.withLock { $0 = false }
        #expect(try await ask(cache, key("128")) == "token-1")
    }
}
