// What somebody reads whom no bank knows, and how little of it: a flood of strangers must not become a flood of ours.
import Contracts
import Copy
import Money
import Testing
import WhatsApp
import World

@testable import CommandRouter

@Suite struct `A stranger` {
    @Test func `is refused once a day, however much is written`() {
        for (seller, key) in [(Seller?.some(.unknown), CopyKey.unknownSeller), (nil, .phoneHidden)] {
            var memory = ConversationMemory()
            var said: [String] = []
            for minute in 0..<1_440 {
                let at = start.advanced(by: .seconds(minute * 60))
                let decision = Decision.on(
                    message(.text("pay \(minute)"), at: at), from: seller, remembering: memory)
                memory = decision.memory
                if let words = text(decision) { said.append(words) }
            }
            #expect(said == [Catalogue.text(key, .ro)])
            let tomorrow = message(.text("pay 1"), at: start.advanced(by: .seconds(86_400)))
            #expect(
                text(Decision.on(tomorrow, from: seller, remembering: memory)) == Catalogue.text(key, .ro))
        }
    }

    @Test func `cannot make us talk by changing the subject`() {
        var memory = ConversationMemory()
        var answers = 0
        for index in 0..<600 {
            let typed = ["pay 1", "/lang", "/lang fr", "/lang de", "hello"][index % 5]
            let seller: Seller = index % 2 == 0 ? .unknown : .unreachable
            let decision = Decision.on(
                message(.text(typed), at: start.advanced(by: .seconds(index))), from: seller,
                remembering: memory)
            memory = decision.memory
            if decision.action != .nothing { answers += 1 }
        }
        // One refusal, one "the bank is silent", four about languages.
        #expect(answers == 6)
        #expect(memory.refusals.count <= Refusal.Kind.allCases.count)
    }

    @Test func `whom a bank has known is told every time that the bank is silent`() {
        var memory = ConversationMemory()
        memory.owners = [Owner(bankId: "moldbank", posUserId: "p")]
        for _ in 0..<3 {
            let decision = decide("pay 1", .unreachable, memory)
            #expect(text(decision) == Catalogue.text(.bankSilent, .ro))
            memory = decision.memory
        }
    }

    @Test func `is a stranger no more when a bank knows the phone`() {
        let refused = decide("pay 1", .unknown)
        #expect(planned(decide("pay 1", one, refused.memory)) != nil)
        #expect(decide("pay 1", one, refused.memory).memory.refusals == [])
    }

    @Test func `is remembered for seconds, by a digest, and never beyond the bound`() {
        let strangers = Strangers()
        let name = Strangers.name("+37369000001", ["moldbank"])
        #expect(name.utf8.count == 32 && !name.contains("69000001"))
        #expect(!strangers.isKnown(name, at: start))
        strangers.note(name, at: start)
        #expect(strangers.isKnown(name, at: start.advanced(by: .seconds(4))))
        #expect(!strangers.isKnown(name, at: start.advanced(by: .seconds(5))))
        #expect(!strangers.isKnown(name, at: start.advanced(by: .seconds(-1))))
        for index in 0..<(Strangers.countMax * 2) { strangers.note("x\(index)", at: start) }
        #expect(!strangers.isKnown(name, at: start))
        #expect(!strangers.isKnown("x0", at: start))
        #expect(strangers.isKnown("x\(Strangers.countMax * 2 - 1)", at: start))
        #expect(strangers.isKnown("x\(Strangers.countMax)", at: start))
    }
}
