// Tokens for polls, where the broker's clock is not ours.
import Contracts
import Money
import Synchronization
import Testing
import World

@testable import EcommGateway

/// Gives a token that lives five minutes by its own clock.
private final class SkewedBroker: TokenSource {
    let world: World
    let skew: Duration
    let asked = Mutex<[TokenRequest]>([])

    init(world: World, skew: Duration) {
        self.world = world
        self.skew = skew
    }

    func token(bankId: String, _ request: TokenRequest) async throws -> AccessToken {
        let number = asked.withLock { asked in
            asked.append(request)
            return asked.count
        }
        return AccessToken(
            accessToken: "at.\(number)", expiresAt: world.now().advanced(by: skew + .seconds(300)),
            ecommBaseUrl: "https://bank.example")
    }
}

@Suite struct `A token for polls` {
    private let order = OpenPayment(
        posUserId: "u1", bankId: "moldbank", merchantId: "128", merchantName: "Cafenea", terminalId: "TE0001",
        rail: .qr, amount: Money(minorUnits: 10_000, currency: .mdl), description: nil, tag: nil,
        conversation: Conversation(phoneNumberId: "8", peer: "p"), locale: .ro)

    /// A hundred polls in a minute, of a broker that is ten minutes behind, right, and ten minutes ahead.
    @Test(arguments: [(-600, 6), (0, 1), (600, 1)])
    func `is asked for seldom, whatever the broker's clock shows`(skew: Int, asks: Int) async throws {
        let clock = SeededWorld(seed: 4)
        let broker = SkewedBroker(world: clock.world, skew: .seconds(skew))
        let tokens = ReadingTokens(source: broker, world: clock.world)
        for _ in 0..<100 {
            _ = try await tokens.token(for: order, .status)
            clock.advance(by: .milliseconds(600))
        }
        #expect(broker.asked.withLock { $0.count } == asks)
        // One that the bank refuses is not given again, however long it would live by that clock.
        let held = try await tokens.token(for: order, .status)
        let fresh = try await tokens.token(for: order, .status, rejecting: held)
        #expect(fresh != held)
        #expect(broker.asked.withLock { $0.last?.rejectedTokenSHA256 != nil })
    }
}
