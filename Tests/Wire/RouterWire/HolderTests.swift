// Who holds a phone, of a person and not of a conversation: what one number hears is known at the others and to the
// notifier, and what the bank confirms too. Over PostgreSQL.
import Contracts
import Copy
import Money
import Postgres
import Synchronization
import TestSupport
import Testing
import World

@testable import CommandRouter

extension RunningRouter {
    struct Doubt: Equatable {
        var mark: String
        var isOpen: Bool
        var owners: [String?]?
    }

    func doubts() async throws -> [Doubt] {
        try await pool.query(
            "select mark, settled_at is null as is_open, owners from channel.identity_doubt order by mark"
        ).map { row in
            Doubt(
                mark: try row.text("mark"), isOpen: try row.bool("is_open"),
                owners: try row.isNull("owners") ? nil : row.textArray("owners"))
        }
    }

    func confirmsAnew(at moment: Timestamp = World.forWireTests.now()) {
        seller("moldbank", "+37369000001", "Cafeneaua Veche", holderConfirmedAt: moment)
    }

    func isKnownToCodrubank(confirmedAt: Timestamp? = nil) {
        seller(
            "codrubank", "+37369000001", "Librăria Codru", posUserId: "pos-9", merchantId: "310",
            holderConfirmedAt: confirmedAt)
    }
}

@Suite(.serialized) struct `Who holds a phone` {
    static let phone = "37369000001"
    let suspended = Catalogue.text(.identitySuspended, .ro, [.bank: "moldbank"])

