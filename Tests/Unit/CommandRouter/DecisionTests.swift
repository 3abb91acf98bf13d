// The decision core: message, banks' answers and memory in; action and memory out. No database, no HTTP.
import Contracts
import Copy
import Money
import Problem
import Testing
import WhatsApp
import World

@testable import CommandRouter

private func merchant(
    _ id: String, _ name: String, _ currency: Currency = .mdl, limit: Int64? = nil, rtp: Bool = false
)
    -> MerchantRecord
{
    MerchantRecord(
        merchantId: id, name: name, currency: currency, country: "MD",
        terminals: [TerminalRecord(terminalId: "T" + id, paymentTypes: rtp ? [.rtp] : [.qr])],
        limits: MerchantLimits(perPayment: limit))
}

private func record(
    _ bank: String, _ merchants: [MerchantRecord], _ status: SellerRecord.Status = .active,
    _ locale: Language = .ro
) -> SellerRecord {
    SellerRecord(
        posUserId: "pos-" + bank, status: status, locale: locale, merchants: merchants,
        bank: BankRecord(bankId: bank, name: bank == "moldbank" ? "Moldbank" : "Codrubank"))
}

private let one = Seller(answers: [
    .known(record("moldbank", [merchant("128", "Cafeneaua Veche")])), .unknown,
])
private let two = Seller(answers: [
    .known(record("moldbank", [merchant("129", "Flori Moldova")], .active, .ru)),
    .known(record("codrubank", [merchant("310", "Librăria Codru")], .active, .ru)),
])

private let start = Timestamp(seconds: 1_790_000_000)

private func message(
    _ content: Incoming.Content, key: String = "in_0123456789abcdef0123456789abcdef", at: Timestamp = start
)
    -> Incoming
{
    Incoming(
        content: content, key: key, wamid: "wamid.X",
        conversation: Conversation(phoneNumberId: "800", peer: "37369000001"), phone: "+37369000001",
        fallbackLanguage: .ro, now: at)
}

private func decide(
    _ text: String, _ seller: Seller? = one, _ memory: ConversationMemory = ConversationMemory()
)
    -> Decision
{
    Decision.on(message(.text(text)), from: seller, remembering: memory)
}

private func text(_ decision: Decision) -> String? {
    if case .reply(.text(let text)) = decision.action { text } else { nil }
}

private func planned(_ decision: Decision) -> ChargePlan? {
    if case .charge(let plan) = decision.action { plan } else { nil }
}

private func rows(_ decision: Decision) -> [ListRow] {
    if case .reply(.list(_, _, let rows)) = decision.action { rows } else { [] }
}

@Suite struct `Who a phone is` {
    @Test func `is known when any bank knows it, whatever the others answer`() {
        #expect(Seller(answers: [.unknown, .unknown]) == .unknown)
        #expect(Seller(answers: []) == .unknown)
        #expect(Seller(answers: [.unknown, .silent]) == .unreachable)
        let known = record("moldbank", [merchant("1", "A")])
        guard case .active(let tills, .ro) = Seller(answers: [.silent, .known(known)]) else {
            Issue.record("a known seller is active")
            return
        }
        #expect(tills.map(\.key) == [Till.Key(bankId: "moldbank", merchantId: "1")])
    }

    @Test func `loses only the blocking bank's tills`() {
        let blocked = record("moldbank", [merchant("1", "A")], .blocked, .en)
        let active = record("codrubank", [merchant("2", "B")])
        #expect(Seller(answers: [.known(blocked), .silent]) == .blocked(blocked.bank, .en))
        guard case .active(let tills, _) = Seller(answers: [.known(blocked), .known(active)]) else {
            Issue.record("active at the other bank")
            return
        }
        #expect(tills.map(\.merchant.name) == ["B"])
    }
}

@Suite struct `A message from somebody who may not charge` {
    @Test func `is refused politely without a link`() {
        #expect(text(decide("pay 100", .unknown)) == Catalogue.text(.unknownSeller, .ro))
        #expect(text(decide("pay 100", .unreachable)) == Catalogue.text(.bankSilent, .ro))
        #expect(text(decide("pay 100", nil)) == Catalogue.text(.phoneHidden, .ro))
        let blocked = Seller.blocked(BankRecord(bankId: "moldbank", name: "Moldbank"), .en)
        #expect(text(decide("pay 100", blocked)) == Catalogue.text(.sellerBlocked, .en, [.bank: "Moldbank"]))
    }

