// The fake Meta on the stage: each call changes it under the lock and performs what follows after it.

import HTTPWire
import Observe
import Synchronization
import World

extension Stage {
    func say(
        _ text: String, on phone: String, stamped: Timestamp?, shown: IdentityShown?, replyTo: String? = nil
    ) -> String {
        let (id, effects) = cloud.withLock {
            $0.say(text, on: phone, stamped: stamped, shown: shown, replyTo: replyTo, world: world)
        }
        perform(effects)
        return id
    }

    func sendCard(name: String, cardPhone: String, on phone: String) -> String {
        let (id, effects) = cloud.withLock {
            $0.sendCard(name: name, cardPhone: cardPhone, on: phone, world: world)
        }
        perform(effects)
        return id
    }

    func tap(_ rowId: String, of messageId: String, on phone: String, stamped: Timestamp?) -> String? {
        let result = cloud.withLock {
            $0.tap(rowId, of: messageId, on: phone, stamped: stamped, world: world)
        }
        guard let (id, effects) = result else { return nil }
        perform(effects)
        return id
    }

    /// Many messages in one POST; gives their ids and what the business answered, 0 for no answer.
    func say(
        batch: [(phone: String, text: String, stamped: Timestamp?)], padding: Int,
        signature: Postman.Signature
    ) async -> (ids: [String], bytes: Int, status: Int) {
        let (ids, body, effects) = cloud.withLock { $0.say(batch: batch, padding: padding, world: world) }
        perform(effects)
        let postman = postman.withLock { $0 }
        return (ids, body.count, await postman?.postNow(body, signature: signature) ?? 0)
    }

    /// The same webhook once more; false when it is not known any more.
    func redeliver(_ messageId: String) -> Bool {
        guard let effect = cloud.withLock({ $0.redelivery(of: messageId) }) else { return false }
        perform([effect])
        return true
    }

    func send(_ body: [UInt8], fault: Fault.Kind?) throws(GraphError) -> MetaCloud.Answer {
        let (answer, effects) = try cloud.withLock { cloud throws(GraphError) in
            try cloud.send(body, fault: fault, world: world)
        }
        perform(effects)
        return answer
    }

    func phone(_ number: String) -> FakePhone? { cloud.withLock { $0.phone(number) } }

    func webhookAccepted(_ bubble: String, _ phone: String) {
        perform(cloud.withLock { $0.delivered(bubble, on: phone) })
    }

    /// Reads or changes the fake Meta; effects are performed afterwards.
    func atMeta<Value>(_ body: (inout MetaCloud) -> (Value, [MetaCloud.Effect])) -> Value {
        let (value, effects) = cloud.withLock { cloud in body(&cloud) }
        perform(effects)
        return value
    }

    /// The same for what Meta may refuse.
    func tryAtMeta<Value>(
        _ body: (inout MetaCloud) throws(GraphError) -> (Value, [MetaCloud.Effect])
    ) throws(GraphError) -> Value {
        let (value, effects) = try cloud.withLock { cloud throws(GraphError) in try body(&cloud) }
        perform(effects)
        return value
    }

    func perform(_ effects: [MetaCloud.Effect]) {
        let postman = postman.withLock { $0 }
        for effect in effects {
            switch effect {
            case .post(let post): mail(post, by: postman)
            case .keep(let phone, let bubble, let stamped):
                diary.keep(
                    DiaryLine(said: .init(phone: phone, bubble: bubble, stamped: stamped?.microseconds)))
            case .keepTemplate(let entry): diary.keep(DiaryLine(template: entry))
            }
        }
    }

    /// Hands a webhook to the postman, with what is to go wrong on its way.
    private func mail(_ post: MetaCloud.Post, by postman: Postman?) {
        let fault = strike(post.place, phone: post.lane)
        var post = post
        switch fault?.kind {
        case .lost: return
        case .duplicate:
            var copy = post
            copy.lane += "/copy"
            copy.deliveredBubble = nil
            postman?.post(copy)
        case .reorder, .slow:
            post.after += fault?.delay ?? .zero
            if fault?.kind == .reorder { post.lane += "/late" }
        case .wrongSignature: post.isForged = true
        default: break
        }
        postman?.post(post)
    }
}
