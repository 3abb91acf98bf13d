// Who wrote the messages of a batch, each person once, where that can be told from the messages alone. Pure.
import Postgres
import WhatsApp
import World

/// The conversations that a batch moves, in the order in which they are locked.
struct KnownPeople: Equatable {
    struct Person: Equatable {
        var number: String
        var phone: String
        var userId: String?
        /// The greatest time of what opens the window, at most now.
        var heardAt: Timestamp?
    }

    private(set) var all: [Person] = []

    /// Nil when somebody must be looked up, since no phone is told; when a message is parked, which moves nobody's
    /// claim; when one phone comes with two user ids; or when phone or number are not digits, the only texts of which
    /// every collation thinks alike: conversations are locked in one order everywhere.
    init?(_ events: [InboundEvent], now: Timestamp) {
        for event in events where event.lane == .messages {
            guard !event.isParked, let phone = event.waId, Self.isOfDigits(phone),
                Self.isOfDigits(event.phoneNumberId)
            else { return nil }
            all.append(
                Person(
                    number: event.phoneNumberId, phone: phone, userId: event.userId,
                    heardAt: event.opensWindow ? min(event.eventAt, now) : nil))
        }
        guard all.count > 1 else { return }
        all.sort { $0.number == $1.number ? $0.phone < $1.phone : $0.number < $1.number }
        var kept = 0
        for next in all.dropFirst() {
            guard next.number == all[kept].number, next.phone == all[kept].phone else {
                kept += 1
                all[kept] = next
                continue
            }
            if let user = next.userId {
                guard all[kept].userId == nil || all[kept].userId == user else { return nil }
                all[kept].userId = user
            }
            if let at = next.heardAt { all[kept].heardAt = max(all[kept].heardAt ?? at, at) }
        }
        all.removeLast(all.count - kept - 1)
    }

    /// Numbers, phones, user ids and times.
    func values(isOneNumber: Bool) -> [PostgresValue] {
        [
            .textArray(isOneNumber ? [] : all.map(\.number)), .textArray(all.map(\.phone)),
            .textArray(all.contains { $0.userId != nil } ? all.map(\.userId) : []),
            .timestampArray(all.map(\.heardAt)),
        ]
    }

    private static func isOfDigits(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
