// Who may charge, over PostgreSQL: phones that change hands, payers that are remembered, strangers who flood, and two
// merchants with a crash in between.
import Contracts
import Copy
import JSONWire
import Money
import Postgres
import Problem
import Synchronization
import TestSupport
import Testing
import World

@testable import CommandRouter

@Suite(.serialized) struct `A phone and its holder` {
    private static let seller = "37369000001"

    @Test func `is told of a payment by a key that is written before the payment is made`() async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            router.peers.state.withLock { _ = $0.stuckPeers.insert(Self.seller) }
            try await router.says("pay 1", from: Self.seller, wamid: "w1", userId: "MD.1", keyHash: "h1")
            try await until(atMost: .seconds(30)) { !router.peers.opened.isEmpty }
            // Its answer hangs and its end is not written; a receipt could be told now.
            let row = try await router.pool.query(
                "select c.key_hash, e.state from channel.conversation c, channel.inbound_event e"
            ).one()
            #expect(try row.textOrNil("key_hash") == "h1")
            #expect(try row.text("state") == "claimed")
            router.peers.state.withLock { $0.stuckPeers = [] }
            try await router.waitFor("w1", "done")
        }
    }

    @Test(arguments: ["changed number", "another user id", "refused message"])
    func `charges nothing after a change until the bank has written its record`(how: String) async throws {
        try await RunningRouter.with { router in
            router.seller(
                "moldbank", "+37369000001", "Cafeneaua Veche", holderConfirmedAt: Timestamp(seconds: 1_000))
            try await router.says("/lang fr", from: Self.seller, wamid: "w0", userId: "MD.1")
            try await router.says("pay 1", from: Self.seller, wamid: "w1", userId: "MD.1")
            try await router.waitFor("w1", "done")
            switch how {
            case "changed number": try await router.hearsOfNewNumber(Self.seller, wamid: "sys1")
            case "refused message":
                _ = try await router.pool.query(
                    "insert into channel.identity_alarm (phone_number_id, peer, raised_at) values ($1, $2, $3)",
                    [
                        .text(RunningRouter.number), .text(Self.seller),
                        .timestamp(World.forWireTests.now()),
                    ])
            default: break
            }
            let userId = how == "another user id" ? "MD.2" : "MD.1"
            for (index, typed) in ["pay 2", "status", "list"].enumerated() {
                try await router.says(typed, from: Self.seller, wamid: "x\(index)", userId: userId)
            }
            try await router.waitFor("x2", "done")
            #expect(router.peers.opened.count == 1)
            // In the language of the phone, not in the one that the person of before has chosen.
            let words = Catalogue.text(.identitySuspended, .ro, [.bank: "moldbank"])
            #expect(router.texts(to: Self.seller).suffix(3) == [words, words, words])
            // The bank writes its record: trust, and nothing of before.
            router.seller(
                "moldbank", "+37369000001", "Cafeneaua Veche",
                holderConfirmedAt: World.forWireTests.now())
            try await router.says("pay 3", from: Self.seller, wamid: "y1", userId: userId)
            try await router.waitFor("y1", "done")
            #expect(router.peers.opened.count == 2 && router.peers.opened.last?.body.locale == .ro)
            let row = try await router.pool.query(
                "select suspended_since, user_id, language from router.conversation"
            ).one()
            #expect(
                try row.isNull("suspended_since") && row.isNull("language") && row.text("user_id") == userId)
        }
    }

    /// A bank runs its own broker, and could answer what it likes.
    @Test func `is no bank's seller on another bank's word`() async throws {
        try await RunningRouter.with { router in
            let owner = "37369000002"
            router.seller(
                "codrubank", "+37369000002", "Librăria Codru", posUserId: "pos-9", merchantId: "310")
            try await router.says("pay 100 #carte", from: owner, wamid: "o1")
            try await router.waitFor("o1", "done")
            let payment = try #require(router.peers.book.state.withLock { $0.entries.first?.view })
            router.seller(
                "moldbank", "+37369000001", "Librăria Codru", posUserId: "pos-9", merchantId: "310",
                holderConfirmedAt: World.forWireTests.now(), inTheNameOf: "codrubank")
            let typed = [
                "status \(payment.reference)", "list", "export", "cancel \(payment.reference)", "pay 5",
            ]
            for (index, text) in typed.enumerated() {
                try await router.says(text, from: Self.seller, wamid: "t\(index)")
                try await router.waitFor("t\(index)", "done")
            }
            #expect(router.peers.opened.count == 1)
            #expect(router.peers.book.state.withLock { $0.cancelled.isEmpty })
            #expect(!router.texts(to: Self.seller).contains { $0.contains(payment.reference) })
            #expect(router.log.contains("broker.namesAnotherBank"))
        }
    }

    @Test func `remembers a payer for this seller and nobody else`() async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche", rtp: true)
            router.seller("moldbank", "+37369000002", "Alta", posUserId: "pos-2", rtp: true)
            for (index, typed) in ["/rtp 100", "069123456", "Ion Rusu", "/rtp 50 069123456"].enumerated() {
                try await router.says(typed, from: Self.seller, wamid: "w\(index)")
            }
            try await router.says("/rtp 7 069123456", from: "37369000002", wamid: "x1")
            try await router.waitFor("w3", "done")
            try await router.waitFor("x1", "done")
            let opened = router.peers.opened
            #expect(opened.map(\.body.payer?.name) == ["Ion Rusu", "Ion Rusu"])
            #expect(opened.map(\.body.amount.minorUnits) == [10_000, 5_000])
            #expect(opened[0].key == MessageDesk.key(RunningRouter.number, "w0"))
            #expect(opened.allSatisfy { $0.body.rail == .rtp && $0.body.limits != nil })
            #expect(router.texts(to: "37369000002") == [Catalogue.text(.payerNameAsk, .ro)])
            for secret in ["69123456", "Ion", "Rusu"] { #expect(!router.log.contains(secret), "\(secret)") }
            let rows = try await router.pool.query("select count(*) as n from router.payer").one()
            #expect(try rows.int8("n") == 1)
        }
    }

    @Test func `keeps five hundred payers and lets the one used longest ago go`() async throws {
        try await RunningRouter.with(isWorking: false) { router in
            let owner = Owner(bankId: "moldbank", posUserId: "pos-1")
            _ = try await router.pool.query(
                """
                insert into router.payer (bank_id, pos_user_id, phone, name, used_at)
                select 'moldbank', 'pos-1', '+3736' || (1000000 + n), 'N' || n, now() - n * interval '1 hour'
                from generate_series(1, 500) n
                """)
            try await router.store.remember(KnownPayer(owner: owner, phone: "+37369123456", name: "Ion"))
            try await router.store.remember(KnownPayer(owner: owner, phone: "+37369123456", name: "Ion R."))
            let known = try await router.store.payers(of: [owner])
            #expect(known.count == KnownPayer.countMax && known.first?.name == "Ion R.")
            #expect(!known.contains { $0.name == "N500" } && known.contains { $0.name == "N499" })
        }
    }

    @Test func `is asked of the banks once in a flood, and answered once`() async throws {
        try await RunningRouter.with { router in
            router.seller("moldbank", "+37369000001", "Cafeneaua Veche")
            for index in 0..<60 {
                try await router.says("pay \(index)", from: "37369000099", wamid: "f\(index)")
            }
            try await router.says("pay 100", from: Self.seller, wamid: "w1")
            try await router.waitFor("w1", "done")
            try await router.waitFor("f59", "done")
            #expect(router.texts(to: "37369000099") == [Catalogue.text(.unknownSeller, .ro)])
            // Two banks, and once more for every five seconds that the flood may take on a slow machine.
            #expect(router.peers.state.withLock { $0.asked.count } < 30)
            #expect(router.peers.opened.count == 1)
        }
    }
}

