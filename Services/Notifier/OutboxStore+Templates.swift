// A round's dealings with templates: what may be sent is read in the transaction that marks it, and which
// template each bubble leaves as is written with the mark.
import Contracts
import Postgres
import World

extension OutboxStore {
    /// Asked in the transaction that acts on it: a template is chosen from what is stored when the message leaves.
    func readTemplates(
        _ turns: inout [ConversationTurn], _ now: Timestamp, in session: PostgresTransaction
    ) async throws {
        var catalogues: [String: TemplateCatalogue] = [:]
        for (place, turn) in turns.enumerated() where planner.needsTemplates(turn, now: now) {
            guard let wabaId = planner.numbers[turn.conversation.phoneNumberId]?.wabaId else { continue }
            if catalogues[wabaId] == nil {
                catalogues[wabaId] = try await templates.usable(wabaId, in: session)
            }
            turns[place].catalogue = catalogues[wabaId] ?? .standard
        }
    }

    func keepTemplates(_ departures: [Departure], _ session: PostgresTransaction) async throws {
        let named = departures.compactMap { departure in departure.template.map { (departure.message, $0) } }
        if named.isEmpty { return }
        try await session.query(
            TemplateQueries.note,
            [
                .textArray(named.map(\.0.messageId)), .int8Array(named.map { Int64($0.0.attempt) }),
                .textArray(named.map { planner.numbers[$0.0.conversation.phoneNumberId]?.wabaId ?? "" }),
                .textArray(named.map(\.1.name)), .textArray(named.map(\.1.language)),
            ])
    }
}
