// Whether the person who writes is the one whom the banks know: every way in which that becomes doubtful, and
// what gives trust back.
import Contracts
import Copy
import Money
import Testing
import WhatsApp
import World

@testable import CommandRouter

private let sellersMemory: ConversationMemory = {
    var memory = ConversationMemory(language: .fr, isGreeted: true)
    memory.lastTill = Till.Key(bankId: "moldbank", merchantId: "128")
    memory.usualTill = memory.lastTill
    memory.lastPaymentId = "pay_1"
    memory.owners = [Owner(bankId: "moldbank", posUserId: "pos-moldbank")]
    (memory.userId, memory.keyHash) = ("MD.1", "h1")
    return memory
}()

private func known(
    _ bank: String, writtenAt: Timestamp?, _ status: SellerRecord.Status = .active, posUserId: String? = nil
)
    -> BrokerAnswer
{
    var seller = record(bank, [merchant("128", "Cafeneaua Veche")])
    seller.status = status
    seller.holderConfirmedAt = writtenAt
    if let posUserId { seller.posUserId = posUserId }
    return .known(seller)
}

@Suite struct `The holder of a phone` {
    @Test(arguments: [
        ("another user id", IdentityMarks(userId: "MD.2", keyHash: "h1")),
        ("another key", IdentityMarks(userId: "MD.1", keyHash: "h2")),
        ("another phone's keys", IdentityMarks(userId: "MD.1", change: .keys)),
        ("another number", IdentityMarks(userId: "MD.1", change: .number)),
        ("an announced user id", IdentityMarks(userId: "MD.1", change: .userId("MD.2"))),
        ("a refused message", IdentityMarks(userId: "MD.1", doubt: HolderDoubt(raisedAt: start))),
    ]) func `is doubted after`(why: String, marks: IdentityMarks) {
        var memory = sellersMemory
        memory.notice(marks, heardAt: start)
        #expect(memory.suspendedSince == start, "\(why)")
        #expect(memory.language == nil && memory.usualTill == nil && memory.lastPaymentId == nil)
        #expect(memory.owners == nil && memory.question == nil && !memory.isGreeted)
        let userId: String? =
            switch marks.change {
            case .number: nil
            case .userId(let announced): announced
            case .keys, nil: marks.userId
            }
        #expect(memory.userId == userId && memory.keyHash == marks.keyHash)
        // One change is one doubt: the next messages of the same holder, with whatever keys are new, add none.
        var again = memory
        again.notice(
            IdentityMarks(
                userId: userId ?? "MD.9", keyHash: marks.keyHash ?? "h9", doubt: marks.doubt),
            heardAt: start.advanced(by: .seconds(60)))
        #expect(again.suspendedSince == start)
        again.notice(IdentityMarks(userId: "MD.8"), heardAt: start.advanced(by: .seconds(90)))
        #expect(again.suspendedSince == start.advanced(by: .seconds(90)))
    }

    @Test func `is not doubted for telling less, or for the first time`() {
        for marks in [
            IdentityMarks(), IdentityMarks(userId: "MD.1"), IdentityMarks(keyHash: "h1"),
            IdentityMarks(userId: "MD.1", keyHash: "h1"),
        ] {
            var memory = sellersMemory
            memory.notice(marks, heardAt: start)
            #expect(memory == sellersMemory)
        }
        var fresh = ConversationMemory()
        fresh.notice(IdentityMarks(userId: "MD.1", keyHash: "h1"), heardAt: start)
        #expect(fresh.suspendedSince == nil && fresh.userId == "MD.1" && fresh.keyHash == "h1")
    }