    @Test func `is not answered at all when nothing was said`() {
        for seller in [nil, Seller.unknown, one] {
            let decision = Decision.on(
                message(.nothing), from: seller, remembering: ConversationMemory(isGreeted: true))
            #expect(decision.action == .nothing)
            #expect(decision.memory == ConversationMemory(isGreeted: true))
        }
    }
}

@Suite struct `A seller with one till` {
    @Test func `gets a charge under the key of the message`() throws {
        let decision = decide("pay 100 \"Cafea\" #cafea")
        let plan = try #require(planned(decision))
        #expect(
            plan.charge
                == Charge(
                    amount: Money(minorUnits: 10_000, currency: .mdl), description: "Cafea", tag: "cafea"))
        #expect(plan.terminalId == "T128" && plan.till.posUserId == "pos-moldbank")
        #expect(plan.sourceKey == message(.nothing).key)
        #expect(decision.language == .ro && decision.memory.isGreeted)
    }

    @Test func `is greeted once and then taught`() {
        let first = decide("ce faci?")
        #expect(text(first)?.contains("Cafeneaua Veche") == true)
        #expect(text(decide("ce faci?", one, first.memory)) == Catalogue.text(.teaching, .ro))
        #expect(text(decide("salut", one, first.memory))?.contains("Cafeneaua Veche") == true)
        #expect(text(decide("help")) == Catalogue.text(.help, .ro))
    }

    @Test(arguments: [
        ("pay", CopyKey.amountMissing), ("pay 5kg", .amountUnreadable), ("0", .amountZero),
        ("-5", .amountNegative),
        ("99999999999999999999", .amountTooLarge), ("1 #a #b", .severalTags),
    ]) func `is told what is wrong with an amount`(typed: String, key: CopyKey) {
        let decision = decide(typed, one, ConversationMemory(language: .de, isGreeted: true))
        #expect(text(decision) == Catalogue.text(key, .de))
    }

    @Test func `is told limits and currencies with their figures`() {
        let limited = Seller(answers: [.known(record("moldbank", [merchant("1", "A", limit: 500_000)]))])
        #expect(text(decide("5001", limited))?.contains("5.000,00\u{A0}MDL") == true)
        #expect(text(decide("100 EUR"))?.contains("MDL") == true)
        #expect(text(decide("1.2345"))?.contains("2") == true)
        #expect(text(decide("/rtp 100"))?.contains("pay 100") == true)
    }

    @Test func `without a terminal for links is told so`() {
        let seller = Seller(answers: [.known(record("moldbank", [merchant("1", "A", rtp: true)]))])
        #expect(text(decide("100", seller)) == Catalogue.text(.merchantDisabled, .ro, [.merchant: "A"]))
    }

    @Test func `is helped when sending a picture`() {
        let decision = Decision.on(message(.notText), from: one, remembering: ConversationMemory())
        #expect(text(decision) == Catalogue.text(.textOnly, .ro))
    }
}

@Suite struct `A seller's language` {
    @Test func `is the bank's until one is chosen, and then stays`() {
        let list = decide("/lang")
        #expect(rows(list).map(\.title) == ["Română", "Русский", "English", "Français", "Deutsch"])
        let chosen = Decision.on(message(.tapped(rows(list)[3].id)), from: one, remembering: list.memory)
        #expect(text(chosen) == Catalogue.text(.languageChanged, .fr))
        #expect(chosen.memory.language == .fr && chosen.language == .fr)
        #expect(text(decide("pay", one, chosen.memory)) == Catalogue.text(.amountMissing, .fr))
        #expect(decide("/lang deutsch", one, chosen.memory).memory.language == .de)
    }
}

@Suite struct `A seller with several tills` {
    @Test func `is asked which, and any answer makes the one payment of the first message`() throws {
        let asked = decide("pay 100 #a", two)
        let choices = rows(asked)
        #expect(choices.map(\.title) == ["1. Flori Moldova", "2. Librăria Codru"])
        #expect(choices[1].description == "Codrubank · 100,00\u{A0}MDL")
        #expect(asked.memory.question?.kind == .merchant && asked.language == .ru)
        for answer in [Incoming.Content.tapped(choices[1].id), .text("2"), .text(" 2. ")] {
            let decision = Decision.on(message(answer, key: "in_other"), from: two, remembering: asked.memory)
            let plan = try #require(planned(decision))
            #expect(plan.till.merchant.merchantId == "310" && plan.charge.tag == "a")
            #expect(plan.sourceKey == message(.nothing).key)
            #expect(decision.memory.question == nil)
            #expect(decision.memory.lastTill?.merchantId == "310")
        }
    }

