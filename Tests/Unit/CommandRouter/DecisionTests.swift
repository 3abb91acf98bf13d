// The decision core: message, banks' answers and memory in; action and memory out. No database, no HTTP.
import Contracts
import Copy
import Money
import Problem
import Testing
import WhatsApp
import World

@testable import CommandRouter

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

    @Test func `is refused in the language last used, else in that of the phone's country`() {
        let seen = Decision.on(
            message(.text("salut")), from: two, remembering: ConversationMemory()
        ).memory
        #expect(seen.seenLanguage == .ru && seen.language == nil)
        for seller in [Seller.unreachable, .unknown] {
            let key: CopyKey = seller == .unknown ? .unknownSeller : .bankSilent
            #expect(text(decide("pay 100", seller, seen)) == Catalogue.text(key, .ru))
        }
        let phones: [(String, Language)] = [
            ("+37369000001", .ro), ("+40721000001", .ro), ("+79160000001", .ru), ("+375290000001", .ru),
            ("+380500000001", .ru), ("+33600000001", .fr), ("+32470000001", .fr), ("+491700000001", .de),
            ("+436600000001", .de), ("+41790000001", .de), ("+14150000001", .en), ("+919000000001", .en),
        ]
        for (phone, language) in phones { #expect(Language(phone: phone) == language, "\(phone)") }
    }

    @Test func `may choose the language of it all the same`() {
        for seller in [nil, Seller.unknown, .unreachable] {
            let list = decide("/lang", seller)
            #expect(rows(list).count == 5)
            let tapped = Decision.on(
                message(.tapped(rows(list)[4].id)), from: seller, remembering: list.memory)
            #expect(text(tapped) == Catalogue.text(.languageChanged, .de))
            let named = decide("/lang fr", seller)
            #expect(named.memory.language == .fr && named.language == .fr)
            #expect(text(decide("pay 100", .unknown, named.memory)) == Catalogue.text(.unknownSeller, .fr))
        }
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
        #expect(text(decide("mersi")) == "Cu plăcere!")
        #expect(text(decide("pay 100 bani")) == Catalogue.text(.amountInParts, .ro, [.currency: "MDL"]))
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
        #expect(text(decide("/rtp 100 069123456"))?.contains("pay 100") == true)
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
        #expect(rows(list).map(\.title).first == "1. Română")
        let chosen = Decision.on(message(.tapped(rows(list)[3].id)), from: one, remembering: list.memory)
        #expect(text(chosen) == Catalogue.text(.languageChanged, .fr))
        #expect(chosen.memory.language == .fr && chosen.language == .fr)
        #expect(text(decide("pay", one, chosen.memory)) == Catalogue.text(.amountMissing, .fr))
        #expect(decide("/lang deutsch", one, chosen.memory).memory.language == .de)
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
        var named = plan
        named.namesMerchant = true
        guard
            case .link(let naming, _, _) = PaymentReply.content(.opened(view(link: url)), named, .en)
                .content
        else {
            Issue.record("a link is sent as a link")
            return
        }
        #expect(naming.hasPrefix("100.00\u{A0}MDL · Cafeneaua Veche · Cafea · #a\n"))
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