@Suite(.serialized) struct `Two merchants, a question and a crash` {
    private static let seller = "37369000002"

    private func work(_ router: RunningRouter, crashing: Bool) async throws {
        let event = try #require(try await router.store.claim(8).first)
        guard crashing else { return await router.desk.work(on: event) }
        // All of it is done and said, and the process dies before the row is written: the row is claimed again.
        let before = try await router.pool.query(
            "select to_jsonb(c) - 'version' as row from router.conversation c"
        ).first?.jsonbOrNil("row")
        await router.desk.work(on: event)
        _ = try await router.pool.query("delete from router.conversation")
        if let before {
            _ = try await router.pool.query(
                """
                insert into router.conversation
                select (jsonb_populate_record(null::router.conversation, $1)).*
                """,
                [.jsonb(before)])
        }
        _ = try await router.pool.query(
            """
            update channel.inbound_event set state = 'claimed', lease_until = '2020-01-01', done_at = null
            where seq = $1
            """, [.int8(event.seq)])
        await router.desk.work(on: event)
    }

    @Test(arguments: [false, true])
    func `make each charge once, whatever is typed and tapped in between`(crashing: Bool) async throws {
        try await RunningRouter.with(isWorking: false) { router in
            router.seller("moldbank", "+37369000002", "Flori Moldova")
            router.seller(
                "codrubank", "+37369000002", "Librăria Codru", posUserId: "pos-9", merchantId: "310")
            func says(_ text: String, _ wamid: String) async throws {
                try await router.says(text, from: Self.seller, wamid: wamid)
                try await work(router, crashing: crashing)
            }
            func taps(_ id: String, _ wamid: String) async throws {
                try await router.taps(id, from: Self.seller, wamid: wamid)
                try await work(router, crashing: crashing)
            }
            func lastRows() -> [ListRow] {
                for said in router.peers.said.reversed() {
                    if case .list(_, _, let rows) = said.body.content { return rows }
                }
                return []
            }
            try await says("pay 100 #a", "w1")
            let oldRows = lastRows()
            try await says("pay 200 #b", "w2")
            try await says("2", "w3")
            try await taps(oldRows[0].id, "w4")
            try await says("pay 300", "w5")
            try await taps(lastRows()[0].id, "w6")
            try await taps(lastRows()[0].id, "w7")
            let opened = router.peers.opened
            var distinct: [FakePeers.Opened] = []
            for one in opened where !distinct.contains(one) { distinct.append(one) }
            #expect(distinct.map(\.body.amount.minorUnits) == [20_000, 30_000])
            #expect(distinct.map(\.body.bankId) == ["codrubank", "moldbank"])
            #expect(
                distinct.map(\.key) == ["w2", "w5"].map { MessageDesk.key(RunningRouter.number, $0) })
            #expect(opened.count == (crashing ? 4 : 2))
            #expect(router.peers.book.state.withLock { $0.entries.count } == 2)
            // Whatever was said twice was said under one key with the same words.
            let said = Dictionary(grouping: router.peers.said, by: \.key)
            for all in said.values { #expect(all.allSatisfy { $0.body.content == all[0].body.content }) }
            #expect(said.keys.count { $0.hasSuffix(":offer") } == 1)
            #expect(router.texts(to: Self.seller).last == Catalogue.text(.choiceGone, .ro))
        }
    }
}
