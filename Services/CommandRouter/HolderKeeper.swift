// Asks the banks about persons who are in doubt, so that what waits for them goes out when a bank has confirmed them
// and not only when they write again; and about those whom no bank knew when they wrote. A crash loses nothing: who
// was looked at is looked at again later.
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
            let words = try await brokers.words(on: phone, of: banks)
            guard person.doubt.isOpen else {
                try await name(person, words)
                continue
            }
            guard let trust = HolderTrust(words.answers, since: person.doubt.raisedAt) else { continue }
            try await holders.settle([person.mark], trust)
            log.info("holder.confirmed", ["by": .word("keeper")])
        }
    }

    private func name(_ person: HolderStore.Due, _ words: BankWords) async throws {
        let before = person.doubt.owners ?? []
        let names = words.names(over: before, since: person.doubt.doubtedAt)
        let isWhole = !names.isEmpty && words.silent.isEmpty
        guard isWhole || names != before else { return }
        try await holders.name(
            [person.mark], names, at: world.now(), lookAt: isWhole ? nil : person.lookAt)
    }
}