    @Test func `is trusted again by a bank that has written its record since, and by nothing else`() {
        let later = start.advanced(by: .seconds(1))
        let cases: [([BrokerAnswer], isTrusted: Bool, isWhole: Bool)] = [
            ([known("moldbank", writtenAt: start)], false, false),
            ([known("moldbank", writtenAt: nil)], false, false),
            ([known("moldbank", writtenAt: later)], true, true),
            ([known("moldbank", writtenAt: later), .unknown], true, true),
            // A silent bank may not have written; what the other says holds for itself.
            ([known("moldbank", writtenAt: later), .silent], true, false),
            ([known("moldbank", writtenAt: later), known("codrubank", writtenAt: start)], true, false),
            // Who was blocked and is unblocked later was not confirmed by that.
            (
                [known("moldbank", writtenAt: later), known("codrubank", writtenAt: start, .blocked)], true,
                false
            ),
            ([known("moldbank", writtenAt: start, .blocked)], false, false),
            ([.unknown, .unknown], false, false),
        ]
        for (answers, isTrusted, isWhole) in cases {
            var memory = ConversationMemory()
            memory.suspendedSince = start
            _ = memory.confirm(by: answers)
            #expect((memory.suspendedSince == nil) == isWhole, "\(answers.count)")
            let seller = Seller(answers: answers, doubtfulSince: memory.suspendedSince)
            if case .active(let tills, _) = seller {
                #expect(isTrusted && tills.count == 1)
            } else {
                #expect(!isTrusted)
            }
        }
    }

    @Test func `is not doubted again for a change that was settled before this conversation heard of it`() {
        let later = start.advanced(by: .seconds(60))
        var settled = HolderDoubt(raisedAt: start, settledAt: later)
        func heard(_ marks: IdentityMarks) -> ConversationMemory {
            var memory = sellersMemory
            memory.notice(marks, heardAt: start.advanced(by: .seconds(120)))
            return memory
        }
        // One that does not say which key it was about: a key that was never seen here may be anybody's.
        let stolen = heard(IdentityMarks(userId: "MD.1", keyHash: "h3", doubt: settled))
        #expect(stolen.suspendedSince == start.advanced(by: .seconds(120)) && stolen.language == nil)
        let same = heard(IdentityMarks(userId: "MD.1", keyHash: "h1", doubt: settled))
        #expect(same.suspendedSince == nil && same.keyHash == "h1")
        #expect(same.language == .fr && same.alarmSeenAt == start)
        // One that does: a new device is doubted once, whichever number hears of it when, and no other device with it.
        var about = settled
        about.keyHash = "h3"
        let renewed = heard(IdentityMarks(userId: "MD.1", keyHash: "h3", doubt: about))
        #expect(renewed.suspendedSince == nil && renewed.keyHash == "h3" && renewed.language == .fr)
        #expect(heard(IdentityMarks(userId: "MD.1", keyHash: "h4", doubt: about)).suspendedSince != nil)
        #expect(heard(IdentityMarks(userId: "MD.2", keyHash: "h3", doubt: about)).suspendedSince != nil)
        #expect(heard(IdentityMarks(keyHash: "h3", change: .keys, doubt: about)).suspendedSince != nil)
        about.settledAt = nil
        let waiting = heard(IdentityMarks(userId: "MD.1", keyHash: "h3", doubt: about))
        #expect(waiting.suspendedSince == start && waiting.keyHash == "h3" && waiting.language == nil)
        #expect(heard(IdentityMarks(userId: "MD.2", keyHash: "h1", doubt: settled)).suspendedSince != nil)
        #expect(heard(IdentityMarks(userId: "MD.1", doubt: settled)).keyHash == nil)
        // What another number was told of, by the user id that it was told.
        settled.userId = "MD.2"
        for change in [nil, IdentityMarks.Change.userId("MD.2")] {
            let moved = heard(IdentityMarks(userId: "MD.2", keyHash: "h1", change: change, doubt: settled))
            #expect(moved.suspendedSince == nil && moved.userId == "MD.2")
        }
        #expect(heard(IdentityMarks(userId: "MD.3", doubt: settled)).suspendedSince != nil)
        // While that is open it is in doubt since then, and not anew since this conversation is told.
        let open = HolderDoubt(raisedAt: start, userId: "MD.2")
        let told = heard(IdentityMarks(userId: "MD.2", keyHash: "h1", doubt: open))
        #expect(told.suspendedSince == start && told.userId == "MD.2")
        // The next change of keys is a new one, and so is every number that is given up.
        var next = same
        next.notice(IdentityMarks(keyHash: "h3", doubt: settled), heardAt: start.advanced(by: .seconds(180)))
        #expect(next.suspendedSince == start.advanced(by: .seconds(180)))
        #expect(heard(IdentityMarks(change: .number, doubt: settled)).suspendedSince != nil)
    }

