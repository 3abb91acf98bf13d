// Asking every bank of a number who a phone is, all at once. A bank that does not answer in time is silent,
// which is not the same as not knowing the phone.
import Contracts
import HTTPClient
import Observe
import Problem
import World

struct Brokers: Sendable {
    /// A seller waits in the chat for this; a broker that needs longer counts as silent.
    static let timeout = Duration.seconds(5)

    /// Between attempts at a broker that refused or lost the connection: it is being restarted, and a seller
    /// would rather wait three seconds than read that the bank is silent. Asking who a phone is changes
    /// nothing, so it may be repeated.
    static let pauses: [Duration] = [
        .milliseconds(100), .milliseconds(300), .milliseconds(800), .milliseconds(1_800),
    ]

    /// By bankId.
    let clients: [String: ServiceClient]
    /// Sleeps; handed in, so that a test need not wait.
    let pause: @Sendable (Duration) async throws -> Void
    let log: Log
    let answers: Counter
    let world: World
    let strangers = Strangers()

    /// Of these banks, those that have a broker here.
    func asked(_ banks: [String]) -> [String] { banks.filter { clients[$0] != nil } }

    /// What these banks say, each of them that has a broker here.
    func words(on phone: String, of banks: [String]) async throws -> BankWords {
        BankWords(banks: asked(banks), answers: try await resolve(phone, at: banks))
    }

    /// One answer per bank that is asked, in the order given.
    func resolve(_ phone: String, at banks: [String]) async throws -> [BrokerAnswer] {
        let banks = asked(banks)
        let name = Strangers.name(phone, banks)
        if strangers.isKnown(name, at: world.now()) {
            answers.add(banks.count, ["remembered"])
            return banks.map { _ in .unknown }
        }
        let answers = try await ask(phone, banks)
        if answers.allSatisfy({ $0 == .unknown }) { strangers.note(name, at: world.now()) }
        return answers
    }

    private func ask(_ phone: String, _ banks: [String]) async throws -> [BrokerAnswer] {
        try await withThrowingTaskGroup(of: (Int, BrokerAnswer).self) { group in
            for (index, bankId) in banks.enumerated() {
                guard let client = clients[bankId] else { continue }
                group.addTask { (index, try await ask(client, bankId, phone)) }
            }
            var found: [(Int, BrokerAnswer)] = []
            for try await answer in group { found.append(answer) }
            return found.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func ask(_ client: ServiceClient, _ bankId: String, _ phone: String) async throws -> BrokerAnswer
    {
        for pause in Self.pauses {
            if let answer = try await askOnce(client, bankId, phone, isLast: false) { return answer }
            try await self.pause(pause)
        }
        return try await askOnce(client, bankId, phone, isLast: true) ?? .silent
    }

    /// Nil when asking again may help.
    private func askOnce(
        _ client: ServiceClient, _ bankId: String, _ phone: String, isLast: Bool
    ) async throws -> BrokerAnswer? {
        let askedAt = world.now()
        do {
            let record = try await client.call(
                "POST", "/rev2/sellers/resolve", body: ResolveSeller(phone: phone, channel: "whatsapp"),
                timeout: Self.timeout, as: SellerRecord.self)
            // Who has another id can be named in no row and on no message: their receipts would be nobody's.
            guard SellerName(bankId: bankId, posUserId: record.posUserId).isPlain else {
                answers.add(1, ["silent"])
                log.error("broker.sellerUnreadable", ["bank": .id(bankId)])
                return .silent
            }
            // A bank speaks for itself: what is another's is neither shown nor sold on its word.
            guard record.bank.bankId == bankId else {
                answers.add(1, ["silent"])
                log.error("broker.namesAnotherBank", ["bank": .id(bankId)])
                return .silent
            }
            answers.add(1, [record.status.rawValue])
            return .known(record.heard(at: world.now(), askedAt: askedAt))
        } catch let problem as Problem {
            if problem.code == "SELLER_UNKNOWN" || problem.code == "INVALID_PHONE" {
                answers.add(1, ["unknown"])
                return .unknown
            }
            let isGone =
                problem.code == ServiceClient.Code.unreachable
                || problem.code == ServiceClient.Code.answerLost
            if isGone, !isLast { return nil }
            answers.add(1, ["silent"])
            log.warn("broker.silent", ["bank": .id(bankId), "code": .name(problem.code)])
            return .silent
        }
    }
}
