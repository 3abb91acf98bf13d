// Who holds a phone where our numbers are for different banks: a doubt ends by all of them, and each names its own
// seller.
import Contracts
import Copy
import Money
import Postgres
import Synchronization
import TestSupport
import Testing
import World

@testable import CommandRouter

extension `Who holds a phone` {
    @Test func `stays in doubt while a bank of another number has not confirmed`() async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            router.isKnownToCodrubank()
            for (wamid, userId) in [("w1", "MD.1"), ("w2", "MD.2")] {
                try await router.says(
                    "today", from: Self.phone, wamid: wamid, userId: userId,
                    at: RunningRouter.moldbanksNumber)
                try await router.waitFor(wamid, "done")
            }
            // A confirmation that is not due yet by our clock is none.
            router.confirmsAnew(at: World.forWireTests.now().advanced(by: .seconds(3_600)))
            try await router.says(
                "pay 2", from: Self.phone, wamid: "w2b", userId: "MD.2", at: RunningRouter.moldbanksNumber)
            try await router.waitFor("w2b", "done")
            #expect(router.peers.opened.isEmpty && router.texts(to: Self.phone).last == suspended)
            // The one bank has registered who holds the phone now; the other one has not heard of it.
            router.confirmsAnew()
            try await router.says(
                "pay 3", from: Self.phone, wamid: "w3", userId: "MD.2", at: RunningRouter.moldbanksNumber)
            try await router.waitFor("w3", "done")
            #expect(router.peers.opened.map(\.body.bankId) == ["moldbank"])
            #expect(try await router.doubts().contains { $0.mark == Self.phone && $0.isOpen })
            // Nor would it be trusted if the doubt had been ended without it.
            try await router.pool.query(
                """
                update channel.identity_doubt set settled_at = raised_at + interval '1 millisecond',
                  owners = '{moldbank/pos-1}', look_at = null
                """)
            try await router.says(
                "pay 4", from: Self.phone, wamid: "w4", userId: "MD.2", at: RunningRouter.codrubanksNumber)
            try await router.waitFor("w4", "done")
            #expect(router.peers.opened.count == 1)
            let word = Catalogue.text(.identitySuspended, .ro, [.bank: "codrubank"])
            #expect(router.texts(to: Self.phone).last == word)
            // Confirmed by that bank too, its tills open and its name is added to the other's.
            router.isKnownToCodrubank(confirmedAt: World.forWireTests.now())
            try await router.says(
                "pay 5", from: Self.phone, wamid: "w5", userId: "MD.2", at: RunningRouter.codrubanksNumber)
            try await router.waitFor("w5", "done")
            #expect(router.peers.opened.map(\.body.bankId) == ["moldbank", "codrubank"])
            let names = ["codrubank/pos-9", "moldbank/pos-1"]
            #expect(try await router.doubts().first { $0.mark == Self.phone }?.owners == names)
            // At whichever number the person writes next.
            try await router.says(
                "today", from: Self.phone, wamid: "w6", userId: "MD.2", at: RunningRouter.moldbanksNumber)
            try await router.waitFor("w6", "done")
            #expect(try await router.doubts().first { $0.mark == Self.phone }?.owners == names)
        }
    }

    @Test func `is named anew by all banks when one of them gives the phone away, and after nobody knew it`()
        async throws
    {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            router.isKnownToCodrubank()
            func hears(_ wamid: String) async throws {
                try await router.says(
                    "today", from: Self.phone, wamid: wamid, at: RunningRouter.moldbanksNumber)
                try await router.waitFor(wamid, "done")
            }
            try await hears("w1")
            router.seller("moldbank", "+37369000001", "Florile", posUserId: "pos-2")
            try await hears("w2")
            let names = ["codrubank/pos-9", "moldbank/pos-2"]
            #expect(try await router.doubts().map(\.owners) == [names])
            // No bank knows the phone for a moment: nobody need write for the seller to be named again.
            let sellers = router.peers.state.withLock { state in
                defer { state.sellers = [:] }
                return state.sellers
            }
            try await hears("w3")
            try await router.says("today", from: Self.phone, wamid: "w4", at: RunningRouter.codrubanksNumber)
            try await router.waitFor("w4", "done")
            #expect(try await router.doubts().map(\.owners) == [[]])
            router.peers.state.withLock { $0.sellers = sellers }
            try await until(atMost: .seconds(30)) {
                try await router.keeper.round()
                return try await router.doubts().map(\.owners) == [names]
            }
            let open: PostgresStatement =
                "select count(*) as n from channel.identity_doubt where look_at is not null"
            try await until(atMost: .seconds(30)) {
                try await router.keeper.round()
                return try await router.pool.query(open).one().int8("n") == 0
            }
        }
    }

    /// The owner's key at the other number, and whether it was heard of before the thief's, which is handled first.
    @Test(arguments: [("h3", true), ("h1", false), ("h1", true)])
    func `is confirmed with neither of two keys at other numbers, whichever is heard of first`(
        key: String, isBefore: Bool
    ) async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            let numbers = [RunningRouter.number, RunningRouter.otherNumber]
            func says(
                _ wamid: String, _ key: String, at number: String, heardAt: Timestamp? = nil
            ) async throws {
                try await router.says(
                    "pay 1", from: Self.phone, wamid: wamid, userId: "MD.1", at: number, keyHash: key,
                    heardAt: heardAt)
                try await router.waitFor(wamid, "done")
            }
            for (index, number) in numbers.enumerated() { try await says("a\(index)", "h1", at: number) }
            let before = World.forWireTests.now()
            try await says("thief", "h2", at: numbers[0])
            let doubt: PostgresStatement =
                "select raised_at, key_hash from channel.identity_doubt where mark = $1"
            let first = try await router.pool.query(doubt, [.text(Self.phone)]).one()
            #expect(try first.textOrNil("key_hash") == "h2")
            try await says("owner", key, at: numbers[1], heardAt: isBefore ? before : nil)
            let second = try await router.pool.query(doubt, [.text(Self.phone)]).one()
            #expect(try second.textOrNil("key_hash") == "")
            #expect(try second.timestamp("raised_at") >= first.timestamp("raised_at"))
            router.confirmsAnew()
            try await until(atMost: .seconds(30)) {
                try await router.keeper.round()
                return try await router.doubts().first?.isOpen == false
            }
            // One of them was confirmed, and nobody knows which.
            try await says("again", "h2", at: numbers[1])
            #expect(router.peers.opened.count == 2 && router.texts(to: Self.phone).last == suspended)
        }
    }

    /// The router was away, or slow, while the bank spoke: what it handles afterwards ends as if it had not been.
    @Test(arguments: ["h3", "h1"])
    func
        `is confirmed with neither of two keys, and obeyed in nothing, also where one is handled only after it`(
            key: String
        ) async throws
    {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            let numbers = [RunningRouter.number, RunningRouter.otherNumber]
            func says(
                _ wamid: String, _ key: String, at number: String, heardAt: Timestamp? = nil
            ) async throws -> String? {
                try await router.says(
                    "pay 1", from: Self.phone, wamid: wamid, userId: "MD.1", at: number, keyHash: key,
                    heardAt: heardAt)
                try await router.waitFor(wamid, "done")
                return router.texts(to: Self.phone).last
            }
            for (index, number) in numbers.enumerated() {
                _ = try await says("a\(index)", "h1", at: number)
            }
            #expect(try await says("one", "h2", at: numbers[0]) == suspended)
            let since = try await router.pool.query(
                "select raised_at from channel.identity_doubt where mark = $1", [.text(Self.phone)]
            ).one().timestamp("raised_at")
            let between = since.advanced(by: .microseconds(1))
            router.confirmsAnew()
            try await until(atMost: .seconds(30)) {
                try await router.keeper.round()
                return try await router.doubts().first?.isOpen == false
            }
            let confirmed = Catalogue.text(.identityConfirmed, .ro, [.bank: "moldbank"])
            #expect(try await says("other", key, at: numbers[1], heardAt: between) == confirmed)
            #expect(router.peers.opened.count == 2)
            let doubt: PostgresStatement = "select key_hash from channel.identity_doubt where mark = $1"
            let row = try await router.pool.query(doubt, [.text(Self.phone)]).one()
            #expect(try row.textOrNil("key_hash") == "")
            #expect(try await router.doubts().first?.isOpen == false)
            // What was only late is obeyed when it is written again, with the key of before the word.
            #expect(try await says("again", key, at: numbers[1]) != confirmed)
            #expect(router.peers.opened.count == 3)
            // The other key is known at its own number, and nowhere else.
            #expect(try await says("spread", "h2", at: numbers[1]) == suspended)
            #expect(router.peers.opened.count == 3)
        }
    }

    @Test func `is doubted for two keys in whatever order they are written down, under every name`()
        async throws
    {
        try await RunningRouter.with(isWorking: false) { router in
            let now = World.forWireTests.now()
            let phone = "37369000001", userId = "MD.1"
            typealias Told = (marks: [String], after: Int, key: String?)
            // When the doubts are from, by their numbers; what they are about in the end.
            let cases: [([Told], raisedAfter: Int, keys: [String: String?])] = [
                ([([phone], 1, "h1"), ([phone], 0, "h2")], 1, [phone: ""]),
                ([([phone], 0, "h1"), ([phone], 1, "h2")], 1, [phone: ""]),
                ([([phone], 1, "h1"), ([phone], 1, "h2")], 1, [phone: ""]),
                ([([phone], 1, "h1"), ([phone], 0, "h1")], 1, [phone: "h1"]),
                ([([phone], 1, "h1"), ([phone], 0, nil)], 1, [phone: "h1"]),
                ([([phone], 1, "h1"), ([phone], 2, nil)], 2, [phone: ""]),
                ([([phone], 1, nil), ([phone], 0, "h1")], 1, [phone: ""]),
                ([([phone], 1, nil), ([phone], 2, "h1")], 2, [phone: "h1"]),
                ([([phone], 1, "h1"), ([phone], 0, "h2"), ([phone], 0, "h1")], 1, [phone: ""]),
                ([([phone], 1, "h1"), ([phone, userId], 1, "h2")], 1, [phone: "", userId: ""]),
                ([([phone], 1, "h1"), ([phone, userId], 2, "h2")], 2, [phone: "", userId: ""]),
                ([([phone], 1, "h1"), ([phone, userId], 0, "h1")], 1, [phone: "h1", userId: "h1"]),
            ]
            for (told, raisedAfter, keys) in cases {
                try await router.pool.query("delete from channel.identity_doubt")
                for one in told {
                    try await router.desk.holders.raise(
                        one.marks, since: now.advanced(by: .seconds(one.after)), about: nil, key: one.key)
                }
                let rows = try await router.pool.query(
                    "select mark, raised_at, look_at, key_hash from channel.identity_doubt")
                var found: [String: String?] = [:]
                for row in rows { found[try row.text("mark")] = try row.textOrNil("key_hash") }
                #expect(found == keys, "\(told)")
                let row = try #require(try rows.first { try $0.text("mark") == phone })
                #expect(try row.timestamp("raised_at") == now.advanced(by: .seconds(raisedAfter)), "\(told)")
                #expect(try row.timestamp("look_at") == row.timestamp("raised_at"), "\(told)")
            }
        }
    }
    @Test func `is doubted for two keys also where one of them is written down behind the bank's word`()
        async throws
    {
        try await RunningRouter.with(isWorking: false) { router in
            let now = World.forWireTests.now(), phone = "37369000001", userId = "MD.1"
            // A doubt about h1, confirmed five seconds on; then another key under these marks, from when it was heard.
            let cases:
                [(after: Int, marks: [String], heardAfter: Int, keys: [String: String?], isOpen: Bool)] = [
                    (0, [phone], 2, [phone: ""], false), (3, [phone], 2, [phone: ""], false),
                    (3, [phone, userId], 2, [phone: "", userId: ""], true),
                    (0, [phone], 6, [phone: "h2"], true),
                ]
            for one in cases {
                try await router.pool.query("delete from channel.identity_doubt")
                try await router.desk.holders.raise(
                    [phone], since: now.advanced(by: .seconds(one.after)), about: nil, key: "h1")
                let record = SellerRecord(
                    posUserId: "pos-1", status: .active, locale: .ro, merchants: [],
                    bank: BankRecord(bankId: "moldbank", name: "moldbank"),
                    holderConfirmedAt: now.advanced(by: .seconds(5)))
                let trust = try #require(HolderTrust([.known(record)], since: now.advanced(by: .seconds(4))))
                try await router.desk.holders.settle([phone], trust)
                try await router.desk.holders.raise(
                    one.marks, since: now.advanced(by: .seconds(one.heardAfter)), about: nil, key: "h2")
                let rows = try await router.pool.query(
                    "select mark, settled_at is null as is_open, key_hash from channel.identity_doubt")
                var found: [String: String?] = [:]
                for row in rows { found[try row.text("mark")] = try row.textOrNil("key_hash") }
                #expect(found == one.keys, "\(one)")
                #expect(try rows.contains { try $0.bool("is_open") } == one.isOpen, "\(one)")
            }
        }
    }
}