    @Test func `is confirmed later than every doubt, settled or not, and by no clock ahead of ours`() {
        func at(_ seconds: Int) -> Timestamp { start.advanced(by: .seconds(seconds)) }
        var memory = ConversationMemory()
        #expect(memory.doubtfulSince(nil) == nil)
        #expect(memory.doubtfulSince(HolderDoubt(raisedAt: at(5), settledAt: at(9))) == at(5))
        // Where a bank only named another holder nothing was doubted.
        #expect(memory.doubtfulSince(HolderDoubt(raisedAt: at(5), settledAt: at(5))) == nil)
        memory.suspendedSince = at(2)
        let later = HolderDoubt(raisedAt: at(5), settledAt: at(9))
        #expect(memory.doubtfulSince(later) == at(5))
        var asked = memory
        #expect(asked.confirm(by: [known("moldbank", writtenAt: at(4))], after: later) == nil)
        #expect(asked.confirm(by: [known("moldbank", writtenAt: at(6))], after: later)?.confirmedAt == at(6))
        // What is said of a doubt knows of it, whichever machine's clock is ahead.
        var incoming = message(.text("pay 1"), at: at(1))
        incoming.now = at(1)
        #expect(memory.knownAt(incoming, nil) == at(2))
        #expect(memory.knownAt(incoming, HolderDoubt(raisedAt: at(7))) == at(7))
        incoming.now = at(8)
        #expect(memory.knownAt(incoming, HolderDoubt(raisedAt: at(7))) == at(8))
        guard case .known(let record) = known("moldbank", writtenAt: at(60)) else { return }
        #expect(!record.heard(at: at(59), askedAt: at(59)).isConfirmed(after: start))
        #expect(record.heard(at: at(60), askedAt: at(59)) == record)
    }

    /// Ten minutes either way, and an answer that took four seconds.
    @Test(arguments: [-600, 0, 600]) func `is confirmed by our clock, whatever the broker's shows`(skew: Int)
    {
        func at(_ seconds: Int) -> Timestamp { start.advanced(by: .seconds(seconds)) }
        guard case .known(var record) = known("moldbank", writtenAt: at(skew + 30)) else { return }
        record.answeredAt = at(skew + 42)
        let heard = record.heard(at: at(44), askedAt: at(40))
        #expect(heard.holderConfirmedAt == at(28))
        #expect(heard.isConfirmed(after: at(27)) && !heard.isConfirmed(after: at(30)))
        // Not even the broker has come to this moment.
        record.answeredAt = at(skew + 29)
        #expect(record.heard(at: at(44), askedAt: at(40)).holderConfirmedAt == nil)
    }

    @Test func `is named by each bank for itself`() {
        let before: Set = ["moldbank/pos-old", "codrubank/pos-9", "thirdbank/pos-3"]
        let words = BankWords(
            banks: ["moldbank", "codrubank"],
            answers: [known("moldbank", writtenAt: start, .blocked, posUserId: "pos-1"), .silent])
        let names: Set = ["moldbank/pos-1", "codrubank/pos-9", "thirdbank/pos-3"]
        #expect(words.silent == ["codrubank"])
        #expect(words.names(over: before, since: nil) == names)
        #expect(words.names(over: before, since: start) == names.subtracting(["moldbank/pos-1"]))
        let third = BankWords(banks: ["thirdbank"], answers: [.unknown])
        #expect((words + third).names(over: before, since: nil) == names.subtracting(["thirdbank/pos-3"]))
    }

    @Test func `leaves nothing to whoever writes when no bank knows the phone any more`() {
        let decision = decide("pay 1", .unknown, sellersMemory)
        #expect(decision.memory.language == nil && decision.memory.lastPaymentId == nil)
        #expect(decision.memory.owners == nil && decision.memory.userId == "MD.1")
    }