    @Test func `finds the till chosen last at the top`() {
        var memory = ConversationMemory()
        memory.lastTill = Till.Key(bankId: "codrubank", merchantId: "310")
        #expect(rows(decide("100", two, memory)).first?.title == "1. Librăria Codru")
    }

    @Test func `is told when a choice is stale, spent or out of range`() {
        let asked = decide("100", two)
        let id = rows(asked)[0].id
        let late = message(.tapped(id), at: start.advanced(by: .seconds(601)))
        #expect(
            text(Decision.on(late, from: two, remembering: asked.memory)) == Catalogue.text(.choiceGone, .ru))
        let spent = Decision.on(message(.tapped(id)), from: two, remembering: asked.memory).memory
        let again = Decision.on(message(.tapped(id)), from: two, remembering: spent)
        #expect(text(again) == Catalogue.text(.choiceGone, .ru))
        let nine = decide("9", two, asked.memory)
        #expect(text(nine) == Catalogue.text(.choiceOutOfRange, .ru, [.count: "2"]))
        #expect(nine.memory.question == asked.memory.question)
        #expect(text(Decision.on(message(.tapped("x")), from: one, remembering: asked.memory)) != nil)
    }

    @Test func `may have lost the chosen till meanwhile`() {
        let asked = decide("100", two)
        let decision = Decision.on(message(.tapped(rows(asked)[1].id)), from: one, remembering: asked.memory)
        #expect(text(decision) == Catalogue.text(.choiceGone, .ro))
    }

    @Test func `drops the question with the next command`() {
        let asked = decide("100", two)
        let next = decide("55 lei", two, asked.memory)
        #expect(next.memory.question?.options.first?.charge.amount.minorUnits == 5_500)
    }

    @Test func `is not asked when only one charges in that currency or within that limit`() throws {
        let seller = Seller(answers: [
            .known(record("moldbank", [merchant("1", "A", limit: 1_000), merchant("2", "B", .eur)])),
            .known(record("codrubank", [merchant("3", "C")])),
        ])
        #expect(try #require(planned(decide("100 lei", seller))).till.merchant.name == "C")
        #expect(try #require(planned(decide("100 euro", seller))).till.merchant.name == "B")
        #expect(rows(decide("100", seller)).map(\.title) == ["1. B", "2. C"])
    }

    @Test func `gets numbered lines when there are more than a list holds`() throws {
        let many = Seller(answers: [
            .known(record("moldbank", (1...12).map { merchant(String($0), "Shop \($0)") }))
        ])
        let asked = decide("100", many)
        #expect(text(asked)?.contains("12. Shop 12") == true)
        #expect(try #require(planned(decide("12", many, asked.memory))).till.merchant.name == "Shop 12")
    }

    @Test func `keeps every list within the chat's limits`() {
        let long = String(repeating: "Ă", count: 80)
        let seller = Seller(answers: [.known(record("moldbank", (1...10).map { merchant(String($0), long) }))]
        )
        for row in rows(decide("100", seller)) {
            #expect(
                row.title.utf16.count <= 24 && (row.description?.utf16.count ?? 0) <= 72
                    && row.id.utf16.count <= 200)
        }
    }
}

@Suite struct `An amount with two readings` {
    @Test func `is asked back and remembered with its description`() throws {
        let asked = decide("pay 1.250 \"Cafea\" #a")
        #expect(rows(asked).map(\.title) == ["1. 1.250,00\u{A0}MDL", "2. 1,25\u{A0}MDL"])
        let decision = Decision.on(message(.text("1"), key: "in_b"), from: one, remembering: asked.memory)
        let plan = try #require(planned(decision))
        #expect(
            plan.charge
                == Charge(amount: Money(minorUnits: 125_000, currency: .mdl), description: "Cafea", tag: "a"))
        #expect(plan.sourceKey == message(.nothing).key)
    }

    @Test func `asks for the merchant next where there are several`() throws {
        let asked = decide("1.250", two)
        let next = Decision.on(message(.text("2"), key: "in_b"), from: two, remembering: asked.memory)
        #expect(rows(next).count == 2 && next.memory.question?.id != asked.memory.question?.id)
        let last = Decision.on(
            message(.tapped(rows(next)[0].id), key: "in_c"), from: two, remembering: next.memory)
        let plan = try #require(planned(last))
        #expect(plan.charge.amount.minorUnits == 125 && plan.sourceKey == message(.nothing).key)
    }
}

