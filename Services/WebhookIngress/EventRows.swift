// Batches as the arrays of their statement: which of the three it is, in which order its rows are locked, and what all
// of them have in common and is sent once. Pure.
import Postgres
import WhatsApp
import World

/// One batch on its way to the database.
struct EventRows: Equatable {
    let statement: PostgresStatement
    let values: [PostgresValue]

    /// Of payments that came it tells whoever waits for them, of statuses where `tellsOfStatuses` says so.
    init(_ events: [InboundEvent], now: Timestamp, tellsOfStatuses: Bool) {
        if let people = KnownPeople(events, now: now) {
            let columns = Self.columns(events)
            let told = Self.told(events, tellsOfStatuses)
            if people.all.isEmpty {
                statement = EventQueries.keepOthers
                values = [columns.number, columns.lane] + columns.arrays + [.timestamp(now), told]
            } else {
                statement = EventQueries.keepByPhone
                let opens = PostgresValue.boolArray(columns.order.map { events[$0].opensWindow })
                values =
                    [columns.number] + people.values(isOneNumber: columns.isOneNumber) + [columns.lane]
                    + columns.arrays + [opens, .timestamp(now), told]
            }
        } else {
            statement = EventQueries.keep
            values = Self.general(events, now, tellsOfStatuses)
        }
    }

    /// As `EventQueries.keep` wants them, in the order of arrival.
    static func general(_ events: [InboundEvent], _ now: Timestamp, _ tellsOfStatuses: Bool)
        -> [PostgresValue]
    {
        [
            .textArray(events.map { $0.lane.rawValue }), .textArray(events.map(\.dedupKey)),
            .timestampArray(events.map(\.eventAt)), .textArray(events.map(\.phoneNumberId)),
            .textArray(events.map(\.waId)), .textArray(events.map(\.userId)),
            .bytesArray(events.map(\.payload)), .textArray(events.map(\.requestId)),
            .boolArray(events.map(\.opensWindow)), .boolArray(events.map(\.isParked)),
            .timestamp(now), .bool(tellsOfStatuses),
        ]
    }

    private struct Columns {
        /// The places of the events in the order of their names.
        var order: [Int]
        /// What all have, or NULL.
        var number: PostgresValue
        var lane: PostgresValue
        var isOneNumber: Bool
        /// Lanes, names, times, numbers, peers, payloads, requests and places.
        var arrays: [PostgresValue]
    }

    private static func columns(_ events: [InboundEvent]) -> Columns {
        let order = lockOrder(events)
        let first = events[0]
        let isOneNumber = events.allSatisfy { $0.phoneNumberId == first.phoneNumberId }
        let isOneLane = events.allSatisfy { $0.lane == first.lane }
        return Columns(
            order: order, number: .text(isOneNumber ? first.phoneNumberId : nil),
            lane: .text(isOneLane ? first.lane.rawValue : nil), isOneNumber: isOneNumber,
            arrays: [
                .textArray(isOneLane ? [] : order.map { events[$0].lane.rawValue }),
                .textArray(order.map { events[$0].dedupKey }),
                .timestampArray(order.map { events[$0].eventAt }),
                .textArray(isOneNumber ? [] : order.map { events[$0].phoneNumberId }),
                .textArray(order.map { events[$0].waId ?? events[$0].userId ?? "" }),
                .bytesArray(order.map { events[$0].payload }),
                .textArray(order.map { events[$0].requestId }),
                .int8Array(order.map { Int64($0 + 1) }),
            ])
    }

    /// By name, lane and time, as `EventQueries.keep` sorts them. The database compares names by their bytes (`collate
    /// "C"`); lanes are lower-case words, which every collation has in one order. Names are compared by themselves:
    /// they nearly always differ, and whole events are dear to hold.
    private static func lockOrder(_ events: [InboundEvent]) -> [Int] {
        let names = events.map(\.dedupKey)
        return events.indices.sorted { a, b in
            switch order(names[a], names[b]) {
            case 0:
                (events[a].lane.rawValue, events[a].eventAt.microseconds, a)
                    < (events[b].lane.rawValue, events[b].eventAt.microseconds, b)
            case let sign: sign < 0
            }
        }
    }

    /// Negative when the bytes of `a` come first, 0 when they are the same.
    private static func order(_ a: String, _ b: String) -> Int {
        let a = a.utf8, b = b.utf8
        let ours = a.span, theirs = b.span
        let common = min(ours.count, theirs.count)
        var place = 0
        while place < common {
            if ours[place] != theirs[place] { return Int(ours[place]) - Int(theirs[place]) }
            place += 1
        }
        return ours.count - theirs.count
    }

    private static func told(_ events: [InboundEvent], _ tellsOfStatuses: Bool) -> PostgresValue {
        var lanes: [String] = []
        if events.contains(where: { $0.lane == .payments }) { lanes.append(WebhookLane.payments.rawValue) }
        if tellsOfStatuses, events.contains(where: { $0.lane == .statuses }) {
            lanes.append(WebhookLane.statuses.rawValue)
        }
        return .textArray(lanes)
    }
}
