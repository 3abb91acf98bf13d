// A decided batch of statuses as the statements that keep it, in the order in which they have to run.
import Contracts
import Postgres
import WhatsApp
import World

extension StatusBatch {
    /// Only what there is to write: most batches change messages and nothing else.
    func items(_ now: Timestamp) -> [(PostgresStatement, [PostgresValue])] {
        var items: [(PostgresStatement, [PostgresValue])] = []
        let rows = writes.values.sorted { $0.row.messageId < $1.row.messageId }
        if !rows.isEmpty {
            items.append(
                (
                    StatusQueries.store,
                    [
                        .textArray(rows.map(\.row.messageId)),
                        .textArray(rows.map(\.row.state.name.rawValue)),
                        .textArray(rows.map(\.row.state.reason?.text)),
                        .boolArray(rows.map(\.row.templateOnly)),
                        .int8Array(rows.map { Int64($0.row.refusals) }),
                        .timestampArray(rows.map(\.row.runAt)),
                        .textArray(rows.map(\.lastError)), .timestamp(now),
                    ]
                ))
        }
        if !names.isEmpty {
            let names = names.sorted { $0.key < $1.key }
            items.append(
                (
                    StatusQueries.keepNames,
                    [
                        .textArray(names.map(\.key)), .textArray(names.map(\.value.messageId)),
                        .int8Array(names.map { Int64($0.value.attempt) }), .timestamp(now),
                    ]
                ))
        }
        if !orphans.isEmpty {
            let codes = orphans.map { ($0.status.errors.first?.code).map(Int64.init) }
            items.append(
                (
                    StatusQueries.keepOrphans,
                    [
                        .textArray(orphans.map(\.status.wamid)),
                        .textArray(orphans.map(\.status.status.text)), .int8Array(codes),
                        .timestampArray(orphans.map(\.event.eventAt)), .timestamp(now),
                    ]
                ))
        }
        for (conversation, inbound) in disproved {
            items.append(
                (
                    MessageQueries.disprove,
                    [.text(conversation.phoneNumberId), .text(conversation.peer), .timestamp(inbound)]
                ))
        }
        if !prices.isEmpty {
            let prices = prices.sorted { $0.key < $1.key }
            items.append(
                (
                    CostQueries.count,
                    [
                        .textArray(prices.map(\.key)), .textArray(prices.map(\.value.number)),
                        .textArray(prices.map(\.value.category)), .textArray(prices.map(\.value.type)),
                        .textArray(prices.map(\.value.month)),
                    ]
                ))
        }
        for (number, code) in pauses.sorted(by: { $0.key < $1.key }) {
            items.append(
                (
                    OutboxQueries.pause,
                    [
                        .text(number), .timestamp(now.advanced(by: RetrySchedule.accountWait)),
                        .int4(Int32(clamping: code)),
                    ]
                ))
        }
        let places = { (one: Conversation, other: Conversation) in
            (one.phoneNumberId, one.peer) < (other.phoneNumberId, other.peer)
        }
        for conversation in turns.keys.sorted(by: places) {
            items.append(
                (
                    OutboxQueries.askTurn,
                    [
                        .text(conversation.phoneNumberId), .text(conversation.peer),
                        .timestamp(turns[conversation]),
                    ]
                ))
        }
        if !heardOf.isEmpty {
            let heard = heardOf.sorted { places($0.key, $1.key) }
            items.append(
                (
                    StatusQueries.noteEvidence,
                    [
                        .textArray(heard.map(\.key.phoneNumberId)), .textArray(heard.map(\.key.peer)),
                        .int8Array(heard.map(\.value)), .timestamp(now),
                    ]
                ))
        }
        for (conversation, raisedAt) in alarms.sorted(by: { places($0.key, $1.key) }) {
            items.append((IdentityAlarm.raise, IdentityAlarm.values(conversation, raisedAt)))
        }
        return items
    }
}
