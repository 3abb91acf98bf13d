// Where rounds begin to read conversations, for each business number: a round that has no room for a conversation
// leaves its turn due, and one number's room says nothing of another's.
import Contracts
import JobQueue
import Postgres
import Synchronization
import World

final class TurnFloors: Sendable {
    /// What a round found of one number.
    struct Seen: Sendable {
        let number: String
        let look: ClaimFloor.Look
        let due: [Timestamp]
        let isFull: Bool
    }

    private let floors = Mutex<[String: ClaimFloor]>([:])

    /// In the order of `numbers`, which are as many as the service is configured with.
    func looks(_ numbers: [String], now: Timestamp, startNs: Int64) -> [ClaimFloor.Look] {
        floors.withLock { floors in
            numbers.map { floors[$0, default: ClaimFloor()].look(now: now, startNs: startNs) }
        }
    }

    /// The next round begins no later than at the first turn that was left due.
    static func seen(
        _ looks: [ClaimFloor.Look], _ turns: [(number: String, most: Int)], _ found: [ConversationTurn],
        left: [ConversationTurn]
    ) -> [Seen] {
        zip(looks, turns).map { look, turn in
            let due = found.filter { $0.conversation.phoneNumberId == turn.number }.compactMap(\.nextAt)
            let first = left.filter { $0.conversation.phoneNumberId == turn.number }.compactMap(\.nextAt)
                .min()
            return Seen(
                number: turn.number, look: look, due: first.map { [$0] } ?? due,
                isFull: first != nil || due.count >= turn.most)
        }
    }

    /// Once the round is committed.
    func keep(_ seen: [Seen], endNs: Int64) {
        floors.withLock { floors in
            for one in seen {
                floors[one.number, default: ClaimFloor()].found(
                    one.due, isFull: one.isFull, by: one.look, endNs: endNs)
            }
        }
    }
}
