// Asks the banks about persons who are in doubt, so that what waits for them goes out when a bank has confirmed them
// and not only when they write again. A crash loses nothing: who was looked at is looked at again later.
import JobQueue
import Observe
import World

struct HolderKeeper: Sendable {
    static let interval = Duration.seconds(2)
    /// Asked in one round, one after the other: a crowd in doubt must not become a flood at a bank.
    static let batch = 16

    let holders: HolderStore
    let brokers: Brokers
    /// Of all numbers, once each.
    let banks: [String]
    let numbers: [String]
    let world: World
    let log: Log
    let sleep: @Sendable (Duration) async throws -> Void

    /// Runs until cancelled.
    func run() async throws {
        while true {
            do { try await round() } catch let error where !(error is CancellationError) {
                log.warn("holders.failed", ["code": .name(MessageDesk.code(of: error))])
            }
            // Jitter, so that several processes do not look at the same moment.
            try await sleep(Self.interval * (0.75 + world.fraction() / 2))
        }
    }

    /// One look at everybody who is due.
    func round() async throws {
        for person in try await holders.due(Self.batch, at: numbers, now: world.now()) {
            guard let phone = person.phone else { continue }
            let answers = try await brokers.resolve(phone, at: banks)
            guard let trust = HolderTrust(answers, since: person.raisedAt) else { continue }
            try await holders.settle([person.mark], trust)
            log.info("holder.confirmed", ["by": .word("keeper")])
        }
    }
}
