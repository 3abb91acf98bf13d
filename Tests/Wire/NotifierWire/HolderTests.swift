// A phone that changes hands, over PostgreSQL and a fake Meta: what was for its former holder is not told to the next.
import Contracts
import FoundationEssentials
import HTTPWire
import JSONWire
import Money
import Postgres
import TestSupport
import Testing
import WhatsApp
import World

extension RunningNotifier {
    /// The router has come to a doubt, as it writes it down.
    fileprivate func doubt(_ marks: [String]) async throws {
        _ = try await pool.query(
            "select channel.raise_doubt($1, $2, null)",
            [.textArray(marks), .timestamp(World.forWireTests.now())])
    }

    /// The bank has said who holds it.
    fileprivate func settle(_ mark: String, as owner: String) async throws {
        _ = try await pool.query(
            "update channel.identity_doubt set settled_at = $2, owners = array[$3] where mark = $1",
            [.text(mark), .timestamp(World.forWireTests.now()), .text(owner)])
    }

    fileprivate func waitForReason(_ id: String) async throws {
        try await until("\(id) is held in doubt") {
            let view = try await self.view(id)
            return view.status == .held && view.reason == "identityDoubt"
        }
    }
}

@Suite(.serialized) struct `A phone's next holder` {
    private static let phone = "37369000001"
    private let ana = [SellerName(bankId: "moldbank", posUserId: "pos-ana")]

    private func receipt() -> MessageContent {
        .outcome(
            PaymentOutcome(
                kind: .paid, amount: Money(minorUnits: 10_000, currency: .mdl), description: nil,
                tag: "cafea",
                at: Timestamp(seconds: 1_795_000_000), paymentId: "pay_1"))
    }

    @Test func `reads nothing of the seller before while in doubt, nor as another seller, nor too late`()
        async throws
    {
        try await RunningNotifier.with { notifier in
            try await notifier.heard(Self.phone)
            try await notifier.doubt([Self.phone])
            let now = World.forWireTests.now()
            let receipt = try await notifier.say(receipt(), to: Self.phone, sellers: ana)
            let dying = try await notifier.say(
                .text("azi 300 lei"), to: Self.phone, notAfter: now.advanced(by: .seconds(600)), sellers: ana)
            for id in [receipt, dying] { try await notifier.waitForReason(id) }
            // Written to whoever holds the phone, in the knowledge of the doubt: not held, and nothing before it.
            let told = try await notifier.say(
                .text("Sunați la bancă."), to: Self.phone,
                identityKnownAt: World.forWireTests.now().advanced(by: .seconds(60)))
            try await notifier.waitFor(told, .accepted)
            _ = try await notifier.pool.query(
                "update notifier.message set not_after = now() where message_id = $1", [.text(dying)])
            try await notifier.waitFor(dying, .expired)
            // An operator's list names the reason.
            let list = try await notifier.get("/v1/messages?state=held&reason=identityDoubt")
            #expect(String(decoding: list.body, as: UTF8.self).contains(receipt))
            // The bank has given the phone to somebody else, and to her again.
            try await notifier.settle(Self.phone, as: "moldbank/pos-ion")
            let his = try await notifier.say(
                .text("Link"), to: Self.phone,
                sellers: [SellerName(bankId: "moldbank", posUserId: "pos-ion")])
            try await notifier.waitFor(his, .accepted)
            #expect(try await notifier.view(receipt).status == .held)
            let late = try await notifier.say(.text("încă unul"), to: Self.phone, sellers: ana)
            try await notifier.waitForReason(late)
            #expect(notifier.graph.bodies.count == 2)
            try await notifier.settle(Self.phone, as: "moldbank/pos-ana")
            for id in [receipt, late] { try await notifier.waitFor(id, .accepted) }
        }
    }

    @Test func `reads nothing either that would have left in the moment in which it was posted`() async throws
    {
        try await RunningNotifier.with { notifier in
            try await notifier.heard(Self.phone)
            let first = try await notifier.say(.text("unu"), to: Self.phone, sellers: ana)
            try await notifier.waitFor(first, .accepted)
            try await notifier.doubt([Self.phone])
            try await notifier.waitForReason(
                try await notifier.say(.text("doi"), to: Self.phone, sellers: ana))
            try await notifier.settle(Self.phone, as: "moldbank/pos-ion")
            try await notifier.waitForReason(
                try await notifier.say(.text("trei"), to: Self.phone, sellers: ana))
            #expect(notifier.graph.bodies.count == 1)
        }
    }