    @Test func `is doubted at every number of the system, and confirmed at every one`() async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            for (index, number) in [RunningRouter.number, RunningRouter.otherNumber].enumerated() {
                try await router.says(
                    "/lang fr", from: Self.phone, wamid: "a\(index)", userId: "MD.1", at: number)
                try await router.waitFor("a\(index)", "done")
            }
            // Another person writes to one number, and it is known at the other before they write there.
            try await router.says("status", from: Self.phone, wamid: "b1", userId: "MD.2")
            try await router.waitFor("b1", "done")
            #expect(
                try await router.doubts() == [
                    .init(mark: Self.phone, isOpen: true), .init(mark: "MD.1", isOpen: true),
                ])
            try await router.says("pay 5", from: Self.phone, wamid: "b2", at: RunningRouter.otherNumber)
            try await router.waitFor("b2", "done")
            #expect(router.peers.opened.isEmpty)
            #expect(router.texts(to: Self.phone).suffix(2) == [suspended, suspended])
            // The bank confirms; nobody has to write for it to be known.
            router.confirmsAnew()
            try await router.keeper.round()
            #expect(
                try await router.doubts().first
                    == .init(mark: Self.phone, isOpen: false, owners: ["moldbank/pos-1"]))
            // One change is one doubt, whichever number hears of it when.
            try await router.says(
                "pay 7", from: Self.phone, wamid: "c2", userId: "MD.2", at: RunningRouter.otherNumber)
            try await router.says("pay 6", from: Self.phone, wamid: "c1", userId: "MD.2")
            for wamid in ["c1", "c2"] { try await router.waitFor(wamid, "done") }
            #expect(router.peers.opened.count == 2)
            #expect(router.peers.opened.allSatisfy { $0.body.locale == .ro })
        }
    }

    @Test func `is written down before anything is said of it, and told with every answer`() async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            try await router.says("pay 1", from: Self.phone, wamid: "w1", userId: "MD.1", keyHash: "h1")
            try await router.waitFor("w1", "done")
            let mine = [SellerName(bankId: "moldbank", posUserId: "pos-1")]
            #expect(router.peers.said.last?.body.sellers == mine)
            #expect(router.peers.said.last?.body.identityKnownAt == nil)
            let key: PostgresStatement = "select key_hash from channel.conversation"
            #expect(try await router.pool.query(key).one().textOrNil("key_hash") == "h1")
            try await router.hearsOfNewNumber(Self.phone, wamid: "sys")
            try await router.waitFor("sys", "done")
            // Heard of without a word being said.
            let raised = try await router.pool.query(
                "select raised_at from channel.identity_doubt where mark = $1", [.text(Self.phone)]
            ).one().timestamp("raised_at")
            #expect(try await router.pool.query(key).one().textOrNil("key_hash") == nil)
            try await router.says("pay 2", from: Self.phone, wamid: "w2", userId: "MD.7")
            try await router.waitFor("w2", "done")
            // For whoever holds the phone, in the knowledge of the doubt.
            let last = try #require(router.peers.said.last?.body)
            #expect(last.sellers == nil)
            #expect(try #require(last.identityKnownAt) >= raised)
        }
    }

    @Test func `is doubted for a key that is first seen after the doubt about another was ended`()
        async throws
    {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            try await router.says("pay 1", from: Self.phone, wamid: "w1", userId: "MD.1", keyHash: "h1")
            try await router.waitFor("w1", "done")
            _ = try await router.pool.query(
                "insert into channel.identity_alarm (phone_number_id, peer, raised_at) values ($1, $2, $3)",
                [
                    .text(RunningRouter.number), .text(Self.phone),
                    .timestamp(World.forWireTests.now()),
                ])
            router.confirmsAnew()
            try await router.keeper.round()
            #expect(try await router.doubts().map(\.isOpen) == [false])
            // Nobody has told which key that was: this may be the one of a thief, who was quick.
            try await router.says("pay 2", from: Self.phone, wamid: "w2", userId: "MD.1", keyHash: "h2")
            try await router.waitFor("w2", "done")
            #expect(router.peers.opened.count == 1 && router.texts(to: Self.phone).last == suspended)
            // Confirmed with this key, the person goes on; another user id behind it is another person.
            router.confirmsAnew()
            try await router.keeper.round()
            try await router.says("pay 3", from: Self.phone, wamid: "w3", userId: "MD.1", keyHash: "h2")
            try await router.waitFor("w3", "done")
            #expect(router.peers.opened.count == 2)
            try await router.says("pay 4", from: Self.phone, wamid: "w4", userId: "MD.2", keyHash: "h2")
            try await router.waitFor("w4", "done")
            #expect(router.peers.opened.count == 2 && router.texts(to: Self.phone).last == suspended)
        }
    }

    @Test func `is confirmed once with a new device, for every number, and with no other device`()
        async throws
    {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            let numbers = [RunningRouter.number, RunningRouter.otherNumber]
            func says(_ wamid: String, _ key: String, at number: String) async throws {
                try await router.says(
                    "pay 1", from: Self.phone, wamid: wamid, userId: "MD.1", at: number, keyHash: key)
                try await router.waitFor(wamid, "done")
            }
            for (index, number) in numbers.enumerated() { try await says("a\(index)", "h1", at: number) }
            #expect(router.peers.opened.count == 2)
            // Reinstalled, heard of at one number, confirmed once.
            try await says("b0", "h2", at: numbers[0])
            #expect(router.peers.opened.count == 2 && router.texts(to: Self.phone).last == suspended)
            router.confirmsAnew()
            try await until(atMost: .seconds(30)) {
                try await router.keeper.round()
                return try await router.doubts().first?.isOpen == false
            }
            for (index, number) in numbers.reversed().enumerated() {
                try await says("c\(index)", "h2", at: number)
            }
            #expect(router.peers.opened.count == 4)
            #expect(try await router.doubts().allSatisfy { !$0.isOpen })
            // The number was given to somebody else, who writes to the other one first.
            try await says("d0", "h3", at: numbers[1])
            #expect(router.peers.opened.count == 4 && router.texts(to: Self.phone).last == suspended)
            // Two devices in one doubt: the bank's word is about one of them, and nobody knows which.
            try await says("e0", "h4", at: numbers[0])
            router.confirmsAnew()
            // Asked again after a few seconds, where the banks were asked a moment before they confirmed.
            try await until(atMost: .seconds(30)) {
                try await router.keeper.round()
                return try await router.doubts().first?.isOpen == false
            }
            try await says("f0", "h4", at: numbers[1])
            #expect(router.peers.opened.count == 4 && router.texts(to: Self.phone).last == suspended)
            #expect(!router.log.contains("h4"))
        }
    }

    @Test func `is another seller when the bank says so, and the notifier is told`() async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            try await router.says("/lang fr", from: Self.phone, wamid: "w1")
            try await router.waitFor("w1", "done")
            #expect(try await router.doubts().isEmpty)
            router.seller("moldbank", "+37369000001", "Florile", posUserId: "pos-2")
            try await router.says("today", from: Self.phone, wamid: "w2")
            try await router.waitFor("w2", "done")
            #expect(
                try await router.doubts() == [
                    .init(mark: Self.phone, isOpen: false, owners: ["moldbank/pos-2"])
                ])
            // And nobody's when no bank knows it.
            router.peers.state.withLock { $0.sellers = [:] }
            try await router.says("today", from: Self.phone, wamid: "w3")
            try await router.waitFor("w3", "done")
            #expect(try await router.doubts().map(\.owners) == [[]])
            // Found again, it is the same seller's again.
            router.seller("moldbank", "+37369000001", "Florile", posUserId: "pos-2")
            try await until(atMost: .seconds(30)) {
                try await router.says("today", from: Self.phone, wamid: "x\(World.forWireTests.hex(4))")
                return try await router.doubts().map(\.owners) == [["moldbank/pos-2"]]
            }
        }
    }

    @Test func `stays in doubt while one bank of two has not confirmed or is silent`() async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            router.seller(
                "codrubank", "+37369000001", "Librăria Codru", posUserId: "pos-9", merchantId: "310")
            try await router.says("today", from: Self.phone, wamid: "w1", userId: "MD.1")
            try await router.says("today", from: Self.phone, wamid: "w2", userId: "MD.2")
            try await router.waitFor("w2", "done")
            router.confirmsAnew()
            try await router.keeper.round()
            #expect(try await router.doubts().contains { $0.mark == Self.phone && $0.isOpen })
            // The bank that has may be charged at, and its link is not held back for the other's sake.
            try await router.says("pay 3", from: Self.phone, wamid: "w3", userId: "MD.2")
            try await router.waitFor("w3", "done")
            #expect(router.peers.opened.map(\.body.bankId) == ["moldbank"])
            let link = try #require(router.peers.said.last?.body)
            #expect(link.sellers?.map(\.posUserId) == ["pos-1"] && link.identityKnownAt != nil)
        }
    }

    @Test func `is asked of the banks ever more rarely, and no more after a month`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            let now = World.forWireTests.now()
            for (mark, seconds) in [("37369000001", 1), ("37369000002", 7_200), ("37369000003", 40 * 86_400)]
            {
                try await router.desk.holders.raise(
                    [mark], since: now.advanced(by: .seconds(-seconds)), about: nil, key: nil)
            }
            _ = try await router.pool.query(
                """
                insert into channel.conversation (phone_number_id, peer, wa_id, user_id, updated_at)
                values ($1, '37369000002', '37369000002', 'MD.5', now())
                """, [.text(RunningRouter.number)])
            try await router.desk.holders.raise(
                ["MD.5"], since: now.advanced(by: .seconds(-5)), about: nil, key: nil)
            let numbers = [RunningRouter.number]
            let due = try await router.desk.holders.due(16, at: numbers, now: now)
            #expect(due.map(\.mark) == ["37369000001", "37369000002", "37369000003", "MD.5"])
            #expect(due.map(\.phone) == ["+37369000001", "+37369000002", "+37369000003", "+37369000002"])
            for (seconds, marks) in [
                (2, []), (4, ["37369000001", "MD.5"]), (1_190, ["37369000001", "MD.5"]),
                (1_201, ["37369000002"]),
            ] {
                let later = now.advanced(by: .seconds(seconds))
                let due = try await router.desk.holders.due(16, at: numbers, now: later)
                #expect(due.map(\.mark) == marks, "after \(seconds) s")
            }
        }
    }
}