@Suite struct `What the gateway answers` {
    private func view(link: String?) -> PaymentView {
        PaymentView(
            paymentId: "pay_1", status: .open, bankId: "moldbank", merchantId: "128", terminalId: "T128",
            rail: .qr,
            amount: Money(minorUnits: 10_000, currency: .mdl), description: "Cafea", tag: "a", link: link,
            expiresAt: start.advanced(by: .seconds(300)), createdAt: start, paidAt: nil, swiftMessageId: nil,
            swiftPayerBank: nil)
    }

    @Test func `becomes a link that dies with the payment, or words`() throws {
        let plan = try #require(planned(decide("100")))
        let opened = PaymentReply.content(
            .opened(view(link: "https://bank.example/c?paymentId=1")), plan, .en)
        guard case .link(let body, let button, let url) = opened.content else {
            Issue.record("a link is sent as a link")
            return
        }
        #expect(
            body == "100.00\u{A0}MDL · Cafea · #a\n\nSend the link to your customer. It works for 5 minutes.")
        #expect(button == "Open payment" && url == "https://bank.example/c?paymentId=1")
        #expect(opened.notAfter == start.advanced(by: .seconds(300)))
        #expect(
            PaymentReply.content(.opened(view(link: nil)), plan, .en).content
                == .text(Catalogue.text(.bankSilent, .en)))
    }

    @Test(arguments: [
        ("SELLER_BLOCKED", CopyKey.sellerBlocked), ("MERCHANT_DISABLED", .merchantDisabled),
        ("RAIL_UNAVAILABLE", .bankSilent), ("RAIL_REFUSED", .bankRefused),
        ("AMOUNT_OUT_OF_RANGE", .bankRefused),
        ("IDEMPOTENCY_CONFLICT", .tryAgain), ("ANYTHING_ELSE", .tryAgain),
    ]) func `has a sentence for every refusal`(code: String, key: CopyKey) throws {
        let plan = try #require(planned(decide("100")))
        let problem = Problem(.forbidden, code: code, toUser: "…")
        let words = Catalogue.text(key, .fr, [.bank: "Moldbank", .merchant: "Cafeneaua Veche"])
        #expect(PaymentReply.content(.refused(problem), plan, .fr).content == .text(words))
    }

    @Test func `is asked again when it is no answer`() {
        #expect(PaymentReply.isAnswer(Problem(.unavailable, code: "RAIL_UNAVAILABLE", toUser: "")))
        #expect(PaymentReply.isAnswer(Problem(.conflict, code: "IDEMPOTENCY_CONFLICT", toUser: "")))
        for code in ["PEER_UNREACHABLE", "PEER_ANSWER_LOST", "PEER_TIMED_OUT", "INTERNAL"] {
            #expect(!PaymentReply.isAnswer(Problem(.unavailable, code: code, toUser: "")))
        }
    }
}

@Suite struct `An inbound message` {
    @Test func `is sorted by what it asks of us`() throws {
        let cases: [(String, Incoming.Content)] = [
            (#"{"id":"a","type":"text","text":{"body":"pay 1"}}"#, .text("pay 1")),
            (
                #"{"id":"a","type":"interactive","interactive":{"#
                    + #""type":"list_reply","list_reply":{"id":"r","title":"t"}}}"#,
                .tapped("r")
            ),
            (#"{"id":"a","type":"image","image":{"id":"7"}}"#, .notText),
            (#"{"id":"a","type":"location","location":{}}"#, .notText),
            (#"{"id":"a","type":"reaction","reaction":{"message_id":"x"}}"#, .nothing),
            (#"{"id":"a","type":"system","system":{"type":"user_changed_number"}}"#, .nothing),
            (#"{"id":"a","type":"unsupported"}"#, .nothing), (#"{"id":"a","type":"hologram"}"#, .nothing),
            (#"{"id":"a","group_id":"g","type":"text","text":{"body":"pay 1"}}"#, .nothing),
        ]
        for (json, content) in cases {
            let message = try InboundMessage(envelope: Array((#"{"message":"# + json + "}").utf8))
            #expect(Incoming.content(of: message) == content)
        }
    }

    @Test func `has a phone from its conversation or from itself`() {
        #expect(Incoming.phone(peer: "37369000001", from: nil) == "+37369000001")
        #expect(Incoming.phone(peer: "MD.123", from: "37369000001") == "+37369000001")
        #expect(Incoming.phone(peer: "MD.123", from: nil) == nil)
        #expect(Incoming.phone(peer: "", from: nil) == nil)
    }
}