    @Test func `is doubted at every number and under every name of the person`() async throws {
        try await RunningNotifier.with { notifier in
            try await notifier.heard(Self.phone)
            try await notifier.heard("MD.13491")
            _ = try await notifier.pool.query(
                """
                update channel.conversation set user_id = 'MD.13491',
                    wa_id = case when peer = 'MD.13491' then null else wa_id end
                """)
            // Known by the user id alone where it was doubted, and by the phone and the id here.
            try await notifier.doubt(["MD.13491"])
            for peer in [Self.phone, "MD.13491"] {
                try await notifier.waitForReason(try await notifier.say(.text("100 lei"), to: peer))
            }
            #expect(notifier.graph.bodies.isEmpty)
        }
    }

    @Test func `is named by the key that the bank's word was about, also where it has not written since`()
        async throws
    {
        try await RunningNotifier.with { notifier in
            try await notifier.heard(Self.phone)
            _ = try await notifier.pool.query("update channel.conversation set key_hash = 'h1'")
            // About two keys, or about one and then none: neither is named, but what was known here.
            let doubts: [([String?], named: String)] = [
                (["h2"], "h2"), (["h2", nil], "h1"), (["h3"], "h3"), (["h3", "h2"], "h1"), ([nil], "h1"),
                ([nil, "h4"], "h4"), (["h4", "h4"], "h4"),
            ]
            for (keys, named) in doubts {
                for key in keys {
                    _ = try await notifier.pool.query(
                        "select channel.raise_doubt($1, $2, null, $3)",
                        [.textArray([Self.phone]), .timestamp(World.forWireTests.now()), .text(key)])
                }
                try await notifier.settle(Self.phone, as: "moldbank/pos-ana")
                let id = try await notifier.say(.text("unu"), to: Self.phone, sellers: ana)
                try await notifier.waitFor(id, .accepted)
                #expect(
                    notifier.graph.bodies.last?["recipient_identity_key_hash"]?.text == named, "\(keys)")
            }
            // A number that was never told a key names none: another number's may be another one.
            _ = try await notifier.pool.query("update channel.conversation set key_hash = null")
            let id = try await notifier.say(.text("doi"), to: Self.phone, sellers: ana)
            try await notifier.waitFor(id, .accepted)
            #expect(notifier.graph.bodies.count == doubts.count + 1)
            #expect(notifier.graph.bodies.last?["recipient_identity_key_hash"] == nil)
        }
    }

    @Test func `whose keys are not the ones a message is for makes it wait for the bank`() async throws {
        try await RunningNotifier.with { notifier in
            for peer in [Self.phone, "37369000002"] { try await notifier.heard(peer) }
            _ = try await notifier.pool.query("update channel.conversation set key_hash = 'h1'")
            notifier.graph.plan(Self.phone, [.error(137_000, status: 400)])
            let atOnce = try await notifier.say(.text("unu"), to: Self.phone, sellers: ana)
            try await notifier.waitForReason(atOnce)
            let later = try await notifier.say(.text("doi"), to: "37369000002", sellers: ana)
            try await notifier.waitFor(later, .accepted)
            try await notifier.status("failed", wamid: "wamid.2", code: 137_000)
            try await notifier.waitForReason(later)
            for body in notifier.graph.bodies {
                #expect(body["recipient_identity_key_hash"]?.text == "h1")
            }
            // Whatever else is said to either waits too, and the router finds both doubts.
            let next = try await notifier.say(receipt(), to: Self.phone, sellers: ana)
            try await notifier.waitForReason(next)
            let marks = try await notifier.pool.query(
                "select mark from channel.identity_doubt where settled_at is null order by mark")
            #expect(try marks.map { try $0.text("mark") } == [Self.phone, "37369000002"])
            #expect(notifier.log.contains("137000") && notifier.log.contains("message.refused"))
            // Confirmed: told once each, without the key that was refused.
            let before = notifier.graph.bodies.count
            try await notifier.settle(Self.phone, as: "moldbank/pos-ana")
            for id in [atOnce, next] { try await notifier.waitFor(id, .accepted) }
            let after = notifier.graph.bodies.dropFirst(before)
            #expect(after.count == 2)
            for body in after {
                #expect(body["recipient_identity_key_hash"] == nil)
            }
        }
    }

    @Test func `is no reason to take names of sellers that no bank could have given`() async throws {
        try await RunningNotifier.with { notifier in
            let message = SendMessage(
                conversation: Conversation(phoneNumberId: RunningNotifier.number, peer: Self.phone),
                locale: .ro, content: .text("x"), sellers: [SellerName(bankId: "a b", posUserId: "c")])
            let answer = try await notifier.post(message, key: "k1")
            #expect(answer.status == 400)
        }
    }
}