    @Test func `may do nothing with money while doubted, and reads why`() {
        let seller = Seller(answers: [known("moldbank", writtenAt: start)], doubtfulSince: start)
        #expect(seller == .suspended(BankRecord(bankId: "moldbank", name: "Moldbank")))
        #expect(seller.locale == nil)
        for typed in [
            "pay 100", "1", "/rtp 5 069123456 Ion", "cancel", "status", "list", "today", "resend", "export",
            "merchant",
        ] {
            let decision = decide(typed, seller)
            #expect(
                text(decision) == Catalogue.text(.identitySuspended, .ro, [.bank: "Moldbank"]), "\(typed)")
            #expect(decision.memory == ConversationMemory())
        }
        let renewing = Decision.on(
            message(.tapped(ReplyButton.renewalPrefix + "h")), from: seller, remembering: ConversationMemory()
        )
        #expect(text(renewing)?.contains("Moldbank") == true)
        #expect(text(decide("/lang de", seller)) == Catalogue.text(.languageChanged, .de))
    }

    @Test func `inherits nothing when the bank has given the phone to another seller without a word`() {
        let other = Seller(answers: [known("moldbank", writtenAt: nil, posUserId: "pos-new")])
        let decision = decide("today", other, sellersMemory)
        #expect(decision.language == .ro && decision.memory.language == nil)
        #expect(decision.memory.lastPaymentId == nil && decision.memory.usualTill == nil)
        #expect(decision.memory.owners == [Owner(bankId: "moldbank", posUserId: "pos-new")])
        let same = decide("today", one, sellersMemory)
        #expect(same.memory.language == .fr && same.memory.lastPaymentId == "pay_1")
    }

    @Test func `is the same person while a bank that knows it is silent`() {
        let first = Owner(bankId: "moldbank", posUserId: "pos-moldbank")
        let second = Owner(bankId: "codrubank", posUserId: "pos-codrubank")
        let atFirst = [
            Till(
                posUserId: first.posUserId, bank: BankRecord(bankId: first.bankId, name: "M"),
                merchant: merchant("1", "A"))
        ]
        let atSecond = [
            Till(
                posUserId: second.posUserId, bank: BankRecord(bankId: second.bankId, name: "C"),
                merchant: merchant("2", "B"))
        ]
        var memory = ConversationMemory(language: .fr)
        memory.meet(atFirst, silentBanks: ["codrubank"])
        memory.meet(atSecond, silentBanks: ["moldbank"])
        #expect(memory.language == .fr && Set(memory.owners ?? []) == [first, second])
        memory.meet(atFirst + atSecond)
        #expect(memory.language == .fr && memory.owners == [first, second])
        // The first bank answers that it knows nobody, and the second knows somebody else: another person.
        var elsewhere = atSecond
        elsewhere[0].posUserId = "pos-new"
        memory.meet(elsewhere)
        #expect(memory.language == nil && memory.owners?.map(\.posUserId) == ["pos-new"])
    }

    @Test func `is told apart by what WhatsApp calls a change`() throws {
        func system(_ type: String, _ more: String = "") -> String {
            #"{"id":"a","type":"system","system":{"type":""# + type + "\"" + more + "}}"
        }
        let cases: [(String, IdentityMarks.Change?)] = [
            (system("user_changed_number", #","wa_id":"37369000111""#), .number),
            (system("user_changed_user_id", #","user_id":"MD.2""#), .userId("MD.2")),
            (system("user_changed_user_id"), .userId(nil)), (system("customer_identity_changed"), .keys),
            (system("something_else"), nil),
            (#"{"id":"a","type":"text","text":{"body":"user_changed_number"}}"#, nil),
        ]
        for (json, change) in cases {
            let message = try InboundMessage(envelope: Array((#"{"message":"# + json + "}").utf8))
            #expect(IdentityMarks(message, doubt: nil).change == change, "\(json)")
        }
    }
}
