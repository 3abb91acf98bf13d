// Access tokens of the rail, in memory only. One call to the rail however many ask at once, and a token is
// not given out in the last seconds of its life, when it could die between here and the rail.
package import Contracts
import Problem
package import Sealing
import Synchronization
package import World

/// Tokens by merchant and secret. A changed secret is another key, so old tokens are never mixed with it.
package final class TokenCache: Sendable {
    /// What a token depends on. Terminals do not appear: the rail's tokens are the merchant's.
    package struct Key: Hashable, Sendable {
        package var bankId: String
        package var merchantId: String
        package var railMerchantId: String
        package var ecommBaseUrl: String
        package var secretVersion: Int64

        package init(
            bankId: String, merchantId: String, railMerchantId: String, ecommBaseUrl: String,
            secretVersion: Int64
        ) {
            self.bankId = bankId
            self.merchantId = merchantId
            self.railMerchantId = railMerchantId
            self.ecommBaseUrl = ecommBaseUrl
            self.secretVersion = secretVersion
        }
    }

    /// A token with this little left is renewed: the gateway may need it for a call and one retry.
    package static let margin = Duration.seconds(30)
    /// Merchants of one bank with a live token. Above it the ones nearest their end go first.
    package static let entriesMax = 20_000

    private struct Shelf {
        var tokens: [Key: AccessToken] = [:]
        /// The key of each merchant's latest token.
        var latest: [String: Key] = [:]
        var inFlight: [Key: Task<AccessToken, any Error>] = [:]
    }

    private let shelf = Mutex(Shelf())
    private let world: World
    private let fetch: @Sendable (Key, Secret) async throws -> AccessToken

    /// `fetch` asks the rail; its failure is everyone's who waits for it and is not kept.
    package init(world: World, fetch: @escaping @Sendable (Key, Secret) async throws -> AccessToken) {
        self.world = world
        self.fetch = fetch
    }

    /// The token for `key`. `secret` is opened only when the rail has to be asked. `rejectedSHA256` names a
    /// token that the rail refused: it is dropped if it is still the one we hold. Throws what `fetch` or
    /// `secret` throws.
    package func token(
        _ key: Key, rejectedSHA256: String?, secret: @Sendable () throws -> Secret
    ) async throws -> AccessToken {
        let fresh = shelf.withLock { shelf -> AccessToken? in
            guard let token = shelf.tokens[key] else { return nil }
            let isRejected = rejectedSHA256 == SHA256.hex(Array(token.accessToken.utf8))
            if isRejected || token.expiresAt.since(world.now()) <= Self.margin {
                shelf.tokens[key] = nil
                return nil
            }
            return token
        }
        if let fresh { return fresh }
        let opened = try secret()
        let (task, isOurs) = shelf.withLock { shelf -> (Task<AccessToken, any Error>, Bool) in
            if let known = shelf.inFlight[key] { return (known, false) }
            let task = Task { [fetch] in try await fetch(key, opened) }
            shelf.inFlight[key] = task
            return (task, true)
        }
        guard isOurs else { return try await task.value }
        // Whoever started the call also clears it; the task itself is not cancelled when a caller goes away.
        let result = await task.result
        shelf.withLock { shelf in
            shelf.inFlight[key] = nil
            guard case .success(let token) = result else { return }
            if shelf.tokens.count >= Self.entriesMax {
                Self.thin(&shelf.tokens, world.now())
                shelf.latest = shelf.latest.filter { shelf.tokens[$0.value] != nil }
            }
            shelf.tokens[key] = token
            shelf.latest[key.merchantId] = key
        }
        return try result.get()
    }

    /// The merchant's latest token, where it lives long enough to be given out and is not the one that the rail
    /// refused. Whether it may be given, and whether its key still is the merchant's, is for the caller to find out.
    package func held(_ merchantId: String, rejectedSHA256: String?) -> (key: Key, token: AccessToken)? {
        shelf.withLock { shelf in
            guard let key = shelf.latest[merchantId], let token = shelf.tokens[key],
                token.expiresAt.since(world.now()) > Self.margin,
                rejectedSHA256 == nil || rejectedSHA256 != SHA256.hex(Array(token.accessToken.utf8))
            else { return nil }
            return (key, token)
        }
    }

    /// How many tokens are held, for the gauge.
    package var count: Int { shelf.withLock { $0.tokens.count } }

    private static func thin(_ tokens: inout [Key: AccessToken], _ now: Timestamp) {
        tokens = tokens.filter { $0.value.expiresAt.since(now) > margin }
        guard tokens.count >= entriesMax else { return }
        let doomed = tokens.sorted { $0.value.expiresAt < $1.value.expiresAt }.prefix(entriesMax / 10)
        for (key, _) in doomed { tokens[key] = nil }
    }
}
