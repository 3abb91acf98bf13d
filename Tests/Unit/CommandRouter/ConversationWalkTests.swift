// Conversations nobody would have on purpose: random texts, taps of rows that were shown long ago, rights that come and
// go, hours that pass. Whatever happens, a message makes one payment at most, and only who may charge does.
import Contracts
import Copy
import Money
import Testing
import WhatsApp
import World

@testable import CommandRouter

/// One walk through the decision core; the seed repeats it.
private struct Walk {
    var random: Lehmer
    var memory = ConversationMemory()
    var now = start
    var number = 0
    /// Every id that was ever shown, and some that never were.
    var shown = [
        "list.1..", "list.1.-9223372036854775808.", "list.2.9223372036854775807.x", "till.each", "renew.h",
        "nonsense", "lang.fr",
    ]
    /// What was charged, by the message that asked for it.
    var charged: [String: ChargePlan] = [:]
    /// Keys of messages so far.
    var keys: Set<String> = []
    var faults: [String] = []

    static let texts = [
        "pay 100", "100", "200 #b", "1.250", "/rtp 50", "/rtp 60 069123456", "/rtp 70 069123456 Ion Rusu",
        "069123456", "Ion Rusu", "1", "2", "3", "12", "merchant", "more", "mai mult", "cancel", "status",
        "list",
        "today", "resend K7M2QX", "export", "help", "hello", "mersi", "?", "100 euro", "pay", "0", "-1",
        "\u{202E}100", "ce faci?", "/lang de", "+40721000001", "12345678", "1 250,50 Cafea",
    ]

    mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int(random.next() % UInt64(values.count))]
    }

    mutating func step(_ sellers: [Seller?]) {
        number += 1
        now = now.advanced(by: .seconds(pick([1, 5, 61, 300, 601, 4_000])))
        let key = "in_" + String(repeating: "0", count: 40 - String(number).count) + String(number)
        keys.insert(key)
        let content: Incoming.Content =
            switch random.next() % 8 {
            case 0...4: .text(pick(Self.texts))
            case 5, 6: .tapped(pick(shown))
            default: pick([.notText, .nothing])
            }
        let seller = pick(sellers)
        let incoming = message(content, key: key, at: now)
        let payers = [
            KnownPayer(
                owner: Owner(bankId: "moldbank", posUserId: "pos-moldbank"), phone: "+37369123456",
                name: "Ion")
        ]
        let decision = Decision.on(incoming, from: seller, remembering: memory, payers: payers)
        // Worked on again after a crash: the same memory decides the same.
        check(
            decision == Decision.on(incoming, from: seller, remembering: memory, payers: payers),
            "decided twice")
        inspect(decision, seller)
        memory = decision.memory
    }

    private mutating func check(_ isTrue: Bool, _ what: String) {
        if !isTrue { faults.append("\(what) at message \(number)") }
    }

    private mutating func inspect(_ decision: Decision, _ seller: Seller?) {
        switch decision.action {
        case .nothing: break
        case .errand: check(isActive(seller), "an errand for who may not")
        case .reply(let content): inspect(content)
        case .charge(let plan):
            check(isActive(seller), "a charge for who may not")
            check(plan.charge.amount.minorUnits > 0, "nothing charged")
            check((plan.rail == .rtp) == (plan.payer != nil), "a request without a payer, or a link with one")
            check(keys.contains(plan.sourceKey), "a key of no message")
            check(charged[plan.sourceKey] == nil, "a second charge of one message")
            check(decision.memory.question == nil, "a question left open by a charge")
            charged[plan.sourceKey] = plan
        }
    }

    private mutating func inspect(_ content: MessageContent) {
        switch content {
        case .text(let text):
            check((1...OutboundLimits.textMax).contains(text.utf16.count), "a text too long")
        case .list(let body, let button, let rows):
            check(
                body.utf16.count <= OutboundLimits.listBodyMax && button.utf16.count <= 20, "a list too long")
            check((1...OutboundLimits.rowsCountMax).contains(rows.count), "\(rows.count) rows")
            check(Set(rows.map(\.id)).count == rows.count, "two rows of one id")
            check(
                rows.allSatisfy {
                    $0.title.utf16.count <= OutboundLimits.rowTitleMax && $0.id.utf16.count <= 200
                }, "a row too long")
            shown += rows.map(\.id)
        case .buttons(let body, let buttons):
            check(body.utf16.count <= OutboundLimits.interactiveBodyMax && buttons.count <= 3, "buttons")
            shown += buttons.map(\.id)
        case .link, .document, .outcome: check(false, "the core makes no links")
        }
    }

    private func isActive(_ seller: Seller?) -> Bool { if case .active = seller { true } else { false } }
}

@Suite struct `A conversation at random` {
    @Test(arguments: [1, 2, 3, 4]) func `charges each message once and only for who may`(
        seed: Int
    ) {
        func till(_ id: String, _ name: String) -> MerchantRecord {
            MerchantRecord(
                merchantId: id, name: name, currency: .mdl, country: "MD",
                terminals: [TerminalRecord(terminalId: "T" + id, paymentTypes: [.qr, .rtp])],
                limits: MerchantLimits())
        }
        let both = Seller(answers: [
            .known(record("moldbank", [till("1", "A"), till("2", "B")])),
            .known(record("codrubank", (10...19).map { till(String($0), "C\($0)") })),
        ])
        let single = Seller(answers: [.known(record("moldbank", [till("1", "A")])), .unknown])
        let other: Seller = {
            var stranger = record("moldbank", [till("1", "A")])
            stranger.posUserId = "pos-other"
            return Seller(answers: [.known(stranger)])
        }()
        let blocked = Seller.blocked(BankRecord(bankId: "moldbank", name: "Moldbank"), .ro)
        let doubted = Seller.suspended(BankRecord(bankId: "moldbank", name: "Moldbank"))
        let sellers: [Seller?] = [
            both, both, both, both, both, both, single, single, other, blocked, doubted, .unknown,
            .unreachable, nil,
        ]
        var walk = Walk(random: Lehmer(state: UInt64(20_261_121 + seed)))
        for _ in 0..<1_500 { walk.step(sellers) }
        #expect(walk.faults == [])
        // The walk has been somewhere.
        #expect(walk.charged.count > 10 && walk.charged.values.contains { $0.rail == .rtp })
        #expect(walk.charged.values.contains { $0.offersUsual } && walk.shown.count > 50)
    }
}
