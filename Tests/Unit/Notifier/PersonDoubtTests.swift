// Who may be told what while it is doubtful who holds a phone, and after the banks have said it.
import Contracts
import Copy
import FoundationEssentials
import JSONWire
import Money
import Sealing
import Testing
import WhatsApp
import World

@testable import Notifier

@Suite struct `A message for a phone that may have changed hands` {
    private let now = Timestamp(seconds: 1_795_000_000)
    private var earlier: Timestamp { now.advanced(by: .seconds(-60)) }
    private let planner = OutboxPlanner(
        numbers: [
            "8": SendingNumber(
                phoneNumberId: "8", wabaId: "9", accessToken: Secret(text: "t"),
                place: WallClock(country: "MD"))
        ], limits: .init())

    private func message(
        _ seq: Int64, _ content: MessageContent = .text("Bună"), for sellers: Set<String>? = ["bank/ana"],
        state: MessageStatusName = .queued, knownAt: Timestamp? = nil
    ) throws -> OutboundMessage {
        OutboundMessage(
            messageId: "msg_\(seq)", seq: seq,
            conversation: Conversation(phoneNumberId: "8", peer: "37369000001"), state: state,
            kind: MessageRendering.kind(content), locale: .ro,
            content: try MessageRendering.encoded(content), requestId: "req", traceparent: "",
            templateOnly: false, attempts: 0, refusals: 0, fence: 0, runAt: now, updatedAt: now,
            coalesceKey: "together", sellers: sellers, identityKnownAt: knownAt)
    }

    private func paid(_ minor: Int64) -> MessageContent {
        .outcome(
            PaymentOutcome(
                kind: .paid, amount: Money(minorUnits: minor, currency: .mdl), description: nil, tag: nil,
                at: now, paymentId: "pay_\(minor)"))
    }

    private func turn(_ open: [OutboundMessage], _ doubt: PersonDoubt?) -> ConversationTurn {
        var turn = ConversationTurn(
            conversation: Conversation(phoneNumberId: "8", peer: "37369000001"),
            window: Window(lastInbound: now), pace: PersonPace(fullAt: nil), doubt: doubt)
        turn.open = Array(open.prefix(2))
        turn.news = open.filter { $0.kind == "outcome" }
        return turn
    }

    private func isHeld(_ turn: ConversationTurn, at moment: Timestamp? = nil) -> Bool {
        if case .stop(_, .heldBack(.identityDoubt), nil) = planner.decide(
            turn, pause: nil, now: moment ?? now)
        {
            true
        } else {
            false
        }
    }

    @Test func `is held while nobody has confirmed the holder, in every form it could take`() throws {
        let open = PersonDoubt(raisedAt: now, isOpen: true)
        let contents: [MessageContent] = [
            .text("Bună"), paid(100), .link(body: "b", button: "Plătește", url: "https://pay.example/x"),
            .document(caption: nil, filename: "a.csv", mediaType: "text/csv", base64: "YQ=="),
            .list(body: "b", button: "c", rows: [ListRow(id: "1", title: "t")]),
        ]
        for content in contents {
            for sellers: Set<String>? in [nil, ["bank/ana"]] {
                #expect(isHeld(turn([try message(1, content, for: sellers)], open)))
            }
        }
        // Outside the window it would be a template.
        let tomorrow = now.advanced(by: .seconds(90_000))
        #expect(isHeld(turn([try message(1, paid(100))], open), at: tomorrow))
        // What was written to whoever holds the phone now, and what knew of an older doubt only.
        #expect(!isHeld(turn([try message(1, knownAt: now)], open)))
        #expect(isHeld(turn([try message(1, knownAt: earlier)], open)))
    }

    @Test func `goes out once the bank has confirmed its seller, and never to another seller`() throws {
        let cases: [(owners: Set<String>?, sellers: Set<String>?, isHeld: Bool)] = [
            (["bank/ana"], ["bank/ana"], false), (["bank/ana", "other/7"], ["bank/ana"], false),
            (["bank/ana"], ["bank/ana", "other/7"], false), (["bank/ion"], ["bank/ana"], true),
            (["other/ana"], ["bank/ana"], true), (["bank/ion"], nil, false), (nil, ["bank/ana"], false),
            ([], ["bank/ana"], true),
        ]
        for (owners, sellers, expected) in cases {
            let doubt = PersonDoubt(raisedAt: earlier, isOpen: false, owners: owners)
            #expect(isHeld(turn([try message(1, paid(1), for: sellers)], doubt)) == expected)
        }
    }

    @Test func `is neither told with another's nor let go before it may`() throws {
        let settled = PersonDoubt(raisedAt: earlier, isOpen: false, owners: ["bank/ion"])
        let mine = try message(2, paid(200), for: ["bank/ion"])
        let others = [try message(3, paid(300)), try message(4, paid(400))]
        guard
            case .send(let departure) = planner.decide(
                turn([mine] + others, settled), pause: nil, now: now)
        else { Issue.record("not sent"); return }
        #expect(departure.everybody.map(\.messageId) == ["msg_2"])
        var behind = turn([mine], settled)
        behind.held = [try message(1, paid(100), state: .held)]
        guard case .send = planner.decide(behind, pause: nil, now: now) else {
            Issue.record("released"); return
        }
    }

    @Test func `names the key that it is for when it is a seller's business, and no key when it is not`()
        throws
    {
        func key(_ message: OutboundMessage, _ peer: String = "37369000001") throws -> String? {
            var turn = turn([message], nil)
            (turn.keyHash, turn.conversation.peer) = ("h1", peer)
            guard case .send(let departure) = planner.decide(turn, pause: nil, now: now) else { return nil }
            let body = try #require(departure.body)
            return try JSONValue(parsing: body)["recipient_identity_key_hash"]?.text
        }
        #expect(try key(message(1)) == "h1")
        #expect(try key(message(1, paid(5))) == "h1")
        #expect(try key(message(1, for: nil)) == nil)
        #expect(try key(message(1), "MD.1349") == nil)
    }
}

@Suite struct `The sellers a message is for` {
    @Test func `stand in their row as words without spaces`() {
        let ana = SellerName(bankId: "moldbank", posUserId: "pos-ana")
        #expect(
            SellerName.joined([ana, SellerName(bankId: "c.bank", posUserId: "7")])
                == "moldbank/pos-ana c.bank/7")
        #expect(SellerName.joined(nil) == nil && SellerName.joined([]) == nil)
        #expect(ana.isPlain)
        for bad in ["", "a b", "a/b", "ă", String(repeating: "a", count: 65)] {
            #expect(!SellerName(bankId: "b", posUserId: bad).isPlain, "\(bad)")
            #expect(!SellerName(bankId: bad, posUserId: "p").isPlain, "\(bad)")
        }
    }
}
