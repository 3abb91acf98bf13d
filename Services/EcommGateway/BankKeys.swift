// The keys that banks sign callbacks with, one for each bank, kept in memory. Fetching one costs a token and
// a call, so a flood of forged callbacks must not become a flood of fetches: one at a time, and not again
// within half a minute.
package import Contracts
package import EventLoop
package import Observe
import Problem
import Synchronization
package import World

package final class BankKeys: Sendable {
    /// Banks rotate about yearly; a failed verification asks for a refetch anyway.
    private static let life = Duration.seconds(24 * 3_600)
    private static let refetchGap = Duration.seconds(30)

    private struct Entry {
        var key: BankPublicKey?
        var askedAt: Timestamp?
        var failed: Problem?
        var inFlight: Task<BankPublicKey, any Error>?
    }

    private let rails: Rails
    private let tokens: ReadingTokens
    private let loop: EventLoop
    private let world: World
    private let log: Log
    private let meters: GatewayMeters
    /// Bounded by the number of banks in the configuration: others are refused before they get here.
    private let entries = Mutex<[String: Entry]>([:])

    package init(
        rails: Rails, tokens: ReadingTokens, loop: EventLoop, world: World, log: Log, meters: GatewayMeters
    ) {
        self.rails = rails
        self.tokens = tokens
        self.loop = loop
        self.world = world
        self.log = log
        self.meters = meters
    }

    /// The key of the order's bank; the order lends its merchant for the token. Throws 503
    /// `RAIL_UNAVAILABLE`.
    package func key(for order: OpenPayment, refetch: Bool) async throws -> BankPublicKey {
        let bankId = order.bankId
        let now = world.now()
        let task: Task<BankPublicKey, any Error>? = try entries.withLock { entries in
            var entry = entries[bankId] ?? Entry()
            if let running = entry.inFlight { return running }
            // A negative span is a clock that was put back: it must not keep an old key for hours.
            let justAsked = entry.askedAt.map { (.zero..<Self.refetchGap).contains(now.since($0)) } ?? false
            if let key = entry.key, justAsked || (!refetch && now.since(key.fetchedAt) < Self.life) {
                return nil
            }
            if let failed = entry.failed, justAsked { throw failed }
            entry.askedAt = now
            let task = Task(executorPreference: loop) { try await self.fetch(order) }
            entry.inFlight = task
            entries[bankId] = entry
            return task
        }
        if let task { return try await task.value }
        guard let known = entries.withLock({ $0[bankId]?.key }) else {
            throw RefusalCode.railUnavailable.problem
        }
        return known
    }

    private func fetch(_ order: OpenPayment) async throws -> BankPublicKey {
        do {
            let key = BankPublicKey(publicKey: try await ask(order), fetchedAt: world.now())
            entries.withLock { entries in
                entries[order.bankId]?.key = key
                entries[order.bankId]?.failed = nil
                entries[order.bankId]?.inFlight = nil
            }
            meters.keys.add(1, ["fetched"])
            log.info("key.fetched", ["bank": .name(order.bankId)])
            return key
        } catch {
            let problem = RefusalCode.railUnavailable.problem
            entries.withLock { entries in
                entries[order.bankId]?.failed = problem
                entries[order.bankId]?.inFlight = nil
            }
            meters.keys.add(1, ["failed"])
            log.warn("key.notFetched", ["bank": .name(order.bankId)])
            throw problem
        }
    }

    private func ask(_ order: OpenPayment) async throws -> String {
        guard let rail = rails.rail(bankId: order.bankId, order.rail) else { throw RailFailure.notOffered }
        let token = try await tokens.token(for: order, .key)
        do { return try await rail.publicKey(token: token, timeout: .seconds(10)) } catch RailFailure
            .unauthorized
        {
            let fresh = try await tokens.token(for: order, .key, rejecting: token)
            return try await rail.publicKey(token: fresh, timeout: .seconds(10))
        }
    }
}
