// Statuses come in any order; the merged state does not depend on it.
import Testing
import WhatsApp

@Suite struct `The state of a message at Meta` {
    @Test(arguments: [
        ([StatusWord.sent], StatusRank.sent),
        ([.sent, .delivered, .read], .read),
        ([.sent, .read], .read),
        ([.sent, .failed], .failed),
        ([.failed], .failed),
        ([.sent, .delivered, .failed], .delivered),
        ([.failed, .read, .sent, .unknown("warning")], .read),
        ([.sent, .delivered, .read, .played, .failed], .played),
        ([.unknown("deleted")], .none),
    ])
    func `is the same in whichever order its statuses come`(words: [StatusWord], expected: StatusRank) {
        for order in permutations(words) {
            let merged = order.reduce(StatusRank.none) { $0.merged(with: StatusRank($1)) }
            #expect(merged == expected)
            #expect(order.reduce(merged) { $0.merged(with: StatusRank($1)) } == expected, "told twice")
        }
    }

    private func permutations(_ words: [StatusWord]) -> [[StatusWord]] {
        if words.count < 2 { return [words] }
        return words.indices.flatMap { index in
            var rest = words
            let first = rest.remove(at: index)
            return permutations(rest).map { [first] + $0 }
        }
    }

    @Test func `is decoded with what the notifier needs`() throws {
        let envelope = """
            {"status":{"id":"w","status":"failed","timestamp":"9","recipient_id":"1","recipient_user_id":"",
            "biz_opaque_callback_data":"msg_1","pricing":{"category":"utility","type":"regular"},
            "errors":[{"code":131047,"title":"T","error_data":{"details":"D"}},{}]}}
            """
        let status = try MessageStatus(envelope: Array(envelope.utf8))
        #expect(status.wamid == "w" && status.status == .failed && status.timestamp == 9)
        #expect(status.recipientId == "1" && status.recipientUserId == nil && status.callbackData == "msg_1")
        #expect(status.errors.map(\.code) == [131047, nil] && status.errors[0].details == "D")
        #expect(status.pricingCategory == "utility" && status.pricingType == "regular")
        #expect(throws: MessageStatus.Refusal.noStatus) { try MessageStatus(envelope: Array("{}".utf8)) }
        #expect(throws: MessageStatus.Refusal.noIdOrWord) {
            try MessageStatus(envelope: Array(#"{"status":{"id":"w"}}"#.utf8))
        }
    }
}
