// What a round found of each business number, for the floors from which rounds begin to read conversations: a round
// that has no room for a conversation leaves its turn due, and one number's room says nothing of another's.
import Contracts
import JobQueue

enum TurnFloors {
    /// In the order of `turns`. The next round begins no later than at the first turn that was left due.
    static func seen(
        _ looks: [ClaimFloor.Look], _ turns: [(number: String, most: Int)], _ found: [ConversationTurn],
        left: [ConversationTurn]
    ) -> [ClaimFloors.Seen] {
        zip(looks, turns).map { look, turn in
            let due = found.filter { $0.conversation.phoneNumberId == turn.number }.compactMap(\.nextAt)
            let first = left.filter { $0.conversation.phoneNumberId == turn.number }.compactMap(\.nextAt)
                .min()
            return ClaimFloors.Seen(
                lane: turn.number, look: look, due: first.map { [$0] } ?? due,
                isFull: first != nil || due.count >= turn.most)
        }
    }
}
