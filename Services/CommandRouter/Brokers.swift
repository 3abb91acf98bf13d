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

    /// By bankId.
    let clients: [String: ServiceClient]
    let log: Log
    let answers: Counter

    /// One answer per bank, in the order given.
    func resolve(_ phone: String, at banks: [String]) async throws -> [BrokerAnswer] {
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
        do {
            let record = try await client.call(
                "POST", "/rev2/sellers/resolve", body: ResolveSeller(phone: phone, channel: "whatsapp"),
                timeout: Self.timeout, as: SellerRecord.self)
            answers.add(1, [record.status.rawValue])
            return .known(record)
        } catch let problem as Problem {
            if problem.code == "SELLER_UNKNOWN" || problem.code == "INVALID_PHONE" {
                answers.add(1, ["unknown"])
                return .unknown
            }
            answers.add(1, ["silent"])
            log.warn("broker.silent", ["bank": .id(bankId), "code": .name(problem.code)])
            return .silent
        }
    }
}
